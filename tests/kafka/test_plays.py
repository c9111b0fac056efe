"""The scenes that `weir broker` is held to (src/broker/plays), played on Apache Kafka."""

import re

import jars
import plays
import probe
import processes
import suite
from kafka_node import KafkaNode
from suite import check, test, wait_for

PLAYS = jars.REPOSITORY / "src" / "broker" / "plays"
SECONDS = 90  # That a play may take.
AT_ONCE = 6  # So many plays go on at once: most of their time they wait.
TOLD = 12  # Lines of a play's problems: what differs first makes most that follows differ too.
WARM_UP = """\
a> FindCoordinator 4 {coordinatorKeys=["warm"]}
a> Metadata 4 {topics=[{name="warm"}]}
a> OffsetCommit 8 {groupId="warm", topics=[{name="warm", partitions=[{partitionIndex=0, committedOffset=1}]}]}
a> InitProducerId 4 {transactionalId=null}
a> FindCoordinator 4 {keyType=1, coordinatorKeys=["warm"]}
a> InitProducerId 4 {transactionalId="warm", transactionTimeoutMs=60000}
"""


@test(150)
def apache_kafka_says_the_same(world):
    written = {file: file.read_text() for file in sorted(PLAYS.glob("*.play"))}
    # All times of a play become so many times as short: fewer on a busy machine.
    haste = max(1, round(4.5 / suite.patience))
    with _node(haste) as node:
        _warm_up(world, node)
        played = _play_all(world, node, list(written), haste)
    told = []
    for file, ended in played.items():
        problems = ([ended.text] if ended.status != 0
                    else plays.complaints(written[file], ended.text))
        told += [f"{file.name}: {problem}" for problem in problems[:TOLD]]
    check(not told, "\n".join(told))
    world.note(_figures(written.values()))


def _node(haste: int) -> KafkaNode:
    """A node as the plays expect their broker to be: there is one, its id is 0."""
    controller_port = probe.free_port()
    return KafkaNode(controller_port=controller_port, properties={
        "node.id": 0, "controller.quorum.voters": f"0@127.0.0.1:{controller_port}",
        "num.partitions": 2, "offsets.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 6000 // haste,
        "group.min.session.timeout.ms": 6000 // haste,
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": 100,
        # A busy machine is not to make the node lose its place.
        "broker.session.timeout.ms": 60000})


def _warm_up(world, node: KafkaNode) -> None:
    """Waits until the node coordinates groups and has ids for producers."""
    play = world.directory / "warm_up.play"
    play.write_text(WARM_UP)

    def is_warm() -> bool:
        said = _start_player(world, node, play, 1).wait(SECONDS).text
        return set(re.findall(r"errorCode=(\w+)", said)) == {"0"}
    wait_for(is_warm, SECONDS, "the node coordinates groups")


def _play_all(world, node: KafkaNode, files: list, haste: int) -> dict:
    """Has the plays played, AT_ONCE at a time, and returns how each player ended.

    What changes the features of all of the node is played last, and alone.
    """
    alone = [file for file in files if "> UpdateFeatures " in file.read_text()]
    players = {}
    for file in [file for file in files if file not in alone] + alone:
        others = 1 if file in alone else AT_ONCE
        wait_for(lambda: sum(one.running() for one in players.values()) < others, SECONDS,
                 "a player has ended")
        players[file] = _start_player(world, node, file, haste)
    return {file: player.wait(SECONDS * suite.patience) for file, player in players.items()}


def _start_player(world, node: KafkaNode, play, haste: int) -> processes.Program:
    return world.start(processes.find_program(world.build, "weir_play"), "--brokers", node.bootstrap,
                       "--hasten", haste, play)


def _figures(texts) -> str:
    steps = [step for text in texts for step in plays.steps_of(text)]
    return (f"{len(texts)} plays, {sum(len(step.answers) for step in steps)} answers; "
            f"{sum(len(step.declared) for step in steps)} fields differ as declared")
