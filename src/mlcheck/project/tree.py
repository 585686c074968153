"""A tree of files: the work tree, or a commit without a checkout. The left end of the road."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Literal, Protocol

from mlcheck.errors import CouldNotError

FileMode = Literal["file", "executable", "symlink"]

MAX_FILE = 256 * 1024 * 1024  # bytes that `read` takes in at most


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A path (a folder ends in `/`) that was not looked at, and why."""

    path: str
    why: str


class Tree(Protocol):
    """Files below the project's root; paths are relative to it, with `/`."""

    def list(self) -> tuple[str, ...]:
        """Every file that is not ignored, sorted."""
        ...

    def left_out(self) -> tuple[LeftOut, ...]:
        """What the listing itself passed over: ignored by git, links out of the root."""
        ...

    def read(self, path: str) -> bytes:
        """The exact bytes; of a symbolic link, where it points.

        Raises CouldNotError where it can't be read.
        """
        ...

    def mode(self, path: str) -> FileMode:
        """The tree mode; a symbolic link is never followed out of the root."""
        ...


def link_target(path: str, target: str) -> str | None:
    """The path that a symbolic link points to, by its text alone, or None where that is out of the root."""
    if target.startswith("/") or "\0" in target or not target:
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return None if joined == ".." or joined.startswith("../") else joined


def unreadable_name(path: str) -> LeftOut | None:
    """What to say of a path whose name is not UTF-8 (its bytes are surrogates), or None."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return LeftOut(shown, "its name is not UTF-8")
    return None


def checked_path(path: str) -> str:
    """The path, if it is relative, normal and below the root; raises CouldNotError."""
    relative = path and not path.startswith(("/", "../")) and path != ".."
    if not relative or "\0" in path or posixpath.normpath(path) != path:
        raise CouldNotError("the path is not one below the project", where=path)
    return path
