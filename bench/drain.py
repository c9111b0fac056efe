"""Drains: every subject in turn moves the whole input topic, several times; medians are reported."""

import dataclasses
import json
import pathlib
import statistics
import subprocess

from subjects import Run, Subject


@dataclasses.dataclass(frozen=True)
class Result:
    """One drain, per million records where that makes sense."""
    cpu: float  # seconds, user and system, of the whole process life, per million records
    rate: float  # records per second, from exec to exit
    peak_mb: float
    first_ms: float  # exec to the first output record at a live consumer
    broker_cpu: float  # seconds per million records


class Drains:
    """Runs subjects against one broker. Used from one thread."""

    def __init__(self, broker, tools: pathlib.Path, records: int, partitions: int,
                 scratch: pathlib.Path):
        self._broker = broker
        self._tools = tools
        self._records = records
        self._partitions = partitions
        self._scratch = scratch
        self._runs = 0

    def fill(self) -> str:
        """Writes the input topic once and returns its digest."""
        self._tool("create", "in", self._partitions)
        self._tool("fill", "in", self._records)
        return self._tool("digest", "in")

    def run(self, subject: Subject, digest: str = "") -> Result:
        """Drains once; the output must have the input's count, and its digest if one is given.

        What was written in transactions is counted by reading it.
        """
        self._runs += 1
        name = f"bench-{self._runs}"
        run = Run(self._broker.bootstrap, "in", f"out-{self._runs}", self._records, name,
                  self._scratch / name)
        self._tool("create", run.out, self._partitions)
        watcher = subprocess.Popen([self._tools / "topic_tool", "first", run.brokers, run.out],
                                   stdout=subprocess.PIPE, text=True)
        try:
            if watcher.stdout.readline().strip() != "ready":
                raise RuntimeError(f"no consumer could wait for the first record of {run.out}")
            result = self._measure(subject, run, watcher)
        finally:
            watcher.kill()
            watcher.wait()
        self._check(subject, run, digest)
        self._tool("delete", run.out)
        return result

    def _check(self, subject: Subject, run: Run, digest: str) -> None:
        """Raises where the output is not what it should be."""
        reads = digest or subject.in_transactions
        written = self._tool("digest" if reads else "count", run.out)
        if not digest:
            written = written.split()[0]
        expected = digest or str(self._records)
        if written != expected:
            raise RuntimeError(f"{subject.name}: the output is {written} instead of {expected}")

    def _measure(self, subject: Subject, run: Run, watcher) -> Result:
        broker_before = self._broker.cpu_seconds()
        log = self._scratch / f"{run.name}.log"
        with open(log, "wb") as output:
            done = subprocess.run([self._tools / "measure", *subject.command(run)], stdout=output,
                                  stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{subject.name} ended with status {done.returncode}:\n"
                               f"{log.read_text(errors='replace')[-2000:]}{done.stderr[-2000:]}")
        cost = json.loads(done.stderr.strip().splitlines()[-1])
        millions = self._records / 1e6
        first_ns = int(watcher.stdout.readline())
        return Result((cost["user"] + cost["system"]) / millions, self._records / cost["wall"],
                      cost["peak_kib"] * 1024 / 1e6, (first_ns - cost["start_ns"]) / 1e6,
                      (self._broker.cpu_seconds() - broker_before) / millions)

    def _tool(self, verb: str, topic: str, *rest) -> str:
        return tool(self._tools, verb, self._broker, topic, *rest)


def tool(tools: pathlib.Path, verb: str, broker, topic: str, *rest) -> str:
    """Has topic_tool do something to a topic and returns what it prints."""
    done = subprocess.run(
        [tools / "topic_tool", verb, broker.bootstrap, topic, *map(str, rest)],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"topic_tool {verb} {topic}: {done.stderr[-2000:]}")
    return done.stdout.strip()


def medians(results: list[Result]) -> Result:
    return Result(*(statistics.median(getattr(result, field.name) for result in results)
                    for field in dataclasses.fields(Result)))


def table(results: dict[str, list[Result]], references: dict) -> str:
    """Returns the medians side by side, and CPU with its least and greatest value.

    `references` has, by the head of a column, a function from a name to the one it is compared
    with; the column has the median of the rounds' ratios.
    """
    head = ("", "CPU-s/M", "min-max", *(f"/ {what}" for what in references), "k records/s",
            "peak MB", "first ms", "broker CPU-s/M")
    rows = [head]
    for name, all_of_it in results.items():
        middle = medians(all_of_it)
        least, most = min(r.cpu for r in all_of_it), max(r.cpu for r in all_of_it)
        ratios = (_ratio(all_of_it, results.get(to(name))) for to in references.values())
        rows.append((name, f"{middle.cpu:.3f}", f"{least:.3f}-{most:.3f}", *ratios,
                     f"{middle.rate / 1e3:.0f}", f"{middle.peak_mb:.0f}", f"{middle.first_ms:.0f}",
                     f"{middle.broker_cpu:.3f}"))
    return aligned(rows)


def _ratio(results: list[Result], to: list[Result] | None) -> str:
    if not to:
        return "-"
    return f"{statistics.median(one.cpu / base.cpu for one, base in zip(results, to)):.2f}"


def aligned(rows: list[tuple]) -> str:
    """Returns the rows as lines: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(row, widths)))
                     for row in rows)
