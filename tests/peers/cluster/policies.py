#!/usr/bin/env python3
"""policies.py DIR: makes NetworkPolicies count in the cluster of DIR, as an operator's network plugin would.

Kubernetes itself only stores them, and no production engine can be had from the package registries. This one polls
namespaces, pods and policies, and renders one nftables table, loaded in one transaction when it changed. Whatever it
does not know (a named port, a field of the future) stops it, and with it the tests: it never allows silently.
Only IPv4, because the pods have nothing else.
"""
import http.client
import json
import ssl
import subprocess
import sys
import time
import urllib.parse

from names import API

TABLE = "paygress_policies"
EMPTY = f"add table inet {TABLE}\ndelete table inet {TABLE}\n"


class Api:
    def __init__(self, pki):
        self.context = ssl.create_default_context(cafile=f"{pki}/ca.crt")
        self.context.load_cert_chain(f"{pki}/admin.crt", f"{pki}/admin.key")
        self.address = urllib.parse.urlsplit(API).netloc
        self.connection = None

    def items(self, path):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=10)
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status}")
        return json.loads(body)["items"]


def only(known, object_, what):
    if unknown := set(object_) - set(known):
        raise NotImplementedError(f"{what}: {', '.join(sorted(unknown))}")


def selects(selector, labels):
    """Does a label selector fit? The empty one fits everything."""
    only(("matchLabels", "matchExpressions"), selector, "selector")
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for wanted in selector.get("matchExpressions", []):
        key, values = wanted["key"], wanted.get("values", [])
        fits = {"In": labels.get(key) in values, "NotIn": labels.get(key) not in values,
                "Exists": key in labels, "DoesNotExist": key not in labels}[wanted["operator"]]
        if not fits:
            return False
    return True


def port_match(port):
    only(("protocol", "port", "endPort"), port, "port")
    protocol = port.get("protocol", "TCP").lower()
    if "port" not in port:
        return f"meta l4proto {protocol}"
    if not isinstance(port["port"], int):
        raise NotImplementedError(f"named port {port['port']}")
    last = f"-{port['endPort']}" if "endPort" in port else ""
    return f"{protocol} dport {port['port']}{last}"


class Cluster:
    """What the API said, seen by the rules."""

    def __init__(self, namespaces, pods, policies):
        self.namespaces = {one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in namespaces}
        self.pods = [pod for pod in pods if pod["status"].get("podIP") and not pod["spec"].get("hostNetwork")
                     and pod["status"]["phase"] in ("Pending", "Running")]
        self.policies = policies

    def peer_matches(self, peer, address, namespace):
        """nftables matches for one `to` or `from` entry."""
        only(("ipBlock", "podSelector", "namespaceSelector"), peer, "peer")
        if block := peer.get("ipBlock"):
            if ":" in block["cidr"]:
                return []
            match = f"ip {address} {block['cidr']}"
            if block.get("except"):
                match += f" ip {address} != {{ {', '.join(block['except'])} }}"
            return [match]
        return [f"ip {address} {pod['status']['podIP']}" for pod in self.pods
                if self.is_peer(peer, pod["metadata"], namespace)]

    def is_peer(self, peer, pod, namespace):
        if "namespaceSelector" in peer:
            if not selects(peer["namespaceSelector"], self.namespaces.get(pod["namespace"], {})):
                return False
        elif pod["namespace"] != namespace:
            return False
        return selects(peer.get("podSelector", {}), pod.get("labels", {}))

    def policies_of(self, pod, direction):
        meta = pod["metadata"]
        return [policy for policy in self.policies
                if policy["metadata"]["namespace"] == meta["namespace"]
                and direction in policy["spec"].get("policyTypes", ["Ingress"])
                and selects(policy["spec"].get("podSelector", {}), meta.get("labels", {}))]

    def chain(self, pod, direction):
        """The lines that judge one pod in one direction, or None where no policy speaks of it."""
        policies = self.policies_of(pod, direction)
        if not policies:
            return None
        side, address, peers = (("egress", "daddr", "to") if direction == "Egress" else ("ingress", "saddr", "from"))
        lines = []
        for policy in policies:
            for rule in policy["spec"].get(side, []):
                only((peers, "ports"), rule, "rule")
                matches = [""]
                if rule.get(peers):
                    matches = [match for peer in rule[peers]
                               for match in self.peer_matches(peer, address, policy["metadata"]["namespace"])]
                ports = [port_match(port) for port in rule["ports"]] if rule.get("ports") else [""]
                lines += [f"{match} {port} return".strip() for match in matches for port in ports]
        return lines + ["counter drop"]

    def table(self):
        chains, jumps = [], {"Egress": [], "Ingress": []}
        for pod in sorted(self.pods, key=lambda one: one["metadata"]["uid"]):
            for direction, address in (("Egress", "saddr"), ("Ingress", "daddr")):
                lines = self.chain(pod, direction)
                if lines is None:
                    continue
                name = f"{direction.lower()}_{pod['metadata']['uid'].replace('-', '')}"
                chains.append((name, lines))
                jumps[direction].append(f"ip {address} {pod['status']['podIP']} jump {name}")
        established = "ct state established,related accept"
        # Both after the destination of a Service was put in: it is the real target that is judged. What the node sends
        # to a pod (probes) is never filtered.
        hook = "type filter hook {} priority 0; policy accept;"
        chains += [("all_egress", jumps["Egress"]), ("all_ingress", jumps["Ingress"]),
                   ("from_pods", [hook.format("forward"), established, "jump all_egress", "jump all_ingress"]),
                   ("to_node", [hook.format("input"), established, "jump all_egress"])]
        body = "".join(f" chain {name} {{\n" + "".join(f"  {line}\n" for line in lines) + " }\n"
                       for name, lines in chains)
        return f"table inet {TABLE} {{\n{body}}}\n"


def main(folder):
    api, loaded = Api(f"{folder}/pki"), None
    while True:
        try:
            cluster = Cluster(api.items("/api/v1/namespaces"), api.items("/api/v1/pods"),
                              api.items("/apis/networking.k8s.io/v1/networkpolicies"))
        except (OSError, http.client.HTTPException) as error:      # the API server may be restarted by a test
            print(error, flush=True)
            api.connection = None
            time.sleep(0.25)
            continue
        table = cluster.table()
        if table != loaded:
            subprocess.run(["nft", "-f", "-"], input=EMPTY + table, text=True, check=True)
            loaded = table
        time.sleep(0.25)


if __name__ == "__main__":
    main(sys.argv[1])
