"""Who lives around a cluster that is tormented: a writer, a group of our jobs and a foreign member.

The writer knows the brokers themselves; the group knows only the proxies before them.
"""

import collections
import concurrent.futures
import dataclasses
import sys
import threading
import time

from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

import jars
import kafka_cluster
import produce_tweets
import suite

FOREIGN = jars.HERE / "foreign"
TOPIC_IN, TOPIC_OUT, GROUP = "in", "out", "copiers"
PARTITIONS = 12
SESSION_SECONDS = 6
INPUTS = 2  # of the second of our two jobs
MEMBERS = 2 + INPUTS  # of the group, when all are there


class Events:
    """What happened, with times in seconds since the start. Any thread may add to it.

    `tell` hears each line at once.
    """

    def __init__(self, tell):
        self._tell = tell
        self.start = time.time()
        self._lock = threading.Lock()
        self.lines = []

    def now(self) -> float:
        return time.time() - self.start

    def of_clock(self, milliseconds: int) -> float:
        """Returns when a broker's timestamp was."""
        return milliseconds / 1000 - self.start

    def add(self, text: str) -> None:
        with self._lock:
            self.lines.append(f"{self.now():8.2f}  {text}")
            self._tell(self.lines[-1])


class Member:
    """A process of the group, which comes and goes."""

    def __init__(self, world: suite.World, name: str, command: list):
        self._world = world
        self.name = name
        self._command = command
        self.program = None

    def start(self) -> None:
        self.program = self._world.start(*self._command)

    def end_of_log(self) -> str:
        return self.program.text()[-3000:]


class Town:
    """All of it; a context manager. `violations` says what must not have happened, and did."""

    def __init__(self, world: suite.World, seed: int, rate: int, tell=lambda line: None):
        self.world = world
        self.seed = seed
        self.rate = rate
        self.events = Events(tell)
        self.cluster = kafka_cluster.KafkaCluster(world.directory / "cluster", on_hit=self._on_hit)
        self.violations = []
        self.hits = collections.Counter()  # of the proxies' rules, by action
        self.members = []
        self.writer = None
        self.look = None

    def __enter__(self):
        self.cluster.__enter__()
        try:
            self._create_topics()
            self.look = Look(self.cluster.bootstrap)
            self._start_programs()
        except BaseException:
            self.cluster.kill9()
            raise
        self.events.add(f"three brokers, the writer, {', '.join(one.name for one in self.members)}")
        return self

    def __exit__(self, *_):
        self.world.end_programs()
        self.cluster.__exit__()

    def violate(self, text: str) -> None:
        self.events.add(f"VIOLATION: {text}")
        self.violations.append(text)

    def stop_writer(self) -> int:
        """Lets the writer have everything acknowledged and returns how many records it wrote."""
        ended = self.writer.terminate(320)
        suite.check_equal(ended.status, 0, f"the writer failed: {ended.text[-2000:]}\nexit status")
        return ended.number('"written"')

    def _create_topics(self) -> None:
        settings = {"message.timestamp.type": "LogAppendTime"}
        admin = produce_tweets.admin(self.cluster.bootstrap)
        made = admin.create_topics([NewTopic(name, PARTITIONS, kafka_cluster.NODES, config=settings)
                                    for name in (TOPIC_IN, TOPIC_OUT)])
        for future in made.values():
            future.result(30)
        suite.wait_for(lambda: in_sync(admin, (TOPIC_IN, TOPIC_OUT)), 30, "the topics have all replicas")

    def _start_programs(self) -> None:
        place = ["--brokers", self.cluster.proxied, "--in", TOPIC_IN, "--out", TOPIC_OUT, "--group", GROUP]
        ours = [self.world.tweets, *place, "--session-timeout", SESSION_SECONDS, "--compression", "lz4"]
        self.members = [
            Member(self.world, "job 1", ours),
            Member(self.world, "job 2", [*ours, "--inputs", INPUTS, "--interval", "100ms"]),
            Member(self.world, "foreign member",
                   [sys.executable, FOREIGN / "copy_member.py", *place, "--name", "foreign"])]
        self.writer = self.world.start(
            sys.executable, FOREIGN / "steady_writer.py", "--brokers", self.cluster.bootstrap, "--topic",
            TOPIC_IN, "--partitions", PARTITIONS, "--seed", self.seed, "--rate", self.rate)
        for member in self.members:
            member.start()

    def _on_hit(self, broker: int, api: str, action: str) -> None:
        self.hits[action] += 1
        self.events.add(f"proxy {broker}: {api} {action}")


@dataclasses.dataclass(frozen=True)
class Standing:
    """How far the group is: by partition, what is committed and where the input ends."""
    committed: dict
    ends: dict

    def lag(self) -> int:
        return sum(end - max(0, self.committed.get(place, 0)) for place, end in self.ends.items())

    def has_reached(self, ends: dict) -> bool:
        return all(self.committed.get(place, 0) >= end for place, end in ends.items())


class Look:
    """Asks the brokers, past the proxies, how things are; None or False where they cannot say."""

    def __init__(self, brokers: str):
        self._brokers = brokers
        self._admin = None

    def standing(self) -> Standing | None:
        return self._ask(lambda admin: Standing(_committed(admin), _ends(admin)))

    def group_is_whole(self) -> bool:
        """Tells whether the group is stable and all members are in it."""
        group = self._ask(lambda admin: admin.describe_consumer_groups(
            [GROUP], request_timeout=5)[GROUP].result(6))
        return bool(group) and group.state == ConsumerGroupState.STABLE and len(group.members) == MEMBERS

    def cluster_is_whole(self) -> bool:
        """Tells whether each replica of each partition is in sync."""
        return bool(self._ask(lambda admin: in_sync(admin, (TOPIC_IN, TOPIC_OUT))))

    def _ask(self, question):
        """Returns the answer. A client that got none may be stuck with a broker that hung: away with it.
        """
        self._admin = self._admin or AdminClient({"bootstrap.servers": self._brokers, "log_level": 2})
        try:
            return question(self._admin)
        except (KafkaException, concurrent.futures.TimeoutError):
            self._admin = None
            return None


def _committed(admin) -> dict[int, int]:
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP)], request_timeout=5)
    places = asked[GROUP].result(6).topic_partitions
    return {place.partition: place.offset for place in places if place.topic == TOPIC_IN}


def _ends(admin) -> dict[int, int]:
    wanted = {TopicPartition(TOPIC_IN, number): OffsetSpec.latest() for number in range(PARTITIONS)}
    asked = admin.list_offsets(wanted, request_timeout=5)
    return {place.partition: future.result(6).offset for place, future in asked.items()}


def in_sync(admin, topics) -> bool:
    known = admin.list_topics(timeout=5).topics
    return all(topic in known and known[topic].partitions for topic in topics) and all(
        len(partition.isrs) == kafka_cluster.NODES
        for topic in known.values() for partition in topic.partitions.values())
