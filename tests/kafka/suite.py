"""What the tests share: their registry, their world, and the loop that runs them."""

import collections
import dataclasses
import functools
import multiprocessing
import pathlib
import signal
import tempfile
import time
import traceback

from kafka_node import KafkaNode, temporary_root
import processes

TESTS = []
patience = 1.0  # What every limit on time is multiplied by; run --patience sets it.


@dataclasses.dataclass(frozen=True)
class Test:
    name: str
    run: object
    seconds: int


class TestTimeout(AssertionError):
    """A test took longer than it may."""


class Skipped(Exception):
    """A test cannot run on this machine; the message says what is missing."""


def test(seconds: int = 120, full_seconds: int = 1800):
    """Registers a test, a function of the World, which may take this long."""
    def register(function):
        module = function.__module__.removeprefix("test_")
        TESTS.append((Test(f"{module}.{function.__name__}", function, seconds), full_seconds))
        return function
    return register


def check(condition, message) -> None:
    """Fails the test with `message`, a text or a function that makes one, unless it holds."""
    if not condition:
        raise AssertionError(message() if callable(message) else message)


def check_equal(actual, expected, what: str) -> None:
    check(actual == expected, f"{what}: {actual!r} instead of {expected!r}")


def wait_for(condition, seconds: float, what: str):
    """Asks `condition` until it gives something true, and returns that; fails after `seconds`."""
    end = time.monotonic() + seconds * patience
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"not after {seconds:.0f} s: {what}")
        time.sleep(0.05)


class World:
    """What a test runs in: the programs, a Kafka node shared by all tests, names, sizes, notes."""

    def __init__(self, build: pathlib.Path, scale: str, seed: int, text_file: str):
        self.build = build
        self.full = scale == "full"
        self.seed = seed
        self.text_file = text_file
        self.directory = pathlib.Path(
            tempfile.mkdtemp(prefix="weir-test-kafka-", dir=temporary_root()))
        self._node = None
        self._programs = []
        self._names = 0
        self.notes = []

    def size(self, small, full):
        return full if self.full else small

    @functools.cached_property
    def tweets(self) -> pathlib.Path:
        return processes.find_program(self.build, "tweets")

    @functools.cached_property
    def weir(self) -> pathlib.Path:
        return processes.find_program(self.build, "weir")

    def start_kafka(self) -> None:
        self._node = KafkaNode(self.directory / "node", heap=self.size("512m", "1g"))
        self._node.start()

    @property
    def kafka(self) -> KafkaNode:
        """The running node of Apache Kafka; started again if a test has left it stopped."""
        if not self._node.running():
            self._node.start()
        return self._node

    def name(self, stem: str) -> str:
        """Returns a name for a topic or group that no other test uses."""
        self._names += 1
        return f"{stem}-{self._names}"

    def start(self, *command) -> processes.Program:
        """Starts a program that is killed when the test is over, if it still runs."""
        log = self.directory / f"{self.name('program')}.log"
        self._programs.append(processes.Program(command, log))
        return self._programs[-1]

    def weir_broker(self, *options: str) -> processes.WeirBroker:
        return processes.WeirBroker(self.weir, self.directory / f"{self.name('broker')}.log",
                                    *options)

    def note(self, text: str) -> None:
        """Adds a figure to the line that reports the test."""
        self.notes.append(text)

    def end_programs(self) -> None:
        """Ends what the test started, and notes the most memory that one of its jobs has had."""
        for program in self._programs:
            program.kill9()
        peak = max((one.peak_memory for one in self._programs if one.name == "tweets"), default=0)
        if peak > 1e6:  # Else it ended before anybody looked.
            self.note(f"peak {peak / 1e6:.0f} MB")
        self._programs.clear()

    def close(self) -> None:
        try:
            self.end_programs()
        finally:
            if self._node is not None:
                self._node.kill9()


def run_tests(world: World, tests) -> collections.Counter:
    """Runs the tests in order, prints a line for each, counts those "ok", "FAIL" and "skip"."""
    outcomes = collections.Counter()
    signal.signal(signal.SIGALRM, _on_alarm)
    for one, full_seconds in tests:
        world.notes.clear()
        start = time.monotonic()
        outcome, problem = _run_one(one, world, full_seconds if world.full else one.seconds)
        seconds = time.monotonic() - start
        notes = "; ".join(world.notes)
        lines = [f"{outcome:4} {one.name:44} {seconds:6.1f} s  {notes}".rstrip()]
        if problem:
            lines.append("     " + problem.rstrip().replace("\n", "\n     "))
        print("\n".join(lines), flush=True)
        outcomes[outcome] += 1
    return outcomes


def run_side_by_side(jobs: int, make_world, selected) -> collections.Counter:
    """Runs the tests in so many processes, each with a world of its own; the next free one takes the next test."""
    context = multiprocessing.get_context("fork")
    taken, outcomes = context.Value("i", 0), context.SimpleQueue()

    def untaken():
        while True:
            with taken.get_lock():
                index, taken.value = taken.value, taken.value + 1
            if index >= len(selected):
                return
            yield selected[index]

    def work():
        with make_world() as world:
            outcomes.put(run_tests(world, untaken()))

    workers = [context.Process(target=work) for _ in range(jobs)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    total = sum((outcomes.get() for worker in workers if worker.exitcode == 0), collections.Counter())
    total["FAIL"] += len(selected) - total.total()  # those of a worker that broke off
    return total


def _run_one(one: Test, world: World, seconds: int) -> tuple[str, str]:
    try:
        signal.alarm(round(seconds * patience))
        one.run(world)
        return "ok", ""
    except Skipped as reason:
        return "skip", str(reason)
    except AssertionError as failure:
        return "FAIL", str(failure) or traceback.format_exc()
    except Exception:  # A test that breaks has failed; the others still run.
        return "FAIL", traceback.format_exc()
    finally:
        signal.alarm(0)
        world.end_programs()


def _on_alarm(*_):
    raise TestTimeout("the test took longer than it may:\n" + "".join(traceback.format_stack(limit=6)))
