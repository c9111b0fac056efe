"""Asks a broker, in Kafka's own protocol, whether it is ready. Nothing but sockets is needed."""

import random
import socket
import struct
import time

METADATA = 3
CORRELATION = 0x77656972


def broker_count(host: str, port: int, timeout: float = 1.0) -> int:
    """Returns how many brokers the one at host:port names in a Metadata (v1) response.

    Raises OSError when nothing answers. A starting broker accepts connections before it counts
    itself in, so zero means "not yet".
    """
    body = struct.pack(">hhih", METADATA, 1, CORRELATION, -1) + struct.pack(">i", 0)
    with socket.create_connection((host, port), timeout) as connection:
        connection.settimeout(timeout)
        connection.sendall(struct.pack(">i", len(body)) + body)
        size, = struct.unpack(">i", _read(connection, 4))
        response = _read(connection, size)
    correlation, brokers = struct.unpack(">ii", response[:8])
    if correlation != CORRELATION:
        raise ConnectionError("what answers is no broker")
    return brokers


def wait_until_ready(host: str, port: int, seconds: float, alive=lambda: True) -> None:
    """Returns when the broker answers and counts itself in.

    Raises TimeoutError after `seconds`, and ChildProcessError as soon as `alive()` says no.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive():
            raise ChildProcessError(f"the broker of {host}:{port} ended while it was starting")
        try:
            if broker_count(host, port) > 0:
                return
        except OSError:
            pass
        time.sleep(0.02)  # Between two questions; readiness itself is always the broker's answer.
    raise TimeoutError(f"no broker is ready at {host}:{port} after {seconds:.0f} s")


def free_port() -> int:
    """Returns a loopback port that was free a moment ago.

    It lies below the ports that the kernel gives to outgoing connections: a client that keeps
    trying to reach a port of that range may in the end connect to itself.
    """
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise OSError("no port between 20000 and 32000 is free")


def _read(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        chunk = connection.recv(size - len(parts))
        if not chunk:
            raise ConnectionError("the broker closed the connection")
        parts += chunk
    return bytes(parts)
