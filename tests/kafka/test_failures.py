"""The broker goes away and comes back; the job is killed: nothing is missing, duplicates are counted."""

import random
import re
import time

import jobs
import produce_tweets
import suite
import verify_output
from suite import check, check_equal, test, wait_for

# The shortest session that Kafka allows: a restarted job waits until its dead self is forgotten.
LIVES = {"session_timeout": 6}


@test(180)
def broker_stopped_and_started(world):
    broker_goes_away(world, world.kafka.stop)


@test(180)
def broker_killed_and_started(world):
    broker_goes_away(world, world.kafka.kill9)


def slow(plan) -> int:
    """Returns the rate, for each partition, at which the plan's records last for ten seconds."""
    return plan.count // plan.partitions // 10


def broker_goes_away(world, end_broker) -> None:
    node = world.kafka
    plan = jobs.written_plan(world, node.bootstrap)
    job = jobs.new_job(world, node.bootstrap, plan)
    program = job.start(world, inputs=3, stop_at_end=True, rate_limit=slow(plan))
    wait_for(lambda: jobs.committed_total(job) > plan.count // 5, 60, "a fifth is committed")
    end_broker()
    before = len(program.text())
    wait_for(lambda: job.brokers in program.text()[before:], 20, "the job says that the broker is away")
    check(program.running(), lambda: f"the job ended with the broker:\n{program.text()[-2000:]}")
    node.start()
    world.note(f"all partitions went on after {seconds_until_all_go_on(job):.1f} s")
    ended = program.wait(world.size(90, 600) * suite.patience)
    check_equal(ended.status, 0, f"{ended.text[-3000:]}\nexit status")
    jobs.check_output(world, job, allow_duplicates=True)


def seconds_until_all_go_on(job) -> float:
    """Returns how long it takes until more is committed of every partition than is now."""
    start = time.monotonic()
    before = jobs.committed_offsets(job)

    def have_all_gone_on() -> bool:
        now = jobs.committed_offsets(job)
        return len(now) == job.plan.partitions and all(
            offset > before.get(place, 0) for place, offset in now.items())

    wait_for(have_all_gone_on, 30, "more is committed of every partition")
    return time.monotonic() - start


@test(60)
def records_deleted_before_they_are_read(world):
    """The job says how many are lost and reads on; the other partitions do not wait for it."""
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, 50_000)
    produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
    produce_tweets.produce(brokers, plan)
    job = jobs.new_job(world, brokers, plan)
    program = job.start(world, inputs=2, stop_at_end=True, rate_limit=slow(plan), memory=4)
    wait_for(lambda: jobs.committed_total(job) > plan.count // 10, 30, "a tenth is committed")
    jobs.delete_records(brokers, plan.topics[0], partition=3, until=4_500)
    world.note(f"all partitions went on after {seconds_until_all_go_on(job):.1f} s")
    ended = program.wait(60 * suite.patience)
    check_equal(ended.status, 0, f"{ended.text[-3000:]}\nexit status")
    lost = sum(map(int, re.findall(r"(\d+) records are lost", ended.text)))
    check(lost > 0, f"the job does not say that records are lost:\n{ended.text[-3000:]}")
    out = verify_output.verify_output(brokers, job.out, plan)
    dead = verify_output.verify_dead_letters(brokers, job.dead_letter, plan)
    check_equal(out.missing + dead.missing, lost, "records that are missing")
    check(all(report.good(allow_missing=True) for report in (out, dead)), f"{out}\n{dead}")
    world.note(f"{lost:,} lost")


@test(240)
def job_killed_at_random_moments(world):
    """SIGKILL again and again, each time after some progress and a random delay."""
    kills = world.size(3, 20)
    source = random.Random(world.seed)
    plan = jobs.written_plan(world, world.kafka.bootstrap)
    job = jobs.new_job(world, world.kafka.bootstrap, plan)
    for number in range(kills):
        goal = plan.count * (number + 1) // (kills + 2)
        program = job.start(world, inputs=2, stop_at_end=True, rate_limit=slow(plan), **LIVES)
        wait_for(lambda goal=goal: jobs.committed_total(job) >= goal or not program.running(), 90,
                 f"{goal} records are committed before kill {number + 1}")
        check(program.running(), lambda: f"the job ended by itself:\n{program.text()[-2000:]}")
        time.sleep(source.uniform(0, 0.3))  # The random moment; nothing waits for anything here.
        program.kill9()
    job.run(world, inputs=2, **LIVES)
    jobs.check_output(world, job, allow_duplicates=True)
    world.note(f"{kills} kills")


@test(120)
def weir_broker_loses_the_job(world):
    """The same on `weir broker`, where a foreign client writes and reads: one kill."""
    with world.weir_broker() as broker:
        plan = jobs.new_plan(world, 50_000)
        produce_tweets.create_topics(broker.bootstrap, plan.topics, plan.partitions)
        produce_tweets.produce(broker.bootstrap, plan)
        job = jobs.new_job(world, broker.bootstrap, plan)
        program = job.start(world, inputs=2, rate_limit=1_000, **LIVES)
        wait_for(lambda: jobs.committed_total(job) > 5_000, 30, "a tenth is committed")
        program.kill9()
        job.run(world, inputs=2, **LIVES)
        jobs.check_output(world, job, allow_duplicates=True)
