#!/usr/bin/env python3
"""Lets kcat (librdkafka) work on `weir broker`.

    tests/foreign/kcat_test.py WEIR

Starts the broker WEIR on a free port, runs each check on it, and prints `N passed, N failed`.
"""

import concurrent.futures
import json
import subprocess
import sys
import threading
import time

LINES = [f"line {i}" for i in range(50_000)]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
SECONDS = 30


class Broker:
    """A `weir broker`, stopped at the end of a with statement."""

    def __init__(self, weir, *options):
        self.process = subprocess.Popen([weir, "broker", "--port", "0", *options],
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(SECONDS)


class Kcat:
    """Runs kcat against one broker."""

    def __init__(self, address):
        self.address = address

    def __call__(self, *arguments, stdin=""):
        done = subprocess.run(["kcat", "-b", self.address, *arguments], input=stdin, text=True,
                              capture_output=True, timeout=SECONDS)
        if done.returncode != 0:
            raise AssertionError(f"kcat {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def produce(self, topic, lines, *arguments):
        self("-P", "-t", topic, *arguments, stdin="\n".join(lines) + "\n")

    def consume(self, topic, *arguments):
        return self("-C", "-t", topic, "-o", "beginning", "-e", "-q", *arguments).splitlines()

    def metadata(self, topic=None):
        return json.loads(self("-L", "-J", *(["-t", topic] if topic else [])))


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {str(expected)[:300]}, got {str(actual)[:300]}")


def check_metadata_lists_brokers_and_topics(kcat):
    metadata = kcat.metadata()
    expect([broker["name"] for broker in metadata["brokers"]], [kcat.address])
    made = [topic for topic in metadata["topics"] if topic["topic"] == "made"]
    expect(len(made[0]["partitions"]), 4)


def check_produce_creates_a_topic(kcat):
    kcat.produce("created", ["x"])
    expect([len(t["partitions"]) for t in kcat.metadata("created")["topics"]], [2])


def check_each_codec(kcat):
    for codec in CODECS:
        kcat.produce(f"codec-{codec}", LINES, "-z", codec, "-p", "0")
        expect(kcat.consume(f"codec-{codec}", "-p", "0"), LINES)


def check_codecs_are_used_on_the_wire(kcat):
    # librdkafka silently sends uncompressed to a broker that does not list Produce 0.
    for codec in CODECS[1:]:
        done = subprocess.run(["kcat", "-b", kcat.address, "-P", "-t", "wire", "-z", codec,
                               "-d", "msg"], input="x" * 1000, text=True, capture_output=True,
                              timeout=SECONDS)
        sent = [line for line in done.stderr.splitlines() if "Produce MessageSet" in line]
        expect([line.rstrip(")").split(", ")[-1] for line in sent], [codec])


def check_idempotent_producer(kcat):
    kcat.produce("idempotent", LINES, "-X", "enable.idempotence=true", "-X", "linger.ms=1",
                 "-X", "batch.num.messages=500", "-p", "0")
    expect(kcat.consume("idempotent", "-p", "0"), LINES)


def check_keys_headers_and_timestamps(kcat):
    kcat("-P", "-t", "dressed", "-p", "0", "-K", ":", "-H", "origin=test", "-H", "empty=",
         stdin="a:1\nb:2\n")
    seen = kcat.consume("dressed", "-p", "0", "-f", "%o %k %s %h\n")
    expect(seen, ["0 a 1 origin=test,empty=", "1 b 2 origin=test,empty="])
    stamp = int(kcat.consume("dressed", "-p", "0", "-f", "%T\n")[0])
    expect(abs(stamp / 1000 - time.time()) < 60, True)


def check_keys_spread_over_partitions(kcat):
    kcat.produce("made", [f"{i}:{i}" for i in range(1000)], "-K", ":")
    partitions = set(kcat.consume("made", "-f", "%p\n"))
    expect(partitions, {"0", "1", "2", "3"})


def check_null_values(kcat):
    kcat("-P", "-t", "nulls", "-p", "0", "-K", ":", "-Z", stdin="a:\n")
    expect(kcat.consume("nulls", "-p", "0", "-Z", "-f", "%S\n"), ["-1"])


def check_offsets_by_time(kcat):
    kcat.produce("timed", ["x", "y", "z"], "-p", "0")
    expect(kcat("-Q", "-t", "timed:0:-1").strip(), "timed [0] offset 3")
    expect(kcat("-Q", "-t", "timed:0:-2").strip(), "timed [0] offset 0")
    stamp = kcat.consume("timed", "-p", "0", "-f", "%T\n")[2]
    last = int(kcat("-Q", "-t", f"timed:0:{stamp}").split()[-1])
    expect(0 <= last <= 2, True)
    expect(kcat("-C", "-t", "timed", "-p", "0", "-o", "-1", "-e", "-q"), "z\n")
    expect(kcat("-C", "-t", "timed", "-p", "0", "-o", "1", "-c", "1", "-q"), "y\n")


def check_group_resumes_where_it_stopped(kcat):
    kcat.produce("grouped", [str(i) for i in range(1000)])
    group = ["-G", "g", "-X", "auto.offset.reset=earliest", "-e", "-q", "grouped"]
    expect(sorted(map(int, kcat(*group).split())), list(range(1000)))
    kcat.produce("grouped", ["more"])
    expect(kcat(*group).split(), ["more"])


def collect(stream):
    """Returns a list that grows by the stream's lines as they come."""
    lines = []
    threading.Thread(target=lambda: lines.extend(iter(stream.readline, "")), daemon=True).start()
    return lines


def wait_until(condition, what):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SECONDS} s: {what}")
        time.sleep(0.01)


def check_two_members_share_a_group(kcat):
    kcat.produce("shared", ["first"], "-p", "0")  # makes it
    command = ["kcat", "-b", kcat.address, "-G", "pair", "-X", "auto.offset.reset=earliest", "-u", "shared"]
    members = [subprocess.Popen([*command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(2)]
    try:
        told = [collect(member.stderr) for member in members]
        read = [collect(member.stdout) for member in members]

        def has_one(lines):
            assigned = [line for line in lines if "assigned:" in line]
            return assigned and assigned[-1].count("shared [") == 1

        wait_until(lambda: all(map(has_one, told)), f"a partition for each of two members: {told}")
        kcat.produce("shared", [str(i) for i in range(1000)], "-p", "0")
        kcat.produce("shared", [str(i) for i in range(1000, 2000)], "-p", "1")

        def numbers():
            return sorted(sorted(int(line) for line in lines if line != "first\n") for lines in read)

        wait_until(lambda: all(len(each) >= 1000 for each in numbers()), "1000 lines for each member")
        expect(numbers(), [list(range(1000)), list(range(1000, 2000))])
    finally:
        for member in members:
            member.terminate()
            member.wait(SECONDS)


def check_a_waiting_consumer_gets_new_records_at_once(kcat):
    kcat.produce("live", ["old"], "-p", "0")
    command = ["kcat", "-b", kcat.address, "-C", "-t", "live", "-p", "0", "-u", "-q",
               "-X", "fetch.wait.max.ms=10000"]
    consumer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        expect(consumer.stdout.readline(), "old\n")
        time.sleep(0.5)  # it is now waiting for more
        start = time.monotonic()
        kcat.produce("live", ["new"], "-p", "0")
        expect(consumer.stdout.readline(), "new\n")
        expect(time.monotonic() - start < 5, True)
    finally:
        consumer.terminate()
        consumer.wait(SECONDS)


def run(check, address):
    """Returns whether the check passed, after saying so."""
    name = check.__name__.removeprefix("check_").replace("_", " ")
    try:
        check(Kcat(address))
    except (AssertionError, subprocess.TimeoutExpired, ValueError) as failure:
        print(f"FAILED  {name}: {failure}", flush=True)
        return False
    print(f"ok      {name}", flush=True)
    return True


def main():
    checks = [value for name, value in globals().items() if name.startswith("check_")]
    with Broker(sys.argv[1], "--partitions", "2", "--topic", "made:4") as broker:
        # Each has topics of its own and mostly waits.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda check: run(check, broker.address), checks))
    passed = sum(outcomes)
    print(f"{passed} passed, {len(checks) - passed} failed")
    return 0 if passed == len(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
