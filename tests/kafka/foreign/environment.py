"""Makes the Python environment that holds the foreign clients, once, in the build directory."""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

import jars

REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def python() -> pathlib.Path:
    """Returns the interpreter of an environment with everything in requirements.txt."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    name = "python-" + hashlib.sha256(REQUIREMENTS.read_bytes() + version).hexdigest()[:12]
    target = jars.cache_directory() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "complete").exists():
            _make(target)
            (target / "complete").touch()
    return target / "bin" / "python"


def enter() -> None:
    """Replaces this process by the same program in that environment, unless it runs there."""
    interpreter = python()
    if pathlib.Path(sys.prefix) != interpreter.parent.parent:
        os.execv(interpreter, [str(interpreter), *sys.argv])


def _make(target: pathlib.Path) -> None:
    _run([sys.executable, "-m", "venv", "--clear", str(target)], "the environment was not made")
    _run([str(target / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check",
          "-r", str(REQUIREMENTS)], "the foreign clients were not installed")


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise jars.JarError(f"{failure}:\n{(done.stdout + done.stderr)[-2000:]}")
