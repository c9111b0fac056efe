#!/usr/bin/env python3
"""Makes a compilable source file of every ```cpp block in the given Markdown files.

    tools/extract_samples.py OUT_DIR ROOT FILE.md...

A block that has a main() is compiled as it stands. Any other block needs, on a line before it,

    <!-- sample: in NAME -->

and takes the place of the line `@SAMPLE@` in docs/samples/NAME.cc, which holds what the reader need
not see. `<!-- sample: none, REASON -->` leaves a block out. Prints the files that it wrote, one a
line; files of earlier runs that no block stands behind are removed.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

MARKER = re.compile(r"^<!-- sample: (?:in (?P<name>[\w-]+)|none, (?P<reason>.+)) -->$")
MAIN = re.compile(r"^int main\(", re.MULTILINE)
PLACE = "@SAMPLE@\n"


class SampleError(Exception):
    """A block that cannot become a source file; the message names its place."""


@dataclass(frozen=True)
class Block:
    """A ```cpp block: where its first line stands, its text, and the marker before it."""

    path: str
    line: int
    text: str
    marker: re.Match | None

    def place(self) -> str:
        return f"{self.path}:{self.line}"


def blocks(path: str, text: str):
    marker, first, body = None, 0, None
    for number, line in enumerate(text.splitlines(), 1):
        if body is not None:
            if line.startswith("```"):
                yield Block(path, first, "".join(body), marker)
                marker, body = None, None
            else:
                body.append(line + "\n")
        elif line.startswith("```cpp"):
            first, body = number + 1, []
        elif line.startswith("<!-- sample"):
            marker = MARKER.match(line)
            if not marker:
                raise SampleError(f"{path}:{number}: not a marker this script knows: {line}")
        elif line.strip():
            marker = None
    if body is not None:
        raise SampleError(f"{path}:{first}: the block has no end")


def source_of(block: Block, root: Path) -> str | None:
    """Returns the block as a whole program or translation unit; None if it is to be left out."""
    sample = f'#line {block.line} "{block.path}"\n{block.text}'
    if block.marker and block.marker["reason"]:
        return None
    if block.marker:
        frame = root / "docs/samples" / f"{block.marker['name']}.cc"
        if not frame.is_file():
            raise SampleError(f"{block.place()}: there is no {frame.relative_to(root)}")
        text = frame.read_text(encoding="utf-8")
        if text.count(PLACE) != 1:
            raise SampleError(f"{frame.relative_to(root)}: needs one line {PLACE.strip()}")
        before, after = text.split(PLACE)
        rest = f'#line {before.count(chr(10)) + 2} "{frame.relative_to(root)}"\n'
        return f'#line 1 "{frame.relative_to(root)}"\n{before}{sample}{rest}{after}'
    if MAIN.search(block.text):
        return sample
    raise SampleError(f"{block.place()}: no main() and no <!-- sample: in NAME --> before it")


def write_if_changed(path: Path, text: str):
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def extract(out: Path, root: Path, names: list[str]) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names:
        count = 0
        for block in blocks(name, (root / name).read_text(encoding="utf-8")):
            source = source_of(block, root)
            if source is not None:
                count += 1
                stem = re.sub(r"\W+", "_", name.removesuffix(".md")).lower()
                written.append(out / f"{stem}_{count}.cc")
                write_if_changed(written[-1], source)
    for stale in set(out.glob("*.cc")) - set(written):
        stale.unlink()
    return written


def main() -> int:
    out, root, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    try:
        print("\n".join(str(path) for path in extract(out, root, names)))
    except SampleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
