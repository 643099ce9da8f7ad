#!/usr/bin/env python3
"""Words that do not belong into the project: where its authors work, where packages come from, and half-done work.

usage: words.py

Packages are named by name and version; which registry or mirror serves them is the machine's business.
"""
import sources

# Written in halves, so that this file does not find itself.
HOSTS = ["registry.npm" + "js.org", "py" + "pi.org", "pythonhosted" + ".org", "crates" + ".io", "proxy.golang" + ".org",
         "deb.debian" + ".org", "security.debian" + ".org", "archive.ubuntu" + ".com", "ghcr" + ".io",
         "quay" + ".io", "registry" + ".k8s.io", "snapshot.debian" + ".org", "sum.golang" + ".org", "npm" + "mirror.com"]
PLACES = ["/work" + "/", "/tmp" + "/bash", "/root" + "/"]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]
# A lock file repeats what the package manager wrote; it names the registry it was made with.
NOT_OURS = ("package-lock.json", "go.sum", "Cargo.lock")


def complaints_about(path):
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return [f"{path.relative_to(sources.ROOT)}: not UTF-8 text; what is it for?"]
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for kind, words in (("the host of a package registry", HOSTS), ("a path of somebody's machine", PLACES),
                            ("unfinished work", UNFINISHED)):
            found += [f"{path.relative_to(sources.ROOT)}:{number}: {word} is {kind}" for word in words if word in line]
    return found


def main():
    files = [path for path in sources.tracked() if path.name not in NOT_OURS]
    sources.finish([complaint for path in files for complaint in complaints_about(path)],
                   "Name packages by name and version, and leave the rest to the machine.")


if __name__ == "__main__":
    main()
