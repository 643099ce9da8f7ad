#!/usr/bin/env python3
"""What an operator does with the package, on a machine booted by real systemd, and a customer who buys from it.

PAYGRESS_DEB_DIR=DIR      the folder of the built packages (default: build/deb)
"""
import json
import secrets
import subprocess
import sys
import time
import unittest

from machine import SANDBOX, Machine


def wait_until(what, seconds, probe):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := probe():
            return value
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds} s")


class Seller:
    """A machine with the service running and a customer's account on it."""

    def __init__(self, machine):
        self.machine = machine
        machine.install()
        self.settings = machine.start_sandbox()
        self.npub, self.nsec = machine.make_key()
        machine.configure(self.settings)
        self.password = f"canary-{secrets.token_hex(8)}"
        machine.write("/srv/customer/password", self.password, mode="0600")
        self.tokens = []

    def start(self):
        self.machine.run("systemctl", "start", "paygress")
        # Ready is when messages are read; the offer follows when the mint's keys are known.
        wait_until("the offer", 30, lambda: "small" in self.machine.run(*self.paygress("offers"), check=False))

    def token(self, sat):
        token = self.machine.run("paygress-sandbox", "token", "--dir", SANDBOX, str(sat)).strip()
        self.tokens.append(token)
        return token

    def paygress(self, *arguments):
        relay = next(line.split("=", 1)[1].strip("'\"") for line in self.settings.splitlines() if line.startswith("NOSTR_RELAYS="))
        return ["paygress", "--json", "--relay", relay, "--provider", self.npub, *arguments]

    def ask(self, *arguments, stdin=""):
        return json.loads(self.machine.run(*self.paygress(*arguments), stdin=stdin))

    def spawn_command(self):
        return self.paygress("spawn", "--spec", "small", "--user", "alice", "--password-file", "/srv/customer/password", "-")

    def spawn(self, sat=500):
        return json.loads(self.machine.run(*self.spawn_command(), stdin=self.token(sat)))

    def secrets(self):
        """What must never be seen: key, password, tokens whole and the longest piece of them that a line could hold."""
        return [self.nsec, self.password, *self.tokens, *(token[40:120] for token in self.tokens)]


class Installation(unittest.TestCase):
    def test_without_a_key_it_waits_and_nothing_has_failed(self):
        with Machine() as machine:
            machine.install()
            self.assertEqual(machine.run("systemctl", "is-enabled", "paygress").strip(), "enabled")
            self.assertEqual(machine.property("ActiveState"), "inactive")
            self.assertEqual(machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend"), "")

    def test_missing_settings_are_all_named_and_not_tried_again(self):
        with Machine() as machine:
            machine.install()
            machine.make_key()
            machine.run("systemctl", "start", "paygress", check=False)
            self.assertEqual(machine.property("ExecMainStatus"), "78")
            self.assertEqual(machine.property("ActiveState"), "failed")
            self.assertEqual(machine.property("NRestarts"), "0")
            said = machine.journal("--unit", "paygress", "--output", "cat")
            for name in ("NOSTR_RELAYS", "WHITELISTED_MINTS", "SSH_HOST"):
                self.assertIn(name, said)

    def test_purging_the_package_keeps_the_wallet(self):
        with Machine() as machine:
            seller = Seller(machine)
            seller.start()
            machine.run("dpkg", "--purge", "paygress")
            self.assertEqual(machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend"), "")
            machine.run("test", "-s", "/var/lib/paygress/paygress.db")
            machine.shell("! test -e /lib/systemd/system/paygress.service && ! test -e /etc/paygress/paygress.env")


class Sale(unittest.TestCase):
    """One machine for the whole class: a pod is sold once, and then looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        cls.machine = Machine().__enter__()
        cls.addClassCleanup(cls.machine.__exit__)
        cls.seller = Seller(cls.machine)
        cls.seller.start()
        cls.pod = cls.seller.spawn()

    def status(self):
        return self.seller.ask("status", self.pod["pod_npub"])

    def test_1_the_unit_is_ready_and_says_how_things_stand(self):
        self.assertEqual(self.machine.property("ActiveState"), "active")
        self.assertNotEqual(self.machine.property("StatusText"), "")
        self.assertEqual(self.machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend"), "")

    def test_2_the_customer_can_log_in(self):
        pod = self.pod
        said = self.machine.run("sshpass", "-f", "/srv/customer/password", "ssh", "-o", "StrictHostKeyChecking=no",
                                "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                                "-p", str(pod["node_port"]), f"alice@{pod['host_address']}", "id -un")
        self.assertEqual(said.strip(), "alice")

    def test_3_the_journal_has_fields_to_search_by(self):
        lines = self.machine.journal("--unit", "paygress", "--output", "json").splitlines()
        fields = {name for line in lines for name in json.loads(line) if name.startswith("PAYGRESS_")}
        self.assertGreater(len(fields), 2, fields)
        about_the_pod = self.machine.journal(f"PAYGRESS_POD={self.pod['pod_id']}", "--catalog")
        self.assertIn("A pod was sold", about_the_pod, "the catalogue explains the message")

    def test_4_no_secret_can_be_seen(self):
        pid = self.machine.property("MainPID")
        seen = {"the journal": self.machine.journal("--output", "export"),
                "the unit": self.machine.run("systemctl", "show", "paygress"),
                "environment and arguments": self.machine.shell(f"cat /proc/{pid}/environ /proc/{pid}/cmdline | tr '\\0' '\\n'"),
                "the pods": self.machine.run("paygressctl", "--json", "pods"),
                "the status": self.machine.run("paygressctl", "--json", "status")}
        for place, text in seen.items():
            for number, secret in enumerate(self.seller.secrets()):
                self.assertFalse(secret in text, f"secret number {number} is seen in {place}")

    def test_5_the_process_may_do_little(self):
        pid = self.machine.property("MainPID")
        status = dict(line.split(":\t", 1) for line in self.machine.run("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
        self.assertEqual(status["CapEff"].strip("0"), "")
        self.assertEqual(status["CapBnd"].strip("0"), "")
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        self.assertNotEqual(status["Uid"].split()[0], "0")
        # Its own view of the file system: nothing to write but its state, nothing to run but itself.
        mounts = [line.split()[4:6] for line in self.machine.run("cat", f"/proc/{pid}/mountinfo").splitlines()]
        options = {place: words.split(",") for place, words in mounts}
        self.assertTrue({"ro", "noexec"} <= set(options["/"]), options["/"])
        self.assertIn("rw", options["/var/lib/paygress"])
        writable = {place for place, words in options.items() if "rw" in words}
        self.assertFalse({"/etc", "/usr", "/var", "/home", "/srv"} & writable, writable)
        self.assertEqual(self.machine.shell("stat -c %a /var/lib/paygress /var/lib/paygress/paygress.db").split(), ["700", "600"])

    def test_6_a_restart_keeps_the_lease(self):
        before = self.status()
        self.machine.run("systemctl", "restart", "paygress")
        after = self.status()
        self.assertEqual((after["status"], after["expires_at"]), ("active", before["expires_at"]))

    def test_7_a_request_during_a_stop_is_answered_after_the_start(self):
        token = self.seller.token(100)
        with self.machine.start(*self.seller.spawn_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE) as customer:
            customer.stdin.write(token)
            customer.stdin.close()
            customer.stdin = None
            time.sleep(1)
            began = time.monotonic()
            self.machine.run("systemctl", "stop", "paygress")
            self.assertLess(time.monotonic() - began, 40)
            self.assertEqual((self.machine.property("Result"), self.machine.property("ExecMainStatus")), ("success", "0"))
            self.machine.run("systemctl", "start", "paygress")
            said, complaints = customer.communicate(timeout=150)
        self.assertEqual(customer.returncode, 0, complaints)
        self.assertNotEqual(json.loads(said)["pod_npub"], self.pod["pod_npub"])

    def test_8_a_wedged_daemon_is_restarted_by_the_watchdog_and_knows_its_pods(self):
        self.machine.write("/etc/systemd/system/paygress.service.d/impatient.conf",
                           "[Service]\nWatchdogSec=3s\nTimeoutAbortSec=1s\n")
        self.machine.shell("systemctl daemon-reload; systemctl restart paygress; sleep 7")
        self.assertEqual(self.machine.property("NRestarts"), "0", "a healthy daemon feeds its watchdog")
        self.machine.run("systemctl", "kill", "--signal=STOP", "paygress")
        wait_until("restarted by the watchdog", 20, lambda: self.machine.property("NRestarts") == "1")
        wait_until("ready again", 20, lambda: self.machine.property("ActiveState") == "active")
        self.assertEqual(self.status()["status"], "active")


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped and result.testsRun <= len(result.skipped) else 0)
