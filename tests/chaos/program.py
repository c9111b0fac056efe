"""What `run` does: its options, and a run from beginning to end."""

import argparse
import contextlib
import json
import pathlib
import shutil
import sys
import tempfile

import campaign
import header
import jars
import kafka_node
import stage
import suite
import totals


def parser(description: str = "") -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--kills", type=int, default=0, help="kill -9 of a process of the job")
    made.add_argument("--broker-kills", type=int, default=0, help="kill -9 of the broker")
    made.add_argument("--broker-restarts", type=int, default=0, help="clean restarts of the broker")
    made.add_argument("--zombies", type=int, default=0, help="SIGSTOP until a session is over, then SIGCONT")
    made.add_argument("--zombie-seconds", type=float, default=9, help="how long: past session and transaction time-outs")
    made.add_argument("--takeovers", type=int, default=0, help="zombies that find another of their name in their place")
    made.add_argument("--losses", type=int, default=0, help="requests of a commit, or answers, lost or delayed")
    made.add_argument("--rebalances", type=int, default=0, help="two for each time a third process comes and goes")
    made.add_argument("--transaction-version", choices=["0", "1", "2", "switch"], default="2")
    made.add_argument("--delivery", choices=["at_least_once", "exactly_once"], default="exactly_once")
    made.add_argument("--broker", choices=["kafka", "weir"], default="kafka")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--rate", type=int, default=1000, help="records a second")
    made.add_argument("--interval-ms", type=int, default=0, help="the job's; 0: as soon as there is data")
    made.add_argument("--build", type=pathlib.Path, default=jars.REPOSITORY / "build" / "release",
                        help="where the programs are")
    made.add_argument("--state", type=pathlib.Path, help="a directory; a run that is in it goes on")
    made.add_argument("--record", action="store_true", help="add the run to tests/chaos/results")
    made.add_argument("--patience", type=float, default=1.5, metavar="FACTOR",
                        help="multiplies every limit on time, for a busy machine")
    return made


def main(documentation: str) -> int:
    options = parser(documentation.split("\n\n", maxsplit=1)[0]).parse_args()
    suite.patience = options.patience
    head = header.lines(sys.argv[1:], "tests/chaos/run")
    tell("\n".join(head))
    with _state(options), _world(options) as world:
        plan = campaign.Campaign.load_or_make(options, tell)
        with stage.Stage(world, options, tell) as place:
            found = campaign.run(place, plan, tell)
    result = {"header": head[:3], **plan.figures(), "found": found}
    tell(json.dumps(result))
    if options.record:
        totals.record(result)
    return 0 if found["exactly_once"] and not plan.complaints else 1


@contextlib.contextmanager
def _state(options):
    """Gives a run that is not to be kept a directory for as long as it takes."""
    keeps = options.state is not None
    options.state = options.state or pathlib.Path(
        tempfile.mkdtemp(prefix="weir-chaos-", dir=kafka_node.temporary_root()))
    options.state.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if not keeps:
            shutil.rmtree(options.state, ignore_errors=True)


@contextlib.contextmanager
def _world(options):
    """The programs' output is kept where the state is."""
    world = suite.World(options.build.resolve(), "small", options.seed, "")
    try:
        yield world
    finally:
        world.close()
        shutil.copytree(world.directory, options.state / "logs", dirs_exist_ok=True)
        shutil.rmtree(world.directory, ignore_errors=True)


def tell(text: str) -> None:
    print(text, flush=True)
