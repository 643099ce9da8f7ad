#!/usr/bin/env python3
"""The cluster and its image by themselves, without the daemon: a lease laid in by hand behaves as the story expects.

PAYGRESS_CLUSTER=DIR uses a cluster that is up already.
"""
import contextlib
import json
import os
import subprocess
import tempfile
import time
import unittest

import lease
from customer import ssh
from isolation import MAIL, NODE, OPEN, PRIVATE, internet, reachable_from_node, reachable_from_pod
from peer import Failed, inside, main, wait_until
from peers import INTERNET_NS, NODE_NS, Cluster

cluster = None
peers = contextlib.ExitStack()


def setUpModule():
    global cluster  # pylint: disable=global-statement
    cluster = peers.enter_context(Cluster(os.environ.get("PAYGRESS_CLUSTER")))


def tearDownModule():
    peers.close()


class Rentals(unittest.TestCase):
    def test_the_daemons_own_code(self):
        folder = os.environ.get("PAYGRESS_BIN_DIR")
        if not folder:
            self.skipTest("PAYGRESS_BIN_DIR, the folder of rentals_test, is not set")
        environment = {**os.environ, "PAYGRESS_TEST_KUBECONFIG": cluster.kubeconfig,
                       "PAYGRESS_TEST_ADMIN_KUBECONFIG": cluster.admin_kubeconfig, "PAYGRESS_TEST_IMAGE": "localhost/ssh:1"}
        ran = subprocess.run([*inside(NODE_NS), os.path.join(os.path.abspath(folder), "rentals_test")], env=environment,
                             capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)


class Lease(unittest.TestCase):
    def start(self, port, **what):
        self.namespace = f"test-{port}"
        self.addCleanup(cluster.kubectl, "delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found")
        lease.start(cluster, self.namespace, user="alice", port=port, **what)

    def pod(self):
        """(uid, restarts) of the pods, oldest first."""
        found = json.loads(cluster.kubectl("-n", self.namespace, "get", "pod", "-o", "json"))["items"]
        return [(pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]) for pod in found]

    def test_password_that_no_shell_may_read(self):
        password = "$(touch /config/owned)`id`'\"; rm -rf / #:%s"
        self.start(seconds=300, port=2010, password=password)
        answer = ssh("alice", 2010, 'id; pwd; grep -E "NoNewPrivs|Seccomp:" /proc/self/status; ls /config',
                     password=password)
        self.assertIn("uid=1000(alice)", answer)
        self.assertIn("/config\n", answer)
        self.assertRegex(answer, r"NoNewPrivs:\s*1\nSeccomp:\s*2")
        self.assertNotIn("owned", answer)
        with self.assertRaisesRegex(Failed, "Permission denied"):
            ssh("alice", 2010, "id", password="wrong", tries=1)

    def test_public_key_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/key"], check=True)
            with open(f"{folder}/key.pub", encoding="ascii") as file:
                self.start(seconds=300, port=2011, public_key=file.read())
            self.assertIn("uid=1000(alice)", ssh("alice", 2011, "id", key=f"{folder}/key"))
        with self.assertRaisesRegex(Failed, r"Permission denied \(publickey\)"):
            ssh("alice", 2011, "id", password="", tries=1)

    def test_files_and_host_key_survive_a_restart_of_the_container(self):
        self.start(seconds=300, port=2012, password="secret")
        with tempfile.TemporaryDirectory() as folder:
            known = f"{folder}/known_hosts"
            ssh("alice", 2012, "echo mine > note", password="secret", known_hosts=known)
            [(uid, restarts)] = self.pod()
            self.assertEqual(restarts, 0)
            # Not SIGTERM: sshd answers that with a clean exit, and a Job takes that for its completion.
            cluster.kubectl("-n", self.namespace, "exec", "job/lease", "--", "pkill", "-QUIT", "-o", "sshd")
            wait_until(lambda: self.pod() == [(uid, 1)], 20, "the container restarts")
            # A changed host key would be refused: it is in known_hosts now.
            self.assertEqual(ssh("alice", 2012, "cat note", password="secret", known_hosts=known, tries=20), "mine\n")

    def test_paid_time_can_be_extended_and_then_ends_by_itself(self):
        began = time.monotonic()
        self.start(seconds=20, port=2013, password="secret")
        [pod] = self.pod()
        cluster.kubectl("-n", self.namespace, "patch", "job/lease", "--type=merge",
                        "-p", json.dumps({"spec": {"activeDeadlineSeconds": 35}}))
        time.sleep(max(0.0, began + 28 - time.monotonic()))
        self.assertEqual(self.pod(), [pod])
        self.assertIn("alice", ssh("alice", 2013, "id", password="secret", tries=1))

        def gone():
            return not cluster.kubectl("-n", self.namespace, "get", "job,pod,service,secret", "-o", "name").strip()
        wait_until(gone, began + 50 - time.monotonic(), "all that the Job owns is gone")
        self.assertGreater(time.monotonic() - began, 34)
        with self.assertRaisesRegex(Failed, "refused|timed out"):
            ssh("alice", 2013, "id", password="secret", tries=1)


    def pod_address(self):
        [address] = cluster.kubectl("-n", self.namespace, "get", "pod", "-o", "jsonpath={.items[*].status.podIP}").split()
        return (address, 2222)

    def test_policies_count(self):
        # Without policies a pod reaches everything, with them what they say: so the engine judges, and not chance.
        self.start(seconds=300, port=2014, password="secret")
        other = self.pod_address()
        targets = OPEN + MAIL + PRIVATE + NODE + [other]
        with internet():
            self.assertEqual(reachable_from_node(targets), set(targets))
            self.assertEqual(reachable_from_pod(targets, "alice", 2014, "secret"), set(targets))
            self.start(seconds=300, port=2015, password="secret", isolated=True)
            self.assertEqual(reachable_from_pod(targets, "alice", 2015, "secret"), set(OPEN))
            # Its SSH port is for everybody, other pods included.
            isolated = self.pod_address()
            self.assertEqual(reachable_from_pod([isolated], "alice", 2014, "secret"), {isolated})


class Identity(unittest.TestCase):
    """The daemon's own identity may do its work, and is no administrator."""

    def may(self, *what):
        done = subprocess.run([*inside(NODE_NS), f"{cluster.binaries}/kubectl", f"--kubeconfig={cluster.kubeconfig}",
                               "auth", "can-i", *what], capture_output=True, text=True, check=False)
        return done.stdout.strip() == "yes"

    def test_what_it_needs(self):
        for what in (("create", "namespaces"), ("patch", "jobs.batch"), ("create", "secrets", "-n", "x"),
                     ("list", "pods"), ("get", "/version")):
            self.assertTrue(self.may(*what), what)

    def test_no_more(self):
        for what in (("delete", "nodes"), ("list", "secrets", "--all-namespaces"), ("get", "secrets", "-n", "x"),
                     ("create", "pods", "-n", "x"), ("delete", "services", "-n", "x"),
                     ("create", "pods/exec", "-n", "x"), ("escalate", "clusterroles")):
            self.assertFalse(self.may(*what), what)


class Network(unittest.TestCase):
    def test_the_internet_cannot_be_left(self):
        routes = subprocess.run([*inside(INTERNET_NS), "ip", "-brief", "link"], capture_output=True, text=True, check=True)
        self.assertEqual({line.split()[0].split("@")[0] for line in routes.stdout.splitlines()}, {"lo", "paygress-pub1"})


if __name__ == "__main__":
    main()
