"""The job behind a proxy that loses, delays and freezes what passes between it and Apache Kafka."""

import random

import jobs
import kafka_node
import probe
import produce_tweets
from proxy import Proxy
from suite import check, check_equal, test
import suite

REQUESTS = ("Produce", "Fetch", "Metadata", "OffsetCommit", "JoinGroup", "SyncGroup", "Heartbeat",
            "FindCoordinator", "OffsetFetch", "InitProducerId", "ListOffsets")


@test(240)
def requests_lost_and_delayed(world):
    """Every kind of request is lost, with and without having been acted on, and delayed."""
    source = random.Random(world.seed)
    with proxied_job(world) as (proxy, job):
        for request in REQUESTS:
            for action in ("lose", "lose_answer", f"delay {source.randrange(50, 800)}"):
                proxy.rule(f"{request} {action} after {source.randrange(4)}")
        finish(world, job)
        for action in ("lose", "lose_answer", "delay"):
            check(proxy.hits[action] >= 5, f"only {proxy.hits[action]} times '{action}'")
        world.note(f"{proxy.hits.total()} requests met with trouble")


@test(240)
def every_twentieth_answer_lost(world):
    """For the whole of a job: nothing that was acknowledged may depend on being told so."""
    with proxied_job(world) as (proxy, job):
        for number in range(400):
            proxy.rule(f"* lose_answer after {number * 20 + 19}")
        finish(world, job)
        check(proxy.hits["lose_answer"] >= 5, f"only {proxy.hits['lose_answer']} answers were lost")
        world.note(f"{proxy.hits['lose_answer']} answers lost")


class proxied_job:
    """A node of its own behind a proxy, its topics filled, and a job that knows only the proxy."""

    def __init__(self, world):
        self._world = world
        port = probe.free_port()
        self._node = kafka_node.KafkaNode(world.directory / world.name("node"), proxy_port=port)
        self._proxy = Proxy(self._node.proxied_port, port)

    def __enter__(self):
        self._node.start()
        plan = jobs.new_plan(self._world, self._world.size(100_000, 1_000_000))
        produce_tweets.create_topics(self._node.bootstrap, plan.topics, plan.partitions)
        produce_tweets.produce(self._node.bootstrap, plan)
        self.job = jobs.new_job(self._world, self._node.bootstrap, plan)
        self._proxy.__enter__()
        return self._proxy, self

    def __exit__(self, *_):
        self._proxy.__exit__()
        self._node.kill9()

    def start(self, **options):
        """Starts the job; what it is asked afterwards does not pass the proxy."""
        command = self.job.command(self._world, **options)
        command[command.index("--brokers") + 1] = self._proxy.bootstrap
        return self._world.start(*command)


def finish(world, proxied) -> None:
    rate = proxied.job.plan.count // proxied.job.plan.partitions // 10
    # A member whose JoinGroup was answered in vain is missed for a session.
    program = proxied.start(inputs=2, stop_at_end=True, rate_limit=rate, session_timeout=6)
    ended = program.wait(world.size(120, 600) * suite.patience)
    check_equal(ended.status, 0, f"{ended.text[-3000:]}\nexit status")
    jobs.check_output(world, proxied.job, allow_duplicates=True)
