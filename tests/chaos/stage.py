"""Where a run takes place: a broker behind a proxy, a writer, and two processes of the job in one group."""

import pathlib
import sys
import time

from confluent_kafka.admin import NewTopic

import brokers
import cluster_town
import judge
import processes
import produce_tweets
import suite
from trap import Trap
import writer

HERE = pathlib.Path(__file__).resolve().parent
INPUTS = ("in-a", "in-b")
PARTITIONS = 4
MARK_PARTITIONS = 3
ACCUMULATORS = "chaos-accumulators"  # The job is the application "chaos".
GROUP = "chaos"
SESSION_SECONDS = TRANSACTION_SECONDS = 6
SETTLE_SECONDS = 90
STOP_SECONDS = 60


class Look(cluster_town.Look):
    """Asks how far the group is in one topic."""

    def __init__(self, address: str, topic: str):
        super().__init__(address)
        self._command[-3:] = [topic, "--group", GROUP]


class Slot:
    """A process of the job that is started again whenever it has ended."""

    def __init__(self, stage, name: str):
        self._stage = stage
        self.name = name
        self.program = None
        self.restarts = -1

    def start(self) -> None:
        self.program = self._stage.world.start(*self._stage.job_command(self.name))
        self.restarts += 1

    def running(self) -> bool:
        return self.program is not None and self.program.running()

    def end(self) -> processes.Ended:
        """Stops the process as one should, and returns how it ended."""
        ended = self.program.terminate(STOP_SECONDS * suite.patience)
        self.program = None
        return ended


class Stage:
    """All of it; a context manager. `complaints` says what should not have happened, and did."""

    def __init__(self, world: suite.World, options, tell):
        self.world = world
        self.options = options
        self.tell = tell
        self.complaints = []
        self.slots = [Slot(self, name) for name in ("a", "b")]
        self.third = Slot(self, "c")
        self.trap = Trap(lambda: [slot.program.pid for slot in (*self.slots, self.third) if slot.program])
        directory = options.state / "broker"
        self.broker = (brokers.ApacheKafka(directory, self.trap.on_step) if options.broker == "kafka"
                       else brokers.WeirBroker(world, directory, self.trap.on_step))
        self.looks = []
        self.writer = None
        self._job = processes.find_program(world.build, "weir_chaos_job")
        judge.verifier()  # Now, so that it is not missing at the end.

    def __enter__(self):
        self.broker.__enter__()
        self.looks = [Look(self.broker.bootstrap, topic) for topic in INPUTS]
        self._create_topics()
        return self

    def __exit__(self, *_):
        for look in self.looks:
            look.close()
        self.world.end_programs()
        self.broker.__exit__()

    def start_programs(self) -> None:
        self._start_writer()
        for slot in self.slots:
            slot.start()

    def _start_writer(self) -> None:
        self.writer = self.world.start(
            *brokers.WITH_US, sys.executable, HERE / "writer.py", "--brokers", self.broker.bootstrap, "--topics", ",".join(INPUTS),
            "--partitions", PARTITIONS, "--seed", self.options.seed, "--rate", self.options.rate)

    def job_command(self, name: str) -> list:
        return [*brokers.WITH_US, self._job, "--brokers", self.broker.proxied,
                "--in", ",".join(INPUTS), "--group", GROUP, "--instance", name,
                "--session-timeout-ms", SESSION_SECONDS * 1000, "--interval-ms", self.options.interval_ms,
                "--transaction-timeout-ms", TRANSACTION_SECONDS * 1000, "--delivery", self.options.delivery]

    def complain(self, text: str) -> None:
        self.tell(f"COMPLAINT: {text}")
        self.complaints.append(text)

    def standing(self) -> dict | None:
        """Returns (committed, end) of each partition, or None where the broker does not say."""
        found = {}
        for topic, look in zip(INPUTS, self.looks):
            one = look.standing()
            if one is None:
                return None
            found |= {(topic, partition): (max(0, one.committed.get(partition, 0)), end)
                      for partition, end in one.ends.items()}
        return found

    def await_standing(self, holds, what: str) -> dict:
        """Returns the first standing for which `holds`."""
        found = None

        def is_so() -> bool:
            nonlocal found
            found = self.standing()
            return bool(found and holds(found))
        self.wait_for(is_so, lambda: f"{what}; committed and ends are {found}")
        return found

    def await_members(self, count: int) -> None:
        """Waits until the group is stable and has so many members."""
        found = None

        def is_so() -> bool:
            nonlocal found
            found = self.looks[0].group()
            return found == {"state": "STABLE", "members": count}
        self.wait_for(is_so, lambda: f"the group is stable and has {count} members; it is {found}")

    def wait_for(self, holds, what) -> None:
        """Waits; meanwhile who has ended by himself starts again. `what` says what it waits for."""
        end = time.monotonic() + SETTLE_SECONDS * suite.patience
        while not holds():
            self.restart_ended()
            suite.check(time.monotonic() < end, lambda: f"not after {SETTLE_SECONDS} s: {what()}\n" + "\n".join(
                self._end_of(slot) for slot in (*self.slots, self.third) if slot.program))
            time.sleep(0.05)

    def settle(self) -> None:
        """Waits until what there is now is committed."""
        goal = self.await_standing(bool, "the broker says how things stand")
        self.await_standing(lambda now: all(now[place][0] >= end for place, (_, end) in goal.items()),
                            "what had been written is committed")

    def drain(self) -> None:
        """Has the writer stop, and waits until all is committed."""
        ended = self.writer.terminate(640)
        suite.check_equal(ended.status, 0, f"the writer failed: {ended.text[-2000:]}\nexit status")
        self.await_standing(lambda now: all(committed == end for committed, end in now.values()),
                            "all that was written is committed")

    def restart_ended(self) -> None:
        for slot in (*self.slots, self.third):
            if slot.program and not slot.running():
                self.complain(f"a process ended by itself: {self._end_of(slot)}")
                slot.start()
        if self.writer and not self.writer.running():
            ended = self.writer.terminate()
            suite.check(ended.status in (0, writer.STUCK), lambda: f"the writer ended: {ended.text[-2000:]}")
            if ended.status == writer.STUCK:
                self.tell("the writer is stuck, and starts again")
                self._start_writer()

    def verify(self) -> dict:
        """Has the verifier judge, tells what it says, and returns its counts by what they count."""
        kept = ["--accumulators", ACCUMULATORS] if self.options.delivery == "exactly_once" else []
        verdict = judge.judge(self.world, self.options.state / "history", "--brokers", self.broker.bootstrap,
                              "--inputs", ",".join(INPUTS), "--group", GROUP, *kept)
        self.tell(verdict.text.rstrip())
        return {"exactly_once": verdict.exactly_once, "inputs": verdict.inputs, **verdict.found}

    def _create_topics(self) -> None:
        admin = produce_tweets.admin(self.broker.bootstrap)
        known = admin.list_topics(timeout=30).topics
        wanted = {**dict.fromkeys((*INPUTS, "out", "dead"), PARTITIONS), "marks": MARK_PARTITIONS}
        missing = [NewTopic(name, count, 1) for name, count in wanted.items() if name not in known]
        for future in admin.create_topics(missing).values() if missing else ():
            future.result(30)

    def _end_of(self, slot: Slot) -> str:
        return f"{slot.name}: {slot.program.text()[-1500:]}"
