"""Who lives around a cluster that is tormented: a writer, a group of our jobs and a foreign member.

The writer knows the brokers themselves; the group knows only the proxies before them.
"""

import collections
import dataclasses
import json
import select
import subprocess
import sys
import threading
import time

from confluent_kafka.admin import NewTopic

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
ANSWER_SECONDS = 20  # more than all requests behind one answer may take


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
        self.look = Look(self.cluster.bootstrap)
        try:
            self._create_topics()
            self._start_programs()
        except BaseException:
            self.look.close()
            self.cluster.kill9()
            raise
        self.events.add(f"three brokers, the writer, {', '.join(one.name for one in self.members)}")
        return self

    def __exit__(self, *_):
        self.look.close()
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
        suite.wait_for(self.look.cluster_is_whole, 30, "the topics have all replicas")

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
        self._command = [sys.executable, FOREIGN / "cluster_look.py", "--brokers", brokers,
                         "--topics", f"{TOPIC_IN},{TOPIC_OUT}", "--group", GROUP]
        self._process = None  # Whoever answers; it may end at any time.

    def standing(self) -> Standing | None:
        found = self._ask("standing")
        return found and Standing(*({int(number): offset for number, offset in found[name].items()}
                                    for name in ("committed", "ends")))

    def group(self) -> dict | None:
        """Returns the group's state and how many members it has."""
        return self._ask("group")

    def group_is_whole(self) -> bool:
        """Tells whether the group is stable and all members are in it."""
        return self.group() == {"state": "STABLE", "members": MEMBERS}

    def cluster_is_whole(self) -> bool:
        """Tells whether each replica of each partition is in sync."""
        return bool(self._ask("replicas"))

    def process_id(self) -> int | None:
        return self._process and self._process.pid

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _ask(self, question: str):
        """Returns the answer of a process that may die or get stuck; then another one is asked next time."""
        if not self._process:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=subprocess.DEVNULL, text=True)
        try:
            print(question, file=self._process.stdin, flush=True)
            if select.select([self._process.stdout], [], [], ANSWER_SECONDS)[0]:
                line = self._process.stdout.readline()
                if line:
                    return json.loads(line)
        except BrokenPipeError:
            pass
        self.close()
        return None
