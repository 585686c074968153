"""A tree of files: the work tree, or a commit without a checkout. The left end of the road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

FileMode = Literal["file", "executable", "symlink"]


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
        """The exact bytes. Raises CouldNotError where the file can't be read."""
        ...

    def mode(self, path: str) -> FileMode:
        """The tree mode; a symbolic link is never followed out of the root."""
        ...
