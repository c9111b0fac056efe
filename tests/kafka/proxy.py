"""A proxy that understands Kafka's frames, and does what networks and brokers do to them.

    with Proxy(node.proxied_port, proxy_port) as proxy:
        proxy.rule("Produce lose_answer times 3 after 10")

A rule names a request, or * for any, and what becomes of it, as `weir broker --fault` does:
    lose          its connection ends; the broker never sees it
    lose_answer   the broker acts on it, and its connection ends in place of the answer
    freeze        nothing goes through its connection any more, in either direction
    delay MS      it waits, with all behind it on its connection
`times N` (-1: always) and `after N` count requests; without them, the next one. cut() ends connections
at once, whatever goes through them.

With `on_step` somebody else sees each frame go by: on_step(request, point, port) is called, on the proxy's thread, with the
request's name, the client's port, and one of POINTS: the request has come and is not passed on yet, it has been passed on, its
answer has come, its answer has been passed on. Where it returns True, the connection ends there and then.
"""

import asyncio
import collections
import dataclasses
import struct
import threading

APIS = {"Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "OffsetCommit": 8,
        "OffsetFetch": 9, "FindCoordinator": 10, "JoinGroup": 11, "Heartbeat": 12,
        "LeaveGroup": 13, "SyncGroup": 14, "ApiVersions": 18, "InitProducerId": 22,
        "AddPartitionsToTxn": 24, "AddOffsetsToTxn": 25, "EndTxn": 26, "TxnOffsetCommit": 28}
NAMES = {number: name for name, number in APIS.items()}
POINTS = ("asked", "passed", "answered", "told")
TELL_ADDRESSES = (APIS["Metadata"], APIS["FindCoordinator"])
ACTIONS = ("lose", "lose_answer", "freeze", "delay")


@dataclasses.dataclass
class Rule:
    """What is to befall requests of one kind. Changed as it counts them."""
    api: int | None
    action: str
    delay: float = 0
    times: int = 1
    after: int = 0
    seen: int = 0

    def befalls(self, api: int) -> bool:
        if self.api not in (None, api):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times < 0 or self.seen <= self.after + self.times)


def parse_rule(text: str) -> Rule:
    words = collections.deque(text.split())
    name, action = words.popleft(), words.popleft()
    if name != "*" and name not in APIS or action not in ACTIONS:
        raise ValueError(f"'{text}' is no rule")
    rule = Rule(None if name == "*" else APIS[name], action)
    if action == "delay":
        rule.delay = float(words.popleft()) / 1000
    while words:
        setattr(rule, {"times": "times", "after": "after"}[words.popleft()], int(words.popleft()))
    return rule


class Lost(Exception):
    """A rule ends the connection."""


class Proxy:
    """Listens on `port` and passes frames on to `broker_port`. Its own thread runs it."""

    def __init__(self, broker_port: int, port: int, on_hit=lambda api, action: None, on_step=None,
                 tells_own_address=False):
        """`on_hit` hears, on the proxy's thread, of each request that a rule befalls: its name, the action.

        Clients of a broker that knows nothing of its proxy come back to it if it `tells_own_address`.
        """
        self._broker_port = broker_port
        self.port = port
        self._on_hit = on_hit
        self.on_step = on_step
        self.address_told = (_address(broker_port), _address(port)) if tells_own_address else None
        self.hits = collections.Counter()  # by action
        self._rules = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server = None
        self._links = set()  # The tasks that serve connections,
        self._frozen = set()  # and those of them through which nothing goes any more.

    def __enter__(self):
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *_):
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def rule(self, text: str) -> None:
        self._loop.call_soon_threadsafe(self._rules.append, parse_rule(text))

    def clear(self) -> None:
        """Ends all rules; what is frozen stays so."""
        self._loop.call_soon_threadsafe(self._rules.clear)

    def cut(self, only_frozen=False) -> int:
        """Ends all connections, or those that are frozen, and returns how many there were."""
        return self._call(self._cut(only_frozen))

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _end(self):
        self._server.close()
        await self._cut(only_frozen=False)

    async def _cut(self, only_frozen: bool) -> int:
        links = [task for task in self._links if task in self._frozen or not only_frozen]
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        return len(links)

    async def _serve(self, reader, writer):
        link = asyncio.current_task()
        self._links.add(link)
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self._broker_port)
            await _Link(self, (reader, writer), upstream, lambda: self._frozen.add(link)).run()
        except (OSError, asyncio.IncompleteReadError, Lost, asyncio.CancelledError):
            pass  # The one side has gone: so does the other.
        finally:
            self._links.discard(link)
            self._frozen.discard(link)
            writer.close()
            if "upstream" in locals():
                upstream[1].close()

    def action_for(self, api: int):
        """Returns the rule that befalls this request, if any."""
        for rule in self._rules:
            if rule.befalls(api):
                self.hits[rule.action] += 1
                self._on_hit(NAMES.get(api, api), rule.action)
                return rule
        return None


class _Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client, broker, on_freeze):
        self._proxy = proxy
        self._on_freeze = on_freeze
        self._client = client
        self._broker = broker
        self._port = client[1].get_extra_info("peername")[1]
        self._apis = {}  # of requests that are not answered, by correlation
        self._answers_to_lose = set()
        self._frozen = asyncio.Event()

    async def run(self):
        ways = [asyncio.create_task(self._requests()), asyncio.create_task(self._answers())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _requests(self):
        while True:
            frame = await _read_frame(self._client[0])
            api, _, correlation = struct.unpack(">hhi", frame[4:12])
            self._apis[correlation] = api
            self._step(api, "asked")
            rule = self._proxy.action_for(api)
            if rule is not None:
                await self._befall(rule, correlation)
            await _write(self._broker[1], frame)
            self._step(api, "passed")

    def _step(self, api: int, point: str):
        if self._proxy.on_step and self._proxy.on_step(NAMES.get(api, api), point, self._port):
            raise Lost

    async def _befall(self, rule: Rule, correlation: int):
        if rule.action == "lose":
            raise Lost
        if rule.action == "lose_answer":
            self._answers_to_lose.add(correlation)
        if rule.action == "freeze":
            self._frozen.set()
            self._on_freeze()
            await asyncio.Event().wait()
        if rule.action == "delay":
            await asyncio.sleep(rule.delay)

    async def _answers(self):
        while True:
            frame = await _read_frame(self._broker[0])
            if self._frozen.is_set():
                await asyncio.Event().wait()
            correlation, = struct.unpack(">i", frame[4:8])
            if correlation in self._answers_to_lose:
                raise Lost
            api = self._apis.pop(correlation, -1)
            self._step(api, "answered")
            if self._proxy.address_told and api in TELL_ADDRESSES:
                frame = frame.replace(*self._proxy.address_told)
            await _write(self._client[1], frame)
            self._step(api, "told")


def _address(port: int) -> bytes:
    return b"127.0.0.1" + struct.pack(">i", port)


async def _read_frame(reader) -> bytes:
    size = await reader.readexactly(4)
    return size + await reader.readexactly(struct.unpack(">i", size)[0])


async def _write(writer, frame: bytes) -> None:
    writer.write(frame)
    await writer.drain()
