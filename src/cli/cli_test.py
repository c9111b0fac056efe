#!/usr/bin/env python3
"""Tests the `weir` program as its users see it: output, messages, exit status.

    cli_test.py WEIR
"""

import signal
import socket
import subprocess
import sys
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

    def test_says_when_a_topic_cannot_be(self):
        done = weir("broker", "--port", "0", "--topic", "no good")
        self.assertIn("'no good' cannot be a topic", done.stderr)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
