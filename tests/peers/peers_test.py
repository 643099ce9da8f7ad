#!/usr/bin/env python3
"""The peers by themselves, without the daemon: what the story relies on holds. About 15 s, without a cluster."""
import json
import unittest

from customer import Refused, client
from peer import main
from peers import CdkMint, NostrRelayCore, NostrRsRelay, NutshellMint


class Mints(unittest.TestCase):
    def a_token_is_worth_its_face_less_the_fee_and_only_once(self, kind):
        with kind(fee_ppk=100) as mint:
            made = client("mint", mint=mint.url, amount=21)
            self.assertEqual((made["face"], made["fee"]), ("21", "1"))
            self.assertTrue(made["token"].startswith("cashuB"))
            self.assertEqual(set(client("state", mint=mint.url, token=made["token"])["states"]), {"UNSPENT"})
            self.assertEqual(client("receive", mint=mint.url, token=made["token"])["received"], "20")
            self.assertEqual(set(client("state", mint=mint.url, token=made["token"])["states"]), {"SPENT"})
            with self.assertRaisesRegex(Refused, "(?i)spent"):
                client("receive", mint=mint.url, token=made["token"])

    def test_nutshell(self):
        self.a_token_is_worth_its_face_less_the_fee_and_only_once(NutshellMint)

    def test_cdk(self):
        self.a_token_is_worth_its_face_less_the_fee_and_only_once(CdkMint)


class Relays(unittest.TestCase):
    def letters_arrive_over_both_protocols(self, kind):
        alice, bob, eve = client("keygen"), client("keygen"), client("keygen")
        with kind() as relay:
            for protocol in ("nip17", "nip04"):
                both = {"relay": relay.url, "protocol": protocol}
                letter = {"request_id": protocol, "text": "häuschen"}
                client("send", secret=alice["secret"], to=bob["npub"], content="-", stdin=json.dumps(letter), **both)
                bobs = {"secret": bob["secret"], **both}
                self.assertEqual(client("wait", request_id=protocol, timeout=5, **{"from": alice["pubkey"]}, **bobs),
                                 letter)
                self.assertEqual(client("letters", **{"from": alice["npub"]}, **bobs)["letters"], [letter])
                self.assertEqual(client("letters", **{"from": eve["pubkey"]}, **bobs)["letters"], [])
                with self.assertRaisesRegex(Refused, "nothing within 1 s"):
                    client("wait", request_id="other", timeout=1, **{"from": alice["pubkey"]}, **bobs)

    def test_nostr_rs_relay(self):
        self.letters_arrive_over_both_protocols(NostrRsRelay)

    def test_nostr_relay_core(self):
        self.letters_arrive_over_both_protocols(NostrRelayCore)

    def test_one_event_on_two_relays(self):
        alice, bob = client("keygen"), client("keygen")
        with NostrRelayCore() as one, NostrRelayCore() as two:
            event = client("wrap", secret=alice["secret"], to=bob["pubkey"], protocol="nip17", content="-", stdin="{}")
            client("publish-raw", relay=f"{one.url},{two.url}", event="-", stdin=json.dumps(event))
            for relay in (one, two):
                self.assertEqual(client("wait", relay=relay.url, secret=bob["secret"], protocol="nip17", timeout=5,
                                        **{"from": alice["pubkey"]}), {})


if __name__ == "__main__":
    main()
