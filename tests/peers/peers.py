"""Real peers for the tests: mints, relays, a cluster, and the daemon under test, each a context manager.

    with NutshellMint(fee_ppk=100) as mint, NostrRsRelay() as relay:
        ...                                     # mint.url, relay.url

Each listens on loopback, with `netns=` on that of a network namespace; entering waits until it really answers, and a
failure shows the end of its log. What `install` has not installed raises Missing, which skips a test.
"""
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile

from peer import HERE, Failed, Missing, Peer, free_port, http_answers, in_netns, inside, installed

NODE_NS, INTERNET_NS = "paygress-node", "paygress-internet"   # see cluster/names.py
PUBLIC_IP = "198.51.100.254"


class NutshellMint(Peer):
    """nutshell (Python) with a payment backend that pays every invoice. `fee_ppk`: thousandths of a sat per proof."""

    def __init__(self, port=None, fee_ppk=0, netns=None, keyset_v1=False):
        super().__init__(netns)
        self.port = port or free_port(netns)
        self.fee_ppk, self.keyset_v1 = fee_ppk, keyset_v1
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self):
        # Its own scripts hold the path of the folder in which it was built.
        return [f"{installed('nutshell')}/venv/bin/python", "-m", "cashu.mint"]

    def environment(self):
        return {
            "MINT_BACKEND_BOLT11_SAT": "FakeWallet", "MINT_BACKEND_BOLT11_MSAT": "FakeWallet",
            "MINT_DERIVATION_PATH_LIST": "[\"m/0'/1'/0'\"]",
            "MINT_PRIVATE_KEY": "test", "MINT_DATABASE": f"{self.folder}/database",
            "MINT_LISTEN_HOST": "127.0.0.1", "MINT_LISTEN_PORT": str(self.port),
            "MINT_INPUT_FEE_PPK": str(self.fee_ppk), "MINT_RATE_LIMIT": "FALSE", "TOR": "FALSE",
            "FAKEWALLET_DELAY_INCOMING_PAYMENT": "0", "FAKEWALLET_DELAY_OUTGOING_PAYMENT": "0",
            # A keyset's id is made as the version of that day made it.
            **({"VERSION": "0.19.2"} if self.keyset_v1 else {}),
        }

    def answers(self):
        return http_answers(f"{self.url}/v1/keysets", self.netns)


class CdkMint(Peer):
    """cdk-mintd (Rust) with a payment backend that pays every invoice."""
    WORDS = "abandon " * 11 + "about"

    def __init__(self, port=None, fee_ppk=0, netns=None, keyset_v1=False):
        super().__init__(netns)
        self.port = port or free_port(netns)
        self.fee_ppk, self.keyset_v1 = fee_ppk, keyset_v1
        self.url = f"http://127.0.0.1:{self.port}"

    def prepare(self):
        with open(f"{self.folder}/mint.toml", "w", encoding="ascii") as file:
            file.write(f"""[info]
url = "{self.url}/"
listen_host = "127.0.0.1"
listen_port = {self.port}
mnemonic = "env:CDK_MINTD_MNEMONIC"
input_fee_ppk = {self.fee_ppk}
use_keyset_v2 = {"false" if self.keyset_v1 else "true"}
[database]
engine = "sqlite"
[payment_backend]
backend = "fakewallet"
[fake_wallet]
supported_units = ["sat"]
fee_percent = 0.02
reserve_fee_min = 1
min_delay_time = 0
max_delay_time = 0
""")
        # Since 0.18 the configuration lives in the mint's database.
        self.work = f"{self.folder}/work"
        os.mkdir(self.work)
        self.binary = f"{installed('cdk-mintd')}/bin/cdk-mintd"
        done = subprocess.run(
            [self.binary, "--work-dir", self.work, "config", "init", "--new-mint", "--file",
             f"{self.folder}/mint.toml"], env={"HOME": self.folder, **self.environment()}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=30)
        if done.returncode != 0:
            raise Failed(f"cdk-mintd config init: {done.stdout}")

    def command(self):
        return [self.binary, "--work-dir", self.work]

    def environment(self):
        return {"CDK_MINTD_MNEMONIC": self.WORDS}

    def answers(self):
        return http_answers(f"{self.url}/v1/keysets", self.netns)


class Relay(Peer):
    """Anything that takes a TCP connection on its port; the tests' letters prove the rest."""

    def __init__(self, port=None, netns=None):
        super().__init__(netns)
        self.port = port or free_port(netns)
        self.url = f"ws://127.0.0.1:{self.port}"

    def answers(self):
        def connect():
            with socket.create_connection(("127.0.0.1", self.port), timeout=2):
                return True
        try:
            return in_netns(self.netns, connect)
        except OSError:
            return False


class NostrRsRelay(Relay):
    """nostr-rs-relay (Rust), one of the widely run relays."""

    def prepare(self):
        os.mkdir(f"{self.folder}/db")
        with open(f"{self.folder}/config.toml", "w", encoding="ascii") as file:
            file.write(f"""[info]
relay_url = "{self.url}/"
name = "paygress peers"
[network]
address = "127.0.0.1"
port = {self.port}
[authorization]
nip42_auth = true
nip42_dms = true
""")

    def command(self):
        return [f"{installed('nostr-rs-relay')}/bin/nostr-rs-relay",
                "--config", f"{self.folder}/config.toml", "--db", f"{self.folder}/db"]


class NostrRelayCore(Relay):
    """@nostr-relay/core (JavaScript), which sends an AUTH challenge at connect."""

    def command(self):
        return ["node", f"{HERE}/node/relay.mjs", str(self.port), f"{self.folder}/events.sqlite"]

    def environment(self):
        return {"PAYGRESS_PEERS_NODE": installed("node")}


class Cluster:
    """A real Kubernetes of one node in two network namespaces; see cluster/up. One at a time on a machine.

    With `folder`, the cluster that `cluster/up FOLDER` started is used, and left running.
    """

    def __init__(self, folder=None):
        self.borrowed = folder is not None
        self.folder = folder

    def __enter__(self):
        self.binaries = installed("kubernetes")
        if not self.borrowed:
            self.folder = tempfile.mkdtemp(prefix="paygress-cluster-")
            self.run("up")
        self.kubeconfig = f"{self.folder}/pki/paygress.kubeconfig"
        self.admin_kubeconfig = f"{self.folder}/pki/admin.kubeconfig"
        return self

    def __exit__(self, *_):
        if not self.borrowed:
            self.run("down")
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, what):
        done = subprocess.run([f"{HERE}/cluster/{what}", self.folder], stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(f"{self.folder}/log", ignore_errors=True)
            with contextlib.suppress(OSError):
                os.rmdir(self.folder)                   # unless something of a cluster is still in it
            raise (Missing if done.returncode == 77 else Failed)(done.stderr.strip())

    def log_tail(self, component, lines=20):
        with open(f"{self.folder}/log/{component}.log", encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def kubectl(self, *words, stdin=None):
        """What the administrator's kubectl prints; Failed with its complaint when it refuses."""
        done = subprocess.run(
            [*inside(NODE_NS), f"{self.binaries}/kubectl", f"--kubeconfig={self.admin_kubeconfig}", *words],
            input=stdin, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise Failed(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout


class Paygressd(Peer):
    """The daemon under test. It is ready when it has told its service manager so (READY=1, sd_notify)."""
    patience = 30.0

    def __init__(self, binary, environment, netns=None):
        super().__init__(netns)
        self.binary, self.settings = binary, environment
        self.notified = []

    def prepare(self):
        os.mkdir(f"{self.folder}/state", mode=0o700)
        os.mkdir(f"{self.folder}/run")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{self.folder}/notify")
        self.notify.setblocking(False)

    def command(self):
        return [self.binary]

    def environment(self):
        return {"NOTIFY_SOCKET": f"{self.folder}/notify", "STATE_DIRECTORY": f"{self.folder}/state",
                "RUNTIME_DIRECTORY": f"{self.folder}/run", "CASHU_DB_PATH": f"{self.folder}/state/paygress.db",
                "LOG_LEVEL": "debug", **self.settings}

    def stop(self, seconds=25.0):
        """It may take 20 seconds to finish what was begun."""
        return super().stop(seconds)

    def start(self):
        self.hear()
        self.notified.clear()
        super().start()

    def hear(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.notified += self.notify.recv(65536).decode().splitlines()

    def answers(self):
        self.hear()
        return "READY=1" in self.notified

    def clean(self):
        self.notify.close()
        super().clean()
