"""The state of our example `stateful_word_count`, killed at random moments and at each step of a commit."""

import random
import sys
import time

import jars
import produce_tweets
import words
from suite import check, check_equal, test, wait_for

sys.path.append(str(jars.REPOSITORY / "tests" / "chaos"))

import brokers  # noqa: E402  (the path is set just above)
import trap  # noqa: E402

PARTITIONS = 3
LINES_A_LIFE = 8
# What a process says to commit a batch, and when it dies: before the broker has heard it, or after it has answered.
STEPS = [(request, point) for request in ("Produce", "TxnOffsetCommit", "EndTxn") for point in ("asked", "answered")]


@test(300, 3600)
def state_survives_kill9_at_any_moment(world):
    """Every running count of every word comes out, in order and once, whenever the process dies."""
    chance = random.Random(world.seed)
    lives = [None] * world.size(8, 100) + STEPS * world.size(1, 5)
    chance.shuffle(lives)
    lines = words.lines_of(world.seed, LINES_A_LIFE * (len(lives) + 1))
    programs = []
    catch = trap.Trap(lambda: [each.pid for each in programs[-1:]])
    with brokers.ApacheKafka(world.directory / "kafka-of-state", catch.on_step) as kafka:
        produce_tweets.create_topics(kafka.bootstrap, ["lines"], PARTITIONS)
        produce_tweets.create_topics(kafka.bootstrap, ["word-counts"], 1)  # Which keeps them in order.
        writer = words.Writer(kafka.bootstrap, "lines", PARTITIONS, lines)
        reader = words.Reader(kafka.bootstrap, "word-counts", 1, _word_and_count)
        for step in lives:
            programs.append(_start(world, kafka.proxied))
            _end_of_life(programs[-1], writer, catch, step, chance)
        programs.append(_start(world, kafka.proxied))
        writer.write(writer.remaining())
        number = len(" ".join(lines).split())
        wait_for(lambda: reader.read() >= number or not programs[-1].running(), 60, "all is counted")
        check(programs[-1].running(), lambda: f"the program has ended:\n{programs[-1].text()[-3000:]}")
        check_equal(programs[-1].terminate().status, 0, "exit status")
        reader.read()
        check_equal(words.miscounted(reader.counts, lines), {}, "words that are miscounted")
    caught = sum(1 for step in lives if step is not None)
    world.note(f"{len(lives)} deaths, {caught} of them at a step of a commit: {number} counts, each once")


def _start(world, bootstrap: str):
    """Its state is in the directory where it is started."""
    program = world.build / "examples" / "words" / "stateful_word_count"
    directory = world.directory / "word-count"
    directory.mkdir(exist_ok=True)
    return world.start("env", "-C", directory, program, bootstrap)


def _end_of_life(program, writer, catch, step, chance) -> None:
    """Has it count something; it dies at the step, or at any moment."""
    if step is not None:
        catch.arm(*step, skip=chance.randrange(2))
    for _ in range(LINES_A_LIFE):
        writer.write(1)
        time.sleep(chance.uniform(0, 0.15))  # So that it dies at a moment of its life, whichever.
    if step is not None:
        check(catch.wait(20) is not None, lambda: f"nobody came to {step}:\n{program.text()[-3000:]}")
    check(step is not None or program.running(), lambda: f"the program has ended:\n{program.text()[-3000:]}")
    program.kill9()


def _word_and_count(message) -> tuple[str, int]:
    word, count = message.value().decode().split()
    return word, int(count)
