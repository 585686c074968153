"""`mlcheck demo`: a pipeline of five models in two halves, checked side by side, and laid out to be walked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.git.authoring import commit_all, create_branch, create_repository
from mlcheck.knowledge.demo_files import demo_files
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Decision
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.settings import read_settings

BRANCH = "follow-checklists"


@dataclass(frozen=True, slots=True)
class Demo:
    """Both halves decided, and where they were laid out, if they were."""

    before: Decision
    after: Decision
    into: Path | None


def demo(into: Path | None) -> Demo:
    """Decide both halves; with a folder, lay them out there as a repository of two branches.

    `main` holds the half before, the branch `follow-checklists` the half after.
    Raises UsageError where the folder is not empty.
    """
    before, after = demo_files("before"), demo_files("after")
    if into is not None:
        _lay_out(into, before, after)
    return Demo(_decide(before), _decide(after), into)


def _decide(files: Mapping[str, bytes]) -> Decision:
    tree = MemoryTree(files)
    return judge(tree, settings=read_settings(tree), packs=load_packs(tree))


def _lay_out(into: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError("the folder is not empty", where=str(into), help="give a new one")
    from mlcheck.commands.init import init

    try:
        into.mkdir(parents=True, exist_ok=True)
        create_repository(into, "main")
        _write(into, before)
        init(into)
        commit_all(into, "The pipeline before")
        create_branch(into, BRANCH)
        for path in before.keys() - after.keys():
            (into / path).unlink()
        _write(into, after)
        commit_all(into, "Follow the checklists")
    except OSError as error:
        raise CouldNotError(f"can't write: {error.strerror}", where=str(into), help="give another folder") from None


def _write(into: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
