#!/usr/bin/env python3
"""Runs a program and compares what it prints with the first ```text block of a Markdown page.

    tools/check_output.py PAGE.md PROGRAM

Times differ from run to run and are not compared; empty batches may come before and after.
"""

import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"^Time: \d+ ms$", re.MULTILINE)
EMPTY_BATCH = re.compile(r"^-+\nTime: T\n-+\n\n", re.MULTILINE)


def comparable(text: str) -> str:
    return EMPTY_BATCH.sub("", TIME.sub("Time: T", text)).strip()


def promised(page: str) -> str | None:
    """Returns the text that the page says is printed."""
    block = BLOCK.search(page)
    return block.group(1) if block else None


def main() -> int:
    page, program = sys.argv[1:]
    expected = promised(Path(page).read_text(encoding="utf-8"))
    if expected is None:
        print(f"{page}: there is no ```text block", file=sys.stderr)
        return 1
    run = subprocess.run([program], capture_output=True, text=True, timeout=50)
    if run.returncode == 0 and comparable(run.stdout) == comparable(expected):
        return 0
    print(f"{page} promises:\n{expected}\nexit status {run.returncode}, printed:\n{run.stdout}\n{run.stderr}",
          file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
