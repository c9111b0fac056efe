"""The external check: everything that was written is in the output, in order, and what is there twice has a cause."""

import array
import collections
import dataclasses

from cluster_rounds import Round
from cluster_town import PARTITIONS, TOPIC_IN, TOPIC_OUT, Events
import steady_writer
import tweets
import verify_output

SLACK_SECONDS = 1.0  # What is written last in a round may be stamped by the broker a moment later.


@dataclasses.dataclass
class Run:
    """Records of a partition, one behind the other, that one writer wrote again."""
    partition: int
    first: int
    last: int
    writer: str
    at: float  # when it began, in seconds since the start
    before: float  # when its first record had been written for the first time

    def count(self) -> int:
        return self.last - self.first + 1


class Output:
    """What is in a partition of a topic so far: which numbers, when, which of them again. Fed in order."""

    def __init__(self, partition: int):
        self.partition = partition
        self.times = array.array("q")  # of first appearances, by number; milliseconds
        self.skipped = set()
        self.overtaken = 0
        self.runs: list[Run] = []

    def add(self, number: int, writer: str, milliseconds: int, events: Events) -> None:
        if number >= len(self.times):
            self.skipped.update(range(len(self.times), number))
            self.times.extend([milliseconds] * (number + 1 - len(self.times)))
        elif number in self.skipped:
            self.skipped.discard(number)
            self.overtaken += 1
        else:
            self._add_again(number, writer, milliseconds, events)

    def _add_again(self, number: int, writer: str, milliseconds: int, events: Events) -> None:
        last = self.runs[-1] if self.runs else None
        if last and number == last.last + 1 and writer == last.writer:
            last.last = number
        else:
            self.runs.append(Run(self.partition, number, number, writer, events.of_clock(milliseconds),
                                 events.of_clock(self.times[number])))


@dataclasses.dataclass
class Verdict:
    written: int
    read: int = 0
    missing: int = 0
    overtaken: int = 0
    foreign: int = 0
    runs: dict = dataclasses.field(default_factory=dict)  # by the number of their round
    unexplained: list = dataclasses.field(default_factory=list)

    def duplicates(self) -> int:
        return sum(run.count() for runs in self.runs.values() for run in runs) + sum(
            run.count() for run in self.unexplained)

    def good(self) -> bool:
        return not (self.missing or self.overtaken or self.foreign or self.unexplained)


def judge(brokers: str, seed: int, written: int, rounds: list[Round], events: Events) -> Verdict:
    verdict = Verdict(written)
    source = read(brokers, TOPIC_IN, seed, events, verdict)
    suspicious = [f"partition {one.partition}" for one in source if one.skipped or one.runs]
    if suspicious:
        raise AssertionError(f"the input is not as its writer wrote it, in {', '.join(suspicious)}")
    verdict.read = 0
    for one in read(brokers, TOPIC_OUT, seed, events, verdict):
        expected = len(range(one.partition, written, PARTITIONS))
        verdict.missing += len(one.skipped) + expected - len(one.times)
        verdict.overtaken += one.overtaken
        for run in one.runs:
            explain(verdict, run, rounds)
    return verdict


def read(brokers: str, topic: str, seed: int, events: Events, verdict: Verdict) -> list[Output]:
    """Reads a topic to its end, and compares each record's bytes with those that its number stands for."""
    plan = steady_writer.steady_plan(TOPIC_IN, PARTITIONS, seed)
    outputs = [Output(number) for number in range(PARTITIONS)]
    for message in verify_output.read_topic(brokers, topic):
        verdict.read += 1
        index = _index_of(plan, message.value())
        if index is None or plan.origin(index)[1] != message.partition():
            verdict.foreign += 1
            continue
        writer = dict(message.headers() or []).get("writer", b"weir").decode()
        outputs[message.partition()].add(plan.origin(index)[2], writer, message.timestamp()[1], events)
    return outputs


def _index_of(plan: tweets.Plan, payload: bytes) -> int | None:
    try:
        index = plan.index_of(tweets.decode(payload)["timestamp"])
    except (EOFError, ValueError, IndexError, TypeError):
        return None
    return index if index >= 0 and plan.payload(index) == payload else None


def explain(verdict: Verdict, run: Run, rounds: list[Round]) -> None:
    """Puts a run to the round in which it was written, unless nothing in that can be its cause.

    A cause is none if all was well when the run was written, or if what it repeats had been committed when
    all was well before.
    """
    number = max((index for index, one in enumerate(rounds) if one.begin <= run.at), default=0)
    in_calm = run.at > rounds[number].settled + SLACK_SECONDS
    safe = rounds[number - 1].safe.get(run.partition, 0) if number > 0 else 0
    if in_calm or run.first < safe:
        verdict.unexplained.append(run)
    else:
        verdict.runs.setdefault(number, []).append(run)


def by_cause(verdict: Verdict, rounds: list[Round]) -> dict[str, collections.Counter]:
    """Returns, for each combination of troubles, how many records were written again, by writer."""
    causes: dict[str, collections.Counter] = {}
    for number, runs in verdict.runs.items():
        cause = " + ".join(sorted(rounds[number].troubles)) or "start"
        for run in runs:
            causes.setdefault(cause, collections.Counter())[run.writer] += run.count()
    return causes
