"""A short torment of three brokers and a group; `tests/kafka/cluster` is the long one."""

import cluster_report
import cluster_troubles
from suite import check, test


@test(120)
def group_on_three_brokers(world):
    """Leaders move while connections are cut; then a job and a broker are killed."""
    deals = ([cluster_troubles.move_leaders, cluster_troubles.cut_connections, cluster_troubles.kill_member],
             [cluster_troubles.kill_broker, cluster_troubles.lose_frames])
    outcome = cluster_report.run(world, world.seed, rate=1000, deals=deals)
    check(outcome.good(), lambda: "\n".join([*outcome.events, *outcome.lines()]))
    world.note(outcome.summary())
