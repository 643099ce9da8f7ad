#!/usr/bin/env python3
"""Payouts by Lightning at real mints whose payments succeed, fail, hang or are lost sight of: each is made once or not at
all, and the money that is left is the sum of what was not paid.

Relay and cluster are the sandbox's here, with pods that only show an SSH banner: it is the mints that are real.
"""
import json
import subprocess
import time
import unittest

from customer import client
from peer import HERE, installed, main, wait_until
from peers import CdkMint, NutshellMint
from provider import binary
from shop import EARNED, Sandbox, Shop
from world import FEE_PPK


class SwitchedMint(NutshellMint):
    """nutshell, whose Lightning ends as `lightning` says: how a payment goes, and what a later question about it gives."""
    lightning = ("SETTLED", "SETTLED")

    def environment(self):
        payment, question = self.lightning
        return {**super().environment(), "FAKEWALLET_PAY_INVOICE_STATE": payment, "FAKEWALLET_PAYMENT_STATE": question}

    def switch(self, payment, question):
        self.stop()
        self.lightning = (payment, question)
        self.start()


def invoice_of(sats, description="a payout"):
    """From a node that no mint of the tests knows."""
    python = f"{installed('nutshell')}/venv/bin/python"
    done = subprocess.run([python, f"{HERE}/invoice.py", str(sats), description], capture_output=True, text=True,
                          timeout=60, check=True)
    return done.stdout.strip()


class Payouts(unittest.TestCase):
    def setUp(self):
        self.sandbox = self.enter(Sandbox())
        self.spent = 0

    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def opened(self, mint):
        shop = self.enter(Shop(self.sandbox, mint))
        shop.earn(mint)
        return shop

    def begin(self, shop, invoice):
        shop.operator("pay", invoice)       # it may say that the payment failed, or that it is under way
        self.assertNotEqual(shop.payout(invoice)["state"], "none", shop.log_tail())

    def ends(self, shop, invoice, state):
        """The payout comes to this end, and the money to the sat with it."""
        wait_until(lambda: shop.payout(invoice)["state"] != "pending", 200, f"the payout is {state}", shop.log_tail)
        payout = shop.payout(invoice)
        self.assertEqual(payout["state"], state, f"{payout}{shop.log_tail()}")
        if state == "paid":
            self.spent += payout["amount"] + payout["fee"]
        balance, left = shop.balance(), EARNED - 1 - self.spent
        self.assertEqual((balance["held"], balance["solvent"], balance["at_once"]), (left, left, left), balance)

    def stays_open(self, shop, invoice):
        time.sleep(3)
        self.assertEqual(shop.payout(invoice)["state"], "pending", shop.log_tail())
        fine, answer = shop.operator("pay", invoice)
        self.assertFalse(fine, f"it was begun a second time: {answer}")

    def everything_is_there(self, shop, mint):
        """A token of all that is left is good at the mint: nothing of it was spent on the way."""
        [given] = shop.ask("drain")
        self.assertEqual(set(client("state", mint=mint.url, token=given["token"])["states"]), {"UNSPENT"})

    def test_nutshell(self):
        mint = self.enter(SwitchedMint(fee_ppk=FEE_PPK))
        shop = self.opened(mint)
        cases = [
            # how the payment goes, what a question gives meanwhile and at last, and the payout's end
            ("SETTLED", "SETTLED", None, "paid"),
            ("FAILED", "FAILED", None, "failed"),
            ("UNKNOWN", "UNKNOWN", None, "failed"),     # nutshell gives up a payment that nobody knows of
            ("PENDING", "PENDING", "SETTLED", "paid"),
            ("PENDING", "PENDING", "FAILED", "failed"),
            ("FAILED", "PENDING", "SETTLED", "paid"),   # it said so, but the question gives another answer
            ("UNKNOWN", "PENDING", "SETTLED", "paid"),
            ("UNKNOWN", "PENDING", "FAILED", "failed"),
        ]
        for number, (payment, question, at_last, end) in enumerate(cases):
            with self.subTest(payment=payment, question=question, at_last=at_last):
                mint.switch(payment, question)
                invoice = invoice_of(20 + number)
                self.begin(shop, invoice)
                if at_last:
                    self.stays_open(shop, invoice)
                    shop.kill()
                    shop.start()
                    self.stays_open(shop, invoice)
                    mint.switch(payment, at_last)
                self.ends(shop, invoice, end)
        mint.switch("SETTLED", "SETTLED")
        self.everything_is_there(shop, mint)

    def test_a_failed_invoice_can_be_paid_later_and_a_paid_one_cannot(self):
        mint = self.enter(SwitchedMint(fee_ppk=FEE_PPK))
        shop = self.opened(mint)
        mint.switch("FAILED", "FAILED")
        invoice = invoice_of(40)
        self.begin(shop, invoice)
        self.ends(shop, invoice, "failed")
        mint.switch("SETTLED", "SETTLED")
        self.begin(shop, invoice)
        self.ends(shop, invoice, "paid")
        fine, answer = shop.operator("pay", invoice)
        self.assertFalse(fine, answer)
        self.assertEqual(shop.own(), EARNED - 1 - self.spent)

    def test_killed_while_a_payment_is_under_way(self):
        mint = self.enter(CdkMint(fee_ppk=FEE_PPK))
        shop = self.opened(mint)
        for number, moment in enumerate((0.0, 0.05, 0.1, 0.2, 0.4)):
            with self.subTest(killed_after=moment):
                invoice = invoice_of(30 + number)
                asking = subprocess.Popen([binary("paygressctl"), "--socket", f"{shop.folder}/run/admin.sock", "wallet", "pay",
                                           invoice], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(moment)
                shop.kill()
                asking.wait(30)
                shop.start()
                if shop.payout(invoice)["state"] == "none":      # it was not yet in the journal, so nothing happened
                    self.begin(shop, invoice)
                self.ends(shop, invoice, "paid")
        self.everything_is_there(shop, mint)

    def test_cdk(self):
        mint = self.enter(CdkMint(fee_ppk=FEE_PPK))
        shop = self.opened(mint)
        cases = [
            # what the invoice tells cdk's fake Lightning to do, and the payout's end; none: it stays open
            ("PAID", "PAID", False, False, "paid"),
            ("FAILED", "FAILED", False, False, "failed"),
            ("UNPAID", "UNPAID", False, False, "failed"),
            ("PENDING", "PAID", False, False, "paid"),
            ("PENDING", "FAILED", False, False, "failed"),
            ("UNKNOWN", "PAID", False, False, "paid"),
            ("FAILED", "PAID", True, False, "paid"),        # an error while paying, but it was paid
            ("FAILED", "FAILED", True, False, "failed"),
            ("PENDING", "PENDING", False, False, None),
            ("UNKNOWN", "UNKNOWN", False, False, None),
        ]
        still_open = []
        for number, (payment, question, pay_err, check_err, end) in enumerate(cases):
            with self.subTest(payment=payment, question=question, pay_err=pay_err):
                description = json.dumps({"pay_invoice_state": payment, "check_payment_state": question,
                                          "pay_err": pay_err, "check_err": check_err})
                invoice = invoice_of(20 + number, description)
                self.begin(shop, invoice)
                if end:
                    self.ends(shop, invoice, end)
                else:
                    self.stays_open(shop, invoice)
                    still_open.append(invoice)
        shop.kill()
        shop.start()
        for invoice in still_open:
            self.stays_open(shop, invoice)


if __name__ == "__main__":
    main()
