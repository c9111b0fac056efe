#!/usr/bin/env python3
"""Writes numbered records at a steady rate, idempotently, until SIGTERM.

    writer.py --brokers A --topics in-a,in-b --partitions 4 --seed 1 --rate 1000

What is written at offset N of a partition says N: who starts again goes on where the partitions end. One in
a hundred is not as the job reads them. Says at the end how many it has written; exit status 1 if any was not acknowledged.
librdkafka sometimes waits for ever after its broker was killed; then the exit status is 3, and somebody should start it again.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

UNREADABLE = 0.01
PATIENCE_MS = 600_000
STUCK_SECONDS = 60  # without an acknowledgement; a killed broker is back earlier
STUCK = 3


def value(seed: int, topic: str, partition: int, number: int) -> str:
    digest = hashlib.sha256(f"{seed} {topic} {partition} {number}".encode()).digest()
    kind = "x" if int.from_bytes(digest[:4]) < UNREADABLE * 2**32 else "n"
    return f"{kind} {topic} {partition} {number} {digest[4:12].hex()}"


def _end(consumer, place) -> int:
    """Returns where a partition ends; one that was just created may have no leader yet, and a broker may be starting."""
    limit = time.monotonic() + 300
    while True:
        try:
            return consumer.get_watermark_offsets(place, 30)[1]
        except KafkaException:
            if time.monotonic() > limit:
                raise
            time.sleep(0.1)


def ends(brokers: str, topics: list[str], partitions: int) -> dict:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "chaos-writer", "log_level": 3})
    try:
        return {(topic, partition): _end(consumer, TopicPartition(topic, partition))
                for topic in topics for partition in range(partitions)}
    finally:
        consumer.close()


def write(options, stopped: list, on_delivery) -> int:
    """Returns how many records were written before `stopped` had anything in it."""
    numbers = ends(options.brokers, options.topics.split(","), options.partitions)
    places = list(numbers)
    producer = Producer({"bootstrap.servers": options.brokers, "enable.idempotence": True, "acks": "all",
                         "linger.ms": 5, "log_level": 3, "message.timeout.ms": PATIENCE_MS})
    start = time.monotonic()
    heard = [start]
    written = 0

    def on_told(error, message) -> None:
        heard[0] = time.monotonic()
        on_delivery(error, message)
    while not stopped:
        if len(producer) > 0 and time.monotonic() - heard[0] > STUCK_SECONDS:
            print(f"nothing was acknowledged for {STUCK_SECONDS} s", flush=True)
            os._exit(STUCK)  # with all that waits
        while written < (time.monotonic() - start) * options.rate and not stopped:
            place = places[written % len(places)]
            try:
                producer.produce(place[0], value(options.seed, *place, numbers[place]), partition=place[1],
                                 on_delivery=on_told)
            except BufferError:
                producer.poll(0.1)
                continue
            numbers[place] += 1
            written += 1
        producer.poll(0.01)
    if producer.flush(PATIENCE_MS / 1000) > 0:
        on_delivery("not acknowledged in time", None)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--topics", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1000)
    options = parser.parse_args()
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    refused = []
    written = write(options, stopped, lambda error, _: refused.append(str(error)) if error else None)
    print(json.dumps({"written": written, "refused": len(refused), "examples": refused[:3]}))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
