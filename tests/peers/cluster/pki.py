"""The cluster's certificates, service-account keys, and one kubeconfig for each identity that has a certificate."""
import json
import os
import subprocess

from names import API, API_SERVICE_IP, NODE_IP, NODE_NAME

CLIENT, SERVER = "clientAuth", "serverAuth"
# name: (subject, usages, alternative names)
LEAVES = {
    "apiserver": ("/CN=kube-apiserver", [SERVER],
                  f"DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:{API_SERVICE_IP},IP:{NODE_IP}"),
    "kubelet": (f"/O=system:nodes/CN=system:node:{NODE_NAME}", [CLIENT, SERVER], f"DNS:{NODE_NAME},IP:{NODE_IP}"),
    "admin": ("/O=system:masters/CN=admin", [CLIENT], None),
    "controller-manager": ("/CN=system:kube-controller-manager", [CLIENT], None),
    "scheduler": ("/CN=system:kube-scheduler", [CLIENT], None),
    "proxy": ("/CN=system:kube-proxy", [CLIENT], None),
}
CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, text=True)


def kubeconfig(name):
    """JSON is YAML too; the relative paths are there on purpose, because an operator's file may hold them."""
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": API, "certificate-authority": "ca.crt"}}],
        "users": [{"name": name, "user": {"client-certificate": f"{name}.crt", "client-key": f"{name}.key"}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
    }


def create(folder):
    os.makedirs(folder, mode=0o700)
    openssl(folder, "req", "-x509", *CURVE, "-days", "30", "-subj", "/CN=paygress-test-ca",
            "-keyout", "ca.key", "-out", "ca.crt")
    for name, (subject, usages, names) in LEAVES.items():
        extensions = f"extendedKeyUsage={','.join(usages)}\n"
        if names:
            extensions += f"subjectAltName={names}\n"
        with open(f"{folder}/{name}.ext", "w", encoding="ascii") as file:
            file.write(extensions)
        openssl(folder, "req", "-new", *CURVE, "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")
        if CLIENT in usages:
            with open(f"{folder}/{name}.kubeconfig", "w", encoding="ascii") as file:
                json.dump(kubeconfig(name), file, indent=1)
    openssl(folder, "genrsa", "-out", "sa.key", "2048")
    openssl(folder, "rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub")
