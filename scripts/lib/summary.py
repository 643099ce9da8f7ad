#!/usr/bin/env python3
"""Says what a run of CTest came to: seconds per tier, and what was skipped and why.

usage: summary.py BUILD TIER...     reads BUILD/results.xml (ctest --output-junit) and BUILD's list of tests

A test is skipped as a whole (exit 77), or in part: then it prints a line "SKIPPED: what and why", or unittest's own.
Exits 1 when a wanted tier has no test, and with CI=true also when anything was skipped.
"""
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

# What a test wants to be seen although it passed.
REPORT = re.compile(r"^crash points: .+$", re.MULTILINE)
SKIP = re.compile(r"(?:SKIPPED:|\.\.\. skipped)\s*(.+)$", re.MULTILINE)


def labels_of_tests(build):
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True, text=True)
    labels = {}
    for test in json.loads(shown.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        labels[test["name"]] = properties.get("LABELS", [])
    return labels


def skips_of(case):
    """The reasons why a test, or a part of it, did not run."""
    output = case.findtext("system-out") or ""
    reasons = [match.group(1).strip() for match in SKIP.finditer(output)]
    if case.get("status") == "notrun" and not reasons:
        skipped = case.find("skipped")
        last = [line for line in output.splitlines() if line.strip()][-1:]
        reasons = last or [skipped.get("message") if skipped is not None else "did not run"]
    return list(dict.fromkeys(reasons))


def main():
    build, tiers = sys.argv[1], sys.argv[2:]
    labels = labels_of_tests(build)
    cases = ElementTree.parse(os.path.join(build, "results.xml")).getroot().findall("testcase")
    failed = False

    print("\ntier      tests  seconds")
    for tier in tiers:
        ran = [case for case in cases if tier in labels.get(case.get("name"), [])]
        print(f"{tier:8} {len(ran):6} {sum(float(case.get('time')) for case in ran):8.1f}")
        if not ran:
            print(f"  no test has the label {tier}")
            failed = True

    for case in cases:
        for line in REPORT.findall(case.findtext("system-out") or ""):
            print(f"\n{line}")

    skips = [(case.get("name"), reason) for case in cases for reason in skips_of(case)]
    if skips:
        print("\nskipped:")
        for name, reason in skips:
            print(f"  {name}: {reason}")
        if os.environ.get("CI") == "true":
            print("CI=true: a skip is a failure")
            failed = True
    print()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
