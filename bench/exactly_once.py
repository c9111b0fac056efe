"""What exactly-once costs: the tweets job in transactions beside itself without, and beside peers."""

import pathlib
import shutil

import latency
from drain import aligned
from subjects import Run, Subject, build_streams, streams_arguments

INTERVALS = {"asap": 0, "5ms": 5, "10ms": 10, "100ms": 100}
AT_LEAST_ONCE = "weir at least once"
EXACTLY_ONCE = "weir exactly once"
BARE = "weir bare transactions"
PREFETCH_KIB = "65536"


def subjects(build: pathlib.Path, with_streams: bool) -> list[Subject]:
    """Returns the subjects by interval, so that what is compared runs one after the other."""
    classes = build_streams(build) if with_streams else None
    return [subject for interval in INTERVALS for subject in _at(interval, build, classes)]


def _at(interval: str, build: pathlib.Path, classes: pathlib.Path | None) -> list[Subject]:
    tweets = build / "examples" / "tweets" / "tweets"
    bare = build / "bench" / "bare_transactions"
    librdkafka = build / "bench" / "librdkafka_loop"
    millis = str(INTERVALS[interval])

    def at_least_once(*how):
        return lambda run: _tweets(run, interval, "at_least_once", *how)

    def exactly_once(*how):
        return lambda run: _tweets(run, interval, "exactly_once", "--instance", run.name, *how)

    found = [
        Subject(f"{AT_LEAST_ONCE}, {interval}", tweets,
                at_least_once("--stop-at-end"), at_least_once()),
        Subject(f"{EXACTLY_ONCE}, {interval}", tweets,
                exactly_once("--stop-at-end"), exactly_once(),
                in_transactions=True),
        Subject(f"{BARE}, {interval}", bare,
                lambda run: [run.brokers, run.source, run.out, str(run.records), millis],
                lambda run: [run.brokers, run.source, run.out, "0", millis],
                in_transactions=True),
        Subject(f"librdkafka transactions, {interval}", librdkafka,
                lambda run: [run.brokers, run.source, run.out, str(run.records), PREFETCH_KIB,
                             millis],
                lambda run: [run.brokers, run.source, run.out, "0", PREFETCH_KIB, millis],
                in_transactions=True)]
    if classes and INTERVALS[interval] > 0:  # Kafka Streams always has an interval.
        found.append(Subject(
            f"Kafka Streams v2, {interval}", pathlib.Path(shutil.which("java") or "java"),
            lambda run: [*streams_arguments(run, classes, run.records), millis],
            lambda run: [*streams_arguments(run, classes, 0), millis], in_transactions=True))
    return found


def _tweets(run: Run, interval: str, delivery: str, *how: str) -> list[str]:
    return ["--brokers", run.brokers, "--in", run.source, "--out", run.out, "--group", run.name,
            "--start", "earliest", "--workers", "1", "--interval", interval, "--delivery", delivery,
            "--quiet", *how]


def reference(name: str, of: str) -> str:
    """Returns what a subject's label is compared with: `of`, at the same interval and broker."""
    return ", ".join([of, *name.split(", ")[1:]])


def commit_table(results: dict[str, list[dict]]) -> str:
    """Returns where the time of a commit goes in the bare loop, in ms: of the rounds the medians."""
    parts = ("acknowledged", "turn", "offsets", "end")
    rows = [("ms of a commit, p50 / p99", *parts, "transactions/s")]
    for name, rounds in results.items():
        commits = [one["commits"] for one in rounds if "commits" in one]
        if commits:
            rows.append((name, *(latency.medians(commits, part) for part in parts),
                         latency.rate(commits)))
    if len(rows) == 1:
        return ""
    return aligned(rows)
