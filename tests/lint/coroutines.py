#!/usr/bin/env python3
"""Finds the expressions around co_await that g++ 12 destroys twice. usage: coroutines.py BUILD | --self-test BUILD

A braced aggregate, a lambda that captures by value, or `?:` inside a full expression with co_await is destroyed twice:
the heap is corrupted, often much later. Name the argument first, then await. The self-test runs the lint over
fixtures/coroutine_traps.cpp and wants every line marked TRAP, and none besides.
"""
import re
import subprocess
import sys
from pathlib import Path

import sources

RULES = {
    "a braced aggregate beside co_await":
        "exprWithCleanups(hasDescendant(coawaitExpr()), hasDescendant(cxxBindTemporaryExpr(has(initListExpr()))), "
        # A lambda that awaits in its own body does not make the expression around it await.
        "anyOf(has(coawaitExpr()), unless(hasDescendant(lambdaExpr(hasDescendant(coawaitExpr()))))))",
    "a capturing lambda beside co_await":
        "exprWithCleanups(hasDescendant(coawaitExpr()), hasDescendant(cxxBindTemporaryExpr(has(lambdaExpr()))))",
    "co_await inside a braced aggregate":
        "exprWithCleanups(has(initListExpr(hasDescendant(coawaitExpr()))))",
    "co_await inside ?:":
        "conditionalOperator(hasDescendant(coawaitExpr()))",
}
TOOL = "clang-query-14"
PLACE = re.compile(r'^(\S+?):(\d+):\d+: note: "root" binds here$')
ERROR = re.compile(r"^\S+:\d+:\d+: (fatal )?error: .*$", re.MULTILINE)


def complaints_about(unit):
    command = [TOOL]
    for matcher in RULES.values():
        command += ["-c", f"match {matcher}"]
    # Warnings are lint_clang's.
    ran = subprocess.run([*command, str(unit.path), "--", *unit.arguments, "-w"], capture_output=True, text=True)
    if ran.returncode != 0 or ERROR.search(ran.stdout + ran.stderr):
        # What does not parse has no tree to look at: silence would be no proof.
        return [f"{unit.name}: {TOOL} could not read it\n{ran.stderr[-2000:]}"]
    found, rules = [], iter(RULES)
    rule = next(rules)
    for line in ran.stdout.splitlines():
        place = PLACE.match(line)
        if place and Path(place[1]).is_relative_to(sources.ROOT):
            found.append(f"{Path(place[1]).relative_to(sources.ROOT)}:{place[2]}: {rule}")
        elif re.match(r"^\d+ match(es)?\.$", line):
            rule = next(rules, None)
    if rule is not None:
        return [f"{unit.name}: {TOOL} answered fewer questions than it was asked\n{ran.stdout[-2000:]}"]
    return sorted(set(found))


def self_test(arguments):
    fixture = sources.FIXTURES / "coroutine_traps.cpp"
    marked = {number for number, line in enumerate(fixture.read_text().splitlines(), 1) if line.endswith("// TRAP")}
    complaints = complaints_about(sources.Unit(fixture, arguments))
    found = {int(complaint.split(":")[1]) for complaint in complaints if complaint.count(":") >= 2}
    print("\n".join(complaints))
    seen_rules = {rule for rule in RULES if any(complaint.endswith(rule) for complaint in complaints)}
    sources.finish([f"line {n}: the trap was not found" for n in sorted(marked - found)] +
                   [f"line {n}: found where there is none" for n in sorted(found - marked)] +
                   [f"no line of the fixture shows {rule}" for rule in RULES if rule not in seen_rules],
                   "The lint and its fixture disagree.")


def units_that_await(units):
    """The files with co_await in them, and for each header with it one file that includes it."""
    def awaits(path):
        return "co_await" in path.read_text()

    chosen = [unit for unit in units if awaits(unit.path)]
    covered = {path for unit in chosen for path in sources.with_headers(unit.path)}
    for unit in units:
        missing = {path for path in sources.with_headers(unit.path) if path not in covered and awaits(path)}
        if missing:
            chosen.append(unit)
            covered |= missing
    return chosen


def main():
    units = sources.compiled_units(sys.argv[-1])
    if sys.argv[1] == "--self-test":
        self_test(units[0].arguments)
    memory = sources.Memory("coroutines", sources.version_of(TOOL), *RULES.values())
    sys.exit(sources.check_all(units_that_await(units), memory, complaints_about))


if __name__ == "__main__":
    main()
