#!/usr/bin/env python3
"""Writes the records of a plan with librdkafka, compressed in all the ways asked for.

    produce_tweets.py --brokers A --count 1000000 --topics tweets --codecs gzip,zstd --garbage 0.01
"""

import argparse
import json
import time

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

import tweets

CHUNK = 2000
SEGMENTS_PER_CODEC = 4


def admin(brokers: str) -> AdminClient:
    """Returns an administrating client that logs errors only; it must outlive its futures."""
    return AdminClient({"bootstrap.servers": brokers, "log_level": 3})


def create_topics(brokers: str, names, partitions: int) -> None:
    """Creates topics and returns when the broker knows their partitions."""
    client = admin(brokers)
    made = client.create_topics([NewTopic(name, partitions, 1) for name in names])
    for future in made.values():
        future.result(30)
    end = time.monotonic() + 30
    while not _are_known(client, names, partitions):
        if time.monotonic() > end:
            raise KafkaException(f"{brokers}: {names} still have no leaders 30 s after creation")
        client.poll(0.02)


def _are_known(client: AdminClient, names, partitions: int) -> bool:
    topics = client.list_topics(timeout=20).topics
    return all(name in topics and len(topics[name].partitions) == partitions
               and all(one.leader >= 0 for one in topics[name].partitions.values())
               for name in names)


def produce(brokers: str, plan: tweets.Plan, codecs=("none",), begin=0, end=None, rate=0) -> None:
    """Writes the records [begin, end) of the plan and returns when all are acknowledged.

    The range is cut into segments, each with the next codec; a segment is acknowledged before the
    next begins, so that each partition holds its records in order. With `rate` > 0 the records
    leave at that many a second.
    """
    end = plan.count if end is None else end
    segments = len(codecs) * SEGMENTS_PER_CODEC if len(codecs) > 1 else 1
    producers = {codec: _producer(brokers, codec) for codec in codecs}
    start = time.monotonic()
    for number in range(segments):
        low = begin + (end - begin) * number // segments
        high = begin + (end - begin) * (number + 1) // segments
        producer = producers[codecs[number % len(codecs)]]
        for chunk in range(low, high, CHUNK):
            _send(producer, plan, chunk, min(chunk + CHUNK, high))
            if rate:
                producer.flush()
                time.sleep(max(0.0, start + (chunk + CHUNK - begin) / rate - time.monotonic()))
        if producer.flush(60) > 0:
            raise KafkaException(f"{brokers}: records were not acknowledged within 60 s")


def _producer(brokers: str, codec: str) -> Producer:
    return Producer({"bootstrap.servers": brokers, "enable.idempotence": True,
                     "compression.type": codec, "linger.ms": 20, "batch.size": 200_000,
                     "queue.buffering.max.messages": 200_000, "log_level": 3})


def _send(producer: Producer, plan: tweets.Plan, begin: int, end: int) -> None:
    by_place: dict[tuple, list] = {}
    for index in range(begin, end):
        by_place.setdefault(plan.origin(index)[:2], []).append({"value": plan.payload(index)})
    for (topic, partition), messages in by_place.items():
        while messages:
            producer.produce_batch(plan.topics[topic], messages, partition)
            messages = [message for message in messages if "_error" in message]
            for message in messages:
                del message["_error"]
            producer.poll(0.05 if messages else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    tweets.add_plan_options(parser)
    parser.add_argument("--codecs", default="none", help="out of " + ",".join(tweets.CODECS))
    parser.add_argument("--create", action="store_true", help="create the topics first")
    parser.add_argument("--rate", type=float, default=0, help="records a second; 0: as fast as can be")
    options = parser.parse_args()
    plan = tweets.plan_of(options)
    if options.create:
        create_topics(options.brokers, plan.topics, plan.partitions)
    start = time.monotonic()
    produce(options.brokers, plan, tuple(options.codecs.split(",")), rate=options.rate)
    print(json.dumps({"records": plan.count, "garbage": len(plan.garbage_indexes),
                      "seconds": round(time.monotonic() - start, 2)}))


if __name__ == "__main__":
    main()
