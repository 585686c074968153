"""Runs `mlcheck` as a user does: a process of its own, without a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def mlcheck(*arguments: str | Path, at: Path, **environment: str) -> Ran:
    """Run the command in a folder; never with a person's git settings, agent or CI variables."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "LANG", "TMPDIR")}
    kept |= {"HOME": str(at), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **environment}
    done = subprocess.run(
        [sys.executable, "-m", "mlcheck", *map(str, arguments)],
        cwd=at,
        env=kept,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        encoding="utf-8",
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def git(*arguments: str, at: Path) -> str:
    identity = ["-c", "user.name=dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=at, capture_output=True, encoding="utf-8", check=True)
    return done.stdout
