#!/usr/bin/env python3
"""Runs Kafka's own Java command line tools from their jars, against any broker.

    console.py kafka-topics --bootstrap-server 127.0.0.1:9092 --list
    console.py kafka-console-producer ... < lines

In Python: `run(address, "kafka-topics", "--list")`.
"""

import os
import subprocess
import sys

import jars

TOOLS_POM = jars.HERE / "maven" / "tools" / "pom.xml"

TOOLS = {
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-transactions": "org.apache.kafka.tools.TransactionsCommand",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
}


def command(tool: str, *arguments: str) -> list[str]:
    """Returns the command line that runs `tool`, a name out of TOOLS."""
    # A tool lives for a second or two: the quick compiler and one collector thread suit it best.
    return [jars.require_program("java"), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp", jars.classpath(TOOLS_POM), TOOLS[tool], *arguments]


def run(address: str, tool: str, *arguments: str, stdin: str = "",
        timeout: float = 60) -> subprocess.CompletedProcess:
    """Runs `tool` against the broker at `address` and returns its text output and exit status."""
    return subprocess.run(command(tool, "--bootstrap-server", address, *arguments), input=stdin,
                          capture_output=True, text=True, timeout=timeout, check=False)


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in TOOLS:
        print(__doc__, "\nTools: " + ", ".join(TOOLS), file=sys.stderr)
        return 2
    line = command(sys.argv[1], *sys.argv[2:])
    os.execv(line[0], line)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except jars.JarError as error:
        sys.exit(f"console: {error}")
