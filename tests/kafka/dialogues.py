"""Compares what a foreign client sees of Apache Kafka with what it sees of `weir broker`.

A dialogue is a list of steps, each with what the client was told. The clients in other languages
(java/, go/, node/) are programs that hold one, `PROGRAM ADDRESS PREFIX`, with a line `step: told` for
each; they check themselves what does not depend on the broker, and exit with another status than 0.
"""

import subprocess

import suite
from suite import check


def on_both(world, dialogue, awaited=(), options=((),)) -> None:
    """Compares what `dialogue(brokers)` says on Apache Kafka and on `weir broker`, step by step.

    The steps in `awaited` may differ, as the broker does not serve them yet. Each of the `options` is a
    way to start the broker.
    """
    expected = dialogue(world.kafka.bootstrap)
    for each in options:
        with world.weir_broker(*each) as broker:
            _compare(world, expected, dialogue(broker.bootstrap), awaited)


def _compare(world, expected, actual, awaited) -> None:
    differing = [step for step, text in expected.items() if actual.get(step) != text]
    unexpected = [step for step in differing if step not in awaited]
    check(not unexpected, lambda: "\n".join(
        f"{step}\non Kafka:\n{expected[step]}\non weir broker:\n{actual.get(step)}"
        for step in unexpected))
    served = [step for step in awaited if step not in differing]
    if served:
        world.note(f"no longer to be awaited: {', '.join(served)}")


def of_program(command, prefix: str, seconds: float = 60):
    """Returns the dialogue that a program holds; its topics and groups begin with `prefix`."""
    def dialogue(brokers: str) -> dict[str, str]:
        line = [*(str(part) for part in command), brokers, prefix]
        done = subprocess.run(line, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=seconds * suite.patience)
        check(done.returncode == 0, f"{' '.join(line)}: status {done.returncode}\n"
                                    f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        steps = dict(text.split(": ", 1) for text in done.stdout.splitlines())
        check(steps, f"{' '.join(line)} said nothing")
        return steps
    return dialogue
