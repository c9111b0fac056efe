"""What befalls a cluster and its group.

A trouble takes a Town and a source of chance; it says what it does, does it, and undoes it.
"""

import random
import time

import kafka
import kafka.admin
from kafka.errors import KafkaError

from cluster_town import PARTITIONS, SESSION_SECONDS, TOPIC_IN, TOPIC_OUT, Town
import kafka_cluster

# What every broker is asked all the time, and what one is asked, or what is asked now and then.
FREQUENT = ("Produce", "Fetch", "*")
OTHERS = ("OffsetCommit", "Heartbeat", "Metadata", "JoinGroup", "SyncGroup", "FindCoordinator",
          "OffsetFetch", "InitProducerId", "ListOffsets", "ApiVersions")
OFFSETS = "__consumer_offsets"
OFFSETS_PARTITIONS = 4


def kill_broker(town: Town, source: random.Random) -> None:
    _broker_away(town, source, "killed -9", lambda node: node.kill9())


def stop_broker(town: Town, source: random.Random) -> None:
    _broker_away(town, source, "stopped", lambda node: node.stop())


def _broker_away(town: Town, source: random.Random, how: str, end) -> None:
    number = source.randrange(kafka_cluster.NODES)
    seconds = source.uniform(0, 8)
    node = town.cluster.nodes[number]
    town.events.add(f"broker {number + 1}: {how}, for {seconds:.1f} s")
    end(node)
    time.sleep(seconds)
    node.start()
    town.events.add(f"broker {number + 1}: is back")


def pause_broker(town: Town, source: random.Random) -> None:
    """A broker that hangs is fenced after 3 s, and does not know it when it goes on."""
    number = source.randrange(kafka_cluster.NODES)
    seconds = source.uniform(1, 8)
    town.events.add(f"broker {number + 1}: hangs for {seconds:.1f} s")
    _hang(town.cluster.nodes[number], seconds)
    town.events.add(f"broker {number + 1}: goes on")


def move_leaders(town: Town, source: random.Random) -> None:
    """Some partitions, of the offsets' topic too, get other preferred leaders, and all are led by theirs.
    """
    places = [kafka.TopicPartition(topic, number) for topic, count in (
        (TOPIC_IN, PARTITIONS), (TOPIC_OUT, PARTITIONS), (OFFSETS, OFFSETS_PARTITIONS))
        for number in range(count)]
    chosen = source.sample(places, source.randrange(4, len(places)))
    brokers = list(range(1, kafka_cluster.NODES + 1))
    orders = {place: source.sample(brokers, len(brokers)) for place in chosen}
    town.events.add(f"leaders: {len(chosen)} partitions get another order of replicas")
    try:
        _reassign(town.cluster.bootstrap.split(","), orders)
        town.events.add("leaders: moved")
    except KafkaError as error:  # With a broker away it cannot always be done.
        town.events.add(f"leaders: not moved: {type(error).__name__}")


def _reassign(brokers: list[str], orders: dict) -> None:
    admin = kafka.admin.KafkaAdminClient(bootstrap_servers=brokers, request_timeout_ms=10_000)
    try:
        admin.alter_partition_reassignments(orders)
        end = time.monotonic() + 10
        while admin.list_partition_reassignments() and time.monotonic() < end:
            time.sleep(0.1)
        admin.elect_leaders(0, raise_errors=False)
    finally:
        admin.close()


def end_member(town: Town, source: random.Random) -> None:
    member = source.choice(town.members)
    seconds = source.uniform(0, 5)
    town.events.add(f"{member.name}: told to end, and missing for {seconds:.1f} s")
    ended = member.program.terminate(60)
    if ended.status != 0:
        town.violate(f"{member.name} ended with status {ended.status}:\n{member.end_of_log()}")
    _come_back(town, member, seconds)


def kill_member(town: Town, source: random.Random) -> None:
    member = source.choice(town.members)
    seconds = source.uniform(0, 9)
    town.events.add(f"{member.name}: killed -9, and missing for {seconds:.1f} s")
    member.program.kill9()
    _come_back(town, member, seconds)


def _come_back(town: Town, member, seconds: float) -> None:
    time.sleep(seconds)
    member.start()
    town.events.add(f"{member.name}: started")


def pause_member(town: Town, source: random.Random) -> None:
    """Half of the time longer than its session, so that the group goes on without it."""
    member = source.choice(town.members)
    seconds = source.uniform(0.5, SESSION_SECONDS) + source.choice((0, SESSION_SECONDS + 1))
    town.events.add(f"{member.name}: hangs for {seconds:.1f} s")
    _hang(member.program, seconds)
    town.events.add(f"{member.name}: goes on")


def _hang(process, seconds: float) -> None:
    process.pause()
    try:
        time.sleep(seconds)
    finally:
        process.resume()


def lose_frames(town: Town, source: random.Random) -> None:
    requests = source.choices(FREQUENT + OTHERS, k=6)
    _befall(town, source, [f"{one} {source.choice(('lose', 'lose_answer'))}" for one in requests])


def delay_frames(town: Town, source: random.Random) -> None:
    requests = source.choices(FREQUENT + OTHERS, k=6)
    _befall(town, source, [f"{one} delay {source.choice((50, 300, 1000, 4000))}" for one in requests])


def freeze_connections(town: Town, source: random.Random) -> None:
    _befall(town, source, [f"{source.choice((*FREQUENT, 'OffsetCommit', 'Heartbeat'))} freeze"])


def _befall(town: Town, source: random.Random, rules: list[str]) -> None:
    """Gives the rules to the proxies for a while; those for frequent requests to one, the others to all."""
    for rule in rules:
        if rule.split()[0] in FREQUENT:
            source.choice(town.cluster.proxies).rule(f"{rule} after {source.randrange(20)}")
        else:
            for proxy in town.cluster.proxies:
                proxy.rule(f"{rule} times {source.randint(1, 3)}")
    time.sleep(source.uniform(3, 9))
    for proxy in town.cluster.proxies:
        proxy.clear()


def cut_connections(town: Town, source: random.Random) -> None:
    for _ in range(source.randint(1, 3)):
        number = source.randrange(kafka_cluster.NODES)
        count = town.cluster.proxies[number].cut()
        town.events.add(f"proxy {number + 1}: {count} connections cut")
        time.sleep(source.uniform(0, 3))


BROKERS = (kill_broker, stop_broker, pause_broker)
# Each kind at most once at a time: with two brokers away nothing could be written.
KINDS = (BROKERS, (move_leaders,), (end_member, kill_member, pause_member),
         (lose_frames, delay_frames, freeze_connections, cut_connections))


class Deck:
    """Deals troubles: of each kind, every one comes once before any comes again."""

    def __init__(self, seed: int):
        self._source = random.Random(seed)
        self._left = {}

    def deal(self) -> list:
        count = self._source.choice((1, 1, 2, 2, 3))
        return [self._draw(kind) for kind in self._source.sample(KINDS, count)]

    def _draw(self, kind):
        if not self._left.get(kind):
            self._left[kind] = self._source.sample(kind, len(kind))
        return self._left[kind].pop()


def name_of(trouble) -> str:
    return trouble.__name__.replace("_", " ")
