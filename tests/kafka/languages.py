"""Builds the clients in other languages, once, in the build directory, and gives their command lines.

Each language has a folder; what is built of it has a name that contains the hash of its files.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import jars
import kafka_node
from suite import Skipped

STREAMS_POM = jars.HERE / "maven" / "streams" / "pom.xml"


def java(main_class: str) -> list[str]:
    """Returns the command line of a dialogue of Kafka's Java clients, those of the broker's release."""
    return _java("java", kafka_node.BROKER_POM, main_class)


def streams(main_class: str) -> list[str]:
    """Returns the command line of a program on Kafka Streams."""
    return _java("streams", STREAMS_POM, main_class)


def _java(language: str, pom: pathlib.Path, main_class: str) -> list[str]:
    classpath = jars.classpath(pom)
    classes = _built(language, lambda source, target: _run(
        [jars.require_program("javac"), "-d", target, "-cp", classpath, *sorted(source.glob("*.java"))],
        source))
    return [jars.require_program("java"), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{classes}:{classpath}",
            main_class]


def go(*dialogue: str) -> list[str]:
    """Returns the command line of franz-go's dialogue, or of the one that is named."""
    return [go_program(jars.HERE / "go", "dialogue"), *dialogue]


def go_program(source: pathlib.Path, name: str) -> pathlib.Path:
    """Returns the program that the Go module in a folder is built to."""
    wanted = re.search(r"^go (\S+)", (source / "go.mod").read_text(), re.MULTILINE)[1]
    installed = _version("go", "version")
    if installed < _numbers(wanted):
        raise Skipped(f"franz-go needs Go {wanted}, and {_dotted(installed)} is installed")
    environment = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=readonly -modcacherw")
    built = _built_from(source, lambda source, target: _run(
        ["go", "build", "-o", target / name, "."], source, environment))
    return built / name


def node(script: str = "dialogue.js") -> list[str]:
    """Returns the command line of a dialogue of kafkajs."""
    installed = _version("node", "--version")
    if installed < (14,) or shutil.which("npm") is None:
        raise Skipped(f"kafkajs needs npm and Node.js 14, and {_dotted(installed)} is installed")
    built = _built("node", _install_node)
    return ["node", built / script]


def _install_node(source: pathlib.Path, target: pathlib.Path) -> None:
    for path in source.iterdir():
        if path.is_file():
            shutil.copy(path, target)
    _run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], target)


def _built(language: str, build) -> pathlib.Path:
    """Returns the directory that `build(source, target)` has filled from the language's folder."""
    return _built_from(jars.HERE / language, build)


def _built_from(source: pathlib.Path, build) -> pathlib.Path:
    files = sorted(path for path in source.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    target = jars.cache_directory() / f"{source.name}-{digest}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{target}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            build(source, target)
            (target / "complete").touch()
    return target


def _run(command, directory: pathlib.Path, environment=None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=directory, env=environment,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} could not build {directory}:\n"
                             f"{(done.stdout + done.stderr)[-3000:]}")


def _version(program: str, option: str) -> tuple[int, ...]:
    """Returns the version of an installed program, or (0,) if it is not installed."""
    if shutil.which(program) is None:
        return (0,)
    said = subprocess.run([program, option], capture_output=True, text=True, check=True,
                          env=dict(os.environ, GOTOOLCHAIN="local")).stdout
    return _numbers(re.search(r"\d+(\.\d+)+", said)[0])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _dotted(version: tuple[int, ...]) -> str:
    return "none" if version == (0,) else ".".join(map(str, version))
