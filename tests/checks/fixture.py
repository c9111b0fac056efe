"""Makes the small trees that the checks are tried on."""

import tempfile
import unittest
from pathlib import Path


class TreeTest(unittest.TestCase):
    """A test case with a tree of its own."""

    def tree(self, files: dict[str, str]) -> Path:
        """Returns the root of a new tree that holds `files`, named by path."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    def assert_finds(self, findings, *expected: str):
        """The findings, printed, are exactly `expected`."""
        self.assertEqual([str(finding) for finding in sorted(findings)], list(expected))
