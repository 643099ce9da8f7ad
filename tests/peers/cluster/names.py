"""What the cluster's parts call each other: namespaces, addresses, ports. Python's standard library only."""
NODE_NS = "paygress-node"          # the machine that the provider rents out
INTERNET_NS = "paygress-internet"  # everybody else: customers, and what a pod may or may not reach
NODE_NAME = "node1"
NODE_IP = "10.99.0.1"              # the node inside its own network
PUBLIC_IP = "198.51.100.254"       # the node as customers see it: SSH_HOST
INTERNET_IP = "198.51.100.1"
# More addresses of the internet, for probes from inside a pod: private network, cloud metadata, carrier-grade NAT.
FORBIDDEN_IPS = ("10.200.0.1", "169.254.169.254", "100.64.0.1")
POD_NET = "10.42.0.0/24"
CLUSTER_NET = "10.42.0.0/16"
SERVICE_NET = "10.43.0.0/16"
API_SERVICE_IP = "10.43.0.1"
NODE_PORTS = "2000-3000"
API = "https://127.0.0.1:6443"     # inside NODE_NS


def inside(namespace):
    """The words before a command that make it run in a network namespace.

    Not `ip netns exec`: that remounts /sys, which hides the cgroups from the container runtime.
    """
    return ["nsenter", f"--net=/run/netns/{namespace}"]
