"""Foreign clients on `weir broker`: kcat, Kafka's Java tools, librdkafka, kafka-python.

Where it can be done, a client does the same on Apache Kafka and on `weir broker`, and what it prints
is compared: so nobody's idea of the right answer stands in between.
"""

import re
import subprocess

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

import console
import jobs
import produce_tweets
import suite
import tweets
from dialogues import on_both
from suite import check, check_equal, test, wait_for

LINES = [f"key{number % 7}:line {number}" for number in range(50)]


def java(brokers: str, tool: str, *arguments: str, stdin: str = "") -> str:
    """Returns what a tool printed, in sorted lines, without what differs from run to run."""
    done = console.run(brokers, tool, *arguments, stdin=stdin, timeout=40 * suite.patience)
    check(done.returncode == 0, f"{tool} {' '.join(arguments)} on {brokers}: "
                                f"status {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
    text = re.sub(r"TopicId: \S+", "TopicId: *", done.stdout)
    text = re.sub(r"(Leader|Replicas|Isr): \d", r"\1: *", text)
    text = re.sub(r"Elr: *(N/A)?[ \t]*LastKnownElr: *(N/A)?", "", text)  # Of a newer way to ask.
    text = re.sub(r"(console-consumer|consumer)[\w.-]*-[0-9a-f-]{36}", "member", text)
    return "\n".join(sorted(" ".join(line.split()) for line in text.splitlines()))


@test(180)
def java_topic_tools(world):
    def dialogue(brokers):
        topic = ["--topic", "clients"]
        return {
            "create": java(brokers, "kafka-topics", "--create", *topic, "--partitions", "3"),
            "list": java(brokers, "kafka-topics", "--list", "--exclude-internal").replace(
                "clients", "(clients)").count("(clients)"),
            "describe": _without_configs(java(brokers, "kafka-topics", "--describe", *topic)),
            "configs": java(brokers, "kafka-configs", "--describe", "--entity-type", "topics",
                            "--entity-name", "clients"),
            "offsets": java(brokers, "kafka-get-offsets", *topic),
            "delete": java(brokers, "kafka-topics", "--delete", *topic)}
    on_both(world, dialogue)


@test(180)
def java_console_producer_consumer_and_group(world):
    def dialogue(brokers):
        topic = ["--topic", "lines"]
        group = ["--group", "java-group"]
        produce_tweets.create_topics(brokers, ["lines"], 3)
        said = {
            "produce": java(brokers, "kafka-console-producer", *topic, "--property",
                            "parse.key=true", "--property", "key.separator=:",
                            stdin="\n".join(LINES) + "\n"),
            "consume": java(brokers, "kafka-console-consumer", *topic, "--from-beginning",
                            "--max-messages", str(len(LINES)), "--property", "print.key=true",
                            "--property", "print.partition=true", "--property", "print.offset=true"),
            "consume in a group": java(brokers, "kafka-console-consumer", *topic, *group,
                                       "--from-beginning", "--max-messages", str(len(LINES))),
            "groups": "java-group" in java(brokers, "kafka-consumer-groups", "--list"),
            "describe group": java(brokers, "kafka-consumer-groups", "--describe", *group),
            "offsets": java(brokers, "kafka-get-offsets", *topic)}
        check("line 49" in said["consume"], f"the consumer did not read all:\n{said['consume']}")
        jobs.delete_topics(brokers, "lines")
        return said
    on_both(world, dialogue)


@test(60)
def java_verifiable_producer_and_consumer(world):
    with world.weir_broker() as broker:
        topic = ["--topic", "verifiable", "--max-messages", "2000"]
        produce_tweets.create_topics(broker.bootstrap, ["verifiable"], 3)
        said = java(broker.bootstrap, "kafka-verifiable-producer", *topic, "--acks", "-1")
        check('"acked":2000' in said, said[-500:])
        check_equal(sum(jobs.end_offsets(broker.bootstrap, ["verifiable"]).values()), 2000, "records")
        said = java(broker.bootstrap, "kafka-verifiable-consumer", *topic, "--group-id", "verifying",
                    "--reset-policy", "earliest", "--verbose")
        read = re.findall(r'"name":"record_data".*"value":"(\d+)"', said)
        check_equal(sorted(map(int, read)), list(range(2000)), f"values read, {said[-500:]}\nvalues")
        committed = re.findall(r'"name":"offsets_committed".*"offset":(\d+)', said)
        check(committed and '"success":false' not in said, said[-500:])


def kcat(brokers: str, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(["kcat", "-b", brokers, *arguments], input=stdin, text=True,
                          timeout=20 * suite.patience,
                          capture_output=True, check=False)
    check(done.returncode == 0, f"kcat {' '.join(arguments)}: status {done.returncode}\n"
                                f"{done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout


@test(60)
def kcat_writes_and_reads_in_every_codec(world):
    with world.weir_broker() as broker:
        for codec in tweets.CODECS:
            topic = f"kcat-{codec}"  # Not created before: the broker makes it on first use.
            text = "".join(f"{line} {'x' * 200}\n" for line in LINES)
            kcat(broker.bootstrap, "-P", "-t", topic, "-K:", "-z", codec, stdin=text)
            read = kcat(broker.bootstrap, "-C", "-t", topic, "-e", "-q", "-K:")
            check_equal(sorted(read.splitlines()), sorted(text.splitlines()), f"read from {topic}")
        listing = kcat(broker.bootstrap, "-L", "-t", "kcat-zstd")
        check('topic "kcat-zstd"' in listing, listing)


@test(60)
def kcat_finds_offsets_by_time(world):
    def dialogue(brokers):
        topic = world.name("times")
        produce_tweets.create_topics(brokers, [topic], 1)
        producer = produce_tweets.Producer({"bootstrap.servers": brokers, "log_level": 3})
        for number in range(10):
            producer.produce(topic, b"%d" % number, timestamp=1_700_000_000_000 + number * 1000)
        check_equal(producer.flush(20), 0, "records not acknowledged")
        asked = [1_700_000_000_000 + delta for delta in (-5000, 0, 500, 3000, 9000, 9001)]
        return {f"at {time}": kcat(brokers, "-Q", "-t", f"{topic}:0:{time}").split("offset")[1]
                for time in [*asked, -1, -2]}
    on_both(world, dialogue)


@test(60)
def kcat_consumes_in_a_group_of_two(world):
    with world.weir_broker() as broker:
        produce_tweets.create_topics(broker.bootstrap, ["shared"], 4)
        members = [world.start("kcat", "-b", broker.bootstrap, "-u", "-f", "record %s\n",
                               "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000",
                               "-G", "pair", "shared")
                   for _ in range(2)]
        wait_for(lambda: all(_assigned(member.text()) == 2 for member in members), 20,
                 "each of two members has two of four partitions")
        producer = produce_tweets.Producer({"bootstrap.servers": broker.bootstrap, "log_level": 3})
        for number in range(400):
            producer.produce("shared", b"%d" % number, partition=number % 4)
        check_equal(producer.flush(20), 0, "records not acknowledged")
        wait_for(lambda: sum(m.text().count("record ") for m in members) >= 400, 20,
                 "400 records are read")
        read = [re.findall(r"record (\d+)", member.text()) for member in members]
        check_equal(sorted(map(int, read[0] + read[1])), list(range(400)), "read by both")
        members[0].kill9()
        wait_for(lambda: _assigned(members[1].text()) == 4, 50,
                 "the one that is left has all four partitions")


def _assigned(text: str) -> int:
    """Returns how many partitions kcat's last word on its assignment names."""
    lines = re.findall(r"rebalanced.*: (assigned|revoked): (.*)", text)
    return lines[-1][1].count("[") if lines and lines[-1][0] == "assigned" else 0


@test(60)
def kafka_python_creates_writes_reads_and_commits(world):
    with world.weir_broker() as broker:
        servers = {"bootstrap_servers": broker.bootstrap}
        KafkaAdminClient(**servers).create_topics([NewTopic("pure", 2, 1)])
        producer = KafkaProducer(**servers, compression_type="gzip", acks="all")
        sent = [b"value %d" % number for number in range(100)]
        for value in sent:
            producer.send("pure", value, key=value[-1:], headers=[("h", value)])
        producer.flush(20)
        consumer = KafkaConsumer("pure", **servers, group_id="pure-group", enable_auto_commit=False,
                                 auto_offset_reset="earliest", consumer_timeout_ms=15000)
        read = [next(consumer) for _ in sent]
        consumer.commit()
        consumer.close()
        check_equal(sorted(record.value for record in read), sorted(sent), "values")
        check(all(record.headers == [("h", record.value)] for record in read), "headers")
        again = KafkaConsumer(**servers, group_id="pure-group")
        committed = sum(again.committed(TopicPartition("pure", number)) or 0 for number in (0, 1))
        again.close()
        check_equal(committed, 100, "committed offsets")


def _without_configs(described: str) -> str:
    return re.sub(r"Configs:.*", "Configs: *", described)
