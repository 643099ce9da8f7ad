"""What the lints share: the files of the project, how each is compiled, and a memory of what was found clean."""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("src", "sandbox", "tests")
FIXTURES = ROOT / "tests/lint/fixtures"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# Flags of g++ that say where the result goes, or what clang 14 does not know.
DROPPED_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ"}
DROPPED = {"-c", "-MD", "-MMD", "-fconcepts-diagnostics-depth=2"}


def tracked(*suffixes):
    """The files that belong to the project: known to git, or new and not ignored; with these suffixes if any are given."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True)
    names = sorted(set(filter(None, listed.stdout.decode().split("\0"))))
    return [ROOT / name for name in names if (not suffixes or name.endswith(suffixes)) and (ROOT / name).is_file()]


def includes(path):
    """The project's own files that `path` includes by name, found in src/ or in the root."""
    found = []
    for name in INCLUDE.findall(path.read_text()):
        for base in (path.parent, ROOT / "src", ROOT):
            if (base / name).is_file():
                found.append((base / name).resolve())
                break
    return found


def with_headers(path):
    """`path` and every file of the project that reaches it through #include."""
    seen, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(includes(current))
    return sorted(seen)


class Unit:
    """One file as the compiler sees it."""

    def __init__(self, path, arguments):
        self.path = path
        self.arguments = arguments

    @property
    def name(self):
        return str(self.path.relative_to(ROOT))


def compiled_units(build):
    """Every compiled file of the project, with arguments that clang 14 understands."""
    units = {}
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if not path.is_relative_to(ROOT) or path.is_relative_to(Path(build).resolve()):
            continue
        words = entry.get("arguments") or shlex.split(entry["command"])
        # The compiler itself may stand behind a launcher such as ccache.
        words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
        arguments, skip = [], False
        for word in words:
            if skip:
                skip = False
            elif word in DROPPED_WITH_VALUE:
                skip = True
            elif word not in DROPPED and not word.endswith(".cpp"):
                arguments.append(word)
        units[path] = Unit(path, arguments + ["-Wno-unknown-warning-option"])
    return [units[path] for path in sorted(units)]


class Memory:
    """Remembers clean results by the content of everything that went into them, so that a second run is quick."""

    def __init__(self, name, *ingredients):
        cache = os.environ.get("PAYGRESS_CACHE") or os.path.join(
            os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "paygress")
        self.folder = Path(cache) / "lint" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.salt = hashlib.sha256("\0".join(ingredients).encode()).hexdigest()
        month_ago = time.time() - 30 * 86400
        for stamp in self.folder.iterdir():
            if stamp.stat().st_mtime < month_ago:
                stamp.unlink(missing_ok=True)

    def stamp(self, unit):
        digest = hashlib.sha256(self.salt.encode())
        # Two checkouts in different places are the same code.
        digest.update("\0".join(unit.arguments).replace(str(ROOT), "").encode())
        for path in with_headers(unit.path):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
        return self.folder / digest.hexdigest()


def check_all(units, memory, check):
    """Runs check(unit) -> list of complaints over all units, two at a time or more; prints them; returns the exit status."""
    began = time.monotonic()
    waiting = [unit for unit in units if not memory.stamp(unit).exists()]
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for unit, complaints in zip(waiting, pool.map(check, waiting)):
            if complaints:
                failed = True
                print("\n".join(complaints))
            else:
                memory.stamp(unit).touch()
    print(f"{len(units)} files, {len(waiting)} of them looked at anew, in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def version_of(tool):
    return subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout


def finish(complaints, advice):
    """Prints what was found and what to do about it, and ends the program."""
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(advice)
    sys.exit(1 if complaints else 0)
