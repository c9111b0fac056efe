"""Ten partitions read by 1 to 14 inputs, all at once or growing, and three topics united."""

import threading

import jobs
import produce_tweets
from suite import check, check_equal, test, wait_for

FOURTEEN_MEMBERS = [0] * 4 + [1] * 10  # How many of ten partitions each of them has.


@test()
def one_input(world):
    read_by(world, 1, ordered=True)


@test()
def five_inputs_then_nothing_again(world):
    job = read_by(world, 5, threads=2, workers=2)
    out = world.name("again")
    produce_tweets.create_topics(job.brokers, [out], 1)
    again = jobs.Job(job.brokers, job.plan, job.group, out, out)
    ended = again.run(world, inputs=5)
    check_equal(ended.number("tweets consumed"), 0, "tweets consumed after a restart with earliest")
    check_equal(sum(jobs.end_offsets(job.brokers, [out]).values()), 0, "records written again")


@test()
def ten_inputs(world):
    read_by(world, 10, parallelism=20)


@test()
def fourteen_inputs_four_idle(world):
    plan = read_by(world, 14).plan
    job = jobs.new_job(world, world.kafka.bootstrap, plan)
    program = job.start(world, inputs=14, rate_limit=200)
    wait_for(lambda: jobs.partitions_of_members(job) == FOURTEEN_MEMBERS, 30,
             "four of fourteen members are idle")
    check_equal(program.terminate().status, 0, "exit status after SIGTERM")


def read_by(world, inputs: int, ordered=False, **options) -> jobs.Job:
    plan = jobs.written_plan(world, world.kafka.bootstrap)
    job = jobs.new_job(world, world.kafka.bootstrap, plan)
    run_and_check(world, job, ordered, inputs=inputs, **options)
    check_equal({row["LAG"] for row in jobs.described_group(job)}, {"0"}, "lag after the end")
    return job


def run_and_check(world, job, ordered=False, **options) -> None:
    ended = job.run(world, **options)
    world.note(f"{ended.seconds:.1f} s for {job.plan.count:,} records")
    good = job.plan.count - len(job.plan.garbage_indexes)
    check_equal(ended.number("tweets produced"), good, "tweets produced")
    jobs.check_output(world, job, ordered)


@test()
def three_topics_united(world):
    plan = jobs.written_plan(world, world.kafka.bootstrap, topics=3)
    job = jobs.new_job(world, world.kafka.bootstrap, plan)
    run_and_check(world, job, inputs=5)


@test(120)
def topics_by_a_pattern_also_one_that_is_created_later(world):
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, world.size(30_000, 300_000), topics=3)
    produce_tweets.create_topics(brokers, plan.topics[:2], plan.partitions)
    job = jobs.new_job(world, brokers, plan)
    command = job.command(world, inputs=2)
    command[command.index("--in"):command.index("--in") + 2] = ["--pattern", "|".join(plan.topics)]
    program = world.start(*command)
    wait_for(lambda: sum(jobs.partitions_of_members(job)) == 2 * plan.partitions, 30,
             "two inputs have the partitions of two topics")
    produce_tweets.create_topics(brokers, plan.topics[2:], plan.partitions)
    produce_tweets.produce(brokers, plan)
    wait_for(lambda: jobs.all_committed(job), 60, "everything is committed")
    check_equal(sum(jobs.partitions_of_members(job)), 3 * plan.partitions, "partitions of the members")
    ended = program.terminate()
    check_equal(ended.status, 0, f"{ended.text[-2000:]}\nexit status after SIGTERM")
    jobs.check_output(world, job)


@test()
def kafka_consumer_groups_shows_members_and_lag(world):
    plan = jobs.written_plan(world, world.kafka.bootstrap)
    job = jobs.new_job(world, world.kafka.bootstrap, plan)
    program = job.start(world, inputs=5, rate_limit=200)
    wait_for(lambda: len(jobs.committed_offsets(job)) == plan.partitions, 30,
             "an offset of each partition is committed")
    # The members come one after the other, and each time the partitions are divided anew.
    rows = wait_for(lambda: _rows_of_members(job, 5), 30, "kafka-consumer-groups shows five members")
    check_equal(len(rows), plan.partitions, "partitions shown")
    check(sum(int(row["LAG"]) for row in rows) > 0, f"no lag in {rows}")
    ended = program.terminate()
    check_equal(ended.status, 0, f"{ended.text[-2000:]}\nexit status after SIGTERM")
    rows = jobs.described_group(job)
    check_equal({row["CONSUMER-ID"] for row in rows}, {"-"}, "members after a graceful stop")


def _rows_of_members(job, count: int) -> list[dict]:
    """Returns the group's rows if exactly so many members share all its partitions."""
    rows = jobs.described_group(job)
    members = {row["CONSUMER-ID"] for row in rows}
    return rows if len(members) == count and "-" not in members else []


@test(240)
def growing_from_one_to_fourteen(world):
    """Processes of one input join one by one while records are written: nothing missing or twice."""
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, world.size(70_000, 1_000_000))
    produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
    job = jobs.new_job(world, brokers, plan)
    writer = threading.Thread(target=produce_tweets.produce, args=(brokers, plan),
                              kwargs={"rate": world.size(2_500, 8_000)}, daemon=True)
    writer.start()
    programs = []
    for number in range(14):
        programs.append(job.start(world, inputs=1))
        share = plan.count * (number + 1) // 16
        wait_for(lambda share=share: jobs.committed_total(job) >= share or died(programs), 120,
                 f"{share} records are committed, by {number + 1} processes")
        check(not died(programs), lambda: f"a process ended: {died(programs)}")
    wait_for(lambda: jobs.partitions_of_members(job) == FOURTEEN_MEMBERS, 30,
             "ten of fourteen processes have a partition each")
    writer.join()
    wait_for(lambda: jobs.all_committed(job), 120, "everything is committed")
    for program in programs:
        ended = program.terminate()
        check_equal(ended.status, 0, f"{ended.text[-2000:]}\nexit status after SIGTERM")
    jobs.check_output(world, job)


def died(programs) -> str:
    return "".join(program.text()[-2000:] for program in programs if not program.running())


@test(120)
def a_static_member_is_waited_for_and_replaced_at_once(world):
    brokers = world.kafka.bootstrap
    plan = jobs.written_plan(world, brokers)
    job = jobs.new_job(world, brokers, plan)
    slowly = {"inputs": 2, "rate_limit": plan.count // plan.partitions // 20}
    first = job.start(world, instance="one", **slowly)
    wait_for(lambda: len(jobs.committed_offsets(job)) == plan.partitions, 30,
             "an offset of each partition is committed")
    check_equal(sorted(jobs.members_of_instances(job)), ["one-0", "one-1"], "instances")
    check_equal(first.terminate().status, 0, "exit status after SIGTERM")
    check_equal(sorted(jobs.members_of_instances(job)), ["one-0", "one-1"], "instances after the stop")
    before = jobs.committed_offsets(job)
    second = job.start(world, instance="one", **slowly)
    wait_for(lambda: all(offset > before[place]
                         for place, offset in jobs.committed_offsets(job).items()), 15,
             "all partitions go on, long before the session of 45 s ends")
    third = job.start(world, instance="one", stop_at_end=True, inputs=2)
    ended = second.wait(30)
    check_equal(ended.status, 1, f"{ended.text[-2000:]}\nexit status of who was replaced")
    check("another process" in ended.text, lambda: f"no reason in {ended.text[-2000:]}")
    check_equal(third.wait(world.size(60, 600)).status, 0, "exit status at the end")
    jobs.check_output(world, job, allow_duplicates=True)
