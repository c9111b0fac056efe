#!/usr/bin/env python3
"""Runs one node of Apache Kafka (KRaft, broker and controller in one) on loopback, for tests.

    kafka_node.py start [--dir D] [--port P] [--heap 512m]
    kafka_node.py stop | kill9 | restart [--dir D]

`start` prints the bootstrap address when the broker is ready. In Python: `with KafkaNode() as node`.
A node lives in one directory (on tmpfs if there is one), keeps its port over restarts, and only
its own process is ever signalled.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import jars
import probe
import processes

# The newest, or that of WEIR_TEST_KAFKA: "4.2".
BROKER_POM = jars.HERE / "maven" / "-".join(filter(None, ("broker", os.environ.get("WEIR_TEST_KAFKA")))) / "pom.xml"
CLUSTER_ID = "d2VpcnRlc3RzY2x1c3Rlcg"
READY_SECONDS = 180
STOP_SECONDS = 30

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={directory}/logs
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.segment.delete.delay.ms=1000
# How long compaction rests when there was nothing to do.
log.cleaner.backoff.ms=200
# A killed broker is let in again only when its dead self's session is over.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""

# Later lines win.
PROXIED = """\
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxied_port},\
CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
"""


# A controller that is a node of its own, and a broker that has one.
CONTROLLER_ONLY = """\
process.roles=controller
node.id=100
controller.quorum.voters=100@127.0.0.1:{controller_port}
listeners=CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CONTROLLER://127.0.0.1:{controller_port}
"""
BROKER_ONLY = """\
process.roles=broker
controller.quorum.voters=100@127.0.0.1:{controller_port}
listeners={listeners}
"""


def temporary_root() -> str:
    """Returns where short-lived logs go: a tmpfs if there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


class KafkaNode:
    """One broker process and its directory. Used from one thread.

    Without `directory` a temporary one is made, and removed by close(). Clients that come by
    `proxied_port` are told that the broker is at `proxy_port`, where a Proxy should listen.
    `properties` win over the node's own. With `role` "controller" or "broker" it is only that; a broker's
    controller is at `controller_port`.
    """

    def __init__(self, directory=None, port=None, heap="512m", properties=None, proxy_port=None,
                 controller_port=None, java_options=(), role=None):
        self._temporary = directory is None
        self.directory = pathlib.Path(
            tempfile.mkdtemp(prefix="weir-kafka-", dir=temporary_root())
            if directory is None else directory)
        self._record = self.directory / "node.json"
        self._process = None
        self._extra = properties or {}
        self.proxy_port = proxy_port
        self.proxied_port = probe.free_port() if proxy_port else None
        self._controller_port = controller_port
        self._java_options = java_options
        self._role = role
        saved = json.loads(self._record.read_text()) if self._record.exists() else {}
        self.pid = saved.get("pid")
        self.port = port or saved.get("port") or probe.free_port()
        self.heap = saved.get("heap", heap)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log_file(self) -> pathlib.Path:
        return self.directory / "broker.log"

    def start(self):
        """Formats the directory if it is new, starts the broker and returns when it is ready."""
        self.launch()
        return self.await_ready()

    def launch(self) -> None:
        """Starts the broker as start() does, but does not wait for it."""
        if self.running():
            raise RuntimeError(f"{self.directory}: the node already runs as process {self.pid}")
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self.directory / "logs" / "meta.properties").exists():
            self._format()
        with open(self.log_file, "ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(self._properties())), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid = self._process.pid
        self._record.write_text(
            json.dumps({"pid": self.pid, "port": self.port, "heap": self.heap}))

    def await_ready(self):
        """Returns when the broker that was launched is ready."""
        try:
            probe.wait_until_ready("127.0.0.1", self.port, READY_SECONDS, self.running)
        except (ChildProcessError, TimeoutError) as error:
            self.kill9()
            raise RuntimeError(f"{error}; the end of {self.log_file}:\n{self._log_tail()}") from None
        return self

    def stop(self) -> None:
        """Asks the broker to shut down and waits; kills it if it has not ended after 30 s."""
        if not self._signal(signal.SIGTERM):
            return
        if not self._wait_gone(STOP_SECONDS):
            print(f"process {self.pid} ignored SIGTERM for {STOP_SECONDS} s: killed",
                  file=sys.stderr)
            self.kill9()

    def kill9(self) -> None:
        """Kills the broker as a power cut would and waits until it is gone."""
        if self._signal(signal.SIGKILL):
            self._wait_gone(STOP_SECONDS)

    def pause(self) -> None:
        """Stops the broker in its tracks (SIGSTOP) until resume()."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def restart(self):
        """Stops the broker and starts it again on the same port and logs."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Ends the broker and removes its directory if it was a temporary one."""
        if self._temporary:
            self.kill9()
            shutil.rmtree(self.directory, ignore_errors=True)
        else:
            self.stop()

    def running(self) -> bool:
        """Tells whether this node's own process is alive (a reused process id is not it)."""
        if self._process is not None:
            return self._process.poll() is None
        try:
            command = pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False
        return str(self.directory).encode() in command

    def cpu_seconds(self) -> float:
        """Returns the CPU time, user and system, that the broker has used since its start."""
        return processes.cpu_seconds(self.pid)

    def _properties(self) -> pathlib.Path:
        path = self.directory / "server.properties"
        if not path.exists():
            controller_port = self._controller_port or probe.free_port()
            text = PROPERTIES.format(port=self.port, controller_port=controller_port,
                                     directory=self.directory)
            if self.proxy_port:
                text += PROXIED.format(port=self.port, controller_port=controller_port,
                                       proxied_port=self.proxied_port, proxy_port=self.proxy_port)
            if self._role:
                template = CONTROLLER_ONLY if self._role == "controller" else BROKER_ONLY
                listeners = [f"PLAINTEXT://127.0.0.1:{self.port}"]
                if self.proxy_port:
                    listeners.append(f"PROXIED://127.0.0.1:{self.proxied_port}")
                text += template.format(controller_port=controller_port, listeners=",".join(listeners))
            text += "".join(f"{name}={value}\n" for name, value in self._extra.items())
            path.write_text(text)
        return path

    def _format(self) -> None:
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID,
                       "-c", str(self._properties())),
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"formatting {self.directory} failed:\n{done.stdout}{done.stderr}")

    def _java(self, main_class: str, *arguments: str) -> list[str]:
        return [jars.require_program("java"), f"-Xmx{self.heap}", f"-Xms{self.heap}",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true", *self._java_options,
                "-cp", jars.classpath(BROKER_POM), main_class, *arguments]

    def _signal(self, number: int) -> bool:
        if not self.running():
            return False
        os.kill(self.pid, number)
        return True

    def _wait_gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def _log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("command", choices=["start", "stop", "kill9", "restart"])
    parser.add_argument("--dir", default=f"{temporary_root()}/weir-kafka-{os.getuid()}")
    parser.add_argument("--port", type=int)
    parser.add_argument("--heap", default="512m")
    options = parser.parse_args()
    node = KafkaNode(options.dir, options.port, options.heap)
    try:
        getattr(node, options.command)()
    except (RuntimeError, jars.JarError) as error:
        print(f"kafka_node: {error}", file=sys.stderr)
        return 1
    if options.command in ("start", "restart"):
        print(node.bootstrap)
    return 0


if __name__ == "__main__":
    sys.exit(main())
