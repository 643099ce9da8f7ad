"""A customer: client.mjs as a Python object, and an SSH client that types the password."""
import json
import os
import subprocess
import tempfile
import time

from peer import HERE, Failed, inside, installed
from peers import INTERNET_NS, PUBLIC_IP


class Refused(Exception):
    """client.mjs ended with an error: what it said."""


def client(command, netns=None, stdin=None, **options):
    """Runs `client.mjs COMMAND --option value...` and returns its line of JSON. `-` as a value reads `stdin`."""
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    done = subprocess.run(
        [*inside(netns), "node", f"{HERE}/client.mjs", command, *words], input=stdin, capture_output=True, text=True,
        timeout=180, check=False, env={**os.environ, "PAYGRESS_PEERS_NODE": installed("node")})
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return json.loads(done.stdout)


class Customer:
    """Someone with a Nostr key of his own who writes to `service` (a public key)."""

    def __init__(self, service, relay, netns=None, protocol="nip17"):
        self.netns, self.relay, self.service, self.protocol = netns, relay, service, protocol
        key = client("keygen")
        self.secret, self.pubkey, self.npub = key["secret"], key["pubkey"], key["npub"]

    def address(self):
        return {"secret": self.secret, "protocol": self.protocol, "netns": self.netns}

    def send(self, message, relay=None):
        return client("send", relay=relay or self.relay, to=self.service, content="-", stdin=json.dumps(message),
                      **self.address())

    def wait(self, request_id, timeout=60):
        return client("wait", **{"from": self.service}, relay=self.relay, request_id=request_id, timeout=timeout,
                      **self.address())

    def letters(self):
        return client("letters", **{"from": self.service}, relay=self.relay, **self.address())["letters"]


def ssh(user, port, command, password=None, key=None, host=PUBLIC_IP, netns=INTERNET_NS, known_hosts="/dev/null",
        tries=8):
    """What `command` prints in the pod, over SSH from the internet; Failed with ssh's complaint after `tries`."""
    with tempfile.TemporaryDirectory(prefix="paygress-ssh-") as folder:
        # The ordinary way to give ssh a password without a terminal: a program that prints it.
        askpass = f"{folder}/askpass"
        with open(askpass, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nprintf "%s\\n" "$PASSWORD"\n')
        os.chmod(askpass, 0o700)
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "DISPLAY": ":0", "SSH_ASKPASS": askpass,
                       "SSH_ASKPASS_REQUIRE": "force", "PASSWORD": password or ""}
        method = "publickey" if key else "password"
        words = ["ssh", "-F", "none", "-p", str(port), "-o", f"PreferredAuthentications={method}",
                 "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR",
                 "-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={known_hosts}"]
        words += ["-i", key, "-o", "IdentitiesOnly=yes"] if key else []
        for _ in range(tries):
            done = subprocess.run([*inside(netns), *words, f"{user}@{host}", command], env=environment,
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False)
            if done.returncode == 0:
                return done.stdout
            time.sleep(0.5)
        raise Failed(f"ssh to {host}:{port}: {done.stderr.strip() or done.stdout.strip()}")
