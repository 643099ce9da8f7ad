#!/usr/bin/env python3
"""Holds the #include lines against the table of modules. usage: modules.py BUILD/modules.txt

The table is written by CMake from the paygress_module() calls, one line "nostr: util crypto net" per module.
"""
import re
import sys
from pathlib import Path

import sources

ANY_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
PURE = ("crypto", "contract", "market", "mcp")        # no clock, no I/O, so no Asio
STRANGERS = ("nostr", "cashu", "kube", "mcp", "market")  # never include one another
BEAST_FILES = 2                                       # a Beast file costs half a minute to compile


def read_table(path):
    table = {}
    for line in Path(path).read_text().splitlines():
        if line.strip():
            name, _, deps = line.partition(":")
            table[name.strip()] = set(deps.split())
    return table


def order_complaints(table):
    """A module may only use what was named before it: so there is no circle."""
    complaints, named = [], set()
    for name, deps in table.items():
        complaints += [f"module {name} uses {dep}, which is no module named before it" for dep in sorted(deps - named)]
        if name in STRANGERS:
            complaints += [f"module {name} uses {dep}: these two never know of each other"
                           for dep in sorted(deps & set(STRANGERS))]
        named.add(name)
    return complaints


def module_of(path):
    """The module that a file of the tree, or an #include path, belongs to: src/nostr/x.h and nostr/x.h are both nostr's."""
    parts = path.split("/")
    if parts[0] == "src":
        parts = parts[1:]
    return parts[0] if len(parts) > 1 else None


def include_complaints(table, files):
    complaints = []
    for path in files:
        name = str(path.relative_to(sources.ROOT))
        module = module_of(name)
        if module not in table:
            complaints.append(f"{name}: lies in no module")
            continue
        for included in ANY_INCLUDE.findall(path.read_text()):
            target = module_of(included)
            if target in table and target != module and target not in table[module]:
                complaints.append(f"{name}: includes {included}, but {module} uses only: {' '.join(sorted(table[module]))}")
            if included in ("boost/asio.hpp", "boost/beast.hpp"):
                complaints.append(f"{name}: includes {included}; include the small header")
            if module in PURE and included.startswith(("boost/asio", "boost/beast", "curl/", "sqlite3", "systemd/")):
                complaints.append(f"{name}: {module} does no I/O, but includes {included}")
    return complaints


def beast_complaints(files):
    using = [str(path.relative_to(sources.ROOT)) for path in files
             if any(name.startswith("boost/beast") for name in ANY_INCLUDE.findall(path.read_text()))]
    if len(using) <= BEAST_FILES and not any(name.endswith(".h") for name in using):
        return []
    return [f"Beast belongs into at most {BEAST_FILES} .cpp files, and is included by: {' '.join(using)}"]


def main():
    table = read_table(sys.argv[1])
    files = [path for path in sources.tracked(".h", ".cpp")
             if path.relative_to(sources.ROOT).parts[0] in ("src", "sandbox")]
    complaints = order_complaints(table) + include_complaints(table, files) + beast_complaints(files)
    if not files or not table:
        complaints.append("no modules or no files were found: nothing was checked")
    print(f"{len(files)} files in {len(table)} modules")
    sources.finish(complaints, "Who may include whom: docs/architecture.md, and the DEPS of each paygress_module().")


if __name__ == "__main__":
    main()
