"""A tree in memory: what a check's example, the demo and a test are read through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlcheck.errors import CouldNotError
from mlcheck.project.tree import FileMode, LeftOut


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """Files by path."""

    files: Mapping[str, bytes]

    def list(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def left_out(self) -> tuple[LeftOut, ...]:
        return ()

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise CouldNotError("no such file", where=path, help="list the tree first")
        return self.files[path]

    def mode(self, path: str) -> FileMode:
        return "file"
