"""What befalls a Stage. Each trouble is named in the deck that a run works through, and counted under its name."""

import random
import time

import brokers
import proxy
from stage import SETTLE_SECONDS, Stage
import suite
import trap

MOST_WAIT = 1.5  # Seconds until a kill at a random moment.
STEP_SECONDS = 15  # In which a step that is seen at all comes again.
LEAST_DELAY_MS, MOST_DELAY_MS = 50, 4000


def kill(stage: Stage, source: random.Random, _) -> str:
    """Kills a process at a random moment, and starts it again at once."""
    slot = source.choice(stage.slots)
    time.sleep(source.uniform(0, MOST_WAIT))
    slot.program.kill9()
    slot.start()
    return slot.name


def step(stage: Stage, source: random.Random, hits) -> str:
    """Kills whichever process comes to the step of a commit that has been hit least."""
    stage.wait_for(lambda: stage.trap.seen["Produce"], lambda: "a process has produced something")
    seen = [request for request in trap.REQUESTS if stage.trap.seen[request]]
    steps = [f"{request} {point}" for request in seen for point in proxy.POINTS]
    least = min(hits[one] for one in steps)
    chosen = source.choice([one for one in steps if hits[one] == least])
    stage.trap.arm(*chosen.split(), source.randrange(6))
    caught = stage.trap.wait(STEP_SECONDS * suite.patience)
    if caught is None:
        stage.trap.seen.clear()  # Of the version before, perhaps: a batch may take long to end.
        return f"nobody came to '{chosen}'"
    slot = next(one for one in stage.slots if one.program.pid == caught)
    slot.program.kill9()
    slot.start()
    hits[chosen] += 1
    return f"{slot.name} {chosen}"


def broker_kill(stage: Stage, source: random.Random, _) -> str:
    stage.broker.kill9()
    time.sleep(source.uniform(0, 1))
    stage.broker.start()
    return ""


def broker_restart(stage: Stage, *_) -> str:
    stage.broker.stop()
    stage.broker.start()
    return ""


def zombie(stage: Stage, source: random.Random, _) -> str:
    """Stops a process in its tracks until the group, and its transaction, have given up on it."""
    slot = source.choice(stage.slots)
    slot.program.pause()
    time.sleep(stage.options.zombie_seconds + source.uniform(0, 2))
    slot.program.resume()
    return slot.name


def takeover(stage: Stage, source: random.Random, _) -> str:
    """Stops a process in its tracks, starts another one of its name, and lets both run: one must give way."""
    slot = source.choice(stage.slots)
    old = slot.program
    old.pause()
    slot.start()
    new = slot.program
    time.sleep(stage.options.zombie_seconds)
    old.resume()
    suite.wait_for(lambda: not (old.running() and new.running()), SETTLE_SECONDS,
                   f"one of two processes with the name {slot.name} gives way")
    slot.program = new if new.running() else old
    return f"{slot.name}, the {'old' if slot.program is new else 'new'} one gave way"


def loss(stage: Stage, source: random.Random, _) -> str:
    """Loses or delays a request of a commit, or loses its answer."""
    seen = [request for request in trap.REQUESTS if stage.trap.seen[request]] or ["Produce"]
    action = source.choice(("lose", "lose_answer", f"delay {source.randrange(LEAST_DELAY_MS, MOST_DELAY_MS)}"))
    rule = f"{source.choice(seen)} {action} after {source.randrange(6)}"
    stage.broker.proxy.rule(rule)
    time.sleep(source.uniform(0, MOST_WAIT))
    return rule


def rebalance(stage: Stage, source: random.Random, _) -> str:
    """Has a third process come and go: two rebalances, or more."""
    stage.third.start()
    stage.await_members(3)
    time.sleep(source.uniform(0, 1))
    ended = stage.third.end()
    if ended.status != 0:
        stage.complain(f"the third process failed: {ended.text[-1500:]}")
    stage.await_members(2)
    return ""


def version(number: int):
    def change(stage: Stage, *_) -> str:
        brokers.set_transaction_version(stage.broker.bootstrap, number)
        stage.trap.seen.clear()  # Some steps belong to one version of the protocol only.
        return ""
    return change


TROUBLES = {"kill": kill, "step": step, "broker kill": broker_kill, "broker restart": broker_restart, "zombie": zombie,
            "takeover": takeover, "loss": loss, "rebalance": rebalance, **{f"version {number}": version(number) for number in (1, 2)}}
