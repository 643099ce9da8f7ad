"""A provider for one test: the daemon under test with a Nostr key, a wallet and a namespace prefix of its own."""
import json
import os
import subprocess
import time

from customer import client
from peer import Failed, Missing, wait_until
from peers import NODE_NS, PUBLIC_IP, Paygressd

RATE = 300                      # msat per second: 10 sat less a fee of 1 are 30 seconds
SPEC = {"id": "basic", "name": "Basic", "description": "A small pod for tests", "cpu_millicores": 200,
        "memory_mb": 128, "rate_msats_per_sec": RATE}


def binary(name):
    folder = os.environ.get("PAYGRESS_BIN_DIR")
    if not folder:
        raise Missing("PAYGRESS_BIN_DIR, the folder of paygressd, is not set")
    path = os.path.join(os.path.abspath(folder), name)
    if not os.access(path, os.X_OK):
        raise Missing(f"{path} is not there")
    return path


class Provider(Paygressd):
    """paygressd on the cluster's node. `stop()` and `start()` it at will; its books stay until the end of the test."""
    prefixes = iter(f"peers{number}" for number in range(1000))

    def __init__(self, cluster, mints, relays, **settings):
        key = client("keygen")
        self.cluster, self.pubkey = cluster, key["pubkey"]
        self.prefix = next(self.prefixes)
        super().__init__(binary("paygressd"), {
            "NOSTR_RELAYS": ",".join(relay.url for relay in relays),
            "NOSTR_PRIVATE_KEY": key["nsec"],
            "WHITELISTED_MINTS": ",".join(mint.url for mint in mints),
            "POD_SPECS": json.dumps([SPEC]),
            "SSH_HOST": PUBLIC_IP,
            "POD_NAMESPACE": self.prefix,
            "MINIMUM_POD_DURATION_SECONDS": "10",
            "BASE_IMAGE": "localhost/ssh:1",
            "SSH_PORT_RANGE_START": "2100", "SSH_PORT_RANGE_END": "2199",
            "KUBECONFIG": cluster.kubeconfig,
            **settings,
        }, netns=NODE_NS)

    def __exit__(self, *exception):
        if exception[0]:
            print(self.log_tail(80))
        super().__exit__(*exception)
        for namespace in self.namespaces():
            self.cluster.kubectl("delete", "namespace", namespace, "--wait=false")

    def namespaces(self):
        names = self.cluster.kubectl("get", "namespace", "-l", "app.kubernetes.io/managed-by=paygress",
                                     "-o", "jsonpath={.items[*].metadata.name}").split()
        return [name for name in names if name.startswith(f"{self.prefix}-")]

    def namespace(self):
        [name] = self.namespaces()
        return name

    def pod(self):
        """(uid, restarts) of the one pod of the one lease."""
        items = json.loads(self.cluster.kubectl("-n", self.namespace(), "get", "pod", "-o", "json"))["items"]
        if len(items) != 1:
            raise Failed(f"{len(items)} pods instead of one in {self.namespace()}")
        [pod] = items
        [container] = pod["status"]["containerStatuses"]
        if not container["ready"]:
            raise Failed(f"the pod is not ready: {json.dumps(container)}")
        return pod["metadata"]["uid"], container["restartCount"]

    def remains(self):
        """What of the lease is still in the cluster, the empty namespace aside."""
        return self.cluster.kubectl("-n", self.namespace(), "get", "job,pod,service,secret", "-o", "name").split()


def expiry(text):
    """Seconds since 1970 of "2025-09-23T15:30:00Z"."""
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


def fingerprint(known_hosts):
    """What ssh learnt to know: SHA256:..."""
    done = subprocess.run(["ssh-keygen", "-l", "-f", known_hosts], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def wait_gone(provider, until):
    wait_until(lambda: not provider.remains(), until - time.time(), "job, pod, Service and Secret are gone",
               lambda: " ".join(provider.remains()))
