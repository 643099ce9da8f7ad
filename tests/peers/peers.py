"""Real peers for the tests: mints, relays, a cluster, and the daemon under test, each a context manager.

    with NutshellMint(fee_ppk=100) as mint, NostrRsRelay() as relay:
        ...                                     # mint.url, relay.url

Each listens on loopback, with `netns=` on that of a network namespace; entering waits until it really answers, and a
failure shows the end of its log. All that a peer keeps lies in a folder of its own that goes away with it.
Python's standard library only. What `install` has not installed raises Missing, which skips a test.
"""
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
NODE_NS, INTERNET_NS = "paygress-node", "paygress-internet"   # see cluster/names.py
PUBLIC_IP = "198.51.100.254"
CLONE_NEWNET = 0x40000000


class Missing(unittest.SkipTest):
    """This machine lacks something: a reason to skip, and to say so."""


class Failed(Exception):
    """A peer did not do what it should; the text holds the end of its log."""


def installed(part):
    """The folder of a part that `install` made."""
    answer = subprocess.run([f"{HERE}/install", "--path", part], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Missing(answer.stderr.strip())
    return answer.stdout.strip()


def inside(netns):
    return ["nsenter", f"--net=/run/netns/{netns}"] if netns else []


def in_netns(netns, work):
    """Runs `work()` with its sockets in a network namespace: a namespace belongs to a thread, so a thread it is."""
    if not netns:
        return work()
    result = []

    def enter():
        try:
            with open(f"/run/netns/{netns}", "rb") as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {netns}")
            result.append((work(), None))
        except BaseException as error:  # pylint: disable=broad-except
            result.append((None, error))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    value, error = result[0]
    if error:
        raise error
    return value


def free_port(netns=None):
    def bind():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]
    return in_netns(netns, bind)


def wait_until(done, seconds, what, log=lambda: ""):
    """Polls `done()` until it is true, and returns what it said; Failed with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        if answer := done():
            return answer
        if time.monotonic() > end:
            raise Failed(f"not within {seconds:.0f} s: {what}\n{log()}")
        time.sleep(0.1)


def http_answers(url, netns):
    """True when a GET of `url` is answered with 200."""
    def get():
        # No proxy of the environment may come between us and loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=2) as answer:
            return answer.status == 200
    try:
        return in_netns(netns, get)
    except OSError:
        return False


class Peer:
    """A process with a folder and a log."""
    patience = 30.0

    def __init__(self, netns=None):
        self.netns = netns
        self.process = None
        self.folder = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def answers(self):
        raise NotImplementedError

    def prepare(self):
        """Writes what the process reads at its start."""

    @property
    def name(self):
        return type(self).__name__

    @property
    def log(self):
        return f"{self.folder}/log"

    def log_tail(self, lines=40):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return f"--- the end of the log of {self.name} ---\n" + "".join(file.readlines()[-lines:])

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8", **self.environment()}
        with open(self.log, "ab") as log:
            # If the tests are killed, their peers shall not live on.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *inside(self.netns), *self.command()], env=environment,
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

        def ready():
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended with {self.process.returncode}\n{self.log_tail()}")
            return self.answers()
        try:
            wait_until(ready, self.patience, f"{self.name} answers", self.log_tail)
        except BaseException:
            self.kill()
            raise

    def stop(self, seconds=10.0):
        """Ends it as a service manager would: SIGTERM, then SIGKILL. Returns the exit status."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        status = self.process.wait()
        self.process = None
        return status

    def kill(self):
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix=f"paygress-{self.name.lower()}-")
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.clean()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self.clean()

    def clean(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class NutshellMint(Peer):
    """nutshell (Python) with a payment backend that pays every invoice. `fee_ppk`: thousandths of a sat per proof."""

    def __init__(self, port=None, fee_ppk=0, netns=None):
        super().__init__(netns)
        self.port = port or free_port(netns)
        self.fee_ppk = fee_ppk
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
        }

    def answers(self):
        return http_answers(f"{self.url}/v1/keysets", self.netns)


class CdkMint(Peer):
    """cdk-mintd (Rust) with a payment backend that pays every invoice."""
    WORDS = "abandon " * 11 + "about"

    def __init__(self, port=None, fee_ppk=0, netns=None):
        super().__init__(netns)
        self.port = port or free_port(netns)
        self.fee_ppk = fee_ppk
        self.url = f"http://127.0.0.1:{self.port}"

    def prepare(self):
        with open(f"{self.folder}/mint.toml", "w", encoding="ascii") as file:
            file.write(f"""[info]
url = "{self.url}/"
listen_host = "127.0.0.1"
listen_port = {self.port}
mnemonic = "env:CDK_MINTD_MNEMONIC"
input_fee_ppk = {self.fee_ppk}
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


def main():
    """Runs the tests of the calling file. Exit 77 when all of them were skipped: a build tool shall not call that green."""
    result = unittest.main(verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and result.testsRun <= len(result.skipped) else 0)
