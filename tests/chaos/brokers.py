"""The broker that a run goes against, behind the proxy: Apache Kafka, or `weir broker`, with its data in a directory."""

import pathlib
import re
import time

import console
import kafka_node
import probe
import processes
from proxy import Proxy
import suite

READY_SECONDS = 60
AWAY_SECONDS = 5  # Longer than its session.
QUICK = {"group.min.session.timeout.ms": 1000,
         # How long after its time-out a transaction may go on at most.
         "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
         # A busy machine is not to make the node lose its place.
         "broker.session.timeout.ms": 4000}


# So that nothing goes on writing when this process is killed.
WITH_US = ("setpriv", "--pdeathsig", "KILL")


class ApacheKafka:
    """A broker, and a controller that lives on when the broker is killed. `bootstrap` is where to reach it past the
    proxy, `proxied` through it.

    A broker that is its own controller serves, after a kill, what it knew before, until it notices: its coordinators
    have been seen to go back by minutes then.
    """

    name = "kafka"

    def __init__(self, directory: pathlib.Path, on_step):
        port, controller_port = probe.free_port(), probe.free_port()
        for part in ("controller", "broker"):
            properties = directory / part / "server.properties"
            properties.unlink(missing_ok=True)  # Those of an earlier run name its ports.
        self._controller = kafka_node.KafkaNode(
            directory / "controller", port=controller_port, controller_port=controller_port, heap="256m",
            properties=QUICK, role="controller")
        self._node = kafka_node.KafkaNode(
            directory / "broker", proxy_port=port, controller_port=controller_port, properties=QUICK, role="broker")
        for node in (self._node, self._controller):
            node.kill9()  # If a run was killed, they are still there.
        self.proxy = Proxy(self._node.proxied_port, port, on_step=on_step)
        self.bootstrap = self._node.bootstrap
        self.proxied = self.proxy.bootstrap

    def __enter__(self):
        self._controller.launch()
        self._node.start()
        self.proxy.__enter__()
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self._node.kill9()
        self._controller.kill9()

    def kill9(self) -> None:
        self._node.kill9()

    def stop(self) -> None:
        self._node.stop()

    def start(self) -> None:
        """Not before the controller has noticed that it was away."""
        time.sleep(AWAY_SECONDS)
        self._node.start()


class WeirBroker:
    """`weir broker`, as ApacheKafka is."""

    name = "weir"

    def __init__(self, world: suite.World, directory: pathlib.Path, on_step):
        self._world = world
        self._port = probe.free_port()
        self._command = [*WITH_US, world.weir, "broker", "--port", self._port, "--data", directory, "--no-auto-create"]
        self._program = None
        self.proxy = Proxy(self._port, probe.free_port(), on_step=on_step, tells_own_address=True)
        self.bootstrap = f"127.0.0.1:{self._port}"
        self.proxied = self.proxy.bootstrap

    def __enter__(self):
        self.start()
        self.proxy.__enter__()
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self._program.kill9()

    def kill9(self) -> None:
        self._program.kill9()

    def stop(self) -> None:
        self._program.terminate()

    def start(self) -> None:
        self._program = self._world.start(*self._command)
        probe.wait_until_ready("127.0.0.1", self._port, READY_SECONDS * suite.patience, self._program.running)


def set_transaction_version(brokers: str, version: int) -> None:
    """Has the cluster finalize a version of its transactions, whichever it has now."""
    def finalized() -> int:
        told = console.run(brokers, "kafka-features", "describe")
        found = re.search(r"Feature: transaction\.version\s.*?FinalizedVersionLevel: (\d+)", told.stdout)
        suite.check(told.returncode == 0, f"kafka-features describe: {told.stdout}{told.stderr}")
        return int(found[1]) if found else 0
    now = finalized()
    if now == version:
        return
    way = "upgrade" if version > now else "downgrade"
    told = console.run(brokers, "kafka-features", way, "--feature", f"transaction.version={version}")
    suite.check(told.returncode == 0, f"kafka-features {way}: {told.stdout}{told.stderr}")
    suite.wait_for(lambda: finalized() == version, 20, f"transaction.version is {version}")
