#!/usr/bin/env python3
"""Fails on a conformance row that docs/parity.md calls tested and no test has in its name, and on one in
a test's name of which docs/parity.md says nothing.

    tools/check_parity.py [ROOT]
"""

import re
import sys
from pathlib import Path

import repository
from repository import Finding

PAGE = "docs/parity.md"
SECTION = "## Conformance rows"
ROW = r"[A-Z]{2}\d+|K8[a-e]"
RANGE = re.compile(r"\b([A-Z]{2})(\d+)(?: to \1(\d+))?\b|\b(K8[a-e])\b")
TEST = re.compile(r"^TEST(?:_F|_P)?\(\w+, *(\w+)\)", re.MULTILINE)


def check(root: Path) -> list[Finding]:
    told, tested = told_rows(repository.read(root, PAGE))
    named = rows_in_tests(root)
    findings = [
        Finding(PAGE, line, f"no test has {row} in its name")
        for row, line in tested.items() if row not in named
    ]
    findings += [
        Finding(*place, f"{PAGE} says nothing of {row}")
        for row, place in named.items() if row not in told
    ]
    return findings


def told_rows(page: str):
    """Returns the rows that the page's section names, and of those the tested ones with their lines."""
    told, tested, in_section = set(), {}, False
    for number, line in enumerate(page.splitlines(), 1):
        in_section |= line == SECTION
        cells = line.split("|")
        if not in_section or len(cells) < 3:
            continue
        rows = set(expand(cells[1]))
        told |= rows
        if cells[2].strip().startswith("tested"):
            tested.update(dict.fromkeys(rows, number))
    return told, tested


def expand(text: str):
    """Yields the rows that a text such as "SC9, SC14 to SC16" means."""
    for kind, first, last, alone in RANGE.findall(text):
        if alone:
            yield alone
            continue
        for number in range(int(first), int(last or first) + 1):
            yield f"{kind}{number}"


def rows_in_tests(root: Path) -> dict[str, tuple[str, int]]:
    """Returns the rows that stand in names of tests, each with a place."""
    rows = {}
    for name in repository.files(root):
        if not name.endswith("_test.cc"):
            continue
        text = repository.read(root, name)
        for test in TEST.finditer(text):
            place = (name, text.count("\n", 0, test.start()) + 1)
            for part in test.group(1).split("_"):
                if re.fullmatch(ROW, part):
                    rows.setdefault(part, place)
    return rows


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    sys.exit(repository.report(check(where), "parity"))
