#!/usr/bin/env python3
"""Reads what a job wrote, with librdkafka and fastavro, and compares it with the plan of its input.

    verify_output.py --brokers A --count 1000000 --garbage 0.01 --out tweets-out --dead-letter bad

Prints a report as JSON; exit status 1 if anything is missing, foreign, out of place or (without
--allow-duplicates) there twice.
"""

import argparse
import collections
import dataclasses
import json
import sys

from confluent_kafka import (Consumer, KafkaError, KafkaException, OFFSET_BEGINNING, TopicPartition)

import tweets


@dataclasses.dataclass
class Report:
    """How one topic differs from what it should hold."""
    expected: int
    read: int = 0
    missing: int = 0
    duplicates: int = 0
    foreign: int = 0
    misplaced: int = 0  # tweets overtaken by a later one of their partition; wrong origins
    examples: list = dataclasses.field(default_factory=list)

    def example(self, what: str) -> None:
        if len(self.examples) < 5:
            self.examples.append(what)

    def good(self, allow_duplicates=False, allow_missing=False) -> bool:
        return not (self.foreign or self.misplaced
                    or (self.missing and not allow_missing)
                    or (self.duplicates and not allow_duplicates))


def read_topic(brokers: str, topic: str):
    """Yields every message of a topic, partition by partition mixed, up to the ends of its log."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "weir-verify",
                         "enable.auto.commit": False, "enable.partition.eof": True,
                         "isolation.level": "read_committed", "queued.max.messages.kbytes": 131072})
    try:
        partitions = consumer.list_topics(topic, 20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        open_partitions = set(partitions)
        while open_partitions:
            messages = consumer.consume(5000, 1.0)
            for message in messages:
                if message.error() is None:
                    yield message
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
                else:
                    raise KafkaException(message.error())
    finally:
        consumer.close()


def verify_output(brokers: str, topic: str, plan: tweets.Plan, ordered=False) -> Report:
    """Compares the tweets in `topic` with those of the plan, as multisets.

    With `ordered`, the tweets of one input partition must also stand in their order in each output
    partition (a repeated one is not counted as misplaced).
    """
    seen = bytearray(plan.count)
    last = collections.defaultdict(lambda: -1)
    report = Report(plan.count - len(plan.garbage_indexes))
    for message in read_topic(brokers, topic):
        report.read += 1
        index = _index_of(plan, message.value())
        if index is None:
            report.foreign += 1
            report.example(f"foreign: {message.partition()}:{message.offset()} {message.value()!r}")
            continue
        if seen[index]:
            report.duplicates += 1
            report.example(f"again: record {index}, from {plan.origin(index)}")
        elif ordered:
            place = (message.partition(), *plan.origin(index)[:2])
            if last[place] > index:
                report.misplaced += 1
                report.example(f"overtaken: record {index} by {last[place]}")
            last[place] = max(last[place], index)
        seen[index] = 1
    _count_missing(report, plan, lambda index: seen[index] or index in plan.garbage_indexes)
    return report


def verify_dead_letters(brokers: str, topic: str, plan: tweets.Plan) -> Report:
    """Compares the dead letters with the plan's garbage: bytes, and origin in the headers."""
    expected = {tweets.garbage_bytes(index): index for index in plan.garbage_indexes}
    seen = set()
    report = Report(len(expected))
    for message in read_topic(brokers, topic):
        report.read += 1
        index = expected.get(message.value())
        if index is None:
            report.foreign += 1
            report.example(f"foreign: {message.value()!r}")
            continue
        if index in seen:
            report.duplicates += 1
        seen.add(index)
        wrong = _wrong_headers(plan, index, dict(message.headers() or []))
        if wrong:
            report.misplaced += 1
            report.example(f"record {index}: {wrong}")
    _count_missing(report, plan, lambda i: i in seen or i not in plan.garbage_indexes)
    return report


def _index_of(plan: tweets.Plan, payload: bytes):
    try:
        tweet = tweets.decode(payload)
    except (EOFError, ValueError, IndexError, TypeError):
        return None
    index = plan.index_of(tweet["timestamp"])
    if not 0 <= index < plan.count or index in plan.garbage_indexes:
        return None
    return index if tweet == plan.tweet(index) else None


def _wrong_headers(plan: tweets.Plan, index: int, headers: dict) -> str:
    topic, partition, offset = plan.origin(index)
    wanted = {"weir.topic": plan.topics[topic].encode(), "weir.partition": b"%d" % partition,
              "weir.offset": b"%d" % offset}
    wrong = {name: headers.get(name) for name, value in wanted.items()
             if headers.get(name) != value}
    if wrong:
        return f"headers {wrong} instead of {wanted}"
    return "" if headers.get("weir.reason") else "the header weir.reason is missing"


def _count_missing(report: Report, plan: tweets.Plan, present) -> None:
    for index in range(plan.count):
        if not present(index):
            report.missing += 1
            report.example(f"missing: record {index}, from {plan.origin(index)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    tweets.add_plan_options(parser)
    parser.add_argument("--out", required=True)
    parser.add_argument("--dead-letter")
    parser.add_argument("--ordered", action="store_true")
    parser.add_argument("--allow-duplicates", action="store_true")
    options = parser.parse_args()
    plan = tweets.plan_of(options)
    reports = {options.out: verify_output(options.brokers, options.out, plan, options.ordered)}
    if options.dead_letter:
        reports[options.dead_letter] = verify_dead_letters(
            options.brokers, options.dead_letter, plan)
    print(json.dumps({topic: dataclasses.asdict(report) for topic, report in reports.items()},
                     indent=1))
    return 0 if all(report.good(options.allow_duplicates) for report in reports.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
