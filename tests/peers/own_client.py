"""Our own client `paygress` in the same world: what a customer types."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from peer import inside, wait_until
from peers import NODE_NS
from provider import Provider, binary
from world import USER, states, token, world


setUpModule = world.set_up


class OurClient(unittest.TestCase):
    """Offers, spawn, ssh, top-up, status and end, with the key that the client makes by itself."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="paygress-client-")
        self.addCleanup(shutil.rmtree, self.home)

    def paygress(self, provider, *words, stdin=None):
        """What `paygress WORDS...` prints; its relays are on the node's loopback, so it runs there too."""
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "PAYGRESS_RELAYS": world.rs_relay.url,
                       "PAYGRESS_PROVIDER": provider.pubkey}
        done = subprocess.run([*inside(NODE_NS), binary("paygress"), *words], input=stdin, env=environment,
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"paygress {words[0]}: {done.stderr}{provider.log_tail()}")
        return done.stdout

    def buy_enter_and_end(self, *login):
        paid, more = token(world.nutshell, 30), token(world.nutshell, 10)
        with Provider(world.cluster, [world.nutshell], [world.rs_relay]) as provider:
            self.assertIn("basic", self.paygress(provider, "offers"))
            access = json.loads(self.paygress(provider, "--json", "spawn", "--spec", "basic", "--user", USER, *login,
                                              "-", stdin=paid))
            pod = access["pod_npub"]
            self.assertIn(f"uid=1000({USER})", self.paygress(provider, "ssh", pod, "id"))
            answer = json.loads(self.paygress(provider, "--json", "topup", pod, "-", stdin=more))
            self.assertIs(answer["success"], True)
            status = json.loads(self.paygress(provider, "--json", "status", pod))
            self.assertEqual((status["status"], status["expires_at"]), ("active", answer["new_expires_at"]))
            self.paygress(provider, "end", pod)
            wait_until(lambda: not provider.namespaces(), 40, "the pod's namespace is gone", provider.log_tail)
            for sent in (paid, more):
                self.assertEqual(states(world.nutshell, sent), {"SPENT"})

    def test_with_a_key(self):
        self.buy_enter_and_end()

    def test_with_a_random_password(self):
        self.buy_enter_and_end("--random-password")
