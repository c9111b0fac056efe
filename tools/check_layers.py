#!/usr/bin/env python3
"""Fails on an include that layers.txt does not allow, and on a cycle between folders.

    tools/check_layers.py [ROOT]
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import repository
from repository import Finding

LAYERS = "tools/layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
RULE = re.compile(r"^(folder|header)\s+([\w./-]+):\s*(.*)$")
OUTSIDE_SRC = ("examples", "bench", "fuzz", "tests")


@dataclass
class Layers:
    """The rules of layers.txt."""

    allowed: dict[str, set[str]] = field(default_factory=dict)  # folder -> folders it may include
    row_of: dict[str, str] = field(default_factory=dict)  # public header -> its row
    line_of: dict[str, int] = field(default_factory=dict)  # folder or header -> its line


def parse_layers(text: str) -> tuple[Layers, list[Finding]]:
    layers, findings = Layers(), []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        rule = RULE.match(line)
        if not rule:
            findings.append(Finding(LAYERS, number, f"neither a folder nor a header: {line!r}"))
            continue
        kind, name, value = rule.groups()
        layers.line_of[name] = number
        if kind == "folder":
            layers.allowed[name] = set(value.split())
        else:
            layers.row_of[name] = value.strip()
    return layers, findings


def folder_of(path: str, layers: Layers) -> str | None:
    """Returns the row that a source file of the repository belongs to."""
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[0] == "include":
        return layers.row_of.get("/".join(parts[1:]))
    return parts[0] if parts[0] in OUTSIDE_SRC else None


def includes(text: str):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2)


def find_cycle(edges: dict[str, set[str]]) -> list[str]:
    """Returns the folders of one cycle, the first one again at the end; empty if there is none."""
    done: set[str] = set()

    def visit(node, path):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return []
        for target in sorted(edges.get(node, ())):
            cycle = visit(target, path + [node])
            if cycle:
                return cycle
        done.add(node)
        return []

    for node in sorted(edges):
        cycle = visit(node, [])
        if cycle:
            return cycle
    return []


def check_rules(layers: Layers, names: list[str], folders: set[str]) -> list[Finding]:
    """Holds layers.txt itself to the tree: complete, nothing stale, no cycle."""
    findings = []
    headers = {name[len("include/"):] for name in names if name.startswith("include/")}
    for folder in sorted(folders - layers.allowed.keys()):
        findings.append(Finding(LAYERS, 0, f"src/{folder} has no row"))
    for header in sorted(headers - layers.row_of.keys()):
        findings.append(Finding(LAYERS, 0, f"include/{header} belongs to no row: add a header line"))
    for header in sorted(layers.row_of.keys() - headers):
        findings.append(Finding(LAYERS, layers.line_of[header], f"there is no include/{header}"))
    for header, row in sorted(layers.row_of.items()):
        if row not in layers.allowed:
            findings.append(Finding(LAYERS, layers.line_of[header], f"there is no row {row}"))
    for folder, targets in sorted(layers.allowed.items()):
        for target in sorted(targets - layers.allowed.keys() - {"*", "public"}):
            findings.append(Finding(LAYERS, layers.line_of[folder], f"there is no row {target}"))
    cycle = find_cycle(layers.allowed)
    if cycle:
        findings.append(Finding(LAYERS, layers.line_of[cycle[0]], "a cycle: " + " -> ".join(cycle)))
    return findings


def check_include(layers, folders, path, folder, number, included) -> Finding | None:
    first = included.split("/")[0]
    allowed = layers.allowed.get(folder, set())
    if first == "weir":
        target = layers.row_of.get(included)
        if target is None:
            return Finding(path, number, f"there is no include/{included} in {LAYERS}")
        if "public" in allowed:
            return None
    elif first in folders and "/" in included:
        target = first
        if path.startswith("include/"):
            return Finding(path, number, f"a public header includes {included}, which is not installed")
    else:
        return None
    if target == folder or target in allowed or "*" in allowed:
        return None
    return Finding(path, number, f"{folder} must not include {target} ({included}): see {LAYERS}")


def check(root: Path) -> list[Finding]:
    layers, findings = parse_layers(repository.read(root, LAYERS))
    names = [name for name in repository.files(root) if name.endswith((".h", ".cc"))]
    folders = {name.split("/")[1] for name in names if re.match(r"src/[^/]+/", name)}
    findings += check_rules(layers, names, folders)
    used: dict[str, set[str]] = {}
    for name in names:
        folder = folder_of(name, layers)
        if folder is None:
            continue
        for number, included in includes(repository.read(root, name)):
            finding = check_include(layers, folders, name, folder, number, included)
            if finding:
                findings.append(finding)
            target = layers.row_of.get(included, included.split("/")[0])
            if target in folders and target != folder:
                used.setdefault(folder, set()).add(target)
    cycle = find_cycle(used)
    if cycle:
        findings.append(Finding("src", 0, "folders include each other: " + " -> ".join(cycle)))
    return findings


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    sys.exit(repository.report(check(where), "layers"))
