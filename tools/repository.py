"""What the checks share: the repository's files, and how a finding is told."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """Something that breaks a rule, and where."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def files(root: Path) -> list[str]:
    """Returns what belongs to the repository (in git or about to be), relative to `root`, sorted."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
        return sorted(name for name in names.split("\0") if name and (root / name).is_file())
    return sorted(_walk(root))


def _walk(root: Path):
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git" and not name.startswith("build")]
        for name in names:
            yield str((Path(folder) / name).relative_to(root))


def report(findings, what: str) -> int:
    """Prints the findings and returns the exit status of a check named `what`."""
    findings = sorted(findings)
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"{what}: {len(findings)} found" if findings else f"{what}: all well")
    return 1 if findings else 0


def read(root: Path, name: str) -> str:
    """Returns a file's text; bytes that are no UTF-8 become replacement characters."""
    return (root / name).read_text(encoding="utf-8", errors="replace")
