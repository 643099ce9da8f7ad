"""What a pod may reach and what not, tried from inside it over SSH against listeners that really are there."""
import contextlib
import socket

from customer import ssh
from peer import in_netns
from peers import INTERNET_NS, NODE_NS, PUBLIC_IP

INTERNET_IP, NODE_IP, API_SERVICE_IP = "198.51.100.1", "10.99.0.1", "10.43.0.1"   # see cluster/names.py
OPEN = [(INTERNET_IP, 80), (INTERNET_IP, 443), (INTERNET_IP, 2525)]
MAIL = [(INTERNET_IP, 25), (INTERNET_IP, 465), (INTERNET_IP, 587)]
PRIVATE = [("10.200.0.1", 80), ("169.254.169.254", 80), ("100.64.0.1", 80)]
NODE = [(NODE_IP, 10250), (NODE_IP, 6443), (PUBLIC_IP, 6443), (API_SERVICE_IP, 443)]


@contextlib.contextmanager
def internet():
    """Listeners on all addresses of the internet. Nobody accepts: the kernel's answer is all that a probe wants."""
    with contextlib.ExitStack() as stack:
        for port in sorted({port for _, port in OPEN + MAIL + PRIVATE}):
            stack.enter_context(in_netns(INTERNET_NS, lambda port=port: socket.create_server(("0.0.0.0", port), backlog=64)))
        yield


def reachable_from_node(targets):
    """The control: a target that nobody can reach proves nothing when a pod cannot."""
    def connects(target):
        try:
            with socket.create_connection(target, timeout=2):
                return True
        except OSError:
            return False
    return in_netns(NODE_NS, lambda: {target for target in targets if connects(target)})


def reachable_from_pod(targets, user, port, password):
    """All at once, so that many silent ones cost the time of one."""
    probes = "".join(f"(timeout 3 bash -c 'exec 3<>/dev/tcp/{host}/{number}' 2>/dev/null && echo {host} {number}) &\n"
                     for host, number in targets)
    answer = ssh(user, port, probes + "wait; echo done", password=password)
    *lines, end = answer.splitlines()
    assert end == "done", answer
    return {(host, int(number)) for host, number in map(str.split, lines)}
