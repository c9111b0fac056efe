"""Lines of words, who writes them, and who reads what a program has counted of them."""

import collections
import random

from confluent_kafka import Consumer, IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

import suite
from suite import check, check_equal

WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
WORDS_A_LINE = 10


def lines_of(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=WORDS_A_LINE)) for _ in range(count)]


def miscounted(counts: dict[str, list[int]], lines: list[str]) -> dict[str, str]:
    """Says of each word whose counts do not go from one to its number, each once, where they do not."""
    truth = collections.Counter(" ".join(lines).split())
    wrong = {word: _first_wrong(counts.get(word, []), count) for word, count in truth.items()}
    wrong |= {word: "it was never written" for word in counts if word not in truth}
    return {word: text for word, text in wrong.items() if text}


def _first_wrong(counts: list[int], number: int) -> str:
    """Says where a word's counts do not go from one to its number, each once; nothing where they do."""
    for position, count in enumerate(counts, 1):
        if count != position:
            return f"{count} after {position - 1}"
    return "" if len(counts) == number else f"none after {len(counts)} of {number}"


class Writer:
    """Writes lines, some at a time."""

    def __init__(self, brokers: str, topic: str, partitions: int, lines: list[str]):
        self._producer = Producer({"bootstrap.servers": brokers, "log_level": 2})
        self._topic = topic
        self._partitions = partitions
        self._lines = list(lines)

    def remaining(self) -> int:
        return len(self._lines)

    def write(self, count: int) -> None:
        for number, line in enumerate(self._lines[:count]):
            self._producer.produce(self._topic, line, partition=number % self._partitions)
        check_equal(self._producer.flush(20 * suite.patience), 0, "lines not acknowledged")
        del self._lines[:count]


class Reader:
    """Reads what is committed of each word's counts, in order."""

    def __init__(self, brokers: str, topic: str, partitions: int, word_and_count):
        """`word_and_count(message)` reads a message."""
        self._word_and_count = word_and_count
        self._places = [TopicPartition(topic, each, 0) for each in range(partitions)]
        self._admin = AdminClient({"bootstrap.servers": brokers, "log_level": 2})
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"{topic}-reader",
                                   "isolation.level": "read_committed", "enable.auto.commit": False,
                                   "log_level": 2})
        self._consumer.assign(self._places)
        self.counts = collections.defaultdict(list)

    def read(self) -> int:
        """Reads what there is now and returns how many counts have been read."""
        for message in self._consumer.consume(1000, 0.05):
            check(message.error() is None, f"error instead of a count: {message.error()}")
            word, count = self._word_and_count(message)
            self.counts[word].append(count)
        return sum(map(len, self.counts.values()))

    def is_something_open(self) -> bool:
        return self._ends(IsolationLevel.READ_COMMITTED) != self._ends(IsolationLevel.READ_UNCOMMITTED)

    def _ends(self, level) -> list[int]:
        told = self._admin.list_offsets({place: OffsetSpec.latest() for place in self._places},
                                        isolation_level=level)
        return [future.result(20).offset for future in told.values()]
