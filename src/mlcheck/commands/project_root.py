"""From PATH to the project's tree."""

from __future__ import annotations

from pathlib import Path

from mlcheck.errors import UsageError
from mlcheck.project.work_tree import WorkTree


def open_project(path: Path) -> WorkTree:
    """The work tree at a path. Raises UsageError where there is no such folder."""
    if not path.exists():
        raise UsageError("no such folder", where=str(path), help="give the folder of the project")
    if not path.is_dir():
        raise UsageError("not a folder", where=str(path), help="give the folder of the project, not a file")
    return WorkTree(path.resolve())
