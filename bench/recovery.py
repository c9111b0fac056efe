"""Recovery: how long nothing comes out when the job is killed (kill -9) and restarted at once."""

import random
import statistics
import subprocess
import time

from drain import tool
from latency import RATE, WARM_UP_SECONDS
from subjects import Run, Subject

SECONDS_BETWEEN_KILLS = 3
LAST_WORDS_NS = 50_000_000


def measure(broker, tools, subject: Subject, run: Run, partitions: int, kills: int) -> list[float]:
    """Returns the seconds from each kill to the first output committed by who was started then.

    5,000 records a second go in meanwhile; each must come out once.
    """
    for topic in (run.source, run.out):
        tool(tools, "create", broker, topic, partitions)
    seconds = (kills + 1) * SECONDS_BETWEEN_KILLS
    log = run.scratch.with_suffix(".log")
    with open(log, "wb") as output, open(run.scratch.with_suffix(".probe"), "w+b") as told:
        def start():
            return subprocess.Popen([subject.program, *subject.follow(run)], stdout=output,
                                    stderr=output)
        job = start()
        probe = subprocess.Popen([tools / "latency_probe", run.brokers, run.source, run.out,
                                  str(RATE), str(WARM_UP_SECONDS), str(seconds), "silences"],
                                 stdout=told, stderr=output)
        try:
            moments = []
            time.sleep(WARM_UP_SECONDS)
            chance = random.Random(kills)
            for _ in range(kills):
                time.sleep(SECONDS_BETWEEN_KILLS * chance.uniform(0.8, 1))
                job.kill()
                moments.append(time.monotonic_ns())
                old, job = job, start()
                old.wait()
            status = probe.wait(timeout=seconds + 60)
            told.seek(0)
            said = told.read().decode()
            if status != 0 or job.poll() is not None:
                raise RuntimeError(f"recovery of {subject.name}: probe's status {status}, job "
                                   f"{job.poll()}: {said[-500:]}"
                                   f"{log.read_text(errors='replace')[-2000:]}")
        finally:
            probe.kill()
            job.terminate()
            job.wait()
    for topic in (run.source, run.out):
        tool(tools, "delete", broker, topic)
    silences = [tuple(map(int, line.split())) for line in said.splitlines()
                if line[:1].isdigit()]
    return [_recovery(kill, silences) for kill in moments]


def _recovery(kill: int, silences: list[tuple[int, int]]) -> float:
    """What the dead one has committed may come out a little later, before the longest silence."""
    after = [(end - begin, end) for begin, end in silences
             if end > kill and begin < kill + LAST_WORDS_NS]
    if not after:
        raise RuntimeError("a kill was not noticed at the other end")
    return (max(after)[1] - kill) / 1e9


def table(results: dict[str, list[float]]) -> str:
    width = max(24, *map(len, results))
    lines = [f"{'kill to first output, s':{width}}{'kills':>8}{'p50':>8}{'max':>8}"]
    lines += [f"{name:{width}}{len(all_of_it):8}{statistics.median(all_of_it):8.3f}"
              f"{max(all_of_it):8.3f}" for name, all_of_it in results.items()]
    return "\n".join(lines)
