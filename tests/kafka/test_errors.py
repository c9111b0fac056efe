"""Mistakes get a sentence and an exit status within seconds, not a hang."""

import socket

import jobs
import probe
import produce_tweets
import suite
from suite import check, check_equal, test

SECONDS = 15


def fails(world, command, status: int, *words: str) -> None:
    """Checks that the command ends soon, with this status, and says these words."""
    ended = world.start(*command).wait(SECONDS * suite.patience)
    check_equal(ended.status, status, f"{ended.text[-2000:]}\nexit status")
    for word in words:
        check(word in ended.text, f"the message does not say '{word}':\n{ended.text[-2000:]}")
    check("terminate called" not in ended.text, f"an exception went uncaught:\n{ended.text}")


def job_on(world, brokers: str, topic: str = "in") -> jobs.Job:
    plan = jobs.tweets.Plan(0, (topic,))
    return jobs.Job(brokers, plan, "group", "out", "dead")


@test(30)
def broker_away(world):
    address = f"127.0.0.1:{probe.free_port()}"
    fails(world, job_on(world, address).command(world), 1, address)


@test(30)
def address_without_a_host(world):
    fails(world, job_on(world, "no-such-host.invalid:9092").command(world), 1,
          "no-such-host.invalid")


@test(30)
def input_topic_missing(world):
    job = jobs.new_job(world, world.kafka.bootstrap, jobs.new_plan(world, 0))
    fails(world, job.command(world, stop_at_end=True), 1, job.plan.topics[0])
    topics = produce_tweets.admin(job.brokers).list_topics(timeout=20).topics
    check(job.plan.topics[0] not in topics, "the job created the topic that it missed")


@test(30)
def output_topic_missing(world):
    brokers = world.kafka.bootstrap
    plan = jobs.new_plan(world, 10, partitions=1)
    produce_tweets.create_topics(brokers, plan.topics, 1)
    produce_tweets.produce(brokers, plan)
    job = jobs.Job(brokers, plan, world.name("group"), world.name("no-such-out"), plan.topics[0])
    fails(world, job.command(world, stop_at_end=True), 1, job.out)


@test(30)
def port_in_use(world):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        fails(world, [world.weir, "broker", "--port", port], 1, str(port))


@test(30)
def unknown_option(world):
    fails(world, job_on(world, "127.0.0.1:9").command(world, intervall="1s"), 2,
          "--intervall", "--interval")


@test(30)
def unknown_option_of_the_tool(world):
    fails(world, [world.weir, "broker", "--prot", "9092"], 2, "--prot", "--port")


@test(30)
def interval_below_zero(world):
    fails(world, job_on(world, "127.0.0.1:9").command(world, interval="-5ms"), 2, "-5ms")


@test(30)
def number_that_is_none(world):
    fails(world, job_on(world, "127.0.0.1:9").command(world, inputs="many"), 2, "many")


@test(30)
def start_that_is_none(world):
    fails(world, job_on(world, "127.0.0.1:9").command(world, start="sometime"), 2, "sometime")
