#!/usr/bin/env python3
"""Says how a cluster and a group on it are, in a line of JSON for each line it is asked.

    cluster_look.py --brokers A --topics in,out --group g

`replicas`: whether each replica of each partition is in sync. `group`: its state and how many members it has.
`standing`: by partition of the first topic, what is committed and where it ends. The answer is null where the brokers cannot
say. A process of its own, since assertions of librdkafka's admin client may end it while a broker is away.
"""

import argparse
import concurrent.futures
import json
import sys

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

SECONDS = 5  # that one request may take


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    for name in ("brokers", "topics", "group"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    topics = options.topics.split(",")
    questions = {"replicas": lambda admin: in_sync(admin, topics),
                 "group": lambda admin: group_state(admin, options.group),
                 "standing": lambda admin: standing(admin, topics[0], options.group)}
    admin = None
    for line in sys.stdin:
        admin = admin or AdminClient({"bootstrap.servers": options.brokers, "log_level": 2})
        try:
            answer = questions[line.strip()](admin)
        except (KafkaException, concurrent.futures.TimeoutError):
            admin = answer = None  # It may be stuck with a broker that hung: away with it.
        print(json.dumps(answer), flush=True)


def in_sync(admin, topics) -> bool:
    known = admin.list_topics(timeout=SECONDS)
    nodes = len(known.brokers)
    return all(topic in known.topics and known.topics[topic].partitions for topic in topics) and all(
        len(partition.isrs) == len(partition.replicas) <= nodes
        for topic in known.topics.values() for partition in topic.partitions.values())


def group_state(admin, group: str) -> dict:
    described = admin.describe_consumer_groups([group], request_timeout=SECONDS)[group].result(SECONDS + 1)
    return {"state": described.state.name, "members": len(described.members)}


def standing(admin, topic: str, group: str) -> dict:
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=SECONDS)
    places = asked[group].result(SECONDS + 1).topic_partitions
    partitions = admin.list_topics(topic, timeout=SECONDS).topics[topic].partitions
    wanted = {TopicPartition(topic, number): OffsetSpec.latest() for number in partitions}
    ends = admin.list_offsets(wanted, request_timeout=SECONDS)
    return {"committed": {place.partition: place.offset for place in places if place.topic == topic},
            "ends": {place.partition: end.result(SECONDS + 1).offset for place, end in ends.items()}}


if __name__ == "__main__":
    main()
