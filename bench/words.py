"""The running word count: weir's with its state logged, exactly once, beside a hash map and peers."""

import pathlib
import shutil

from drain import Drains
from subjects import Run, Subject, build_streams, streams_arguments

WORDS_OF_A_TWEET = 20  # as topic_tool writes them
LOOP = "hash map, final counts only"


def subjects(build: pathlib.Path, with_streams: bool) -> list[Subject]:
    found = [
        Subject(LOOP, build / "bench" / "word_loop",
                lambda run: [run.brokers, run.source, run.out, str(run.records)]),
        Subject("weir exactly once, 100ms", build / "bench" / "word_job",
                lambda run: [run.brokers, run.source, run.out, run.name,
                             str(run.scratch / "state")])]
    if with_streams:
        classes = build_streams(build)
        found.append(Subject(
            "Kafka Streams v2, 100ms", pathlib.Path(shutil.which("java") or "java"),
            lambda run: [*streams_arguments(run, classes, run.records * WORDS_OF_A_TWEET,
                                            "weir.bench.StreamsWords"), "100"]))
    return found


def reference(name: str, places) -> str:
    """Returns the label of the loop at the same broker."""
    return next((f"{LOOP}, {place}" for place in places if name.endswith(f", {place}")), LOOP)


class WordDrains(Drains):
    """Tweets of words; each word's last count must be the same whoever counts."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._expected = ""

    def fill(self) -> str:
        self._tool("create", "in", self._partitions)
        self._tool("words", "in", self._records)
        return ""

    def _check(self, subject: Subject, run: Run, digest: str) -> None:
        written = self._tool("last", run.out)
        self._expected = self._expected or written
        if written != self._expected:
            raise RuntimeError(f"{subject.name}: words and their last counts are {written}, "
                               f"those of others {self._expected}")
