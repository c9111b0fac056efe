"""The results file: a line of JSON for each run, and what they add up to, in words."""

import collections
import json
import pathlib

RUNS = pathlib.Path(__file__).resolve().parent / "results" / "runs.jsonl"
TOTALS = RUNS.with_name("totals.txt")
TROUBLES = {"kill": "kill -9 of the job at random moments", "step": "kill -9 of the job at chosen steps",
            "broker kill": "kill -9 of the broker", "broker restart": "clean restarts of the broker",
            "zombie": "zombies", "takeover": "zombies with another of their name in their place",
            "rebalance": "rebalances", "loss": "requests or answers lost or delayed"}
FOUND = ("lost", "duplicated", "ahead", "foreign", "misplaced", "overtaken", "torn", "miscounted", "hanging",
         "uncommitted")


def record(run: dict) -> None:
    """Adds a run to the file and writes the totals anew."""
    RUNS.parent.mkdir(exist_ok=True)
    with open(RUNS, "a", encoding="ascii") as file:
        print(json.dumps(run), file=file)
    runs = [json.loads(line) for line in RUNS.read_text().splitlines()]
    TOTALS.write_text("".join(f"{line}\n" for line in lines(runs)))


def lines(runs: list[dict]) -> list[str]:
    """Says what all runs of each kind add up to."""
    kinds = collections.defaultdict(list)
    for run in runs:
        kinds[run["delivery"], run["broker"], run["transaction_version"]].append(run)
    told = []
    for (delivery, broker, version), some in sorted(kinds.items()):
        told += [f"{delivery} on {broker}, transaction.version {version}: {len(some)} runs, "
                 f"{sum(run['found']['inputs'] for run in some)} records", *_counts(some), ""]
    return told


def _counts(runs: list[dict]) -> list[str]:
    done, steps, found = (sum((collections.Counter(run[name]) for run in runs), collections.Counter())
                          for name in ("done", "steps", "found"))
    told = [f"    {done[name]:6} {what}" for name, what in TROUBLES.items()]
    told += [f"    {count:10} at {step}" for step, count in sorted(steps.items())]
    told.append("    " + ", ".join(f"{found[name]} {name}" for name in FOUND))
    told.append(f"    {sum(len(run['complaints']) for run in runs)} processes ended by themselves")
    return told
