"""Compacted topics: Apache Kafka and `weir broker` keep the same records at the same offsets."""

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

import console
import tweets
from dialogues import on_both
from suite import check, check_equal, test, wait_for

FIRST_TIME = 1_700_000_000_000
KEYS = 20
ROUNDS = 10
# The newest of each key before the last round, and the last round, which is in the newest segment.
LEFT = KEYS + KEYS // 2
SETTINGS = {"cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01",
            "delete.retention.ms": "86400000"}
PATIENCE = 30


@test(120)
def compaction_keeps_the_same_records(world):
    stem = world.name("compacted")

    def dialogue(brokers):
        said = {}
        for codec in tweets.CODECS:
            topic = f"{stem}-{codec}"
            _create(brokers, topic, SETTINGS)
            for number in range(ROUNDS):
                _write_round(brokers, topic, codec, number)
        for codec in tweets.CODECS:
            topic = f"{stem}-{codec}"
            wait_for(lambda topic=topic: len(_read(brokers, topic)) == LEFT, PATIENCE,
                     f"{topic} is compacted")
            said[f"{codec}, records"] = "\n".join(str(record) for record in _read(brokers, topic))
            said[f"{codec}, from within"] = str(_read(brokers, topic, begin=KEYS * 3 + 7)[0])
            said[f"{codec}, bounds"] = str(_bounds(brokers, topic))
            said[f"{codec}, times"] = str(_offsets_of_times(brokers, topic))
        said["java"] = _read_with_java(brokers, f"{stem}-gzip")
        return said
    on_both(world, dialogue)


@test(120)
def tombstones_go_when_their_time_is_over(world):
    topic = world.name("tombstones")

    def dialogue(brokers):
        _create(brokers, topic, SETTINGS | {"delete.retention.ms": "100"})
        for number in range(ROUNDS):
            _write_round(brokers, topic, "none", number)
        tick = ROUNDS

        def are_gone():
            nonlocal tick
            _write(brokers, topic, "none", [("tick", str(tick), FIRST_TIME + tick * 1000)])
            tick += 1
            return not any(value is None for _, _, value, _ in _read(brokers, topic))
        wait_for(are_gone, 2 * PATIENCE, "the tombstones are gone")
        return {"records": str([record[:3] for record in _read(brokers, topic)
                                if record[1] != "tick"])}
    on_both(world, dialogue)


@test(60)
def compacted_topics_refuse_the_same(world):
    topic = world.name("refusals")

    def dialogue(brokers):
        _create(brokers, topic, SETTINGS)
        client = AdminClient({"bootstrap.servers": brokers, "log_level": 2})
        place = TopicPartition(topic, 0, 0)
        said = {"configs": str(_configs(client, topic)),
                "no key": _refusal(lambda: _write(brokers, topic, "none", [(None, "v", FIRST_TIME)])),
                "delete records": _refusal(lambda: _only(client.delete_records([place])))}
        for name, value in {"cleanup.policy": "shred", "min.cleanable.dirty.ratio": "1.5",
                            "segment.bytes": "1000", "segment.ms": "0", "delete.retention.ms": "-1",
                            "max.compaction.lag.ms": "0"}.items():
            wanted = NewTopic(f"{topic}-refused", 1, 1, config={name: value})
            said[f"{name}={value}"] = _refusal(lambda wanted=wanted: _only(
                client.create_topics([wanted])))
        lags = {"min.compaction.lag.ms": "10", "max.compaction.lag.ms": "9"}
        said["lags"] = _refusal(lambda: _only(client.create_topics(
            [NewTopic(f"{topic}-refused", 1, 1, config=lags)])))
        return said
    on_both(world, dialogue)


def _create(brokers: str, topic: str, settings) -> None:
    client = AdminClient({"bootstrap.servers": brokers, "log_level": 2})
    _only(client.create_topics([NewTopic(topic, 1, 1, config=settings)]))
    wait_for(lambda: topic in client.list_topics(timeout=20).topics, 20, f"{topic} is there")


def _write_round(brokers: str, topic: str, codec: str, number: int) -> None:
    """Writes a value, or a tombstone, of every key; half of the keys only while rounds are early."""
    records = []
    for index in range(KEYS if number < ROUNDS // 2 else KEYS // 2):
        value = None if (index + number) % 7 == 3 else f"value {number} {'x' * (index * 20)}"
        records.append((f"key {index}", value, FIRST_TIME + number * 1000 + index))
    _write(brokers, topic, codec, records)


def _write(brokers: str, topic: str, codec: str, records) -> None:
    problems = []

    def delivered(error, _message):
        if error is not None:
            problems.append(error)
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 20,
                         "compression.type": codec, "log_level": 2})
    for key, value, time in records:
        producer.produce(topic, value, key, 0, timestamp=time, on_delivery=delivered)
    check_equal(producer.flush(20), 0, "records not acknowledged")
    if problems:
        raise KafkaException(problems[0])


def _consumer(brokers: str) -> Consumer:
    return Consumer({"bootstrap.servers": brokers, "group.id": "nobody", "enable.auto.commit": False,
                     "enable.partition.eof": True, "check.crcs": True, "log_level": 3})


def _read(brokers: str, topic: str, begin: int = 0):
    """Returns all records from an offset to the end: offset, key, value, timestamp."""
    consumer = _consumer(brokers)
    consumer.assign([TopicPartition(topic, 0, begin)])
    read = []
    while True:
        message = consumer.poll(20)
        check(message is not None, f"the end of {topic} is never reached")
        if message.error() is not None:
            check_equal(message.error().code(), KafkaError._PARTITION_EOF, "what ends the reading")
            break
        value = message.value()
        read.append((message.offset(), message.key().decode(),
                     value if value is None else value.decode(), message.timestamp()[1]))
    consumer.close()
    return read


def _bounds(brokers: str, topic: str):
    consumer = _consumer(brokers)
    bounds = consumer.get_watermark_offsets(TopicPartition(topic, 0), 20)
    consumer.close()
    return bounds


def _offsets_of_times(brokers: str, topic: str):
    consumer = _consumer(brokers)
    offsets = []
    for number in range(ROUNDS + 1):
        asked = TopicPartition(topic, 0, FIRST_TIME + number * 1000 + 5)
        (place,) = consumer.offsets_for_times([asked], 20)
        offsets.append(place.offset)
    consumer.close()
    return offsets


def _read_with_java(brokers: str, topic: str) -> str:
    read = console.run(brokers, "kafka-console-consumer", "--topic", topic, "--from-beginning",
                       "--max-messages", str(LEFT), "--property", "print.key=true",
                       "--property", "print.offset=true")
    return read.stdout


def _configs(client: AdminClient, topic: str):
    told = _only(client.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]))
    names = [*SETTINGS, "segment.bytes", "min.compaction.lag.ms", "max.compaction.lag.ms"]
    return {name: (told[name].value, told[name].is_default) for name in names}


def _only(futures):
    (future,) = futures.values()
    return future.result(20)


def _refusal(action) -> str:
    try:
        return f"done: {action()}"
    except KafkaException as error:
        return error.args[0].name()
