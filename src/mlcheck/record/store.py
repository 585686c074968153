"""Where records lie in a tree, and how their files are named."""

from __future__ import annotations

from typing import Literal

from mlcheck.project.tree import Tree
from mlcheck.record import envelope
from mlcheck.record.opening import SIGNOFFS, RecordFile

Kind = Literal["dev", "review"]


def record_path(change: str, kind: Kind, data: bytes) -> str:
    """The path of a record's file, from the project."""
    return f"{SIGNOFFS}{change}/{kind}-{envelope.sha256(data)[:12]}.json"


def markdown_path(path: str) -> str:
    """The path of the markdown beside a developer's record."""
    return path.removesuffix(".json") + ".md"


def record_files(tree: Tree, change: str) -> tuple[RecordFile, ...]:
    """Every JSON file in a change's folder, whatever it holds."""
    return tuple(RecordFile(path, tree.read(path)) for path in record_paths(tree, change))


def record_paths(tree: Tree, change: str) -> tuple[str, ...]:
    """The paths of a change's JSON files."""
    folder = f"{SIGNOFFS}{change}/"
    inside = (path for path in tree.list() if path.startswith(folder) and path.endswith(".json"))
    return tuple(path for path in inside if "/" not in path.removeprefix(folder))


def developer_files(tree: Tree) -> tuple[RecordFile, ...]:
    """The developer's files of every change in a tree."""
    return tuple(
        RecordFile(path, tree.read(path))
        for path in tree.list()
        if path.startswith(SIGNOFFS) and path.rpartition("/")[2].startswith("dev-") and path.endswith(".json")
    )


def file_named(tree: Tree, sha256: str) -> RecordFile | None:
    """The developer's file in a tree that has these bytes, whatever its change, or None."""
    name = f"/dev-{sha256[:12]}.json"
    for path in tree.list():
        if path.startswith(SIGNOFFS) and path.endswith(name):
            file = RecordFile(path, tree.read(path))
            if file.sha256 == sha256:
                return file
    return None
