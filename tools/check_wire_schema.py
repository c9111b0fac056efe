#!/usr/bin/env python3
"""Compares weir's tables of the Kafka protocol with those in a kafka-clients jar, field by field.

    tools/check_wire_schema.py JAR [PROGRAM]

PROGRAM is weir_wire_schema, by default the newest one below build/. weir may claim fewer versions
of a message than Kafka has, which is told but is no difference; fields of versions that it does not
claim are not looked at. Where Kafka's default of a nullable field is empty, weir's is null.
"""

import difflib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

ALL = (0, 32767)
PRIMITIVES = {"bool", "int8", "int16", "int32", "int64", "string", "uuid", "bytes", "records"}


def parse_versions(text: str | None) -> tuple[int, int] | None:
    """Returns first and last of "3", "3-5" or "3+"; None for "none" or nothing."""
    if text in (None, "none"):
        return None
    if text.endswith("+"):
        return int(text[:-1]), ALL[1]
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def both(a, b):
    """Returns the versions that two ranges share, or None."""
    if a is None or b is None or max(a[0], b[0]) > min(a[1], b[1]):
        return None
    return max(a[0], b[0]), min(a[1], b[1])


def text_of(versions) -> str:
    return f"{versions[0]}-{versions[1]}" if versions else "-"


def default_of(field: dict, type_name: str, nullable) -> str:
    if type_name == "bool":
        return str(field.get("default", "false")).lower()
    if type_name.startswith("int") and not nullable:
        return str(int(str(field.get("default", 0)), 0))
    return "-"


class Message:
    """One definition of the jar, printed as weir_wire_schema prints its own."""

    def __init__(self, definition: dict, claimed: tuple[int, int]):
        self.definition = definition
        self.structs = {s["name"]: s["fields"] for s in definition.get("commonStructs", [])}
        self.claimed = claimed

    def lines(self) -> list[str]:
        lines = []
        self._print_fields(self.definition["name"], self.definition["fields"], self.claimed, lines)
        return lines

    def _print_fields(self, path: str, fields: list[dict], versions, lines: list[str]):
        plain = [f for f in fields if "tag" not in f]
        tagged = sorted((f for f in fields if "tag" in f), key=lambda f: f["tag"])
        for field in plain + tagged:
            self._print_field(path, field, versions, lines)

    def _print_field(self, path: str, field: dict, versions, lines: list[str]):
        versions = both(parse_versions(field["versions"]), versions)
        if versions is None:
            return
        element = field["type"].removeprefix("[]")
        is_struct = element not in PRIMITIVES
        type_name = "struct" if is_struct else element
        if field.get("flexibleVersions") == "none":
            type_name = "classic-" + type_name
        nullable = both(parse_versions(field.get("nullableVersions")), versions)
        if type_name == "records":
            nullable = None  # read as empty
        if field["type"].startswith("[]"):
            type_name = "[]" + type_name
        name = field["name"][0].lower() + field["name"][1:]
        lines.append(f"{path}.{name} {type_name} versions={text_of(versions)} "
                     f"nullable={text_of(nullable)} tag={field.get('tag', '-')} "
                     f"default={default_of(field, type_name, nullable)}")
        if is_struct:
            inner = field.get("fields") or self.structs[element]
            self._print_fields(f"{path}.{name}", inner, versions, lines)


def read_definitions(jar: Path) -> dict[str, dict]:
    definitions = {}
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if not re.fullmatch(r"common/message/\w+\.json", name):
                continue
            text = archive.read(name).decode()
            definition = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
            definitions[definition["name"]] = definition
    return definitions


def read_tables(program: Path) -> dict[str, tuple[dict[str, str], list[str]]]:
    """Returns each of weir's messages with its facts and the lines of its fields."""
    tables = {}
    output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        words = line.split()
        name, _, rest = words[0].partition(".")
        if rest:
            tables[name][1].append(line)
        else:
            tables[name] = (dict(word.split("=") for word in words[1:]), [])
    return tables


def facts_differ(name: str, facts: dict[str, str], definition: dict) -> list[str]:
    """Returns what is wrong with a message's API, versions and encoding."""
    wrong = []
    if int(facts["api"]) != definition.get("apiKey", -1):
        wrong.append(f"{name}: api key {facts['api']}, Kafka's is {definition.get('apiKey', -1)}")
    claimed = parse_versions(facts["versions"])
    valid = parse_versions(definition["validVersions"])
    if both(claimed, valid) != claimed:
        wrong.append(f"{name}: claims versions {text_of(claimed)}, Kafka has {text_of(valid)}")
    flexible = parse_versions(definition["flexibleVersions"])
    since = str(flexible[0]) if flexible else "none"
    if facts["flexible"] != since:
        wrong.append(f"{name}: flexible since {facts['flexible']}, Kafka's since {since}")
    return wrong


def check(definitions: dict, tables: dict) -> list[str]:
    wrong = []
    for name, (facts, lines) in tables.items():
        if name not in definitions:
            wrong.append(f"{name}: Kafka has no such message")
            continue
        definition = definitions[name]
        claimed = parse_versions(facts["versions"])
        if claimed != parse_versions(definition["validVersions"]):
            print(f"{name}: claims {text_of(claimed)} of {definition['validVersions']}")
        wrong += facts_differ(name, facts, definition)
        kafkas = Message(definition, claimed).lines()
        wrong += difflib.unified_diff(kafkas, lines, "Kafka", "weir", lineterm="", n=0)
    return wrong


def newest_program() -> Path:
    root = Path(__file__).resolve().parent.parent
    programs = sorted(root.glob("build/**/weir_wire_schema"), key=lambda p: p.stat().st_mtime)
    if not programs:
        sys.exit("check_wire_schema.py: build weir_wire_schema first")
    return programs[-1]


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    program = Path(sys.argv[2]) if len(sys.argv) == 3 else newest_program()
    tables = read_tables(program)
    wrong = check(read_definitions(Path(sys.argv[1])), tables)
    print("\n".join(wrong))
    fields = sum(len(lines) for _, lines in tables.values())
    print(f"{len(tables)} messages with {fields} fields: {'DIFFERENT' if wrong else 'the same'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
