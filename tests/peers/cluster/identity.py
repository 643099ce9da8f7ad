"""The daemon's identity in the cluster, made by the very lines with which README.md tells operators to make it."""
import os
import re
import subprocess

ROOT = os.path.abspath(f"{os.path.dirname(os.path.abspath(__file__))}/../../..")


def readme_lines():
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        [lines] = re.findall(r"^# 3\. A cluster:.*?\n(.*?)^\n", file.read(), re.MULTILINE | re.DOTALL)
    return lines


def script(folder):
    """Those lines, with `folder` for what an operator's machine has elsewhere; a test machine has no group paygress."""
    places = {"/usr/share/paygress/": f"{ROOT}/packaging/", "/etc/paygress/ca.crt": f"{folder}/paygress-ca.crt",
              "/etc/paygress/kubeconfig": f"{folder}/paygress.kubeconfig"}
    lines = readme_lines()
    for place, here in places.items():
        if place not in lines:
            raise ValueError(f"README.md names no {place} in its third step")
        lines = lines.replace(place, here)
    return f"set -euo pipefail\nchgrp() {{ :; }}\n{lines}"


def create(folder, binaries, inside):
    """Leaves paygress.kubeconfig in `folder`, which holds the administrator's. What went wrong, or None."""
    environment = {**os.environ, "KUBECONFIG": f"{folder}/admin.kubeconfig", "PATH": f"{binaries}:{os.environ['PATH']}"}
    done = subprocess.run([*inside, "bash", "-c", script(folder)], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    return None if done.returncode == 0 else done.stderr.strip()
