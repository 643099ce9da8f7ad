#!/usr/bin/env python3
"""Each small lint finds what it is there for, and nothing in code that is right."""
import tempfile
import unittest
from pathlib import Path

import modules
import sources
import words


class Modules(unittest.TestCase):
    TABLE = {"util": set(), "net": {"util"}, "nostr": {"util", "net"}, "cashu": {"util", "net"}, "market": {"util"}}

    def complaints(self, name, text):
        path = sources.ROOT / name
        with tempfile.TemporaryDirectory() as folder:
            root, sources.ROOT = sources.ROOT, Path(folder)
            try:
                file = Path(folder) / path.relative_to(root)
                file.parent.mkdir(parents=True)
                file.write_text(text)
                return modules.include_complaints(self.TABLE, [file])
            finally:
                sources.ROOT = root

    def test_an_edge_of_the_table_is_fine(self):
        self.assertEqual([], self.complaints("src/nostr/a.cpp", '#include "nostr/a.h"\n#include "util/b.h"\n#include <string>\n'))

    def test_any_other_edge_is_found(self):
        self.assertEqual(1, len(self.complaints("src/nostr/a.cpp", '#include "cashu/token.h"\n')))
        self.assertEqual(1, len(self.complaints("src/util/a.h", '  # include "net/task.h"\n')))

    def test_a_pure_module_does_no_io(self):
        self.assertEqual(1, len(self.complaints("src/market/a.h", "#include <boost/asio/awaitable.hpp>\n")))

    def test_the_whole_of_asio_is_too_much(self):
        self.assertEqual(1, len(self.complaints("src/net/a.cpp", "#include <boost/asio.hpp>\n")))

    def test_a_file_outside_the_table_is_found(self):
        self.assertEqual(1, len(self.complaints("src/stray/a.h", "")))

    def test_circles_and_strangers_in_the_table_are_found(self):
        self.assertEqual([], modules.order_complaints(self.TABLE))
        self.assertEqual(1, len(modules.order_complaints({"util": {"net"}, "net": set()})))
        self.assertEqual(1, len(modules.order_complaints({"nostr": set(), "cashu": {"nostr"}})))


class Words(unittest.TestCase):
    def complaints(self, text):
        with tempfile.TemporaryDirectory() as folder:
            root, sources.ROOT = sources.ROOT, Path(folder)
            try:
                file = Path(folder) / "notes.md"
                file.write_text(text)
                return words.complaints_about(file)
            finally:
                sources.ROOT = root

    def test_a_registry_and_a_workplace_are_found(self):
        self.assertEqual(1, len(self.complaints("see https://" + words.HOSTS[0] + "/left-pad")))
        self.assertEqual(1, len(self.complaints("cd " + words.PLACES[0] + "x")))

    def test_plain_names_are_fine(self):
        self.assertEqual([], self.complaints("PyPI has cashu 0.20.2; Debian has libboost1.81-dev\n"))


if __name__ == "__main__":
    unittest.main()
