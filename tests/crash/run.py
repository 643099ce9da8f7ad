#!/usr/bin/env python3
"""Runs crash_points against the sandbox's mint, nutshell and cdk-mintd.

usage: run.py [options of crash_points]        crash_points itself comes from $PAYGRESS_BIN_DIR
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))

from peer import Missing  # noqa: E402  pylint: disable=wrong-import-position
from peers import CdkMint, NutshellMint  # noqa: E402  pylint: disable=wrong-import-position

FEE_PPK = 100   # as the sandbox's mint; trial_books.cpp counts with it


def main():
    program = os.path.join(os.environ["PAYGRESS_BIN_DIR"], "crash_points")
    try:
        with NutshellMint(fee_ppk=FEE_PPK) as nutshell, CdkMint(fee_ppk=FEE_PPK) as cdk:
            mints = [f"--mint=nutshell={nutshell.url}", f"--mint=cdk-mintd={cdk.url}"]
            done = subprocess.run([program, *mints, *sys.argv[1:]], check=False)
            if done.returncode != 0:
                print(nutshell.log_tail(), cdk.log_tail(), sep="\n", flush=True)
            return done.returncode
    except Missing as missing:
        print(f"SKIPPED: {missing}")
        return 77


if __name__ == "__main__":
    sys.exit(main())
