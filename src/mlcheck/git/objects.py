"""Objects of a repository: blobs and commits read through one process, ids computed here."""

from __future__ import annotations

import hashlib
import os
import subprocess
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from mlcheck.errors import CouldNotError
from mlcheck.git.process import GitMissingError, git_command, git_environment

ObjectFormat = Literal["sha1", "sha256"]
MAX_OBJECT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a commit's tree: `path` is relative to the prefix that was asked for."""

    mode: str  # 100644, 100755, 120000 (a symbolic link), 160000 (a submodule)
    type: str  # blob, commit
    id: str
    path: str


def blob_id(content: bytes, object_format: ObjectFormat = "sha1") -> str:
    """The id that git gives a blob of these bytes."""
    return hashlib.new(object_format, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class ObjectReader:
    """Objects by id, through one `git cat-file --batch` that lives as long as the reader."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        try:
            self._process = subprocess.Popen(
                git_command("--git-dir", str(git_dir), "cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=git_environment(os.environ),
            )
        except FileNotFoundError:
            raise GitMissingError from None
        self.close = weakref.finalize(self, _end, self._process)

    def read(self, object_id: str) -> bytes:
        """The content of a blob or the text of a commit, by its full id.

        Raises CouldNotError where the object is not there or over MAX_OBJECT.
        """
        if not object_id.isalnum():
            raise CouldNotError(f"`{object_id}` is no object id")
        asking, answering = self._pipes()
        try:
            asking.write(object_id.encode() + b"\n")
            asking.flush()
            fields = answering.readline().split()
        except OSError:
            fields = []
        if len(fields) != 3 or not fields[2].isdigit():
            raise CouldNotError(f"object {object_id} is not in the repository", where=str(self._git_dir))
        size = int(fields[2])
        if size > MAX_OBJECT:
            self.close()
            raise CouldNotError(f"object {object_id} is {size:,} bytes, over the limit", where=str(self._git_dir))
        content = answering.read(size + 1)
        if len(content) != size + 1:
            raise CouldNotError(f"object {object_id} could not be read whole", where=str(self._git_dir))
        return content[:-1]

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None or not self.close.alive:
            raise CouldNotError("the reader of objects is closed", where=str(self._git_dir))
        return self._process.stdin, self._process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # it ended before we did
                continue
    process.kill()
    process.wait()
