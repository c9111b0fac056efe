#!/usr/bin/env python3
"""Writes a plan's records at a steady rate, idempotently, each acknowledged by all replicas, until SIGTERM.

    steady_writer.py --brokers A --topic in --partitions 12 --seed 1 --rate 2000

Record n of partition p is the plan's record n * partitions + p. Says at the end how many it has written;
exit status 1 if any was not acknowledged.
"""

import argparse
import json
import signal
import sys
import time

from confluent_kafka import Producer

import tweets

NO_END = 10**12
PATIENCE_MS = 300_000


def steady_plan(topic: str, partitions: int, seed: int) -> tweets.Plan:
    """Returns a plan without an end."""
    return tweets.Plan(NO_END, (topic,), partitions, seed=seed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2000)
    options = parser.parse_args()
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    refused = []
    written = write(options, stopped, lambda error, _: refused.append(str(error)) if error else None)
    print(json.dumps({"written": written, "refused": len(refused), "examples": refused[:3]}))
    return 1 if refused else 0


def write(options, stopped: list, on_delivery) -> int:
    """Returns how many records were written before `stopped` had anything in it."""
    plan = steady_plan(options.topic, options.partitions, options.seed)
    producer = Producer({"bootstrap.servers": options.brokers, "enable.idempotence": True, "acks": "all",
                         "linger.ms": 20, "compression.type": "zstd", "log_level": 3,
                         "message.timeout.ms": PATIENCE_MS})
    start = time.monotonic()
    written = 0
    while not stopped:
        while written < (time.monotonic() - start) * options.rate:
            try:
                producer.produce(options.topic, plan.payload(written),
                                 partition=plan.origin(written)[1], on_delivery=on_delivery)
                written += 1
            except BufferError:
                producer.poll(0.1)
        producer.poll(0.01)
    if producer.flush(PATIENCE_MS / 1000) > 0:
        on_delivery("not acknowledged in time", None)
    return written


if __name__ == "__main__":
    sys.exit(main())
