"""A run: its deck of troubles, how far it is, and what it found; kept in a directory, so that it can go on."""

import collections
import dataclasses
import json
import pathlib
import random
import time

import brokers
from stage import Stage
import suite
import troubles

QUIET = 0.75  # The share of troubles after which all is settled before the next.
SWITCH_EVERY = 6  # Troubles between two changes of the transactions' version.


@dataclasses.dataclass
class Campaign:
    """Saved after each trouble. `done` counts troubles; `steps` the steps at which a process was killed."""
    seed: int
    broker: str
    transaction_version: str
    delivery: str
    deck: list
    position: int = 0
    done: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    steps: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    restarts: int = 0
    seconds: float = 0
    complaints: list = dataclasses.field(default_factory=list)

    @staticmethod
    def load_or_make(options, tell) -> "Campaign":
        path = options.state / "campaign.json"
        if path.exists():
            saved = Campaign(**json.loads(path.read_text()))
            saved.done = collections.Counter(saved.done)
            saved.steps = collections.Counter(saved.steps)
            tell(f"goes on at trouble {saved.position + 1} of {len(saved.deck)}, seed {saved.seed}")
            return saved
        made = Campaign(options.seed, options.broker, options.transaction_version, options.delivery, deck(options))
        made.save(options.state)
        return made

    def figures(self) -> dict:
        """Returns what a result says of the run."""
        return {name: value for name, value in vars(self).items() if name not in ("deck", "position")} | {
            "seconds": round(self.seconds)}

    def save(self, directory: pathlib.Path) -> None:
        fresh = directory / "campaign.json.new"
        fresh.write_text(json.dumps(vars(self), indent=1))
        fresh.rename(directory / "campaign.json")


def deck(options) -> list[str]:
    """Returns the names of all troubles in the order in which the seed deals them."""
    source = random.Random(options.seed)
    cards = [name for name, count in {
        "kill": options.kills - options.kills // 2, "step": options.kills // 2, "broker kill": options.broker_kills,
        "broker restart": options.broker_restarts, "zombie": options.zombies,
        "takeover": options.takeovers, "loss": options.losses,
        "rebalance": (options.rebalances + 1) // 2}.items() for _ in range(count)]
    source.shuffle(cards)
    if options.transaction_version == "switch":
        for number in range(len(cards) // SWITCH_EVERY):
            cards.insert(number * (SWITCH_EVERY + 1) + SWITCH_EVERY // 2, f"version {2 - number % 2}")
    return cards


def first_version(campaign: Campaign) -> int:
    """Returns the version that a run begins with.

    One that switches begins with 0 and never returns to it: Apache Kafka 4.4 cannot write down, at version 0, what it
    knows of an id that was used at version 2; its transactions hang then ("Attempted to write a non-default
    clientTransactionVersion at version 0").
    """
    return 0 if campaign.transaction_version == "switch" else int(campaign.transaction_version)


def run(stage: Stage, campaign: Campaign, tell) -> dict:
    """Works through the rest of the deck, has all processes stop, and returns what the verifier counts."""
    begin = time.monotonic() - campaign.seconds
    if campaign.position == 0:
        brokers.set_transaction_version(stage.broker.bootstrap, first_version(campaign))
    stage.start_programs()
    stage.await_standing(lambda now: all(committed > 0 for committed, _ in now.values()),
                         "the group reads all partitions")
    try:
        while campaign.position < len(campaign.deck):
            _next_trouble(stage, campaign, tell)
            campaign.seconds = time.monotonic() - begin
            campaign.save(stage.options.state)
        _end(stage)
    finally:
        campaign.complaints += stage.complaints
        campaign.restarts += sum(slot.restarts for slot in stage.slots)
        campaign.seconds = time.monotonic() - begin
        campaign.save(stage.options.state)
    return stage.verify()


def _next_trouble(stage: Stage, campaign: Campaign, tell) -> None:
    name = campaign.deck[campaign.position]
    source = random.Random(f"{campaign.seed} {campaign.position}")
    start = time.monotonic()
    stage.restart_ended()
    told = troubles.TROUBLES[name](stage, source, campaign.steps)
    undone = time.monotonic()
    quiet = source.random() < QUIET
    if quiet:
        stage.settle()
    tell(f"{campaign.position + 1:4}/{len(campaign.deck)} {name:15} {told:32} {undone - start:5.1f} s"
         + (f", all well after {time.monotonic() - undone:.1f} s" if quiet else ""))
    campaign.position += 1
    if not told.startswith("nobody"):
        campaign.done[name] += 2 if name == "rebalance" else 1


def _end(stage: Stage) -> None:
    stage.settle()
    stage.drain()
    for slot in stage.slots:
        ended = slot.end()
        suite.check_equal(ended.status, 0, f"{slot.name} did not stop well: {ended.text[-2000:]}\nexit status")
