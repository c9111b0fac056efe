#!/usr/bin/env python3
"""Fails on a relative link in a Markdown file that leads nowhere, and on a make target that is not there.

    tools/check_docs.py [ROOT]
"""

import re
import sys
from pathlib import Path

import repository
from repository import Finding

LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
MAKE = re.compile(r"(?:^\s*|`)make ([a-z-]+)")
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def check(root: Path) -> list[Finding]:
    findings = []
    targets = set(TARGET.findall(repository.read(root, "Makefile")))
    for name in repository.files(root):
        if not name.endswith(".md"):
            continue
        in_block = False
        for number, line in enumerate(repository.read(root, name).splitlines(), 1):
            in_block ^= line.startswith("```")
            findings += check_line(root, name, number, line, in_block, targets)
    return findings


def check_line(root, name, number, line, in_block, targets):
    for link in LINK.finditer(line):
        link = (link.group(1) or link.group(2)).split("#")[0]
        if link and "://" not in link and not ((root / name).parent / link).exists():
            yield Finding(name, number, f"the link leads nowhere: {link}")
    for match in MAKE.finditer(line):
        told = in_block or line[match.start()] == "`"
        if told and match.group(1) not in targets:
            yield Finding(name, number, f"the Makefile has no target {match.group(1)}")


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    sys.exit(repository.report(check(where), "docs"))
