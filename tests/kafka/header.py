"""Says what a run of the tests is a run of: the date, the commit, the command, the machine, the versions.

So that what a run prints can be kept as its record. No path outside the repository is named.
"""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

import console
import jars
import kafka_node

CLIENTS = ("confluent-kafka", "kafka-python", "fastavro", "avro")


def lines(arguments: list[str], program: str = "tests/kafka/run") -> list[str]:
    """Returns the header of a run that was started with these arguments."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return [f"{now:%Y-%m-%d %H:%M} UTC, commit {_commit()}",
            f"{program} " + " ".join(_without_outside_path(one) for one in arguments),
            f"{os.cpu_count()} cores ({_processor()}), {_memory_gib()} GiB, Linux {platform.release()}",
            f"Apache Kafka {_kafka(kafka_node.BROKER_POM)}, its tools {_kafka(console.TOOLS_POM)}, {_java()}",
            ", ".join([*(f"{name} {importlib.metadata.version(name)}" for name in CLIENTS),
                       _kcat(), f"Python {platform.python_version()}"]),
            f"franz-go {_pinned('go/go.mod', 'franz-go v')}, kafkajs {_pinned('node/package.json', 'kafkajs')}, "
            f"Kafka Streams {_pinned('maven/streams/pom.xml', 'org.apache.kafka</groupId>')}"]


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(jars.REPOSITORY), *arguments], capture_output=True,
                              text=True, check=False).stdout.strip()
    return (git("rev-parse", "--short=10", "HEAD") or "unknown") + (
        " with changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def _without_outside_path(argument: str) -> str:
    path = pathlib.Path(argument)
    if not path.is_absolute():
        return argument
    inside = path.is_relative_to(jars.REPOSITORY)
    return str(path.relative_to(jars.REPOSITORY)) if inside else path.name


def _processor() -> str:
    names = re.findall(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return names[0] if names else platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _kafka(pom: pathlib.Path) -> str:
    return re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>(.*?)<", pom.read_text())[1]


def _pinned(path: str, name: str) -> str:
    """Returns the version that stands behind a name in a file that pins it."""
    return re.search(name + r"\D*([\d.]+)", (jars.HERE / path).read_text())[1]


def _java() -> str:
    said = subprocess.run([jars.require_program("java"), "-version"], capture_output=True, text=True,
                          check=True).stderr
    return "Java " + re.search(r'version "(.*?)"', said)[1]


def _kcat() -> str:
    said = subprocess.run([jars.require_program("kcat"), "-V"], capture_output=True, text=True,
                          check=True).stdout
    return "kcat {} with librdkafka {}".format(
        *(re.search(name + r" ([\d.]+)", said)[1] for name in ("Version", "librdkafka")))
