#!/usr/bin/env python3
"""Compiles every file with the second compiler, clang 14, and runs the checks of .clang-tidy on the way. usage: clang.py BUILD

clang-tidy reads a file as the compiler does, so one reading serves both: its warnings count as errors here too.
"""
import re
import subprocess
import sys

import sources

TOOL = "clang-tidy-14"
# g++ decides about shadowing (-Wshadow=local); clang counts constructor parameters in. Unused captures are style.
WITHOUT = ["-Wno-shadow", "-Wno-error", "-Wno-builtin-macro-redefined"]
NOISE = re.compile(r"^\d+ warnings? (generated|treated as errors?)|^Suppressed \d+ |^Use -header-filter|^$", re.MULTILINE)


def complaints_about(unit):
    command = [TOOL, "--quiet", "--checks=clang-diagnostic-*", str(unit.path), "--", *unit.arguments, *WITHOUT]
    ran = subprocess.run(command, cwd=sources.ROOT, capture_output=True, text=True)
    said = [line for line in (ran.stdout + ran.stderr).splitlines() if not NOISE.match(line)]
    return [] if ran.returncode == 0 and not said else [f"{unit.name}:", *said]


def not_compiled(units):
    known = {unit.path for unit in units}
    return [f"{path.relative_to(sources.ROOT)}: no target compiles it" for path in sources.tracked(".cpp")
            if path not in known and path.parent != sources.FIXTURES]


def main():
    units = sources.compiled_units(sys.argv[1])
    orphans = not_compiled(units)
    print("\n".join(orphans), end="\n" if orphans else "")
    config = (sources.ROOT / ".clang-tidy").read_text()
    memory = sources.Memory("clang", sources.version_of(TOOL), config, *WITHOUT)
    status = sources.check_all(units, memory, complaints_about)
    sys.exit(1 if orphans else status)


if __name__ == "__main__":
    main()
