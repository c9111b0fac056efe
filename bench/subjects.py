"""What is measured: each subject is a command that takes every record of a topic to another one."""

import dataclasses
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Run:
    """One drain: where from, where to, how much, and a name that no other run has."""
    brokers: str
    source: str
    out: str
    records: int
    name: str
    scratch: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Subject:
    """A name for the table and the program behind it, with what makes its command line."""
    name: str
    program: pathlib.Path
    arguments: object  # Run -> list of strings
    follow: object = None  # the same for a run without an end, where latency is measured
    in_transactions: bool = False  # so that offsets say nothing about the number of records

    def command(self, run: Run) -> list[str]:
        return [str(self.program), *self.arguments(run)]


def all_subjects(build: pathlib.Path, with_streams: bool) -> list[Subject]:
    """Returns the subjects in the order of the table; those whose program was not built, too."""
    loop = build / "bench" / "librdkafka_loop"
    tweets = build / "examples" / "tweets" / "tweets"
    subjects = [
        Subject("weir bare loop", build / "bench" / "bare_loop", _loop_arguments,
                lambda run: [*_loop_arguments(run)[:-1], "0"]),
        Subject("weir tweets, 1 worker", tweets, _tweets(1, "--direct", "--stop-at-end"),
                _tweets(1, "--direct", start="latest")),
        Subject("weir tweets, 2 workers", tweets, _tweets(2, "--direct", "--stop-at-end")),
        Subject("weir tweets, in a group", tweets,
                lambda run: _tweets(1, "--group", run.name, "--stop-at-end")(run)),
        Subject("librdkafka loop, 64 MiB", loop, lambda run: [*_loop_arguments(run), "65536"]),
        Subject("librdkafka loop, 1 GiB", loop, lambda run: [*_loop_arguments(run), "1048576"])]
    if with_streams:
        classes = build_streams(build)
        subjects.append(Subject("Kafka Streams", pathlib.Path(shutil.which("java") or "java"),
                                lambda run: streams_arguments(run, classes, run.records)))
    return subjects


def _loop_arguments(run: Run) -> list[str]:
    return [run.brokers, run.source, run.out, str(run.records)]


def _tweets(workers: int, *how: str, start: str = "earliest"):
    return lambda run: ["--brokers", run.brokers, "--in", run.source, "--out", run.out, *how,
                        "--start", start, "--workers", str(workers), "--interval", "asap",
                        "--quiet"]


def streams_arguments(run: Run, classes: pathlib.Path, records: int,
                      program: str = "weir.bench.StreamsTweets") -> list[str]:
    return ["-Xms2g", "-Xmx2g", "-XX:+UseParallelGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp", f"{classes}/classes:{classes}/jars/*", program,
            run.brokers, run.source, run.out, str(records), run.name, str(run.scratch)]


def build_streams(build: pathlib.Path) -> pathlib.Path:
    target = (build / "streams").resolve()
    subprocess.run(["mvn", "-q", "-B", "-f", HERE / "streams" / "pom.xml",
                    f"-Dtweets.build={target}", "package"], check=True,
                   env=dict(os.environ, MAVEN_OPTS="-Djansi.mode=strip"))
    return target
