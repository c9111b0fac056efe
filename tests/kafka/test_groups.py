"""Our members and Kafka's Java consumers in one group with the assignor cooperative-sticky."""

import jobs
import languages
import produce_tweets
from suite import check, check_equal, test, wait_for

COOPERATIVE = ("CooperativeStickyAssignor",)
# Java gives everything up before it joins again where one of its assignors wants that.
EAGER = ("CooperativeStickyAssignor", "RangeAssignor")


@test(180)
def ours_lead_java_that_cooperates(world):
    share_a_group(world, COOPERATIVE, ours_first=True)


@test(180)
def java_that_cooperates_leads_ours(world):
    share_a_group(world, COOPERATIVE, ours_first=False)


@test(180)
def ours_lead_java_that_is_eager(world):
    share_a_group(world, EAGER, ours_first=True)


@test(180)
def java_that_is_eager_leads_ours(world):
    share_a_group(world, EAGER, ours_first=False)


@test(180)
def ours_read_on_what_they_keep_while_a_group_waits(world):
    """One member hangs, so the group waits for it when another comes; the first one reads on."""
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, 2_000)
    produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
    job = jobs.new_job(world, brokers, plan)
    first = job.start(world, assignor="cooperative-sticky", session_timeout=120)
    wait_for(lambda: jobs.partitions_of_members(job) == [10], 30, "the first member has everything")
    (member,) = jobs.places_by_member(job)
    second = job.start(world, assignor="cooperative-sticky", session_timeout=120)
    is_shared(job, [5, 5])
    kept = jobs.places_by_member(job)[member]
    second.pause()
    third = world.start(*languages.java("GroupMember"), brokers, job.group, plan.topics[0], *COOPERATIVE)
    wait_for(lambda: jobs.is_rebalancing(job), 30, "the group waits for the member that hangs")
    produce_tweets.produce(brokers, plan)
    wait_for(lambda: has_committed(job, kept), 30, "what the first member keeps is committed")
    check(jobs.is_rebalancing(job), "the group has not waited: what this shows is not shown")
    check(not jobs.all_committed(job), "nobody reads what the member that hangs has")
    second.resume()
    is_shared(job, [3, 3, 4])
    for program in (first, second, third):
        check(program.running(), lambda program=program: program.text()[-2000:])
        program.kill9()


def has_committed(job, places) -> bool:
    committed = jobs.committed_offsets(job)
    ends = jobs.end_offsets(job.brokers, job.plan.topics)
    return all(committed.get(place) == ends[place] for place in places)


def share_a_group(world, assignors, ours_first: bool) -> None:
    """Two members, then three, then the first one goes; each time everything is read."""
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, 2_000)
    produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
    job = jobs.new_job(world, brokers, plan)

    def start_ours():
        return job.start(world, assignor="cooperative-sticky", session_timeout=6)

    def start_java():
        return world.start(*languages.java("GroupMember"), brokers, job.group, plan.topics[0], *assignors)

    first = start_ours() if ours_first else start_java()
    wait_for(lambda: jobs.partitions_of_members(job) == [10], 30, "the first member has everything")
    second = start_java() if ours_first else start_ours()
    is_shared(job, [5, 5])
    third = start_java()
    is_shared(job, [3, 3, 4])
    first.kill9()
    is_shared(job, [5, 5])
    for program in (second, third):
        check(program.running(), lambda program=program: program.text()[-2000:])
    if assignors == COOPERATIVE:
        keeps_what_it_has(third)
    second.kill9()
    third.kill9()


def is_shared(job, shares: list[int]) -> None:
    wait_for(lambda: jobs.partitions_of_members(job) == shares, 40, f"members have {shares}")
    check_equal(jobs.assignor(job), "cooperative-sticky", "the group's assignor")
    produce_tweets.produce(job.brokers, job.plan)
    wait_for(lambda: jobs.all_committed(job), 40, f"everything is committed by members with {shares}")


def keeps_what_it_has(program) -> None:
    """The last one to come gave nothing up when the first went: it got more."""
    said = [line.split() for line in program.text().splitlines() if line[:2] in ("+ ", "- ")]
    has = sum(len(words) - 1 for words in said if words[0] == "+")
    check_equal(has, 5, f"partitions that were given, once each, of {said}")
    check(not any(words[0] == "-" for words in said), f"partitions were given up: {said}")
