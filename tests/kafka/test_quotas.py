"""The job under quotas of Apache Kafka, which answers first and then wants to be left alone for a while."""

import console
import jobs
import produce_tweets
from suite import check, check_equal, test
import suite

CLIENT = "weir"
BYTES_A_SECOND = 200_000  # and Kafka lets 11 seconds' worth pass at once


@test(180)
def reads_and_writes_within_a_quota(world):
    """More than may pass at once: it takes its time, and nothing fails."""
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, 20_000)
    produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
    produce_tweets.produce(brokers, plan)
    job = jobs.new_job(world, brokers, plan)
    for quota in ("consumer_byte_rate", "producer_byte_rate"):
        alter(brokers, "--add-config", f"{quota}={BYTES_A_SECOND}")
        try:
            program = job.start(world, stop_at_end=True, start="earliest")
            ended = program.wait(90 * suite.patience)
        finally:
            alter(brokers, "--delete-config", quota)
        check_equal(ended.status, 0, f"{ended.text[-3000:]}\nexit status")
        check("a quota is used up" in ended.text, f"{quota}: nobody says so: {ended.text[-2000:]}")
        jobs.check_output(world, job)
        world.note(f"{quota}: {ended.seconds:.0f} s")
        job = jobs.new_job(world, brokers, plan)


def alter(brokers: str, *how: str) -> None:
    done = console.run(brokers, "kafka-configs", "--alter", "--entity-type", "clients", "--entity-name", CLIENT, *how)
    check_equal(done.returncode, 0, f"{done.stdout}{done.stderr}\nexit status of kafka-configs")
