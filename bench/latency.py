"""Latency: 5,000 records a second, from a record's due time to its arrival at a live consumer."""

import json
import pathlib
import statistics
import subprocess

from drain import tool
from subjects import Run, Subject

RATE = 5000
WARM_UP_SECONDS = 5
PERCENTILES = ("p50", "p90", "p99", "p999", "max")


def measure(broker, tools: pathlib.Path, subject: Subject, run: Run, partitions: int,
            seconds: int) -> dict:
    """Returns what latency_probe reports while the subject takes records from one topic to another.
    """
    for topic in (run.source, run.out):
        tool(tools, "create", broker, topic, partitions)
    log = run.scratch.with_suffix(".log")
    with open(log, "wb") as output:
        follower = subprocess.Popen([subject.program, *subject.follow(run)], stdout=output,
                                    stderr=output)
    try:
        delays = _probe(tools, subject.name, run.brokers, run.source, run.out, seconds)
        if follower.poll() is not None:
            raise RuntimeError(f"latency of {subject.name}: it ended")
    except RuntimeError as error:
        raise RuntimeError(f"{error}{log.read_text(errors='replace')[-1000:]}") from None
    finally:
        follower.terminate()
        follower.wait()
    delays |= _commits(log, seconds)
    for topic in (run.source, run.out):
        tool(tools, "delete", broker, topic)
    return delays


def _commits(log: pathlib.Path, seconds: int) -> dict:
    """Returns what the bare loop says at its end about its commits; others say nothing.

    `rate` is their number in a second, about: the loop ran a little longer.
    """
    last = log.read_text(errors="replace").strip().rsplit("\n", 1)[-1]
    said = json.loads(last) if last.startswith("{") else {}
    if "transactions" not in said:
        return {}
    return {"commits": said | {"rate": said["transactions"] / (WARM_UP_SECONDS + seconds)}}


def measure_broker(broker, tools: pathlib.Path, topic: str, partitions: int, seconds: int) -> dict:
    """Returns what latency_probe reports of one topic, with nobody between produce and fetch."""
    tool(tools, "create", broker, topic, partitions)
    delays = _probe(tools, "the broker alone", broker.bootstrap, topic, topic, seconds)
    tool(tools, "delete", broker, topic)
    return delays


def _probe(tools: pathlib.Path, what: str, brokers: str, source: str, out: str,
           seconds: int) -> dict:
    done = subprocess.run(
        [tools / "latency_probe", brokers, source, out, str(RATE), str(WARM_UP_SECONDS), str(seconds)],
        capture_output=True, text=True, timeout=WARM_UP_SECONDS + seconds + 60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"latency of {what}: {done.stdout}{done.stderr[-1000:]}")
    return json.loads(done.stdout)


def table(results: dict[str, list[dict]], what: str, reference_of) -> str:
    """Returns the medians over the rounds, in ms, and the medians of the rounds' ratios to the
    reference."""
    def middle(name, key):
        return statistics.median(one[key] for one in results[name])
    width = max(24, *map(len, results))
    lines = [f"{'ms from due to arrival':{width}}" + "".join(f"{key:>9}" for key in PERCENTILES)
             + "   p50 and p99 / " + what]
    for name in results:
        base = results.get(reference_of(name), [])
        ratios = [f"{statistics.median(one[key] / two[key] for one, two in zip(results[name], base)):.2f}"
                  for key in ("p50", "p99") if base]
        lines.append(f"{name:{width}}" + "".join(f"{middle(name, key):9.2f}" for key in PERCENTILES)
                     + "   " + " ".join(ratios))
    return "\n".join(lines)


def medians(rounds: list[dict], part: str) -> str:
    """Returns the medians of the rounds' p50 and p99 of one part of the commits."""
    return " / ".join(f"{statistics.median(one[part][key] for one in rounds):.2f}"
                      for key in ("p50", "p99"))


def rate(rounds: list[dict]) -> str:
    """Returns how many transactions a second there were."""
    return f"{statistics.median(one['rate'] for one in rounds):.0f}"
