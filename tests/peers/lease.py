"""A lease as the daemon lays it into the cluster, by hand: what cluster_test.py tries the cluster and the image with."""
import base64
import json

from peers import PUBLIC_IP

CAPABILITIES = ["CHOWN", "SETUID", "SETGID", "SYS_CHROOT", "AUDIT_WRITE"]


def objects(namespace, user, seconds, port, password=None, public_key=None):
    """Namespace first, then all that is in it."""
    def named(api, kind, name, **more):
        return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **more}

    secret = {name: base64.b64encode(value.encode()).decode()
              for name, value in (("password", password), ("authorized_keys", public_key)) if value}
    environment = {
        "USER_NAME": user, "PASSWORD_ACCESS": "true" if password else "false", "LISTEN_PORT": "2222",
        "USER_PASSWORD_FILE": "/etc/paygress-ssh/password", "PUBLIC_KEY_FILE": "/etc/paygress-ssh/authorized_keys",
    }
    limits = {"cpu": "500m", "memory": "256Mi", "ephemeral-storage": "500Mi"}
    container = {
        "name": "ssh", "image": "localhost/ssh:1", "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [{"containerPort": 2222}],
        "readinessProbe": {"tcpSocket": {"port": 2222}, "periodSeconds": 1},
        "resources": {"limits": limits, "requests": limits},
        "securityContext": {"allowPrivilegeEscalation": False, "privileged": False,
                            "capabilities": {"drop": ["ALL"], "add": CAPABILITIES}},
        "volumeMounts": [{"name": "ssh", "mountPath": "/etc/paygress-ssh", "readOnly": True},
                         {"name": "config", "mountPath": "/config"}],
    }
    pod = {
        "restartPolicy": "OnFailure", "dnsPolicy": "Default", "automountServiceAccountToken": False,
        "enableServiceLinks": False, "terminationGracePeriodSeconds": 1,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}, "containers": [container],
        "volumes": [{"name": "ssh", "secret": {"secretName": "ssh", "defaultMode": 0o400}},
                    {"name": "config", "emptyDir": {"sizeLimit": "100Mi"}}],
    }
    labels = {"app": "lease"}
    return {
        "namespace": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": {
            "pod-security.kubernetes.io/enforce": "baseline",
            "pod-security.kubernetes.io/enforce-version": "v1.34"}}},
        "secret": named("v1", "Secret", "ssh", immutable=True, data=secret),
        "service": named("v1", "Service", "ssh", spec={"type": "NodePort", "selector": labels, "ports": [
            {"protocol": "TCP", "port": 22, "targetPort": 2222, "nodePort": port}]}),
        "job": named("batch/v1", "Job", "lease", spec={
            "activeDeadlineSeconds": seconds, "ttlSecondsAfterFinished": 2, "backoffLimit": 1000,
            "template": {"metadata": {"labels": labels}, "spec": pod}}),
    }


def policies(namespace):
    """Out to the public internet but for mail, in for SSH, nothing else."""
    def policy(name, **spec):
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": name, "namespace": namespace}, "spec": {"podSelector": {}, **spec}}

    def tcp(first, last):
        return {"protocol": "TCP", "port": first, "endPort": last}

    internet = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", f"{PUBLIC_IP}/32"]}
    return [
        policy("deny", policyTypes=["Ingress", "Egress"]),
        policy("ssh", policyTypes=["Ingress"], ingress=[{"ports": [{"protocol": "TCP", "port": 2222}]}]),
        policy("internet", policyTypes=["Egress"], egress=[{
            "to": [{"ipBlock": internet}], "ports": [tcp(1, 24), tcp(26, 464), tcp(466, 586), tcp(588, 65535)]}]),
    ]


def start(cluster, namespace, isolated=False, **what):
    """Creates it all, with the Service and the Secret owned by the Job, and waits until the pod is ready."""
    made = objects(namespace, **what)
    rules = policies(namespace) if isolated else []
    for one in (made["namespace"], *rules, made["secret"], made["service"], made["job"]):
        cluster.kubectl("create", "-f", "-", stdin=json.dumps(one))
    uid = cluster.kubectl("-n", namespace, "get", "job/lease", "-o", "jsonpath={.metadata.uid}")
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "lease", "uid": uid}
    for name in ("secret/ssh", "service/ssh"):
        cluster.kubectl("-n", namespace, "patch", name, "--type=merge", "-p",
                        json.dumps({"metadata": {"ownerReferences": [owner]}}))
    # `kubectl wait` does not wait for a pod that does not exist yet.
    cluster.kubectl("-n", namespace, "wait", "--for=create", "pod", "-l", "app=lease", "--timeout=20s")
    cluster.kubectl("-n", namespace, "wait", "--for=condition=Ready", "pod", "-l", "app=lease", "--timeout=30s")
