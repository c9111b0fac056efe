"""Latency: 5,000 records a second, from a record's due time to its arrival at a live consumer."""

import json
import pathlib
import subprocess

RATE = 5000
WARM_UP_SECONDS = 5
SECONDS = 20


def measure(probe: pathlib.Path, brokers: str, source: str, out: str) -> dict:
    """Returns what latency_probe reports while a subject takes records from `source` to `out`.

    Generator and consumer are one process with one monotonic clock; a record that leaves late
    counts from when it was due.
    """
    done = subprocess.run(
        [probe, brokers, source, out, str(RATE), str(WARM_UP_SECONDS), str(SECONDS)],
        capture_output=True, text=True, timeout=WARM_UP_SECONDS + SECONDS + 60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"latency_probe: {done.stderr[-2000:]}")
    return json.loads(done.stdout)
