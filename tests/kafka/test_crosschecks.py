"""Checks of single parts against foreign material: Kafka's own message definitions, foreign Avro."""

import os
import subprocess
import sys

import jars
import kafka_node
import processes
from suite import check, test


@test(60)
def wire_schema_is_kafkas(world):
    tool = jars.REPOSITORY / "tools" / "check_wire_schema.py"
    found = list(jars.jars(kafka_node.BROKER_POM).glob("kafka-clients-*.jar"))
    check(found, "the kafka-clients jar was not fetched")
    program = processes.find_program(world.build, "weir_wire_schema")
    run_check([sys.executable, tool, found[0], program])


@test(180)
def avro_agrees_with_a_foreign_library(world):
    program = jars.REPOSITORY / "tests" / "foreign" / "avro" / "run"
    run_check([program], dict(os.environ, WEIR_BUILD=str(world.build), PYTHON=sys.executable))


def run_check(command, environment=None) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          env=environment, check=False)
    check(done.returncode == 0, f"{command}: status {done.returncode}\n"
                                f"{(done.stdout + done.stderr)[-3000:]}")
