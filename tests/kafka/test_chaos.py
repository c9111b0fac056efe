"""The verifier of exactly-once on what foreign clients have written; `tests/chaos/run` torments our job."""

import json
import sys

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

import jars
import produce_tweets
import processes
from suite import check, check_equal, test, wait_for

CHAOS = jars.REPOSITORY / "tests" / "chaos"
sys.path.append(str(CHAOS))

import campaign  # noqa: E402  (the path is set just above)
import judge  # noqa: E402
import program  # noqa: E402
import stage  # noqa: E402
import totals  # noqa: E402
import trap  # noqa: E402

MUTATIONS = 1000
PARTITIONS = 3
RECORDS = 20  # in each partition
UNREADABLE = 7  # its number


@test(60)
def verifier_notices_each_mutation(world):
    """Dropped, repeated, swapped, altered, moved and torn output, wrong offsets and sums, open transactions."""
    told = world.start(judge.verifier(), "mutate", "--count", MUTATIONS, "--seed", world.seed).wait(50)
    check_equal(told.status, 0, f"{told.text}\nexit status")
    check_equal(told.text.splitlines()[-1], f"{MUTATIONS} of {MUTATIONS} mutations caught", "verdict")
    world.note(told.text.splitlines()[-1])


@test(90)
def verifier_reads_transactions_of_apache_kafka(world):
    _judge_copier(world, world.kafka.bootstrap)


@test(90)
def verifier_reads_transactions_of_weir_broker(world):
    with world.weir_broker() as broker:
        _judge_copier(world, broker.bootstrap)


@test(240)
def exactly_once_on_apache_kafka(world):
    _torment(world, "--kills", "8", "--losses", "2", "--rebalances", "2", "--transaction-version", "switch")


@test(120)
def exactly_once_on_weir_broker(world):
    _torment(world, "--kills", "10", "--losses", "3", "--broker-kills", "1", "--broker", "weir",
             "--transaction-version", "switch")


@test(120)
def at_least_once_is_told_from_exactly_once(world):
    """Processes that are killed at the steps of a commit leave duplicates, and the verifier sees them."""
    plan, found = _tormented(world, "--kills", "12", "--broker", "weir", "--delivery", "at_least_once")
    check(found["duplicated"] > 0, f"nothing is there twice: {found}, {plan.steps}")
    check_equal((found["lost"], found["foreign"], found["overtaken"], found["uncommitted"]), (0, 0, 0, 0), str(found))
    world.note(f"{found['inputs']} records, {found['duplicated']} twice, {found['torn']} batches torn")


def _torment(world, *options: str) -> None:
    plan, found = _tormented(world, *options)
    check(found["exactly_once"], str(found))
    check(not plan.complaints, lambda: "\n".join(plan.complaints))
    world.note(f"{found['inputs']} records exactly once; {dict(plan.done)}")


def _tormented(world, *options: str) -> tuple:
    """Runs a small campaign; returns it, and what the verifier has found."""
    parsed = program.parser().parse_args(["--seed", str(world.seed), *options])
    parsed.state = world.directory / world.name("chaos")
    parsed.state.mkdir()
    told = []
    plan = campaign.Campaign.load_or_make(parsed, told.append)
    try:
        with stage.Stage(world, parsed, told.append) as place:
            return plan, campaign.run(place, plan, told.append)
    except AssertionError as error:
        raise AssertionError("\n".join([*told, str(error)])) from error


def _judge_copier(world, brokers: str) -> None:
    """A foreign copier's transactions are judged: committed, aborted, open, and one that repeats a record."""
    copier = Copier(world, brokers)
    copier.copy(0, 10)
    copier.copy(10, 15, commits=False)
    copier.await_verdict({}, drained=False)
    copier.await_verdict({"uncommitted": PARTITIONS * (RECORDS - 10)})
    copier.copy(10, RECORDS)
    copier.await_verdict({})
    open_one = copier.repeat()
    copier.await_verdict({"hanging": 2})  # A partition, and the transaction itself.
    open_one.commit_transaction(20)
    copier.await_verdict({"duplicated": 1, "torn": 1})


class Copier:
    """Does in transactions of librdkafka's what the job of tests/chaos does."""

    def __init__(self, world, brokers: str):
        self._world = world
        self._brokers = brokers
        self._stem = world.name("copier")
        self._batches = 0
        self._sums = {"records": 0, "sum": 0}
        self._create_topics()
        self._write_inputs()
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": self._stem, "log_level": 2})
        self._producer = Producer({"bootstrap.servers": brokers, "transactional.id": self._stem, "log_level": 2})
        self._producer.init_transactions(20)

    def copy(self, begin: int, end: int, commits=True) -> None:
        """Copies a range of each partition, in a transaction that is committed or aborted."""
        self._producer.begin_transaction()
        self._batches += 1
        numbers = [number for _ in range(PARTITIONS) for number in range(begin, end) if number != UNREADABLE]
        for partition in range(PARTITIONS):
            for number in range(begin, end):
                self._copy_one(partition, number)
        extents = ",".join(f"{self._topic('in')}:{each}:{begin}:{end}" for each in range(PARTITIONS))
        for index in range(3):
            self._send("marks", index, f"b.{self._batches} {index} 3 {len(numbers)} {sum(numbers)} {extents}")
        sums = {"records": self._sums["records"] + len(numbers), "sum": self._sums["sum"] + sum(numbers)}
        for name, value in sums.items():
            self._send("totals", 0, str(value), key=f"a/{name}")
        self._producer.send_offsets_to_transaction(
            [TopicPartition(self._topic("in"), each, end) for each in range(PARTITIONS)],
            self._consumer.consumer_group_metadata(), 20)
        if commits:
            self._producer.commit_transaction(20)
            self._sums = sums
        else:
            self._producer.abort_transaction(20)

    def repeat(self) -> Producer:
        """Writes a copy again in a transaction that stays open, and returns when it is in Kafka."""
        self._producer.begin_transaction()
        self._batches += 1
        self._copy_one(1, 3)
        check_equal(self._producer.flush(20), 0, "records not acknowledged")
        return self._producer

    def await_verdict(self, found: dict, drained=True) -> None:
        """Asks the verifier until it finds just this: markers come a moment after a transaction's end."""
        names = {"inputs": "in", "out": "out", "marks": "marks", "dead-letters": "dead", "accumulators": "totals"}
        options = [word for option, stem in names.items() for word in (f"--{option}", self._topic(stem))]
        last = None

        def is_so() -> bool:
            nonlocal last
            last = judge.judge(self._world, self._world.directory / f"{self._stem}.history", "--brokers",
                               self._brokers, "--group", self._stem, "--transactional-ids", self._stem, *options,
                               drained=drained)
            return {name: count for name, count in last.found.items() if count} == found
        try:
            wait_for(is_so, 10, f"the verifier finds {found}")
        finally:
            check_equal(last.exactly_once, not last.text.endswith("NOT exactly once\n"), last.text)

    def _topic(self, stem: str) -> str:
        return f"{self._stem}-{stem}"

    def _create_topics(self) -> None:
        made = [NewTopic(self._topic(stem), PARTITIONS, 1) for stem in ("in", "out", "marks", "dead")]
        made.append(NewTopic(self._topic("totals"), 1, 1, config={"cleanup.policy": "compact"}))
        admin = produce_tweets.admin(self._brokers)
        for future in admin.create_topics(made).values():
            future.result(30)

    def _input(self, partition: int, number: int) -> str:
        return f"{'x' if number == UNREADABLE else 'n'} {self._topic('in')} {partition} {number} payload"

    def _write_inputs(self) -> None:
        writer = Producer({"bootstrap.servers": self._brokers, "enable.idempotence": True, "log_level": 2})
        for partition in range(PARTITIONS):
            for number in range(RECORDS):
                writer.produce(self._topic("in"), self._input(partition, number), partition=partition)
        check_equal(writer.flush(20), 0, "records not acknowledged")

    def _copy_one(self, partition: int, number: int) -> None:
        value = self._input(partition, number)
        if number == UNREADABLE:
            origin = {"topic": self._topic("in"), "partition": partition, "offset": number}
            self._send("dead", partition, value,
                       headers=[(f"weir.{name}", str(where).encode()) for name, where in origin.items()])
        else:
            self._send("out", partition, f"b.{self._batches} {value}")

    def _send(self, stem: str, partition: int, value: str, **more) -> None:
        self._producer.produce(self._topic(stem), value, partition=partition, **more)


@test(20)
def trap_knows_whose_connection_it_is(world):
    """Of two processes that are connected, each is known by its port; one that is not, by none."""
    with processes.WeirBroker(world.weir, world.directory / "trap-broker.log") as broker:
        script = ("import socket, sys, time; one = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); "
                  "print(one.getsockname()[1], flush=True); time.sleep(60)")
        started = [world.start(sys.executable, "-c", script, broker.port) for _ in range(2)]
        ports = [int(wait_for(one.text, 10, "it says its port")) for one in started]
        pids = [one.pid for one in started]
        check_equal([trap.owner(port, pids) for port in ports], pids, "owners")
        check_equal(trap.owner(ports[0], pids[1:]), None, "owner among others")


@test(10)
def totals_add_up_runs_of_a_kind(_world):
    run = {"delivery": "exactly_once", "broker": "kafka", "transaction_version": "2", "done": {"kill": 3, "step": 4},
           "steps": {"EndTxn asked": 4}, "complaints": [], "found": {"inputs": 10, "lost": 0, "torn": 1}}
    told = totals.lines([run, json.loads(json.dumps(run)), run | {"broker": "weir"}])
    for wanted in ("exactly_once on kafka, transaction.version 2: 2 runs, 20 records",
                   "         6 kill -9 of the job at random moments", "             8 at EndTxn asked"):
        check(wanted in told, "\n".join(told))
    check(any("2 torn" in line for line in told), "\n".join(told))
