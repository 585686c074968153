"""TAB completes commands, packs, items, checks and topics, in the shells themselves."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from seen import Screen

import mlcheck

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such shells here")

ASKED = [
    ("mlcheck dia", "diagnose"),
    ("mlcheck run --pack tra", "training"),
    ("mlcheck run --item TRN-07", "TRN-07"),
    ("mlcheck check --item JOB-0", "JOB-04"),
    ("mlcheck packs --item PRE-0", "PRE-06"),
    ("mlcheck explain exit-hides", "exit-hides-failure"),
    ("mlcheck explain E_STA", "E_STALE"),
    ("mlcheck help acc", "accessibility"),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH with this very mlcheck in front, and a home of its own."""
    program = tmp_path / "bin/mlcheck"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m mlcheck \"$@\"\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    source = str(Path(mlcheck.__file__).parents[1])
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": source, "HOME": str(tmp_path), "TERM": "xterm", "PS1": "$ "}


def script(shell: str, environment: dict[str, str], folder: Path) -> Path:
    asked = {**environment, "_MLCHECK_COMPLETE": f"source_{shell}"}
    done = subprocess.run(["mlcheck"], env=asked, capture_output=True, text=True, check=True, cwd=folder)
    path = folder / f"completion.{shell}"
    path.write_text(done.stdout)
    return path


def completed(shell: list[str], setting_up: list[str], environment: dict[str, str], folder: Path) -> None:
    """Type each beginning and TAB; what completes it stands on the screen then."""
    program = f"import os; os.execlp({shell[0]!r}, *{shell!r})"
    screen = Screen(["-c", program], environment, folder, size=(100, 30))
    for line in setting_up:
        screen.press(f"{line}\r")
    screen.press("echo ready-$((1+1))\r")
    screen.wait("ready-2")
    for begun, expected in ASKED:
        screen.press("clear\r")
        screen.settled()
        screen.press(f"{begun}\t")
        screen.settled()
        screen.press("\t")
        screen.wait(expected)
        screen.press("\x15")
    screen.end()


def test_bash(environment: dict[str, str], tmp_path: Path) -> None:
    path = script("bash", environment, tmp_path)
    completed(["bash", "--norc", "-i"], ["bind 'set show-all-if-ambiguous on'", f". {path}"], environment, tmp_path)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(environment: dict[str, str], tmp_path: Path) -> None:
    path = script("zsh", environment, tmp_path)
    ready = ["PROMPT='$ '", "autoload -Uz compinit; compinit -u", f". {path}"]
    completed(["zsh", "-f", "-i"], ready, environment, tmp_path)


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish(environment: dict[str, str], tmp_path: Path) -> None:
    path = script("fish", environment, tmp_path)
    for begun, expected in ASKED:
        done = subprocess.run(
            ["fish", "-c", f"source {path}; complete -C '{begun}'"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        assert expected in [line.split("\t")[0] for line in done.stdout.splitlines()], (begun, done.stdout)
