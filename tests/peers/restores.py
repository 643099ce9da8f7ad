#!/usr/bin/env python3
"""A lost disk: from the words of the seed alone every unspent proof comes back, from nutshell and from cdk-mintd, with keyset ids
of both versions; a customer's refund or an operator's export that was spent since does not.
"""
import glob
import os
import unittest

from customer import client
from peer import main
from peers import CdkMint, NutshellMint
from shop import EARNED, Sandbox, Shop
from world import FEE_PPK


class Restores(unittest.TestCase):
    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def lose_the_disk(self, shop):
        """All but the seed."""
        self.assertEqual(shop.stop(), 0)
        for path in glob.glob(f"{shop.folder}/state/*"):
            if not path.endswith(".seed"):
                os.remove(path)

    def everything_comes_back(self, mint, digits):
        shop = self.enter(Shop(self.enter(Sandbox()), mint))
        shop.earn(mint)
        # Some of it has left since: what the seed made and somebody has spent must not be counted.
        [token] = shop.ask("export", "300")
        client("receive", mint=mint.url, token=token["token"])
        left = shop.balance()["held"]
        self.assertLess(left, EARNED - 300)
        self.lose_the_disk(shop)
        shop.start()
        found = shop.ask("restore", "--verify")
        self.assertEqual({len(line["keyset"]) for line in found}, {digits}, found)
        self.assertEqual(sum(line["unspent"] for line in found), left, found)
        self.assertGreater(sum(line["spent_proofs"] for line in found), 0, found)
        self.assertEqual(sum(line["pending"] for line in found), 0, found)
        shop.ask("restore")
        balance = shop.balance()
        self.assertEqual((balance["held"], balance["solvent"], balance["at_once"]), (left, left, left), balance)
        # It is money: it can be given away, and the mint takes it.
        [given] = shop.ask("drain")
        client("receive", mint=mint.url, token=given["token"])
        # And the shop goes on, with counters that were not used before.
        before = shop.own()
        shop.earn(mint, "once more", before + EARNED - 1)

    def test_nutshell_v1(self):
        self.everything_comes_back(self.enter(NutshellMint(fee_ppk=FEE_PPK, keyset_v1=True)), 16)

    def test_nutshell_v2(self):
        self.everything_comes_back(self.enter(NutshellMint(fee_ppk=FEE_PPK)), 66)

    def test_cdk_v1(self):
        self.everything_comes_back(self.enter(CdkMint(fee_ppk=FEE_PPK, keyset_v1=True)), 16)

    def test_cdk_v2(self):
        self.everything_comes_back(self.enter(CdkMint(fee_ppk=FEE_PPK)), 66)


if __name__ == "__main__":
    main()
