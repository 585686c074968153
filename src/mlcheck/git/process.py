"""One git process: its safe options, its environment, its time limit.

A repository's own configuration and attributes are data from a stranger: what
could start a program through them is switched off for each call.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mlcheck.errors import CouldNotError

TIME_LIMIT = 60.0

_OPTIONS = (
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=" + os.devnull,
    "-c",
    "core.quotePath=false",
    "-c",
    "core.pager=cat",
    "-c",
    "log.showSignature=false",
    "-c",
    "protocol.allow=never",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "submodule.recurse=false",
)

_SET = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

# What a hook or a caller sets about *its* repository is not about ours; who configures git is kept.
_KEPT = ("GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_EXEC_PATH", "GIT_DISCOVERY_ACROSS_FILESYSTEM")


class GitMissingError(CouldNotError):
    """There is no git on PATH."""

    def __init__(self) -> None:
        super().__init__("git is not on PATH", help="install git 2.31 or newer")


def git_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment for a git process: `given` without what redirects git, with the safe settings."""
    kept = {name: value for name, value in given.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return kept | _SET


def git_command(*arguments: str) -> list[str]:
    """The command line, safe options first."""
    # check-ignore takes paths, never patterns, and refuses to be told so.
    options = [one for one in _OPTIONS if arguments[0] != "check-ignore" or one != "--literal-pathspecs"]
    return ["git", *options, *arguments]


def run_git(folder: Path, *arguments: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder and give what it said, whatever its exit code.

    Raises GitMissingError, and CouldNotError where the folder is gone or git
    takes longer than TIME_LIMIT seconds.
    """
    try:
        return subprocess.run(
            git_command(*arguments),
            cwd=folder,
            input=input,
            capture_output=True,
            env=git_environment(os.environ),
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise CouldNotError(f"git {arguments[0]} took longer than {TIME_LIMIT:.0f} s", where=str(folder)) from None
    except (FileNotFoundError, NotADirectoryError):
        if not folder.is_dir():
            raise CouldNotError("no such folder", where=str(folder)) from None
        raise GitMissingError from None
    except OSError as error:
        raise CouldNotError(f"git could not be started: {error.strerror}", where=str(folder)) from None


def failure(done: subprocess.CompletedProcess[bytes], what: str, where: Path) -> CouldNotError:
    """The error for a call that had to succeed, with git's own last line."""
    lines = decoded(done.stderr).strip().splitlines()
    said = lines[-1].removeprefix("fatal: ") if lines else f"exit code {done.returncode}"
    return CouldNotError(f"{what}: {said}", where=str(where))


def decoded(raw: bytes) -> str:
    """Text from git: UTF-8, other bytes kept as surrogates so that a path goes back unchanged."""
    return raw.decode("utf-8", "surrogateescape")
