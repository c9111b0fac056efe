#!/usr/bin/env python3
"""Checks the rules that a look at single lines can check; prints long files without failing on them.

    tools/check_sources.py [ROOT]
"""

import re
import sys
from pathlib import Path

import repository
from repository import Finding

LONG_FILE = 400  # lines
PUBLIC_HEADERS_NEVER_INCLUDE = re.compile(
    r"#\s*include\s*[<\"](nlohmann/|json|fmt/|httplib|openssl/|sys/epoll|netinet/|sys/socket"
    r"|regex>|iostream>|filesystem>)"
)
OPEN_END = re.compile(r"\b(TODO|FIXME)\b(?!\(#\d+\))")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b")
MACHINE_PATH = re.compile(r"(?<![\w./}$-])/(work|root|home/\w+|Users/\w+)/\w")
URL_HOST = re.compile(r"https?://([\w.-]+)")
REGISTRY = re.compile(
    r"(^|\.)(pypi|pythonhosted|npmjs|registry\w*|repo\d?|nexus|artifactory|mirrors?|proxy|deb"
    r"|archive|snapshot|crates)\."
)
TEXT = (".h", ".cc", ".cmake", ".txt", ".py", ".sh", ".md", ".json", ".xml", ".java", ".yml", ".yaml")


def is_text(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return name.endswith(TEXT) or "." not in last.lstrip(".")


def check_line(name: str, line: str) -> str | None:
    """Returns what is wrong with a line of the file `name`."""
    is_code = name.endswith((".h", ".cc"))
    if name.startswith("include/") and PUBLIC_HEADERS_NEVER_INCLUDE.search(line):
        return "a public header must not bring this include to every user"
    if is_code and SLEEP.search(line):
        return "nothing sleeps: time comes from Clock, waiting from a queue or condition"
    if not name.endswith(".md") and OPEN_END.search(line):
        return "an open end names its issue: TODO(#12)"
    if MACHINE_PATH.search(line):
        return "a path of one machine"
    for host in URL_HOST.findall(line):
        if REGISTRY.search(host):
            return f"the address of a package registry ({host}): its client knows where it is"
    return None


def check_file(name: str, text: str):
    if name.endswith(".h") and "#pragma once" not in text:
        yield Finding(name, 1, "a header starts with #pragma once")
    for number, line in enumerate(text.splitlines(), 1):
        message = check_line(name, line)
        if message:
            yield Finding(name, number, message)


def check(root: Path) -> list[Finding]:
    findings = []
    for name in repository.files(root):
        if is_text(name) and name not in OWN_PATTERNS:
            findings += check_file(name, repository.read(root, name))
    return findings


# The rules' own patterns and examples would find themselves.
OWN_PATTERNS = ("tools/check_sources.py", "tests/checks/check_sources_test.py", "LICENSE")


def print_long_files(root: Path):
    for name in repository.files(root):
        if name.endswith((".h", ".cc", ".py", ".sh")):
            lines = repository.read(root, name).count("\n")
            if lines > LONG_FILE:
                print(f"{name}: {lines} lines; it usually holds two things past {LONG_FILE}")


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    print_long_files(where)
    sys.exit(repository.report(check(where), "sources"))
