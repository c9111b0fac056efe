#!/usr/bin/env python3
"""Checks that a compiler refuses a source, and that its first error is the sentence of ours that the
source's first line names.

    check_refusal.py SOURCE COMPILER [ARGUMENT...]
"""

import re
import subprocess
import sys
from pathlib import Path

FIRST_LINE = re.compile(r"// refused: (.+)")
ERROR = re.compile(r"^[^ ].*?:\d+:\d+: (?:fatal )?error: (.*)$", re.MULTILINE)


def first_error(messages: str) -> str | None:
    found = ERROR.search(messages)
    return found.group(1) if found else None


def what_is_wrong(source: str, messages: str) -> str | None:
    expected = FIRST_LINE.match(source)
    if not expected:
        return "the source's first line must be `// refused: SENTENCE`"
    error = first_error(messages)
    if error is None:
        return "the compiler takes it"
    if expected.group(1) not in error:
        return f"the first error is another one: {error}"
    return None


def main() -> int:
    source, *compiler = sys.argv[1:]
    done = subprocess.run(
        [*compiler, "-fsyntax-only", source], capture_output=True, text=True, check=False
    )
    wrong = what_is_wrong(Path(source).read_text(), done.stderr)
    if wrong:
        print(f"{source}: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
