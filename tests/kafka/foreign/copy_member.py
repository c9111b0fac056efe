#!/usr/bin/env python3
"""A foreign member of a group that does what our jobs do: it copies records, and commits what is acknowledged.

    copy_member.py --brokers A --in in --out out --group g --name foreign

Each copy says in the header `writer` who made it. Ends well at SIGTERM; exit status 1 if a record was
not acknowledged, since it may then not go on.
"""

import argparse
import signal
import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    for name in ("brokers", "in", "out", "group", "name"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    consumer = Consumer({"bootstrap.servers": options.brokers, "group.id": options.group,
                         "partition.assignment.strategy": "range", "session.timeout.ms": 6000,
                         "heartbeat.interval.ms": 1000, "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "log_level": 3})
    producer = Producer({"bootstrap.servers": options.brokers, "enable.idempotence": True, "acks": "all",
                         "linger.ms": 5, "compression.type": "zstd", "log_level": 3})
    consumer.subscribe([getattr(options, "in")])
    while not stopped:
        messages = [one for one in consumer.consume(500, 0.2) if not failed(one.error())]
        if messages and not copy(producer, messages, options):
            return 1
        commit(consumer, messages)
    consumer.close()
    return 0


def failed(error) -> bool:
    if error is not None:
        print(f"copy_member: {error}", flush=True)
        if error.fatal():
            raise KafkaException(error)
    return error is not None


def copy(producer: Producer, messages, options) -> bool:
    """Writes the records and returns whether all were acknowledged."""
    refused = []
    for one in messages:
        producer.produce(options.out, one.value(), partition=one.partition(),
                         headers={"writer": options.name.encode()},
                         on_delivery=lambda error, _: refused.append(error) if error else None)
    if producer.flush(120) > 0 or refused:
        print(f"copy_member: not acknowledged: {refused[:3]}", flush=True)
        return False
    return True


def commit(consumer: Consumer, messages) -> None:
    """Commits what lies behind the records, of the partitions that the member still has.

    One that fails does no harm: what was not committed is copied again, by whoever has the partition then.
    """
    kept = {(place.topic, place.partition) for place in consumer.assignment()}
    ends = {(one.topic(), one.partition()): one.offset() + 1 for one in messages}
    places = [TopicPartition(*place, offset) for place, offset in ends.items() if place in kept]
    if not places:
        return
    try:
        consumer.commit(offsets=places, asynchronous=False)
    except KafkaException as error:
        print(f"copy_member: commit: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
