"""The story while something breaks: the daemon is killed, the mint is away. Nobody may lose money or get two pods."""
import time
import unittest

from customer import Customer, ssh
from peers import NODE_NS, CdkMint, NutshellMint
from provider import Provider
from world import FEE_PPK, PASSWORD, USER, order, states, token, world

setUpModule = world.set_up


class Trouble(unittest.TestCase):
    def one_pod_was_bought(self, provider, customer, mint, paid, request_id):
        access = customer.wait(request_id)
        self.assertIn("node_port", access, access)
        self.assertIn(USER, ssh(USER, access["node_port"], "id", password=PASSWORD))
        self.assertEqual(states(mint, paid), {"SPENT"})
        return access["pod_npub"]

    def test_killed_while_an_order_is_under_way(self):
        # kill -9 early, while the money moves, and while the pod starts; then it goes on by itself.
        moments = (0.0, 0.4, 1.0, 2.5)
        tokens = [token(world.nutshell, 20) for _ in moments]
        with Provider(world.cluster, [world.nutshell], [world.rs_relay]) as provider:
            customer = Customer(provider.pubkey, world.rs_relay.url, NODE_NS)
            bought = set()
            for number, (moment, paid) in enumerate(zip(moments, tokens)):
                with self.subTest(killed_after=moment):
                    customer.send(order(paid, f"killed-{number}"))
                    time.sleep(moment)
                    provider.kill()
                    provider.start()
                    bought.add(self.one_pod_was_bought(provider, customer, world.nutshell, paid, f"killed-{number}"))
            self.assertEqual(len(bought), len(moments))
            self.assertEqual(len(provider.namespaces()), len(moments))

    def the_mint_comes_back(self, kind):
        with kind(fee_ppk=FEE_PPK, netns=NODE_NS) as mint, \
                Provider(world.cluster, [mint], [world.rs_relay]) as provider:
            customer = Customer(provider.pubkey, world.rs_relay.url, NODE_NS)
            paid = token(mint, 20)
            mint.stop()
            customer.send(order(paid, "patient"))
            time.sleep(5)
            self.assertEqual([letter for letter in customer.letters() if letter.get("status") != "processing"], [])
            self.assertEqual(provider.namespaces(), [])
            mint.start()
            self.one_pod_was_bought(provider, customer, mint, paid, "patient")

    def test_nutshell_is_away(self):
        self.the_mint_comes_back(NutshellMint)

    def test_cdk_is_away(self):
        self.the_mint_comes_back(CdkMint)
