#!/usr/bin/env python3
"""Fails on a source file that no target compiles: a test that never runs, code that is dead.

    tools/check_tests_registered.py COMPILE_COMMANDS [ROOT]

Looks at *.cc under src/ and tests/. A CMake project of its own (tests/package/...) is not searched.
A unity build compiles what its files include.
"""

import json
import re
import sys
from pathlib import Path

import repository
from repository import Finding

UNITY_FILE = re.compile(r"/Unity/unity_\w+\.cxx$")
OWN_PROJECTS = re.compile(r"^tests/(package|checks)/")


def compiled_files(commands: str, root: Path) -> set[str]:
    """Returns the sources that a compile_commands.json names, relative to `root`."""
    found = set()
    for command in json.loads(commands):
        path = (Path(command["directory"]) / command["file"]).resolve()
        sources = [path]
        if UNITY_FILE.search(str(path)):
            sources += map(Path, re.findall(r'#include "(.+)"', path.read_text(encoding="utf-8")))
        for source in sources:
            if source.is_relative_to(root.resolve()):
                found.add(str(source.relative_to(root.resolve())))
    return found


def check(root: Path, compiled: set[str]) -> list[Finding]:
    findings = []
    for name in repository.files(root):
        if not re.match(r"(src|tests)/.*\.cc$", name) or OWN_PROJECTS.match(name):
            continue
        if name not in compiled:
            kind = "test" if name.endswith("_test.cc") else "source"
            findings.append(Finding(name, 1, f"no CMakeLists.txt names this {kind}"))
    return findings


if __name__ == "__main__":
    where = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parent.parent)
    commands_text = Path(sys.argv[1]).read_text(encoding="utf-8")
    sys.exit(repository.report(check(where, compiled_files(commands_text, where)), "registered"))
