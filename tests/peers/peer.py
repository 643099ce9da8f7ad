"""What every peer is: a process with a folder and a log, started until it really answers, and ended without a trace.

All that a peer keeps lies in a folder of its own that goes away with it. Python's standard library only.
"""
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


def main():
    """Runs the tests of the calling file. Exit 77 when all of them were skipped: a build tool shall not call that green."""
    result = unittest.main(verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and result.testsRun <= len(result.skipped) else 0)
