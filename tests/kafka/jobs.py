"""The `tweets` job as the tests use it: its input written, itself started, its output checked."""

import contextlib
import dataclasses
import time

from confluent_kafka import (Consumer, ConsumerGroupState, KafkaError, KafkaException,
                             TopicPartition)

import console
import processes
import produce_tweets
import suite
import tweets
import verify_output
from suite import check, check_equal

GARBAGE = 0.01
_written: dict = {}


@dataclasses.dataclass(frozen=True)
class Job:
    """One run of the program: where it reads and writes."""
    brokers: str
    plan: tweets.Plan
    group: str
    out: str
    dead_letter: str

    def command(self, world, **options) -> list[str]:
        """Returns the command line; an option `rate_limit=5` becomes `--rate-limit 5`."""
        line = [str(world.tweets), "--brokers", self.brokers, "--in", ",".join(self.plan.topics),
                "--out", self.out, "--dead-letter", self.dead_letter, "--group", self.group]
        for name, value in ({"start": "earliest", "interval": "asap"} | options).items():
            line.append("--" + name.replace("_", "-"))
            if value is not True:
                line.append(str(value))
        return line

    def start(self, world, **options) -> processes.Program:
        return world.start(*self.command(world, **options))

    def run(self, world, seconds: float = 100, **options) -> processes.Ended:
        """Runs the job to the ends of its input and returns how it ended; it must end well."""
        ended = self.start(world, stop_at_end=True, **options).wait(
            world.size(seconds, 600) * suite.patience)
        check_equal(ended.status, 0, f"exit status, output:\n{ended.text[-3000:]}\nexit status")
        return ended


def new_job(world, brokers: str, plan: tweets.Plan, out_partitions: int = 10) -> Job:
    """Creates output topics and names a group that nobody used before."""
    job = Job(brokers, plan, world.name("group"), world.name("out"), world.name("dead"))
    produce_tweets.create_topics(brokers, [job.out], out_partitions)
    produce_tweets.create_topics(brokers, [job.dead_letter], 1)
    return job


def new_plan(world, count: int, topics: int = 1, partitions: int = 10) -> tweets.Plan:
    names = tuple(world.name("in") for _ in range(topics))
    return tweets.Plan(count, names, partitions, GARBAGE, world.seed, world.text_file)


def written_plan(world, brokers: str, topics: int = 1) -> tweets.Plan:
    """Returns a plan whose records are in Kafka, in every codec; written once, then shared."""
    if (brokers, topics) not in _written:
        plan = new_plan(world, world.size(200_000, 1_000_000), topics)
        produce_tweets.create_topics(brokers, plan.topics, plan.partitions)
        produce_tweets.produce(brokers, plan, tweets.CODECS)
        _written[brokers, topics] = plan
    return _written[brokers, topics]


def check_output(world, job: Job, ordered=False, allow_duplicates=False) -> None:
    """Compares the job's output and dead letters with its plan, and deletes them if they are right.
    """
    report = verify_output.verify_output(job.brokers, job.out, job.plan, ordered)
    check(report.good(allow_duplicates), f"output {job.out}: {report}")
    dead = verify_output.verify_dead_letters(job.brokers, job.dead_letter, job.plan)
    check(dead.good(allow_duplicates), f"dead letters {job.dead_letter}: {dead}")
    world.note(f"{report.read:,} out, {dead.read:,} dead letters")
    if allow_duplicates:
        world.note(f"{report.duplicates + dead.duplicates:,} duplicates")
    delete_topics(job.brokers, job.out, job.dead_letter)


def delete_topics(brokers: str, *topics: str) -> None:
    admin = produce_tweets.admin(brokers)
    for future in admin.delete_topics(list(topics)).values():
        future.result(30)


def delete_records(brokers: str, topic: str, partition: int, until: int) -> None:
    """Deletes a partition's records before the offset `until`, as retention would."""
    admin = produce_tweets.admin(brokers)
    for future in admin.delete_records([TopicPartition(topic, partition, until)]).values():
        future.result(30)


def end_offsets(brokers: str, topics) -> dict:
    """Returns the end of the log by (topic, partition)."""
    with _reader(brokers, "weir-look") as reader:
        return {(place.topic, place.partition): reader.get_watermark_offsets(place, 20)[1]
                for place in _places(reader, topics)}


def committed_offsets(job: Job) -> dict:
    """Returns what the job's group has committed, by (topic, partition).

    A broker that is starting does not know yet; it is asked again for 20 s.
    """
    with _reader(job.brokers, job.group) as reader:
        end = time.monotonic() + 20
        while True:
            try:
                places = reader.committed(_places(reader, job.plan.topics), 10)
                return {(p.topic, p.partition): p.offset for p in places if p.offset >= 0}
            except KafkaException:
                if time.monotonic() > end:
                    raise


@contextlib.contextmanager
def _reader(brokers: str, group: str):
    """A consumer that asks questions only: it never joins its group."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "log_level": 3,
                         "enable.auto.commit": False})
    try:
        yield consumer
    finally:
        consumer.close()


def _places(reader: Consumer, topics) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics
            for number in reader.list_topics(topic, 20).topics[topic].partitions]


def committed_total(job: Job) -> int:
    return sum(committed_offsets(job).values())


def all_committed(job: Job) -> bool:
    return committed_offsets(job) == {
        place: end for place, end in end_offsets(job.brokers, job.plan.topics).items() if end > 0}


def partitions_of_members(job: Job) -> list[int]:
    """Returns how many partitions each member of the job's group has, the fewest first.

    A broker that is still loading its groups, or is about to, knows of none.
    """
    admin = produce_tweets.admin(job.brokers)
    try:
        group = admin.describe_consumer_groups([job.group])[job.group].result(20)
    except KafkaException as error:
        if error.args[0].code() in (KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.NOT_COORDINATOR):
            return []
        raise
    return sorted(len(one.assignment.topic_partitions) for one in group.members)


def places_by_member(job: Job) -> dict[str, set]:
    """Returns what each member of the job's group has, as (topic, partition), by member id."""
    admin = produce_tweets.admin(job.brokers)
    group = admin.describe_consumer_groups([job.group])[job.group].result(20)
    return {one.member_id: {(p.topic, p.partition) for p in one.assignment.topic_partitions}
            for one in group.members}


def is_rebalancing(job: Job) -> bool:
    """True while the job's group waits for its members to join again."""
    admin = produce_tweets.admin(job.brokers)
    group = admin.describe_consumer_groups([job.group])[job.group].result(20)
    return group.state == ConsumerGroupState.PREPARING_REBALANCING


def members_of_instances(job: Job) -> dict[str, str]:
    """Returns the member id of each static member of the job's group, by its instance."""
    admin = produce_tweets.admin(job.brokers)
    group = admin.describe_consumer_groups([job.group])[job.group].result(20)
    return {one.group_instance_id: one.member_id for one in group.members if one.group_instance_id}


def assignor(job: Job) -> str:
    """Returns the name of the assignor by which the job's group divides partitions."""
    admin = produce_tweets.admin(job.brokers)
    return admin.describe_consumer_groups([job.group])[job.group].result(20).partition_assignor


def described_group(job: Job) -> list[dict]:
    """Returns the rows that Kafka's own kafka-consumer-groups prints about the job's group."""
    done = console.run(job.brokers, "kafka-consumer-groups", "--describe", "--group", job.group)
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    heads = [number for number, fields in enumerate(lines) if fields[0] == "GROUP"]
    check(heads, f"kafka-consumer-groups: {done.stdout}{done.stderr}")
    head = lines[heads[0]]
    return [dict(zip(head, fields)) for fields in lines[heads[0] + 1:]]
