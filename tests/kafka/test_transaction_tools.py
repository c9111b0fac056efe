"""Kafka's tool for transactions: it prints the same on Apache Kafka and on `weir broker`."""

from confluent_kafka import Producer

import console
import produce_tweets
import suite
from dialogues import on_both
from suite import check, check_equal, test

# Columns that differ from run to run; the tool's other numbers are compared.
COLUMNS = ("ProducerId", "LastTimestamp", "CurrentTransactionStartTimeMs", "TransactionDurationMs", "Coordinator",
           "CoordinatorId", "Duration(min)")


@test(240)
def console_tool(world):
    name = world.name("tool")
    on_both(world, lambda brokers: _dialogue(brokers, name))


def _dialogue(brokers: str, name: str) -> dict[str, str]:
    """Has a transaction looked at while it is open, when the tool ended it in a partition, and afterwards."""
    produce_tweets.create_topics(brokers, [name], 2)
    place = ["--topic", name, "--partition", "0"]
    described = ["describe", "--transactional-id", name]
    # Each question takes the tool a second or two: the transaction is to stay open meanwhile.
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": name, "log_level": 2,
                         "transaction.timeout.ms": 600000})
    producer.init_transactions(20)
    producer.begin_transaction()
    for partition in (0, 0, 1):
        producer.produce(name, "value", partition=partition)
    check_equal(producer.flush(20), 0, "records not acknowledged")
    said = {"list": _row_of(_told(brokers, "list"), name),
            "list by pattern": _told(brokers, "list", "--transactional-id-pattern", f"{name[:-1]}."),
            "list by another pattern": _told(brokers, "list", "--transactional-id-pattern", name[:-1]),
            "describe": _told(brokers, *described),
            "producers": _told(brokers, "describe-producers", *place),
            "hanging": _told(brokers, "find-hanging", "--topic", name, "--max-transaction-timeout", "0"),
            "abort": _told(brokers, "abort", *place, "--start-offset", "0"),
            "producers when it is aborted": _told(brokers, "describe-producers", *place),
            "describe when it is aborted in a partition": _told(brokers, *described)}
    producer.abort_transaction(20)
    check(" 0" in said["producers"], f"nothing is open:\n{said['producers']}")
    return said


def _told(brokers: str, *arguments: str) -> str:
    """Returns the table that the tool prints, its rows sorted, without the columns that differ from run to run."""
    done = console.run(brokers, "kafka-transactions", *arguments, timeout=40 * suite.patience)
    check(done.returncode == 0, f"{' '.join(arguments)} on {brokers}: status {done.returncode}\n"
                                f"{done.stdout[-1500:]}{done.stderr[-1500:]}")
    header, *rows = [[cell.strip() for cell in line.split("\t")] for line in done.stdout.splitlines()] or [[]]
    kept = [at for at, column in enumerate(header) if column not in COLUMNS]
    return "\n".join([" ".join(header), *sorted(" ".join(row[at] for at in kept) for row in rows)])


def _row_of(table: str, name: str) -> str:
    return "\n".join(line for line in table.splitlines() if name in line)
