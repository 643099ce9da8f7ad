#!/usr/bin/env python3
"""clang-format, and files that grew past 300 lines. usage: style.py"""
import subprocess
import sys

import sources

TOOL = "clang-format-14"
LONGEST = 300
# Past 300 lines there is usually a second idea in a file. These are longer for a reason.
LONGER = {
    "sandbox/fake_mint_test.cpp": "one mint's answers, a story each",
    "src/kube/fake_api_test.cpp": "one API's answers, a story each",
    "src/kube/rental_test.cpp": "a rental's life, from the first request to the last",
    "src/provider/order_desk.cpp": "an order's way is read from top to bottom",
}
CODE = (".h", ".cpp", ".py", ".mjs", ".sh")


def is_code(path):
    return path.suffix in CODE or (not path.suffix and path.read_bytes().startswith(b"#!"))


def length_complaints():
    complaints = []
    for path in sources.tracked():
        name = str(path.relative_to(sources.ROOT))
        if is_code(path) and name not in LONGER:
            lines = path.read_bytes().count(b"\n")
            if lines > LONGEST:
                complaints.append(f"{name}: {lines} lines; find the second idea, or say in tests/lint/style.py why not")
    return complaints


def format_complaints():
    files = sources.tracked(".h", ".cpp")
    ran = subprocess.run([TOOL, "--dry-run", "--Werror", "--style=file", *map(str, files)],
                         cwd=sources.ROOT, capture_output=True, text=True)
    places = [line.split(": error:")[0] for line in ran.stderr.splitlines() if "-Wclang-format-violations" in line]
    per_file = sorted({place.rsplit(":", 2)[0].removeprefix(f"{sources.ROOT}/") for place in places})
    if ran.returncode != 0 and not per_file:
        return [f"{TOOL} failed: {ran.stderr[-1000:]}"]
    return [f"{name}: not formatted; {TOOL} -i {name}" for name in per_file]


if __name__ == "__main__":
    sources.finish(length_complaints() + format_complaints(), "The style is .clang-format's; a file is one idea.")
    sys.exit(0)
