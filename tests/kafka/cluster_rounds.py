"""Torments a Town in rounds: some troubles at a time, then quiet until all is well again.

That all is well again means: every replica is in sync, all members are in the stable group, and what had been
written when the troubles were over is committed. So each round has an end that does not depend on patience,
and what is written twice belongs to a round.
"""

import concurrent.futures
import dataclasses
import random
import time

import cluster_troubles
from cluster_town import Standing, Town
import suite

CALM_SECONDS = 3
SETTLE_SECONDS = 150


@dataclasses.dataclass(frozen=True)
class Round:
    """Times are seconds since the start; `safe`: by partition, what was committed when all was well."""
    troubles: tuple[str, ...]
    begin: float
    undone: float
    settled: float
    safe: dict


def torment(town: Town, deals) -> list[Round]:
    """Has a round for each list of troubles in `deals`, after a first one in which all begin."""
    source = random.Random(town.seed)
    rounds = [_round(town, source, [])]
    for troubles in deals:
        time.sleep(CALM_SECONDS)  # In which nothing may be written twice.
        rounds.append(_round(town, source, troubles))
    return rounds


def deals_for(seconds: float, seed: int):
    """Yields lists of troubles, as a deck deals them, for so long."""
    deck = cluster_troubles.Deck(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield deck.deal()


def _round(town: Town, source: random.Random, troubles) -> Round:
    suite.check(town.writer.running(), lambda: f"the writer ended: {town.writer.text()[-2000:]}")
    begin = town.events.now()
    names = tuple(map(cluster_troubles.name_of, troubles))
    town.events.add(f"round: {', '.join(names) or 'start'}")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        doing = [pool.submit(trouble, town, random.Random(source.getrandbits(64)))
                 for trouble in troubles]
    for one in doing:
        one.result()  # So that an exception of one is raised here.
    undone = town.events.now()
    safe = settle(town)
    frozen = sum(proxy.cut(only_frozen=True) for proxy in town.cluster.proxies)
    if frozen:
        town.events.add(f"{frozen} connections that were still frozen are cut")
        safe = settle(town)
    settled = town.events.now()
    town.events.add(f"all is well after {settled - undone:.1f} s")
    return Round(names, begin, undone, settled, safe)


def settle(town: Town) -> dict:
    """Waits until all is well, and returns what was committed then."""
    conditions = {"every replica is in sync": town.look.cluster_is_whole,
                  "all members are in the stable group": town.look.group_is_whole}
    end = time.monotonic() + SETTLE_SECONDS * suite.patience
    for what, holds in conditions.items():
        _until(town, end, what, holds)
    goal = _until(town, end, "the brokers say how things stand", town.look.standing)

    def caught_up() -> Standing | None:
        now = town.look.standing()
        return now if now and now.has_reached(goal.ends) else None
    return _until(town, end, f"{goal.lag()} records are committed", caught_up).committed


def _until(town: Town, end: float, what: str, condition):
    while True:
        _check_programs(town)
        value = condition()
        if value:
            return value
        suite.check(time.monotonic() < end, lambda: f"not after {SETTLE_SECONDS} s: {what}; "
                                                    f"{town.look.standing()}")
        time.sleep(0.1)


def _check_programs(town: Town) -> None:
    """Finds members that ended although nobody told them to, and starts them again."""
    for member in town.members:
        if not member.program.running():
            town.violate(f"{member.name} ended by itself:\n{member.end_of_log()}")
            member.start()
