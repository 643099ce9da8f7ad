#!/usr/bin/env python3
"""The story of paygress with nobody of ours in it but the daemon: a foreign wallet (cashu-ts) mints at a real mint, a
foreign client (nostr-tools) writes over a real relay, and the pod runs on a real Kubernetes, entered with OpenSSH.

PAYGRESS_BIN_DIR=DIR      the folder of paygressd (needed)
PAYGRESS_CLUSTER=DIR      use the cluster that `cluster/up DIR` started, instead of one of our own
"""
import concurrent.futures
import socket
import tempfile
import time
import unittest

import lease
from customer import Customer, client, ssh
from isolation import MAIL, NODE, OPEN, PRIVATE, internet, reachable_from_node, reachable_from_pod
from own_client import OurClient
from peer import in_netns, main, wait_until
from peers import INTERNET_NS, NODE_NS, PUBLIC_IP
from provider import RATE, SPEC, Provider, expiry, fingerprint, wait_gone
from trouble import Trouble
from world import PASSWORD, USER, order, stage, states, token, world

setUpModule = world.set_up
TOLD_ELSEWHERE = (OurClient, Trouble)     # unittest finds them by their being here


def port_is_open(port):
    def connect():
        with socket.create_connection((PUBLIC_IP, port), timeout=2):
            return True
    try:
        return in_netns(INTERNET_NS, connect)
    except OSError:
        return False


class Story(unittest.TestCase):
    """Offer, payment, pod, SSH, top-up, and the end without the daemon."""

    def tell(self, mint, relay, protocol):
        first, second = token(mint, 10), token(mint, 5)
        with Provider(world.cluster, [mint], [relay]) as provider:
            customer = Customer(provider.pubkey, relay.url, NODE_NS, protocol)
            self.the_offer_names_mint_and_spec(provider, mint, relay)
            access = self.a_paid_pod_can_be_entered(provider, customer, mint, first)
            pod = provider.pod()
            end = self.a_top_up_moves_the_end(customer, mint, second, access)
            self.assertEqual(provider.stop(), 0)
            self.nothing_was_restarted(provider, pod, access, end)
            self.the_cluster_ends_it_alone(provider, access, end)
            provider.start()
            wait_until(lambda: not provider.namespaces(), 40, "the empty namespace is cleaned up", provider.log_tail)

    def the_offer_names_mint_and_spec(self, provider, mint, relay):
        found = client("offer", relay=relay.url, author=provider.pubkey, netns=NODE_NS)
        self.assertIn(["t", "paygress"], found["tags"])
        self.assertEqual(found["offer"]["whitelisted_mints"], [mint.url])
        [spec] = found["offer"]["pod_specs"]
        self.assertEqual({name: spec[name] for name in SPEC}, SPEC)

    def a_paid_pod_can_be_entered(self, provider, customer, mint, paid):
        customer.send(order(paid, "spawn"))
        access = customer.wait("spawn")
        received = time.time()
        self.assertIn("node_port", access, access)
        self.assertEqual((access["paid_msats"], access["fee_msats"]), (10000, 1000))
        self.assertEqual(access["duration_seconds"], 9000 // RATE)
        # The paid time starts when the pod can be entered, and that was a moment ago.
        self.assertAlmostEqual(expiry(access["expires_at"]), received + 9000 // RATE, delta=6)
        with tempfile.TemporaryDirectory() as folder:
            known = f"{folder}/known_hosts"
            answer = ssh(USER, access["node_port"], "id", password=PASSWORD, known_hosts=known)
            self.assertIn(f"uid=1000({USER})", answer)
            self.assertEqual(access["ssh_host_key"], fingerprint(known))
        self.assertIn(f"-p {access['node_port']}", "\n".join(access["instructions"]))
        self.assertEqual(states(mint, paid), {"SPENT"})
        self.assertEqual(provider.pod()[1], 0)
        return access

    def a_top_up_moves_the_end(self, customer, mint, paid, access):
        customer.send({"request_id": "top-up", "pod_npub": access["pod_npub"], "cashu_token": paid})
        answer = customer.wait("top-up", timeout=20)
        self.assertIs(answer.get("success"), True, answer)
        self.assertEqual(answer["pod_npub"], access["pod_npub"])
        # What the first payment left over below a second may add one.
        self.assertIn(answer["extended_duration_seconds"], (4000 // RATE, 4000 // RATE + 1))
        end = expiry(answer["new_expires_at"])
        self.assertAlmostEqual(end, expiry(access["expires_at"]) + answer["extended_duration_seconds"], delta=1)
        self.assertEqual(states(mint, paid), {"SPENT"})
        return end

    def nothing_was_restarted(self, provider, pod, access, end):
        first_end = expiry(access["expires_at"])
        time.sleep(max(0.0, (first_end + end) / 2 - time.time()))
        self.assertEqual(provider.pod(), pod)
        self.assertIn(USER, ssh(USER, access["node_port"], "id", password=PASSWORD, tries=1))
        self.assertGreater(time.time(), first_end)

    def the_cluster_ends_it_alone(self, provider, access, end):
        time.sleep(max(0.0, end - 2 - time.time()))
        self.assertTrue(port_is_open(access["node_port"]), "the pod ended before its time")
        wait_gone(provider, end + 60)
        self.assertFalse(port_is_open(access["node_port"]))


class WholeStory(unittest.TestCase):
    """The same story for three pairs of peers. They are told at once, because most of it is waiting for an end."""

    @classmethod
    def setUpClass(cls):
        pool = concurrent.futures.ThreadPoolExecutor()
        cls.addClassCleanup(pool.shutdown)
        cls.nutshell = pool.submit(Story().tell, world.nutshell, world.rs_relay, "nip17")
        cls.cdk = pool.submit(Story().tell, world.cdk, world.core_relay, "nip17")
        cls.nip04 = pool.submit(Story().tell, world.nutshell, world.rs_relay, "nip04")

    def test_nutshell_and_nostr_rs_relay(self):
        self.nutshell.result()

    def test_cdk_and_nostr_relay_core(self):
        self.cdk.result()

    def test_nip04(self):
        self.nip04.result()


class Once(unittest.TestCase):
    """A payment buys one pod, however often and whenever its message arrives."""

    def sent_while_the_daemon_was_stopped(self, relay, protocol):
        paid = token(world.nutshell, 10)
        with Provider(world.cluster, [world.nutshell], [relay]) as provider:
            provider.stop()
            customer = Customer(provider.pubkey, relay.url, NODE_NS, protocol)
            customer.send(order(paid, "early"))
            provider.start()
            access = customer.wait("early")
            self.assertIn(USER, ssh(USER, access["node_port"], "id", password=PASSWORD))
            self.assertEqual(states(world.nutshell, paid), {"SPENT"})

    def test_a_request_sent_while_the_daemon_was_stopped(self):
        self.sent_while_the_daemon_was_stopped(world.rs_relay, "nip17")

    # Both relays show stored kind 4 only to whom they know already.
    def test_the_same_over_nip04_and_nostr_rs_relay(self):
        self.sent_while_the_daemon_was_stopped(world.rs_relay, "nip04")

    def test_the_same_over_nip04_and_nostr_relay_core(self):
        self.sent_while_the_daemon_was_stopped(world.core_relay, "nip04")

    def test_two_relays_a_repetition_and_a_restart(self):
        paid = token(world.nutshell, 20)
        with Provider(world.cluster, [world.nutshell], [world.rs_relay, world.core_relay]) as provider:
            both = f"{world.rs_relay.url},{world.core_relay.url}"
            customer = Customer(provider.pubkey, world.rs_relay.url, NODE_NS)
            customer.send(order(paid, "twice"), relay=both)         # the very same event on both relays
            access = customer.wait("twice")
            customer.send(order(paid, "twice"), relay=both)         # a new event with the same request
            wait_until(lambda: len(customer.letters()) == 2, 15, "the repetition is answered", provider.log_tail)
            self.assertEqual(provider.stop(), 0)
            provider.start()                                        # which reads what the relays hold once more
            time.sleep(3)
            answers = customer.letters()
            self.assertEqual({answer.get("pod_npub") for answer in answers}, {access["pod_npub"]}, answers)
            self.assertEqual(len(answers), 2, answers)
            self.assertEqual(len(provider.namespaces()), 1)
            self.assertEqual(provider.pod()[1], 0)


class Refused(unittest.TestCase):
    """What is refused costs nothing: the mint itself says that the token is unspent."""

    def test_a_refused_token_stays_unspent(self):
        cases = [
            ("invalid_spec", {"pod_spec_id": "huge"}, world.nutshell, 10),
            ("invalid_request", {"pod_image": "docker.io/evil/image:1"}, world.nutshell, 10),
            ("invalid_request", {"ssh_username": "$(reboot)"}, world.nutshell, 10),
            ("insufficient_payment", {}, world.nutshell, 2),
            ("invalid_token", {}, world.cdk, 10),                         # a real token of a mint that is not accepted
        ]
        with Provider(world.cluster, [world.nutshell], [world.rs_relay]) as provider:
            for number, (error_type, change, mint, sats) in enumerate(cases):
                with self.subTest(error_type=error_type, change=change, mint=mint.name):
                    sent = token(mint, sats)
                    customer = Customer(provider.pubkey, world.rs_relay.url, NODE_NS)
                    customer.send(order(sent, f"refused-{number}", **change))
                    answer = customer.wait(f"refused-{number}", timeout=20)
                    self.assertEqual(answer.get("error_type"), error_type, answer)
                    self.assertIs(answer["token_consumed"], False)
                    self.assertEqual(states(mint, sent), {"UNSPENT"})
            self.assertEqual(provider.namespaces(), [])

    def test_a_spent_token_buys_nothing(self):
        spent = token(world.nutshell, 10)
        client("receive", mint=world.nutshell.url, token=spent, netns=NODE_NS)
        with Provider(world.cluster, [world.nutshell], [world.rs_relay]) as provider:
            customer = Customer(provider.pubkey, world.rs_relay.url, NODE_NS)
            customer.send(order(spent, "spent"))
            answer = customer.wait("spent", timeout=20)
            self.assertEqual((answer.get("error_type"), answer.get("code")), ("invalid_token", "token_spent"), answer)
            self.assertEqual(provider.namespaces(), [])


class Locked(unittest.TestCase):
    """A token that a foreign wallet locks to the key of the offer is claimed; a mint of others checks our signatures."""

    def what_is_locked(self, mint, relay):
        stranger = "02" + client("keygen")["pubkey"]
        past = int(time.time()) - 3600
        with Provider(world.cluster, [mint], [relay]) as provider:
            ours = client("offer", relay=relay.url, author=provider.pubkey, netns=NODE_NS)["offer"]["cashu_pubkey"]
            customer = Customer(provider.pubkey, relay.url, NODE_NS)
            paid = token(mint, 40, lock=ours)
            customer.send(order(paid, "locked"))
            access = customer.wait("locked")
            self.assertEqual(access.get("paid_msats"), 40000, access)
            self.assertEqual(states(mint, paid), {"SPENT"})
            self.more_of_it(mint, customer, access["pod_npub"], [
                {"lock": ours, "sigflag": "SIG_ALL"},
                {"lock": ours, "locktime": past, "refund": stranger},
                {"lock": ours, "locktime": past, "refund": stranger, "sigflag": "SIG_ALL"},
                {"lock": stranger, "locktime": past},
                {"lock": stranger, "locktime": past, "sigflag": "SIG_ALL"},
                {"lock": f"{stranger},{ours}", "n_sigs": 1}])
            self.none_of_it(mint, customer, access["pod_npub"], [
                ({"lock": stranger}, "not ours"),
                ({"lock": f"{stranger},{ours}", "n_sigs": 2}, "multisig")])

    def more_of_it(self, mint, customer, pod, locks):
        for number, lock in enumerate(locks):
            with self.subTest(mint=mint.name, lock=lock):
                paid = token(mint, 10, **lock)
                customer.send({"request_id": f"more-{number}", "pod_npub": pod, "cashu_token": paid})
                answer = customer.wait(f"more-{number}", timeout=30)
                self.assertIs(answer.get("success"), True, answer)
                self.assertEqual(states(mint, paid), {"SPENT"})

    def none_of_it(self, mint, customer, pod, locks):
        for number, (lock, says) in enumerate(locks):
            with self.subTest(mint=mint.name, lock=lock):
                kept = token(mint, 10, **lock)
                customer.send({"request_id": f"none-{number}", "pod_npub": pod, "cashu_token": kept})
                answer = customer.wait(f"none-{number}", timeout=30)
                self.assertEqual((answer.get("error_type"), answer.get("code")), ("payment_failed", "token_locked"), answer)
                self.assertIn(says, answer["message"])
                self.assertEqual(states(mint, kept), {"UNSPENT"})

    def test_nutshell(self):
        self.what_is_locked(world.nutshell, world.rs_relay)

    def test_cdk(self):
        self.what_is_locked(world.cdk, world.core_relay)


class Isolation(unittest.TestCase):
    """A customer's pod reaches the internet, and neither the node, the API, other pods, private networks nor mail."""

    def test_what_a_pod_reaches(self):
        self.addCleanup(world.cluster.kubectl, "delete", "namespace", "neighbour", "--wait=false")
        lease.start(world.cluster, "neighbour", user="bob", port=2300, password="bob's", seconds=300)
        neighbour = world.cluster.kubectl("-n", "neighbour", "get", "pod", "-o", "jsonpath={.items[0].status.podIP}")
        # The neighbour's public port is left out: SSH to it is something that everybody may try.
        targets = [*OPEN, *MAIL, *PRIVATE, *NODE, (neighbour, 2222)]
        with Provider(world.cluster, [world.nutshell], [world.rs_relay]) as provider, internet():
            self.assertEqual(reachable_from_node(targets), set(targets))
            customer = Customer(provider.pubkey, world.rs_relay.url, NODE_NS)
            customer.send(order(token(world.nutshell, 20), "isolated"))
            access = customer.wait("isolated")
            self.assertEqual(reachable_from_pod(targets, USER, access["node_port"], PASSWORD), set(OPEN),
                             world.cluster.log_tail("policies"))


if __name__ == "__main__":
    with stage:
        main()
