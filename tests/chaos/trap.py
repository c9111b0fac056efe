"""A trap for a process: it is killed at a chosen step of what it says to its broker."""

import collections
import os
import pathlib
import signal
import threading

# In the order in which a batch says them, in a transaction or without one.
REQUESTS = ("AddPartitionsToTxn", "Produce", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn", "OffsetCommit")


class Trap:
    """Sees all that passes a Proxy (`on_step`, on its thread); armed from another thread."""

    def __init__(self, pids):
        """`pids()` gives the processes that may be caught."""
        self._pids = pids
        self._lock = threading.Lock()
        self._wanted = None
        self._skip = 0
        self._sprung = threading.Event()
        self.caught = None  # the process that was killed
        self.seen = collections.Counter()  # requests, by name

    def arm(self, request: str, point: str, skip: int) -> None:
        """Kills who comes to this point, after so many have."""
        with self._lock:
            self._sprung.clear()
            self.caught = None
            self._skip = skip
            self._wanted = (request, point)

    def wait(self, seconds: float) -> int | None:
        """Returns the process that was caught; after `seconds` nobody is any more."""
        self._sprung.wait(seconds)
        with self._lock:
            self._wanted = None
            return self.caught

    def on_step(self, request: str, point: str, port: int) -> bool:
        if point == "asked":
            self.seen[request] += 1
        if self._wanted != (request, point):
            return False
        with self._lock:
            if self._wanted is None:
                return False
            pid = owner(port, self._pids())
            if pid is None:
                return False
            self._skip -= 1
            if self._skip >= 0:
                return False
            os.kill(pid, signal.SIGKILL)
            self.caught = pid
            self._wanted = None
            self._sprung.set()
            return point == "asked"  # Which the broker must not hear then.


def owner(port: int, pids) -> int | None:
    """Returns which of these processes has the connection that comes from this port on loopback."""
    local = f"0100007F:{port:04X}"
    inodes = {fields[9] for fields in map(str.split, pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:])
              if fields[1] == local}
    for pid in pids:
        try:
            for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
                target = os.readlink(descriptor)
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    return pid
        except OSError:
            continue  # It has ended, or closed this descriptor, meanwhile.
    return None
