"""Fetches Java libraries with Maven, once, and gives their class path.

Each folder with a pom.xml names one set of jars. A set is copied into the build directory under a
name that contains the pom's hash, so a changed pom is fetched anew and an unchanged one never is.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


class JarError(Exception):
    """Maven or Java is missing, or a set of jars could not be fetched."""


def cache_directory() -> pathlib.Path:
    """Returns where everything fetched is kept: $WEIR_TEST_CACHE, or build/kafka."""
    return pathlib.Path(os.environ.get("WEIR_TEST_CACHE", REPOSITORY / "build" / "kafka"))


def require_program(name: str) -> str:
    """Returns the path of a program that must be installed, or raises with what to do."""
    path = shutil.which(name)
    if path is None:
        raise JarError(f"{name} is not installed; on Debian and Ubuntu: "
                       "apt-get install maven default-jdk-headless kcat")
    return path


def jars(pom: pathlib.Path) -> pathlib.Path:
    """Returns the directory that holds the jars `pom` asks for, fetching them if need be."""
    name = f"{pom.parent.name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    target = cache_directory() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "complete").exists():
            _copy_dependencies(pom, target)
            (target / "complete").touch()
    return target


def classpath(pom: pathlib.Path) -> str:
    """Returns a Java class path of the jars `pom` asks for."""
    return f"{jars(pom)}/*"


def _copy_dependencies(pom: pathlib.Path, target: pathlib.Path) -> None:
    command = [require_program("mvn"), "-q", "-B", "-f", str(pom), "dependency:copy-dependencies",
               "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise JarError(f"Maven could not fetch the jars of {pom}:\n{done.stdout[-2000:]}"
                       f"{done.stderr[-2000:]}")
