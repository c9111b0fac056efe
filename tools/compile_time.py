#!/usr/bin/env python3
"""Prints how long the compiler takes for weir: for its headers, and for one more operator of each kind, at -O0
and -O2, against what is allowed (docs/compile-time.md). CPU time, so that a busy machine counts less.

    compile_time.py [--compiler g++] [--copies 20] [--rounds 3] [OPERATOR...]
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LEVELS = {"-O0": 15, "-O2": 40}  # Milliseconds that one operator may take.
HEADER_MILLISECONDS = 1200

# One operator on `numbers` (DStream<int>) or `pairs` (DStream<std::pair<std::string, int>>); N makes each copy differ.
OPERATORS = {
    "map": "numbers.map([](int x) { return x + N; })",
    "filter": "numbers.filter([](int x) { return x > N; })",
    "flat_map": "numbers.flat_map([](int x) { return std::vector<int>(2, x + N); })",
    "map_values": "pairs.map_values([](int x) { return x + N; })",
    "reduce": "numbers.reduce([](int a, int b) { return a + b + N; })",
    "reduce_by_key": "pairs.reduce_by_key([](int a, int b) { return a + b + N; })",
    "for_each": "numbers.for_each([](int x) { if (x == N) throw N; })",
    "transform": "numbers.transform([](const weir::Dataset<int>& batch) { return N > 0 ? batch : batch.union_with(batch); })",
    "reduce_by_key_and_window": "pairs.reduce_by_key_and_window([](int a, int b) { return a + b + N; }, "
                                "std::chrono::seconds(2))",
    "map_with_state": "pairs.map_with_state([](const std::string&, std::optional<int>, weir::State<int>& s) "
                      "{ s.update(N); return N; })",
    "join": "pairs.map_values([](int x) { return x + N; }).join(pairs)",
}
PROGRAM = """#include "weir/dstream.h"
#include "weir/dataset_operations.h"
void describe(const weir::DStream<int>& numbers, const weir::DStream<std::pair<std::string, int>>& pairs) {{
  (void)numbers, (void)pairs;
{body}}}
"""


def milliseconds(compiler: str, level: str, source: str, rounds: int) -> float:
    """Returns the least CPU time that compiling takes."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "source.cc"
        path.write_text(source)
        command = [compiler, "-std=c++20", level, f"-I{REPOSITORY / 'include'}", "-c", str(path), "-o", os.devnull]
        return min(_cpu_milliseconds(command) for _ in range(rounds))


def _cpu_milliseconds(command) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def standard_headers(header: str, seen: set[str]) -> set[str]:
    """Returns the includes of standard headers that a header of ours brings."""
    if header in seen:
        return set()
    seen.add(header)
    text = (REPOSITORY / "include" / header).read_text()
    brought = {f"#include <{name}>\n" for name in re.findall(r"^#include <([^>]+)>", text, re.MULTILINE)}
    for ours in re.findall(r'^#include "(weir/[^"]+)"', text, re.MULTILINE):
        brought |= standard_headers(ours, seen)
    return brought


def with_copies(operator: str, copies: int) -> str:
    lines = [f"  {OPERATORS[operator].replace('N', str(number))};\n" for number in range(1, copies + 1)]
    return PROGRAM.format(body="".join(lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--copies", type=int, default=20, help="of an operator, over which its time is divided")
    parser.add_argument("--rounds", type=int, default=3, help="of which the least time counts")
    parser.add_argument("operator", nargs="*", help="those only")
    options = parser.parse_args()
    selected = options.operator or list(OPERATORS)
    unknown = [name for name in selected if name not in OPERATORS]
    if unknown:
        parser.error(f"no such operator: {', '.join(unknown)}; there are {', '.join(OPERATORS)}")

    header = milliseconds(options.compiler, "-O0", '#include "weir/weir.h"\n', options.rounds)
    nothing = milliseconds(options.compiler, "-O0", "\n", options.rounds)
    includes = "".join(sorted(standard_headers("weir/weir.h", set())))
    standard = milliseconds(options.compiler, "-O0", includes, options.rounds)
    print(f"weir/weir.h {header - nothing:32.0f} ms   (at most {HEADER_MILLISECONDS}), {standard - nothing:.0f} of them "
          "for the standard library's headers")
    print(f"{'one more':30} " + " ".join(f"{level:>7}" for level in LEVELS) + "   ms, at most "
          + " and ".join(map(str, LEVELS.values())) + " for one without an exchange")
    for name in selected:
        times = []
        for level in LEVELS:
            one = milliseconds(options.compiler, level, with_copies(name, 1), options.rounds)
            many = milliseconds(options.compiler, level, with_copies(name, options.copies + 1), options.rounds)
            times.append((many - one) / options.copies)
        print(f"{name:30} " + " ".join(f"{time:7.1f}" for time in times), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
