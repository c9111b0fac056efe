"""A short torment of three brokers and a group; `tests/kafka/cluster` is the long one."""

import os
import signal

import cluster_report
import cluster_troubles
import cluster_verdict
from cluster_rounds import Round
from cluster_town import Events, Look
import probe
from suite import check, check_equal, test


@test(120)
def group_on_three_brokers(world):
    """Leaders move while connections are cut and a job is killed; then a broker is killed."""
    deals = ([cluster_troubles.move_leaders, cluster_troubles.cut_connections, cluster_troubles.kill_member],
             [cluster_troubles.kill_broker, cluster_troubles.lose_frames])
    outcome = cluster_report.run(world, world.seed, rate=1000, deals=deals)
    check(outcome.good(), lambda: "\n".join([*outcome.events, *outcome.lines()]))
    world.note(outcome.summary())


@test(60)
def look_outlives_who_answers(_world):
    """Brokers that are not there, and an answering process that is killed, are no answer and no failure."""
    look = Look(f"127.0.0.1:{probe.free_port()}")
    check(not look.cluster_is_whole(), "no broker is there")
    answering = look.process_id()
    os.kill(answering, signal.SIGKILL)
    check(look.standing() is None, "nobody can answer")
    check(not look.group_is_whole(), "no broker is there")
    check(look.process_id() != answering, "another process answers")
    look.close()


@test(10)
def check_of_an_output_finds_what_is_wrong(_world):
    """The check itself: what is skipped, overtaken, and written again without a cause."""
    events = Events(lambda line: None)
    output = cluster_verdict.Output(0)
    for number, second in ((0, 1), (1, 1), (4, 1), (3, 2), (1, 25), (0, 30), (1, 30), (4, 40)):
        output.add(number, "weir", round((events.start + second) * 1000), events)
    check_equal((output.skipped, output.overtaken), ({2}, 1), "skipped, overtaken")
    rounds = [Round((), 0, 0, 10, {0: 0}), Round(("kill member",), 20, 28, 30, {0: 2}),
              Round(("kill broker",), 38, 42, 45, {0: 2})]
    verdict = cluster_verdict.Verdict(written=60)
    for run in output.runs:
        cluster_verdict.explain(verdict, run, rounds)
    found = {number: [(run.first, run.last) for run in runs] for number, runs in verdict.runs.items()}
    check_equal(found, {1: [(1, 1), (0, 1)], 2: [(4, 4)]}, "explained")
    for number, second, why in ((3, 33.0, "in a calm"), (1, 41.0, "committed before")):
        cluster_verdict.explain(verdict, cluster_verdict.Run(0, number, number, "weir", second, 1.0), rounds)
        check_equal(verdict.unexplained.pop().at, second, f"written again, {why}")
