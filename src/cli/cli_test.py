#!/usr/bin/env python3
"""Tests the `weir` program as its users see it: output, messages, exit status.

    cli_test.py WEIR
"""

import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

WEIR = sys.argv.pop(1)
SECONDS = 20


def weir(*arguments):
    return subprocess.run([WEIR, *arguments], text=True, capture_output=True, timeout=SECONDS)


class CommandLine(unittest.TestCase):
    def expect_usage_error(self, arguments, message):
        done = weir(*arguments)
        self.assertIn(message, done.stderr)
        self.assertEqual(done.returncode, 2)

    def test_says_what_it_is_and_can(self):
        self.assertRegex(weir("--version").stdout, r"^weir \d+\.\d+\.\d+\n$")
        self.assertIn("broker", weir("--help").stdout)
        self.assertIn("broker", weir().stdout)
        self.assertIn("--retention-bytes", weir("broker", "--help").stdout)
        self.assertIn("--data", weir("broker", "--help").stdout)

    def test_suggests_what_was_meant(self):
        self.expect_usage_error(["brokr"], "no command 'brokr'; did you mean \"broker\"?")
        self.expect_usage_error(["--versoin"], "no option '--versoin'; did you mean \"--version\"?")
        self.expect_usage_error(["broker", "--prot", "1"],
                                "no option '--prot'; did you mean \"--port\"?")
        self.expect_usage_error(["broker", "--retention-byte=5"], "\"--retention-bytes\"?")

    def test_refuses_values_that_make_no_sense(self):
        self.expect_usage_error(["broker", "--port", "many"], "--port")
        self.expect_usage_error(["broker", "--port", "70000"], "--port")
        self.expect_usage_error(["broker", "--partitions", "0"], "--partitions")
        self.expect_usage_error(["broker", "--topic", "t:none"], "'t:none' is not NAME:PARTITIONS")
        self.expect_usage_error(["broker", "--retention-bytes", "lots"], "--retention-bytes")
        self.expect_usage_error(["broker", "--fault", "Produze lose"], "did you mean \"Produce\"?")


class Writer:
    """An idempotent producer of one-record batches to partition 0 of "t", in bytes of its own."""

    PRODUCER = 7

    def __init__(self, port):
        self._connection = socket.create_connection(("127.0.0.1", port), SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def write(self, sequence):
        """Returns the offset that is acknowledged for the record with this sequence."""
        batch = record_batch(self.PRODUCER, sequence, b"record %d" % sequence)
        body = struct.pack(">hhiiHsiiI", -1, -1, 1000, 1, 1, b"t", 1, 0, len(batch)) + batch
        answer = self._call(0, 3, body)
        error, offset = struct.unpack(">hq", answer[4 + 3 + 4 + 4:][:10])
        if error != 0:
            raise AssertionError(f"Produce is answered by error {error}")
        return offset

    def log_end(self):
        body = struct.pack(">iiHsiiq", -1, 1, 1, b"t", 1, 0, -1)
        error, _, offset = struct.unpack(">hqq", self._call(2, 1, body)[4 + 3 + 4 + 4:][:18])
        if error != 0:
            raise AssertionError(f"ListOffsets is answered by error {error}")
        return offset

    def _call(self, api, version, body):
        request = struct.pack(">hhih", api, version, 1, -1) + body
        self._connection.sendall(struct.pack(">I", len(request)) + request)
        return self._receive(struct.unpack(">I", self._receive(4))[0])[4:]

    def _receive(self, size):
        received = b""
        while len(received) < size:
            piece = self._connection.recv(size - len(received))
            if not piece:
                raise ConnectionError("the broker has gone")
            received += piece
        return received


def record_batch(producer, sequence, value):
    """Returns a batch of one record, with key null and without headers."""
    record = b"\0\0\0\1" + bytes([2 * len(value)]) + value + b"\0"
    body = struct.pack(">hiqqqhii", 0, 0, 1000, 1000, producer, 0, sequence, 1)
    body += bytes([2 * len(record)]) + record
    return (struct.pack(">qiib", 0, 9 + len(body), -1, 2) + struct.pack(">I", crc32c(body)) + body)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class BrokerCommand(unittest.TestCase):
    def start(self, *arguments):
        process = subprocess.Popen([WEIR, "broker", *arguments], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, SECONDS)
        self.addCleanup(process.terminate)
        line = process.stdout.readline()
        self.assertRegex(line, r"^weir broker: listening on 127\.0\.0\.1:\d+\n$")
        return process, int(line.rsplit(":", 1)[1])

    def test_listens_until_it_is_told_to_stop(self):
        for stop in (signal.SIGTERM, signal.SIGINT):
            process, port = self.start("--port", "0", "--topic", "t:3", "--retention-bytes", "1MiB")
            socket.create_connection(("127.0.0.1", port), SECONDS).close()
            process.send_signal(stop)
            self.assertEqual(process.wait(SECONDS), 0)

    def test_loses_a_request_where_it_is_told_to(self):
        # Once, and the request behind it is served: ApiVersions 0, without a client id.
        process, port = self.start("--port", "0", "--fault", "ApiVersions lose")
        request = bytes.fromhex("0000000a" "0012" "0000" "00000007" "ffff")
        with socket.create_connection(("127.0.0.1", port), SECONDS) as lost:
            lost.sendall(request)
            self.assertEqual(lost.recv(1), b"")
        with socket.create_connection(("127.0.0.1", port), SECONDS) as served:
            served.sendall(request)
            self.assertEqual(served.recv(8)[4:], bytes.fromhex("00000007"))

    def test_says_when_its_port_is_in_use(self):
        _, port = self.start("--port", "0")
        done = weir("broker", "--port", str(port))
        self.assertIn(str(port), done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_says_when_its_directory_is_in_use(self):
        with tempfile.TemporaryDirectory() as data:
            self.start("--port", "0", "--data", data)
            done = weir("broker", "--port", "0", "--data", data)
            self.assertIn("another broker uses this directory", done.stderr)
            self.assertEqual(done.returncode, 1)

    def test_keeps_what_it_acknowledged_over_kill_9(self):
        with tempfile.TemporaryDirectory() as data:
            acknowledged = 0
            for round_ in range(20):
                process, port = self.start("--port", "0", "--topic", "t", "--data", data)
                with Writer(port) as writer:
                    self.assertEqual(writer.log_end(), acknowledged)
                    if acknowledged > 0:  # as if the answer had been lost
                        self.assertEqual(writer.write(acknowledged - 1), acknowledged - 1)
                    killer = threading.Timer(0.02 + 0.005 * (round_ % 5), process.kill)
                    killer.start()
                    try:
                        while True:
                            self.assertEqual(writer.write(acknowledged), acknowledged)
                            acknowledged += 1
                    except ConnectionError:
                        process.wait(SECONDS)
                        killer.join()
                # The last write may be there without an answer: it is sent again.
                process, port = self.start("--port", "0", "--data", data)
                with Writer(port) as writer:
                    self.assertIn(writer.log_end(), (acknowledged, acknowledged + 1))
                    self.assertEqual(writer.write(acknowledged), acknowledged)
                    acknowledged += 1
                    self.assertEqual(writer.log_end(), acknowledged)
                process.kill()
                process.wait(SECONDS)
            self.assertGreater(acknowledged, 40)

    def test_says_when_a_topic_cannot_be(self):
        done = weir("broker", "--port", "0", "--topic", "no good")
        self.assertIn("'no good' cannot be a topic", done.stderr)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
