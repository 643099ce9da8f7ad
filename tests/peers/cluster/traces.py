"""What a kubelet and a container runtime change on the machine outside their own folder, and how to put it back."""
import glob
import os
import shutil
import time

SYSCTLS = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")
FOLDERS = ("/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods",
           "/usr/libexec/kubernetes", "/opt/cni", "/opt/containerd")


def netns():
    return set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set()


def cgroups():
    """The trees of pods, on cgroup v1 (a folder for each controller) and v2."""
    found = []
    for name in ("kubepods", "k8s.io"):
        found += glob.glob(f"/sys/fs/cgroup/{name}") + glob.glob(f"/sys/fs/cgroup/*/{name}")
    return found


def mounts(folder):
    with open("/proc/mounts", encoding="utf-8") as file:
        points = [line.split()[1].encode().decode("unicode_escape") for line in file]
    return sorted((point for point in points if point.startswith(folder + "/")), reverse=True)


def shims(folder):
    """Pids of the per-pod helpers of our container runtime: they outlive it by design."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if "containerd-shim" in words[0] and any(word.startswith(f"{folder}/ctd/") for word in words):
            found.append(int(path.split("/")[2]))
    return found


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def before():
    return {
        "sysctls": {name: read(f"/proc/sys/{name}") for name in SYSCTLS},
        "absent": [path for path in FOLDERS if not os.path.exists(path)],
        "netns": sorted(netns()),
        "cgroups": cgroups(),
    }


def remove_cgroups(paths, limit=5.0):
    """Only empty ones go, depth first; the kernel may need a moment after the last process."""
    end = time.monotonic() + limit
    while paths and time.monotonic() < end:
        for path in paths:
            for parent, _, _ in os.walk(path, topdown=False):
                try:
                    os.rmdir(parent)
                except OSError:
                    pass
        paths = [path for path in paths if os.path.exists(path)]
        time.sleep(0.05)


def put_back(was):
    for name, value in was["sysctls"].items():
        if read(f"/proc/sys/{name}") != value:
            with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
                file.write(value)
    remove_cgroups([path for path in cgroups() if path not in was["cgroups"]])
    for path in was["absent"]:
        shutil.rmtree(path, ignore_errors=True)


def leftovers(folder, was):
    """Everything of ours that is still there, in words."""
    return ([f"mount {point}" for point in mounts(folder)]
            + [f"process {pid} (shim)" for pid in shims(folder)]
            + [f"network namespace {name}" for name in sorted(netns() - set(was["netns"]))
               if name.startswith(("cni-", "paygress-"))]
            + [f"cgroup {path}" for path in cgroups() if path not in was["cgroups"]]
            + [f"folder {path}" for path in was["absent"] if os.path.exists(path)])
