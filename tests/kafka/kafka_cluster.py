"""Three nodes of Apache Kafka that are one cluster, each broker and controller, each behind a proxy.

Every topic has three replicas and takes a write once two have it, so one broker may be away at a time.
"""

import pathlib

import kafka_node
import probe
from proxy import Proxy

NODES = 3

PROPERTIES = {
    "default.replication.factor": NODES,
    "min.insync.replicas": 2,
    "offsets.topic.replication.factor": NODES,
    "transaction.state.log.replication.factor": NODES,
    "transaction.state.log.min.isr": 2,
    "replica.lag.time.max.ms": 3000,
    "auto.create.topics.enable": "false",
    "auto.leader.rebalance.enable": "false",
    "unclean.leader.election.enable": "false",
    "controlled.shutdown.enable": "true",
}
# The quick compiler alone: brokers that come back every minute spend their time in starting.
QUICK_START = ("-XX:TieredStopAtLevel=1",)


class KafkaCluster:
    """The nodes and their proxies; a context manager. `on_hit(broker, api, action)` hears of proxied requests
    that meet with trouble."""

    def __init__(self, directory: pathlib.Path, heap="512m", on_hit=lambda broker, api, action: None):
        controllers = [probe.free_port() for _ in range(NODES)]
        voters = ",".join(f"{index + 1}@127.0.0.1:{port}" for index, port in enumerate(controllers))
        self.nodes = []
        self.proxies = []
        for index, controller in enumerate(controllers):
            number, proxy_port = index + 1, probe.free_port()
            node = kafka_node.KafkaNode(
                directory / f"broker-{number}", heap=heap, proxy_port=proxy_port,
                controller_port=controller, java_options=QUICK_START,
                properties=PROPERTIES | {"node.id": number, "controller.quorum.voters": voters})
            self.nodes.append(node)
            self.proxies.append(Proxy(node.proxied_port, proxy_port, lambda api, action, number=number:
                                      on_hit(number, api, action)))

    def __enter__(self):
        try:
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.await_ready()
            for proxy in self.proxies:
                proxy.__enter__()
        except BaseException:
            self.kill9()
            raise
        return self

    def __exit__(self, *_):
        for proxy in self.proxies:
            proxy.__exit__()
        self.kill9()

    @property
    def bootstrap(self) -> str:
        """The brokers' addresses, past the proxies."""
        return ",".join(node.bootstrap for node in self.nodes)

    @property
    def proxied(self) -> str:
        return ",".join(proxy.bootstrap for proxy in self.proxies)

    def kill9(self) -> None:
        for node in self.nodes:
            node.kill9()
