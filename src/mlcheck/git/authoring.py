"""Making a repository and commits in it: what the demo is laid out with."""

from __future__ import annotations

from pathlib import Path

from mlcheck.git.process import failure, run_git

# The demo's commits are nobody's: a person's own name stays out of them.
_IDENTITY = ("-c", "user.name=mlcheck demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")


def create_repository(folder: Path, branch: str) -> None:
    """`git init` with a first branch. Raises CouldNotError where git refuses."""
    _run(folder, "init", "--quiet", f"--initial-branch={branch}")


def commit_all(folder: Path, message: str) -> None:
    """Commit everything in the folder."""
    _run(folder, "add", "--all")
    _run(folder, *_IDENTITY, "commit", "--quiet", "--message", message)


def create_branch(folder: Path, branch: str) -> None:
    """A branch from here, checked out."""
    _run(folder, "checkout", "--quiet", "-b", branch)


def _run(folder: Path, *arguments: str) -> None:
    done = run_git(folder, *arguments)
    if done.returncode != 0:
        raise failure(done, f"git {arguments[0]}", folder)
