#!/usr/bin/env python3
"""The documents hold: their commands exist with the options they use, their links lead somewhere, and every setting that the
daemon reads is in the manual.

PAYGRESS_BIN_DIR=DIR      the folder of the built programs
"""
import functools
import json
import os
import re
import shlex
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("PAYGRESS_BIN_DIR", ROOT / "build/dev/bin"))
PROGRAMS = ("paygressd", "paygressctl", "paygress", "paygress-sandbox")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MANUALS = sorted((ROOT / "man").glob("*.[1-8]"))
SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\bKUBECONFIG\b")


def shell_blocks(page):
    return re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def lines_of(block):
    """Command lines, with continued lines joined and comments dropped."""
    for line in block.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def manual_text(manual):
    ran = subprocess.run(["man", "--warnings", "-l", str(manual)], capture_output=True, text=True, check=True,
                         env={**os.environ, "MANWIDTH": "200", "MAN_KEEP_FORMATTING": "", "LC_ALL": "C.UTF-8"})
    return ran.stdout, ran.stderr


@functools.cache
def help_of(*command):
    ran = subprocess.run([BIN / command[0], *command[1:], "--help"], capture_output=True, text=True, check=False, timeout=20)
    return ran.stdout + ran.stderr if ran.returncode == 0 else None


def our_commands(line):
    """The (words) of each call of one of our programs in a line, behind sudo, in a pipe or in $(...)."""
    for part in re.split(r"\||&&|;|\$\(|\(|\)|>|<", line):
        try:
            words = [word for word in shlex.split(part, comments=True) if not re.match(r"^[A-Z_]+=", word)]
        except ValueError:
            continue
        if words[:1] == ["sudo"]:
            words = words[1:]
        if words and words[0] in PROGRAMS:
            yield words


class Commands(unittest.TestCase):
    def every_line(self):
        for page in PAGES:
            for block in shell_blocks(page):
                yield from ((page.name, line) for line in lines_of(block))
        for manual in MANUALS:
            for line in manual_text(manual)[0].splitlines():
                if line.startswith("       ") and line.split()[0] in PROGRAMS:
                    yield manual.name, line.strip()

    def test_blocks_are_shell(self):
        for page in PAGES:
            for block in shell_blocks(page):
                with self.subTest(page=page.name, block=block):
                    ran = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
                    self.assertEqual("", ran.stderr)

    def test_programs_know_the_subcommands_and_options_that_are_shown(self):
        seen = 0
        for place, line in self.every_line():
            for words in our_commands(line):
                with self.subTest(place=place, line=line):
                    program, *rest = words
                    # Prose of a manual page may begin with the name of the program, too.
                    if rest[:1] and not re.fullmatch(r"[a-z-]+", rest[0]) and not rest[0].startswith("-"):
                        continue
                    help_text = help_of(program)
                    self.assertIsNotNone(help_text, f"{program} --help fails")
                    if rest and not rest[0].startswith("-") and place.endswith(".md"):
                        help_text = help_of(program, rest[0])
                        self.assertIsNotNone(help_text, f"{program} has no {rest[0]}")
                    if place.endswith(".md"):
                        for option in (word.split("=")[0] for word in rest if word.startswith("--")):
                            self.assertIn(option, help_text)
                    seen += 1
        self.assertGreater(seen, 5, "hardly a command was found: is something wrong with this test?")

    def test_scripts_that_are_named_can_be_run(self):
        for page in PAGES:
            for name in re.findall(r"\b(?:scripts|tests)/[\w/.-]*\w", page.read_text()):
                with self.subTest(page=page.name, name=name):
                    self.assertTrue((ROOT / name).exists())
        for name in ("scripts/quickstart", "scripts/test", "scripts/build-deb", "scripts/bench"):
            self.assertIn(name, (ROOT / "README.md").read_text())
            self.assertTrue(os.access(ROOT / name, os.X_OK), name)


class Links(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
                if "://" not in target:
                    with self.subTest(page=page.name, target=target):
                        self.assertTrue((page.parent / target).exists())

    def test_paths_of_the_tree_that_are_named_exist(self):
        for page in PAGES:
            for name in re.findall(r"`((?:src|sandbox|docs|man|systemd|packaging|cmake)/[\w./-]*)`", page.read_text()):
                with self.subTest(page=page.name, name=name):
                    self.assertTrue((ROOT / name).exists())


class Manuals(unittest.TestCase):
    def test_every_program_has_one_without_warnings(self):
        self.assertEqual(sorted(PROGRAMS), sorted(manual.stem for manual in MANUALS))
        for manual in MANUALS:
            with self.subTest(manual=manual.name):
                self.assertEqual("", manual_text(manual)[1])


class Catalogue(unittest.TestCase):
    def test_every_message_id_is_explained_and_used(self):
        ids = dict(re.findall(r'(k\w+) = "([0-9a-f]{32})"', (ROOT / "src/provider/message_ids.h").read_text()))
        explained = re.findall(r"^-- ([0-9a-f]{32})$", (ROOT / "systemd/catalog/paygress.catalog").read_text(), re.MULTILINE)
        self.assertEqual(sorted(ids.values()), sorted(explained))
        code = "".join(path.read_text() for path in (ROOT / "src").glob("*/*.cpp"))
        self.assertEqual([], [name for name in ids if f"message_id::{name}" not in code])


class Settings(unittest.TestCase):
    """What the daemon reads, by the literals of the sources that read settings."""

    def read_by_the_daemon(self):
        sources = [path.read_text() for path in (ROOT / "src/daemon").glob("*.cpp") if not path.stem.endswith("_test")]
        text = "".join(source for source in sources if '#include "daemon/setting_reader.h"' in source)
        read = {name for literal in re.findall(r'"([A-Z][A-Z0-9_]+)"', text) for name in SETTING.findall(literal)}
        return read | {"KUBECONFIG"}  # read by kube/

    # Given by systemd or the system, not by the operator.
    NOT_SETTINGS = {"STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CREDENTIALS_DIRECTORY"}

    def test_the_manual_has_every_setting_and_no_other(self):
        read = self.read_by_the_daemon() - self.NOT_SETTINGS
        self.assertGreater(len(read), 10)
        manual = (ROOT / "man/paygressd.8").read_text().split(".SH SETTINGS")[1].split(".SH FILES")[0]
        described = set()
        for entry in re.findall(r"^\.TP\n(.*)$", manual, re.MULTILINE):
            described |= set(SETTING.findall(entry))
        self.assertEqual(read, described - self.NOT_SETTINGS)

    def test_the_templates_name_no_other_setting(self):
        for template in (".env.template", "systemd/paygress.env"):
            names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / template).read_text(), re.MULTILINE))
            self.assertEqual(set(), names - self.read_by_the_daemon(), template)

    def test_the_example_specs_are_json(self):
        specs = json.loads((ROOT / "pod-specs.json").read_text())
        self.assertEqual(len(specs), len({spec["id"] for spec in specs}))


if __name__ == "__main__":
    unittest.main()
