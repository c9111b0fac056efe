"""The newest librdkafka (confluent-kafka) on `weir broker`; kcat, in test_clients.py, has an older one."""

import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource,
                                   NewPartitions, NewTopic, OffsetSpec)

import produce_tweets
import suite
import tweets
from dialogues import on_both
from suite import check, check_equal, test, wait_for

FIRST_TIME = 1_700_000_000_000
PARTITIONS = 4
RECORDS = 400


@test(60)
def producer_is_idempotent_in_every_codec(world):
    topic = world.name("codecs")

    def dialogue(brokers):
        produce_tweets.create_topics(brokers, [topic], PARTITIONS)
        said = {codec: _write(brokers, topic, codec, begin=index * RECORDS)
                for index, codec in enumerate(tweets.CODECS)}
        return said | {"read": _read(brokers, topic, len(tweets.CODECS) * RECORDS)}
    on_both(world, dialogue)


@test(120)
def two_consumers_share_a_group(world):
    topic = world.name("shared")

    def dialogue(brokers):
        said = {}
        for strategy in ("range,roundrobin", "cooperative-sticky"):
            said |= _share(brokers, f"{topic}-{strategy[:5]}", strategy)
        return said
    on_both(world, dialogue)


@test(60)
def admin_client(world):
    stem = world.name("admin")
    on_both(world, lambda brokers: _administrate(brokers, stem))


def _producer(brokers: str, **settings) -> Producer:
    return Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 5,
                     "log_level": 3} | {key.replace("_", "."): value for key, value in settings.items()})


def _write(brokers: str, topic: str, codec: str = "none", begin: int = 0) -> str:
    """Writes RECORDS records and says which offset the last of each partition got."""
    last = {}

    def delivered(error, message):
        check(error is None, f"record not delivered: {error}")
        last[message.partition()] = message.offset()
    producer = _producer(brokers, compression_type=codec)
    for number in range(begin, begin + RECORDS):
        producer.produce(topic, _value(number), b"key %d" % number, number % PARTITIONS,
                         on_delivery=delivered, timestamp=FIRST_TIME + number,
                         headers={"number": b"%d" % number, "nothing": None})
    check_equal(producer.flush(20), 0, "records not acknowledged")
    return f"written {sorted(last.items())}"


def _value(number: int) -> bytes:
    return b"value %d %s" % (number, b"x" * (number % 200))


def _consumer(brokers: str, group: str, **settings) -> Consumer:
    return Consumer({"bootstrap.servers": brokers, "group.id": group, "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, "heartbeat.interval.ms": 100, "check.crcs": True,
                     "log_level": 3}
                    | {key.replace("_", "."): value for key, value in settings.items()})


def _read(brokers: str, topic: str, count: int) -> str:
    """Reads everything, compares each record with what was written, and says where each partition ends.
    """
    consumer = _consumer(brokers, f"{topic}-reader")
    places = [TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)]
    consumer.assign(places)
    read = []
    while len(read) < count:
        got = consumer.consume(count - len(read), 20)
        check(got, f"only {len(read)} records can be read from {topic}")
        read += [_number_of(message) for message in got]
    ends = [consumer.get_watermark_offsets(place, 20) for place in places]
    consumer.close()
    check_equal(sorted(read), list(range(count)), "records read")
    return f"watermarks {ends}"


def _number_of(message) -> int:
    """Returns the number of the record, once it has been found to be as it was written."""
    check(message.error() is None, f"error instead of a record: {message.error()}")
    number = int(dict(message.headers())["number"])
    check_equal((message.value(), message.key(), message.partition(), message.timestamp()[1],
                 dict(message.headers())["nothing"]),
                (_value(number), b"key %d" % number, number % PARTITIONS, FIRST_TIME + number, None),
                f"record {number}")
    return number


def _share(brokers: str, topic: str, strategy: str) -> dict[str, str]:
    """One consumer reads all, a second comes, both read more, the first goes, the second has all."""
    produce_tweets.create_topics(brokers, [topic], PARTITIONS)
    _write(brokers, topic)
    members = [_consumer(brokers, f"{topic}-group", partition_assignment_strategy=strategy)
               for _ in range(2)]
    read = []
    members[0].subscribe([topic])
    _poll(members[:1], read, lambda: len(read) == RECORDS)
    alone = len(members[0].assignment())
    members[0].commit(asynchronous=False)
    members[1].subscribe([topic])
    _poll(members, read, lambda: [len(one.assignment()) for one in members] == [2, 2])
    _write(brokers, topic, begin=RECORDS)
    _poll(members, read, lambda: len(read) >= 2 * RECORDS)
    check_equal(sorted(read), list(range(2 * RECORDS)), "records both have read, once each")
    for one in members:
        one.commit(asynchronous=False)
    members[0].close()
    _poll(members[1:], read, lambda: len(members[1].assignment()) == PARTITIONS)
    committed = members[1].committed([TopicPartition(topic, each) for each in range(PARTITIONS)], 20)
    members[1].close()
    return {f"{strategy}, alone": str(alone),
            f"{strategy}, committed": str([place.offset for place in committed])}


def _poll(members, read: list[int], condition) -> None:
    """Polls the members in turn until the condition holds."""
    end = time.monotonic() + 30 * suite.patience
    while not condition():
        check(time.monotonic() < end, f"not after 30 s; {len(read)} records read, assignments "
                                      f"{[len(one.assignment()) for one in members]}")
        for one in members:
            read += [_number_of(message) for message in one.consume(100, 0.02)]


def _administrate(brokers: str, stem: str) -> dict[str, str]:
    # A refusal's traceback keeps the client alive longer than its broker: it shall not complain of that.
    client = AdminClient({"bootstrap.servers": brokers, "log_level": 2})
    topic, group = f"{stem}-topic", f"{stem}-group"
    place = TopicPartition(topic, 0)
    wanted = NewTopic(topic, 2, 1, config={"retention.bytes": "1000000"})

    def offset(spec):
        told = _of(client.list_offsets({place: spec}))
        return told.offset, told.timestamp
    said = {
        "create": _told(lambda: _of(client.create_topics([wanted]))),
        "create again": _told(lambda: _of(client.create_topics([wanted]))),
        "no partitions": _told(lambda: _of(client.create_topics([NewTopic(f"{stem}-none", 0, 1)]))),
        "grow": _told(lambda: _of(client.create_partitions([NewPartitions(topic, PARTITIONS)]))),
        "shrink": _told(lambda: _of(client.create_partitions([NewPartitions(topic, 1)]))),
        # Apache Kafka's broker hears a moment later what its controller has done.
        "describe": wait_for(lambda: _partitions(client, topic) == PARTITIONS, 20, "the topic has grown"),
        "configs": _told(lambda: _config(client, topic, "retention.bytes")),
        "alter configs": _told(lambda: _alter(client, topic, "retention.bytes", "2000000")),
        "write": _write(brokers, topic)}
    for name, spec in (("earliest", OffsetSpec.earliest()), ("latest", OffsetSpec.latest()),
                       ("latest time", OffsetSpec.max_timestamp()),
                       ("time", OffsetSpec.for_timestamp(FIRST_TIME + 101))):
        said[f"offset, {name}"] = _told(lambda spec=spec: offset(spec))
    consumer = _consumer(brokers, group)
    consumer.commit(offsets=[TopicPartition(topic, 0, 7)], asynchronous=False)
    consumer.close()
    return said | {
        "list groups": _told(lambda: group in [
            one.group_id for one in client.list_consumer_groups().result(20).valid]),
        "describe group": _told(lambda: _describe_group(client, group)),
        "delete group": _told(lambda: _of(client.delete_consumer_groups([group]))),
        "delete it again": _told(lambda: _of(client.delete_consumer_groups([group]))),
        "delete": _told(lambda: _of(client.delete_topics([topic]))),
        "delete again": _told(lambda: _of(client.delete_topics([topic])))}


def _partitions(client: AdminClient, topic: str) -> int:
    return len(client.list_topics(topic, 20).topics[topic].partitions)


def _of(futures):
    """Returns the result of the only request among the futures."""
    (future,) = futures.values()
    return future.result(20)


def _told(action) -> str:
    """Says what the action gives, or the name of the error that the broker answers."""
    try:
        return str(action())
    except KafkaException as error:
        return error.args[0].name()


def _config(client: AdminClient, topic: str, name: str):
    entry = _of(client.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]))[name]
    return entry.value, entry.source, entry.is_read_only


def _alter(client: AdminClient, topic: str, name: str, value: str):
    change = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    _of(client.incremental_alter_configs(
        [ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[change])]))
    return _config(client, topic, name)


def _describe_group(client: AdminClient, group: str):
    told = _of(client.describe_consumer_groups([group]))
    return told.state, told.is_simple_consumer_group, len(told.members)
