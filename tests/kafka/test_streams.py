"""Kafka Streams with `exactly_once_v2`, killed in the middle of a transaction, on Kafka and on `weir broker`."""

import collections
import random

from confluent_kafka import Consumer, IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

import languages
import produce_tweets
import suite
from suite import check, check_equal, test, wait_for

PARTITIONS = 2
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
WORDS_A_LINE = 10
LINES_AT_ONCE = 2


@test(240)
def words_are_counted_exactly_once(world):
    _count_words(world, world.kafka.bootstrap, "Kafka")
    for options in world.size([()], [(), ("--transaction-version", "0")]):
        with world.weir_broker(*options) as broker:
            _count_words(world, broker.bootstrap, " ".join(["weir broker", *options]))


def _count_words(world, brokers: str, where: str) -> None:
    """Has words counted by a program that is killed once and started again; reads what it counts.

    Each word has to be counted from one to its number without a gap and without a repetition.
    """
    app = world.name("words")
    source, target = f"{app}-lines", f"{app}-counts"
    produce_tweets.create_topics(brokers, [source, target], PARTITIONS)
    lines = _lines(world.seed, world.size(400, 4000))
    writer = _Writer(brokers, source, lines)
    reader = _Reader(brokers, target)
    command = [*languages.streams("WordCount"), brokers, app, source, target, world.directory / app]
    _kill_in_transaction(world.start(*command), writer, reader)
    check(writer.remaining(), "all had been written when the program was killed")
    program = world.start(*command)
    writer.write(writer.remaining())
    truth = collections.Counter(" ".join(lines).split())
    wait_for(lambda: reader.read() >= truth.total() or not program.running(), 60, "all is counted")
    check(program.running(), lambda: f"the program has ended:\n{program.text()[-3000:]}")
    program.kill9()
    wrong = {word: _first_wrong(reader.counts[word], count) for word, count in truth.items()}
    check_equal({word: text for word, text in wrong.items() if text}, {}, "words that are miscounted")
    check_equal(sorted(reader.counts), sorted(truth), "words")
    world.note(f"{where}: {truth.total()} counts, {_written(brokers, target) - truth.total()} aborted")


def _lines(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=WORDS_A_LINE)) for _ in range(count)]


def _first_wrong(counts: list[int], number: int) -> str:
    """Says where a word's counts do not go from one to its number, each once; nothing where they do."""
    for position, count in enumerate(counts, 1):
        if count != position:
            return f"{count} after {position - 1}"
    return "" if len(counts) == number else f"none after {len(counts)} of {number}"


def _kill_in_transaction(program, writer, reader) -> None:
    """Has the program count an eighth of the lines, and kills it when it has counts not committed yet."""
    writer.write(writer.remaining() // 8)
    wait_for(lambda: reader.read() or not program.running(), 60, "something is counted")
    while writer.remaining():
        check(program.running(), lambda: f"the program has ended:\n{program.text()[-3000:]}")
        writer.write(LINES_AT_ONCE)
        reader.read()
        program.pause()
        if reader.is_something_open():
            break
        program.resume()
    program.kill9()


class _Writer:
    """Writes lines, some at a time."""

    def __init__(self, brokers: str, topic: str, lines: list[str]):
        self._producer = Producer({"bootstrap.servers": brokers, "log_level": 2})
        self._topic = topic
        self._lines = list(lines)

    def remaining(self) -> int:
        return len(self._lines)

    def write(self, count: int) -> None:
        for number, line in enumerate(self._lines[:count]):
            self._producer.produce(self._topic, line, partition=number % PARTITIONS)
        check_equal(self._producer.flush(20 * suite.patience), 0, "lines not acknowledged")
        del self._lines[:count]


class _Reader:
    """Reads what is committed of each word's counts, in order."""

    def __init__(self, brokers: str, topic: str):
        self._places = [TopicPartition(topic, each, 0) for each in range(PARTITIONS)]
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
            self.counts[message.key().decode()].append(int.from_bytes(message.value(), "big"))
        return sum(map(len, self.counts.values()))

    def is_something_open(self) -> bool:
        return self._ends(IsolationLevel.READ_COMMITTED) != self._ends(IsolationLevel.READ_UNCOMMITTED)

    def _ends(self, level) -> list[int]:
        told = self._admin.list_offsets({place: OffsetSpec.latest() for place in self._places},
                                        isolation_level=level)
        return [future.result(20).offset for future in told.values()]


def _written(brokers: str, topic: str) -> int:
    """Returns how many records a topic has, those included that were aborted."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"{topic}-all", "log_level": 2,
                         "isolation.level": "read_uncommitted", "enable.auto.commit": False,
                         "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, each, 0) for each in range(PARTITIONS)])
    count = ended = 0
    while ended < PARTITIONS:
        message = consumer.poll(20)
        check(message is not None, f"{topic} cannot be read to its end")
        count, ended = (count, ended + 1) if message.error() else (count + 1, ended)
    consumer.close()
    return count
