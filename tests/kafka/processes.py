"""The programs under test, as child processes with their output on file."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

import probe


@dataclasses.dataclass
class Ended:
    """How a program ended: its exit status, what it wrote (both streams), how long it took."""
    status: int
    text: str
    seconds: float

    def number(self, label: str) -> int:
        """Returns the number that stands behind `label` in the output's last line that has it."""
        found = re.findall(re.escape(label) + r"\D{0,40}?(\d[\d,_']*)", self.text)
        if not found:
            raise AssertionError(f"the output does not say '{label}':\n{self.text[-2000:]}")
        return int(re.sub(r"\D", "", found[-1]))


class Program:
    """One started child process. Ended at the latest by kill9(). Used from one thread."""

    def __init__(self, command, log: pathlib.Path):
        self.log = log
        self._start = time.monotonic()
        with open(log, "wb") as output:
            self._process = subprocess.Popen([str(part) for part in command], stdout=output,
                                             stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.peak_memory = 0  # Bytes, as seen whenever somebody asked whether the program runs.

    @property
    def name(self) -> str:
        return pathlib.Path(self._process.args[0]).name

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        if self._process.returncode is None:  # Its process id is still its own.
            self.peak_memory = max(self.peak_memory, peak_memory(self._process.pid))
        return self._process.poll() is None

    def cpu_seconds(self) -> float:
        """Returns the CPU time, user and system, that the program has used since its start."""
        return cpu_seconds(self._process.pid)

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self, seconds: float) -> Ended:
        """Returns how the program ended; it is an error if it has not after `seconds`."""
        end = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > end:
                self.kill9()
                raise AssertionError(f"{self.name} had not ended after {seconds:.0f} s; "
                                     f"its output:\n{self.text()[-3000:]}")
            time.sleep(0.01)
        return Ended(self._process.returncode, self.text(), time.monotonic() - self._start)

    def terminate(self, seconds: float = 30) -> Ended:
        """Asks the program to stop (SIGTERM) and returns how it ended."""
        if self.running():
            self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def pause(self) -> None:
        """Stops the program in its tracks (SIGSTOP) until resume()."""
        if self.running():
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.running():
            self._process.send_signal(signal.SIGCONT)

    def kill9(self) -> None:
        if self.running():
            self._process.kill()
        self._process.wait()


class WeirBroker:
    """`weir broker` on a free loopback port; a context manager."""

    def __init__(self, program: pathlib.Path, log: pathlib.Path, *options: str):
        self.port = probe.free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.program = Program([program, "broker", "--port", self.port, *options], log)

    def __enter__(self):
        try:
            probe.wait_until_ready("127.0.0.1", self.port, 20, self.program.running)
        except (ChildProcessError, TimeoutError) as error:
            self.program.kill9()
            raise AssertionError(f"weir broker: {error}:\n{self.program.text()[-2000:]}") from None
        return self

    def __exit__(self, *_):
        self.program.kill9()

    def cpu_seconds(self) -> float:
        return self.program.cpu_seconds()


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time, user and system, that a process has used since its start."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid: int) -> int:
    """Returns the most memory, in bytes, that a process has had resident; 0 if it has ended."""
    found = re.search(r"VmHWM:\s*(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def find_program(build: pathlib.Path, name: str) -> pathlib.Path:
    """Returns the executable `name` somewhere below a build directory."""
    for path in sorted(build.rglob(name)):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise AssertionError(f"there is no program '{name}' in {build}; build it (tools/build.sh dev makes all, into "
                         "build/dev; another preset needs -- -DWEIR_BUILD_TESTS=ON), and say where with --build")
