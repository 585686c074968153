"""Which files a project has: by path, through links within it, and what was not looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mlcheck.errors import CouldNotError
from mlcheck.project.tree import LeftOut, Tree, link_target

_MAX_LINKS = 16


@dataclass(frozen=True, slots=True)
class FileIndex:
    """The paths of a tree. `links` are symbolic links within it, by their targets."""

    files: frozenset[str]
    links: dict[str, str]
    left_out: tuple[LeftOut, ...]
    _unseen: frozenset[str] = field(default=frozenset(), repr=False)

    def find(self, path: str) -> str | None:
        """The file at a path, with links followed, or None."""
        for _ in range(_MAX_LINKS):
            if path in self.files:
                return path
            followed = self._followed(path) if self.links else None
            if followed is None:
                return None
            path = followed
        return None

    def _followed(self, path: str) -> str | None:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            target = self.links.get("/".join(parts[:depth]))
            if target is not None:
                return "/".join([*([] if target == "." else [target]), *parts[depth:]])
        return None

    def unseen(self, path: str) -> bool:
        """Whether a path lies in what was left out, so that nobody can say that it isn't there."""
        parts = path.split("/")
        return any("/".join(parts[:depth]) in self._unseen for depth in range(1, len(parts) + 1))


def index_files(tree: Tree, paths: Iterable[str]) -> FileIndex:
    """The index of a tree's listed paths."""
    files: set[str] = set()
    links: dict[str, str] = {}
    for path in paths:
        target = _target(tree, path)
        if target is None:
            files.add(path)
        else:
            links[path] = target
    left_out = tree.left_out()
    unseen = frozenset(one.path.rstrip("/") for one in left_out)
    return FileIndex(frozenset(files), links, left_out, unseen)


def _target(tree: Tree, path: str) -> str | None:
    """Where a path points if it is a link, within the tree."""
    try:
        if tree.mode(path) != "symlink":
            return None
        return link_target(path, tree.read(path).decode("utf-8", "surrogateescape"))
    except CouldNotError:  # gone since the listing: reading it says so
        return None
