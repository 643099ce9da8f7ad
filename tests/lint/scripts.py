#!/usr/bin/env python3
"""shellcheck over every shell script, and the run bit on everything that starts with #!. usage: scripts.py"""
import os
import re
import subprocess

import sources

SHELL = re.compile(rb"^#!.*\b(ba|da)?sh\b|^# shellcheck shell=")
# Sourced by scripts that know where they are, not run.
PARTS = ("tests/peers/parts/",)


def is_shell(path):
    return any(SHELL.match(line) for line in path.read_bytes().splitlines()[:6])


def main():
    scripts, complaints = [], []
    for path in sources.tracked():
        name = str(path.relative_to(sources.ROOT))
        if path.read_bytes().startswith(b"#!") and not os.access(path, os.X_OK) and "debian/" not in name:
            complaints.append(f"{name}: starts with #! but cannot be run; chmod +x")
        if is_shell(path) and not name.startswith(PARTS):
            scripts.append(name)
    ran = subprocess.run(["shellcheck", "--format=gcc",
                          "--severity=style", *scripts], cwd=sources.ROOT, capture_output=True, text=True)
    complaints += (ran.stdout + ran.stderr).splitlines()
    if ran.returncode not in (0, 1):
        complaints.append(f"shellcheck ended with {ran.returncode}")
    print(f"{len(scripts)} shell scripts")
    sources.finish(complaints, "See the shellcheck wiki for what a code means.")


if __name__ == "__main__":
    main()
