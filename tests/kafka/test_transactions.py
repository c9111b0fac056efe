"""Transactions of foreign clients: what is told and read is the same on Apache Kafka and on `weir broker`.

On `weir broker` in both versions of the protocol, where a client does not choose it itself.
"""

from confluent_kafka import Consumer, IsolationLevel, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

import languages
import produce_tweets
from dialogues import of_program, on_both
from suite import check, check_equal, test, wait_for

PARTITIONS = 3
RECORDS = 200
CLASSIC = ("--transaction-version", "0")


@test(180)
def java(world):
    on_both(world, of_program(languages.java("TransactionDialogue"), world.name("java-transactions"), 120))


@test(90)
def librdkafka(world):
    stem = world.name("librdkafka-transactions")

    def dialogue(brokers):
        return {**_ends(brokers, f"{stem}-ends"), **_fencing(brokers, f"{stem}-fencing"),
                **_copies(brokers, stem)}
    on_both(world, dialogue, options=[(), CLASSIC])


@test(120)
def franz(world):
    on_both(world, of_program(languages.go("transactions"), world.name("franz-transactions"), 80),
            options=[(), CLASSIC])


@test(120)
def kafkajs(world):
    on_both(world, of_program(languages.node("transactions.js"), world.name("kafkajs-transactions")),
            options=[(), CLASSIC])


def _producer(brokers: str, name: str) -> Producer:
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": name, "linger.ms": 5,
                         "log.queue": True})  # Which nobody reads: some of it is meant to fail.
    producer.init_transactions(20)
    return producer


def _consumer(brokers: str, **settings) -> Consumer:
    return Consumer({"bootstrap.servers": brokers, "auto.offset.reset": "earliest",
                     "isolation.level": "read_committed", "enable.auto.commit": False,
                     "enable.partition.eof": True, "log_level": 2}
                    | {key.replace("_", "."): value for key, value in settings.items()})


def _told(action) -> str:
    """Says "done", or the error's name and what it means for the producer."""
    try:
        action()
        return "done"
    except KafkaException as raised:
        error = raised.args[0]
        return (f"{error.name()}{' fatal' if error.fatal() else ''}"
                f"{' abort' if error.txn_requires_abort() else ''}")


def _write(producer: Producer, topic: str, value: str, count: int = 6) -> list:
    """Writes a value so many times and says at which offsets it is, or why not."""
    told = []

    def delivered(error, message):
        told.append(error.name() if error else (message.partition(), message.offset()))
    for number in range(count):
        producer.produce(topic, value, partition=number % PARTITIONS, on_delivery=delivered)

    def all_told() -> bool:
        try:
            producer.poll(0.01)
        except KafkaException as fenced:
            check(fenced.args[0].fatal(), str(fenced))
        return len(told) == count
    wait_for(all_told, 20, "something is said of each record")
    return sorted(told, key=str)


def _places(topic: str) -> list[TopicPartition]:
    return [TopicPartition(topic, each, 0) for each in range(PARTITIONS)]


def _await_ends(brokers: str, topic: str) -> None:
    """Waits until no transaction is open in the topic: Kafka tells the partitions after the producer."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 2})

    def ends(level):
        told = admin.list_offsets({place: OffsetSpec.latest() for place in _places(topic)},
                                  isolation_level=level)
        return [future.result(20).offset for future in told.values()]
    wait_for(lambda: ends(IsolationLevel.READ_COMMITTED) == ends(IsolationLevel.READ_UNCOMMITTED), 20,
             f"all transactions in {topic} are over")


def _read(brokers: str, topic: str, level: str = "read_committed") -> list[list[str]]:
    """Returns the values of each partition, up to its end."""
    consumer = _consumer(brokers, group_id=f"{topic}-reader", isolation_level=level)
    consumer.assign(_places(topic))
    values, ended = [[] for _ in range(PARTITIONS)], set()
    while len(ended) < PARTITIONS:
        message = consumer.poll(20)
        check(message is not None, f"{topic} is not read to its end: {values}, {ended}")
        if message.error() is None:
            values[message.partition()].append(message.value().decode())
        else:
            check_equal(message.error().name(), "_PARTITION_EOF", "error instead of a record")
            ended.add(message.partition())
    consumer.close()
    return values


def _ends(brokers: str, topic: str) -> dict[str, str]:
    produce_tweets.create_topics(brokers, [topic], PARTITIONS)
    producer = _producer(brokers, topic)
    said = {}
    for number, how in enumerate(("commit", "abort") * 3):
        producer.begin_transaction()
        said[f"write {number}"] = _write(producer, topic, f"{how} {number}")
        if number == 4:
            said["while one is open"] = str(_read(brokers, topic))
        end = producer.commit_transaction if how == "commit" else producer.abort_transaction
        said[f"{how} {number}"] = _told(lambda end=end: end(20))
    _await_ends(brokers, topic)
    committed = _read(brokers, topic)
    check_equal(committed, [[f"commit {number}" for number in (0, 0, 2, 2, 4, 4)]] * PARTITIONS,
                "committed records")
    return said | {"read": str(_read(brokers, topic, "read_uncommitted"))}


def _fencing(brokers: str, topic: str) -> dict[str, str]:
    """A second producer with the same id aborts what the first has open, and fences it."""
    produce_tweets.create_topics(brokers, [topic], PARTITIONS)
    first = _producer(brokers, topic)
    first.begin_transaction()
    said = {"the first": _write(first, topic, "first")}
    second = _producer(brokers, topic)
    # Those that it had not sent yet when it heard that it is fenced are only purged.
    said["a zombie's records"] = sorted(set(_write(first, topic, "zombie")) - {"_PURGE_QUEUE"})
    said["a zombie's commit"] = _told(lambda: first.commit_transaction(20))
    second.begin_transaction()
    said["the second"] = _write(second, topic, "second")
    said["the second's commit"] = _told(lambda: second.commit_transaction(20))
    _await_ends(brokers, topic)
    check_equal(_read(brokers, topic), [["second"] * 2] * PARTITIONS, "committed records")
    return said


def _copies(brokers: str, stem: str) -> dict[str, str]:
    """Copies a topic in transactions, every third of them aborted and done again."""
    source, target = f"{stem}-source", f"{stem}-target"
    produce_tweets.create_topics(brokers, [source, target], PARTITIONS)
    writer = Producer({"bootstrap.servers": brokers, "log_level": 2})
    for number in range(RECORDS):
        writer.produce(source, b"%d" % number, partition=number % PARTITIONS)
    check_equal(writer.flush(20), 0, "records not acknowledged")
    consumer = _consumer(brokers, group_id=f"{stem}-group", enable_partition_eof=False)
    consumer.subscribe([source])
    _copy_all(_producer(brokers, f"{stem}-copier"), consumer, target)
    committed = consumer.committed(_places(source), 20)
    consumer.close()
    _await_ends(brokers, target)
    copied = [sorted(map(int, values)) for values in _read(brokers, target)]
    check_equal(copied, [list(range(each, RECORDS, PARTITIONS)) for each in range(PARTITIONS)],
                "copied records")
    return {"committed": str([(place.partition, place.offset) for place in committed])}


def _copy_all(producer: Producer, consumer: Consumer, target: str) -> None:
    done = attempts = 0
    while done < RECORDS:
        messages = consumer.consume(20, 20)
        check(messages, f"only {done} records can be read")
        for attempt in range(2):
            attempts += 1
            producer.begin_transaction()
            for message in messages:
                producer.produce(target, message.value(), partition=message.partition())
            producer.send_offsets_to_transaction(consumer.position(consumer.assignment()),
                                                 consumer.consumer_group_metadata(), 20)
            if attempt == 0 and attempts % 3 == 0:
                producer.abort_transaction(20)
                continue
            producer.commit_transaction(20)
            break
        done += len(messages)
