"""Two network namespaces, the node and the internet, joined by one wire. Nothing in them reaches the real network."""
import os
import subprocess

from names import FORBIDDEN_IPS, INTERNET_IP, INTERNET_NS, NODE_IP, NODE_NS, PUBLIC_IP, inside

OWNER = "/run/paygress-peers-cluster"      # holds the folder of the cluster that these namespaces belong to


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def exists():
    return any(os.path.exists(f"/run/netns/{name}") for name in (NODE_NS, INTERNET_NS))


def create(folder):
    with open(OWNER, "w", encoding="utf-8") as file:
        file.write(folder)
    for name in (NODE_NS, INTERNET_NS):
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
    ip("link", "add", "name", "paygress-pub0", "netns", NODE_NS, "type", "veth",
       "peer", "name", "paygress-pub1", "netns", INTERNET_NS)

    ip("-n", NODE_NS, "link", "add", "node0", "type", "bridge")
    ip("-n", NODE_NS, "addr", "add", f"{NODE_IP}/24", "dev", "node0")
    ip("-n", NODE_NS, "link", "set", "node0", "up")
    ip("-n", NODE_NS, "addr", "add", f"{PUBLIC_IP}/24", "dev", "paygress-pub0")
    ip("-n", NODE_NS, "link", "set", "paygress-pub0", "up")

    ip("-n", INTERNET_NS, "addr", "add", f"{INTERNET_IP}/24", "dev", "paygress-pub1")
    for address in FORBIDDEN_IPS:
        ip("-n", INTERNET_NS, "addr", "add", f"{address}/32", "dev", "paygress-pub1")
    ip("-n", INTERNET_NS, "link", "set", "paygress-pub1", "up")

    # Else what one pod sends to another crosses the bridge past all filters.
    subprocess.run([*inside(NODE_NS), "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"], check=True)

    # The API server refuses to start on a machine without a default route.
    ip("-n", NODE_NS, "route", "add", "default", "via", INTERNET_IP)
    ip("-n", INTERNET_NS, "route", "add", "default", "via", PUBLIC_IP)


def owner():
    """The folder of the cluster that is up, or was when it was killed."""
    try:
        with open(OWNER, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def delete():
    for name in (NODE_NS, INTERNET_NS):
        if os.path.exists(f"/run/netns/{name}"):
            ip("netns", "delete", name)
    if os.path.exists(OWNER):
        os.unlink(OWNER)


def missing():
    """Why this machine cannot have network namespaces joined by a wire, or None."""
    if os.geteuid() != 0:
        return "not root"
    probe = f"{NODE_NS}-probe"
    try:
        ip("netns", "add", probe)
        try:
            ip("-n", probe, "link", "add", "name", "probe0", "type", "veth", "peer", "name", "probe1")
            ip("-n", probe, "link", "add", "name", "probe2", "type", "bridge")
        finally:
            ip("netns", "delete", probe)
    except FileNotFoundError:
        return "no `ip` command (Debian package iproute2)"
    except subprocess.CalledProcessError as error:
        return f"no network namespaces here: {error.stderr.strip()}"
    return None
