"""Has the verifier judge what is in Kafka."""

import dataclasses
import pathlib

import languages
import suite

SOURCE = pathlib.Path(__file__).resolve().parent / "verifier"
SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the verifier said; `found` counts each kind of violation."""
    exactly_once: bool
    inputs: int
    found: dict
    text: str


def verifier() -> pathlib.Path:
    return languages.go_program(SOURCE, "verifier")


def judge(world: suite.World, history: pathlib.Path, *read_options, drained=True) -> Verdict:
    """Reads, with these options of `verifier read`, into a history, and judges it."""
    read = world.start(verifier(), "read", *read_options, "--history", history).wait(SECONDS)
    suite.check_equal(read.status, 0, f"the verifier cannot read: {read.text}\nexit status")
    judged = world.start(verifier(), "check", *(["--drained"] if drained else []), history).wait(SECONDS)
    suite.check(judged.status in (0, 1), f"the verifier cannot judge: {judged.text}")
    lines = [line.partition(": ") for line in judged.text.splitlines() if not line.startswith(" ")]
    found = {name: int(count) for name, _, count in lines if count.isdigit()}
    return Verdict(judged.status == 0, int(judged.text.split(" ", 1)[0]), found, judged.text)
