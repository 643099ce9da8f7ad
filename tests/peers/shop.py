"""A shop whose mint is real, while relay and cluster are the sandbox's: for what only money is needed for."""
import json
import subprocess

from customer import Customer, client
from peer import Failed, Peer, wait_until
from peers import Paygressd
from provider import binary

EARNED = 1000
SPEC = {"id": "basic", "name": "Basic", "description": "For earning money", "cpu_millicores": 100, "memory_mb": 64,
        "rate_msats_per_sec": 199_800}      # 1000 sat less a fee of 1 are 5 seconds, and nothing is left over


class Sandbox(Peer):
    """A relay and a cluster that need no privileges."""

    def command(self):
        return [binary("paygress-sandbox"), "run", "--banner-pods", "--dir", f"{self.folder}/sandbox"]

    def settings(self):
        """What it has written for a daemon; none as long as it has not."""
        done = subprocess.run(["env", "-i", "sh", "-c", f"set -a; . {self.folder}/sandbox/sandbox.env && env -0"],
                              capture_output=True, check=False)
        lines = done.stdout.decode().split("\0") if done.returncode == 0 else []
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def answers(self):
        return "KUBECONFIG" in self.settings()


class Shop(Paygressd):
    """A daemon that sells at one mint, and its operator."""

    def __init__(self, sandbox, mint):
        key = client("keygen")
        self.pubkey, self.relay = key["pubkey"], sandbox.settings()["NOSTR_RELAYS"]
        super().__init__(binary("paygressd"), {
            **sandbox.settings(), "NOSTR_PRIVATE_KEY": key["nsec"], "WHITELISTED_MINTS": mint.url,
            "POD_SPECS": json.dumps([SPEC]), "MINIMUM_POD_DURATION_SECONDS": "5"})

    def operator(self, *words):
        """What `paygressctl wallet WORDS... --json` answers, and whether it was a success."""
        done = subprocess.run([binary("paygressctl"), "--socket", f"{self.folder}/run/admin.sock", "--json", "wallet", *words],
                              capture_output=True, text=True, timeout=120, check=False)
        return done.returncode == 0, (json.loads(done.stdout) if done.stdout.strip() else done.stderr)

    def ask(self, *words):
        fine, answer = self.operator(*words)
        if not fine:
            raise Failed(f"paygressctl wallet {' '.join(words)}: {answer}{self.log_tail()}")
        return answer

    def earn(self, mint, request_id="buy", until=EARNED - 1):
        """A customer buys a pod for EARNED; when its time is over the money is the operator's, who then has `until`."""
        paid = client("mint", mint=mint.url, amount=EARNED)["token"]
        customer = Customer(self.pubkey, self.relay)
        customer.send({"request_id": request_id, "cashu_token": paid, "pod_spec_id": "basic", "ssh_username": "alice",
                       "ssh_password": "secret words"})
        answer = customer.wait(request_id)
        if "node_port" not in answer:
            raise Failed(f"nothing was sold: {answer}{self.log_tail()}")
        wait_until(lambda: self.own() == until, 60, "the pod's money is the operator's", self.log_tail)

    def balance(self):
        [line] = [line for line in self.ask("balance") if line["unit"] == "sat"]
        return line

    def own(self):
        return self.balance()["solvent"]

    def payout(self, invoice):
        payouts = [payout for payout in self.ask("payouts") if payout["invoice"] == invoice]
        return payouts[0] if payouts else {"state": "none"}
