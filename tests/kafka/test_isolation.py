"""The job behind a writer with transactions, of which it reads only what is committed."""

import jobs
import produce_tweets
from confluent_kafka import Producer
from suite import check, check_equal, test
import verify_output

IN_A_TRANSACTION = 250


@test(120)
def reads_what_is_committed_on_kafka(world):
    read_what_is_committed(world, world.kafka.bootstrap)


@test(120)
def reads_what_is_committed_on_weir_broker(world):
    with world.weir_broker() as broker:
        read_what_is_committed(world, broker.bootstrap)


def read_what_is_committed(world, brokers: str) -> None:
    """Each transaction's records are written twice: it is aborted, and then committed. The last is left open."""
    plan = jobs.new_plan(world, 5_000)
    produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": world.name("writer"), "log_level": 3})
    producer.init_transactions(30)
    for begin in range(0, plan.count, IN_A_TRANSACTION):
        end = min(begin + IN_A_TRANSACTION, plan.count)
        write(producer, plan, begin, end)
        producer.abort_transaction(30)
        write(producer, plan, begin, end)
        producer.commit_transaction(30)
    write(producer, plan, 0, IN_A_TRANSACTION)
    job = jobs.new_job(world, brokers, plan)
    ended = job.run(world, isolation="read_committed")
    check_equal(ended.number("tweets produced"), plan.count - len(plan.garbage_indexes), "tweets produced")
    report = verify_output.verify_output(brokers, job.out, plan, False)
    check(report.good(False), f"output {job.out}: {report}")
    producer.abort_transaction(30)


def write(producer: Producer, plan, begin: int, end: int) -> None:
    producer.begin_transaction()
    for index in range(begin, end):
        topic, partition = plan.origin(index)[:2]
        producer.produce(plan.topics[topic], plan.payload(index), partition=partition)
    check_equal(producer.flush(30), 0, "records without an answer")
