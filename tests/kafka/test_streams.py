"""Kafka Streams with `exactly_once_v2`, killed in the middle of a transaction, on Kafka and on `weir broker`."""

from confluent_kafka import Consumer, TopicPartition

import languages
import produce_tweets
import words
from suite import check, check_equal, test, wait_for

PARTITIONS = 2
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
    lines = words.lines_of(world.seed, world.size(400, 4000))
    writer = words.Writer(brokers, source, PARTITIONS, lines)
    reader = words.Reader(brokers, target, PARTITIONS, _word_and_count)
    command = [*languages.streams("WordCount"), brokers, app, source, target, world.directory / app]
    _kill_in_transaction(world.start(*command), writer, reader)
    check(writer.remaining(), "all had been written when the program was killed")
    program = world.start(*command)
    writer.write(writer.remaining())
    number = len(" ".join(lines).split())
    wait_for(lambda: reader.read() >= number or not program.running(), 60, "all is counted")
    check(program.running(), lambda: f"the program has ended:\n{program.text()[-3000:]}")
    program.kill9()
    check_equal(words.miscounted(reader.counts, lines), {}, "words that are miscounted")
    world.note(f"{where}: {number} counts, {_written(brokers, target) - number} aborted")


def _word_and_count(message) -> tuple[str, int]:
    return message.key().decode(), int.from_bytes(message.value(), "big")


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
