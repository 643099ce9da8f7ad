"""A machine for one test: a container booted by real systemd, with our packages in it and a sandbox to sell to."""
import os
import subprocess
import unittest
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = Path(os.environ.get("PAYGRESS_DEB_DIR", HERE.parents[1] / "build/deb"))
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
SANDBOX = "/srv/sandbox"


class Failed(AssertionError):
    """A command inside the machine ended badly; the text has its output."""


def root_file_system():
    if os.geteuid() != 0:
        raise unittest.SkipTest("booting a container needs root")
    ran = subprocess.run([HERE / "rootfs"], capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        raise unittest.SkipTest(ran.stderr.strip())
    if ran.returncode != 0:
        raise Failed(f"tests/system/rootfs: {ran.stderr}")
    return ran.stdout.strip()


class Machine:
    """Up while in use: `with Machine() as machine`."""

    def __init__(self):
        self.name = f"paygress-{uuid.uuid4().hex[:8]}"

    def __enter__(self):
        packages = sorted(PACKAGES.glob("paygress*.deb"))
        if not packages:
            raise Failed(f"there are no packages in {PACKAGES}; run scripts/build-deb")
        up = subprocess.run([HERE / "nsctl", "up", self.name, root_file_system(), f"--bind-ro={PACKAGES}:/packages"],
                            capture_output=True, text=True, check=False)
        if up.returncode != 0:
            raise Failed(f"the container did not boot: {up.stderr}")
        return self

    def __exit__(self, *_):
        subprocess.run([HERE / "nsctl", "down", self.name], check=False)

    def start(self, *command, **options):
        """A command that goes on: the Popen."""
        return subprocess.Popen([HERE / "nsctl", "sh", self.name, *command], text=True, env=ENVIRONMENT, **options)

    def run(self, *command, stdin="", check=True, both=False):
        """The standard output of a command inside; with `both`, standard error as well."""
        ran = subprocess.run([HERE / "nsctl", "sh", self.name, *command], input=stdin, capture_output=True, text=True,
                             env=ENVIRONMENT, check=False, timeout=240)
        if check and ran.returncode != 0:
            raise Failed(f"{' '.join(command)[:200]} ended with {ran.returncode}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
        return (ran.stdout, ran.stderr) if both else ran.stdout

    def shell(self, script, **options):
        return self.run("bash", "-euo", "pipefail", "-c", script, **options)

    def property(self, name, unit="paygress"):
        return self.run("systemctl", "show", unit, "--property", name, "--value").strip()

    def write(self, path, text, mode="0644"):
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, stdin=text)

    def journal(self, *arguments):
        return self.run("journalctl", "--no-pager", *arguments)

    def install(self):
        return self.shell("DEBIAN_FRONTEND=noninteractive dpkg -i /packages/paygress_*.deb /packages/paygress-sandbox_*.deb 2>&1")

    def start_sandbox(self):
        """Relay, mint and cluster on the machine's own loopback; `settings` are those of a daemon for them."""
        self.run("systemd-run", "--quiet", "--unit=sandbox", "--service-type=notify",
                 "paygress-sandbox", "run", "--dir", SANDBOX)
        return self.run("cat", f"{SANDBOX}/sandbox.env")

    def make_key(self):
        """The operator's first step; returns the npub and the nsec."""
        nsec, npub = self.run("paygressctl", "keygen", both=True)
        self.write("/etc/credstore/paygress.nsec", nsec, mode="0600")
        return npub.strip(), nsec.strip()

    def configure(self, sandbox_settings):
        """The operator's second step: settings without secrets, and a kubeconfig that the service may read."""
        lines = [line for line in sandbox_settings.splitlines() if not line.startswith("KUBECONFIG=")]
        self.write("/etc/paygress/paygress.env", "\n".join(lines) + "\n")
        self.run("install", "-m", "0640", "-g", "paygress", f"{SANDBOX}/kubeconfig", "/etc/paygress/kubeconfig")
