"""The original's own specification: three tweets in, both counters three, the same three out."""

import time

from confluent_kafka import Producer
import fastavro
import io

import jobs
import tweets
import verify_output
from produce_tweets import create_topics
from suite import check_equal, test


@test(60)
def three_tweets_on_kafka(world):
    three_tweets(world, world.kafka.bootstrap)


@test(60)
def three_tweets_on_weir_broker(world):
    with world.weir_broker() as broker:
        three_tweets(world, broker.bootstrap)


def three_tweets(world, brokers: str) -> None:
    sent = [{"username": "ANY_USER_1", "text": "ANY_TEXT_1", "timestamp": int(time.time())},
            {"username": "ANY_USER_2", "text": "ANY_TEXT_2", "timestamp": 0},
            {"username": "ANY_USER_3", "text": "ANY_TEXT_3", "timestamp": 1234}]
    plan = jobs.new_plan(world, 0, partitions=1)
    create_topics(brokers, plan.topics, 1)
    job = jobs.new_job(world, brokers, plan, out_partitions=1)
    send_one_by_one(brokers, plan.topics[0], sent)

    ended = job.run(world, 30)

    check_equal(ended.number("tweets consumed"), 3, "tweets consumed")
    check_equal(ended.number("tweets produced"), 3, "tweets produced")
    received = [tweets.decode(message.value())
                for message in verify_output.read_topic(brokers, job.out)]
    check_equal(received, sent, "what came out")


def send_one_by_one(brokers: str, topic: str, records) -> None:
    producer = Producer({"bootstrap.servers": brokers, "acks": 1})
    for record in records:
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, tweets.SCHEMA, record)
        producer.produce(topic, stream.getvalue())
        check_equal(producer.flush(20), 0, "records not acknowledged")
