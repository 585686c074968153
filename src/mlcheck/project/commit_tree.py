"""The files of a commit, without a checkout."""

from __future__ import annotations

from mlcheck.errors import CouldNotError
from mlcheck.git.objects import ObjectReader, TreeEntry
from mlcheck.git.repository import Repository
from mlcheck.project.tree import FileMode, LeftOut, checked_path, link_target, unreadable_name

_MODES: dict[str, FileMode] = {"100755": "executable", "120000": "symlink"}


class CommitTree:
    """A `Tree` of the files below `prefix` (the project's folder in the repository) at a commit."""

    def __init__(self, repository: Repository, commit: str, prefix: str = "") -> None:
        self.commit = commit
        self._objects: ObjectReader = repository.objects()
        self._entries: dict[str, TreeEntry] = {}
        self._left_out: list[LeftOut] = []
        for entry in repository.list_tree(commit, prefix):
            why = self._why_left_out(entry)
            if why is None:
                self._entries[entry.path] = entry
            else:
                self._left_out.append(why)

    def _why_left_out(self, entry: TreeEntry) -> LeftOut | None:
        if entry.type != "blob":
            return LeftOut(f"{entry.path}/", "a git submodule")
        unreadable = unreadable_name(entry.path)
        if unreadable is None and entry.mode == "120000":
            target = self._objects.read(entry.id).decode("utf-8", "surrogateescape")
            if link_target(entry.path, target) is None:
                return LeftOut(entry.path, "a symbolic link out of the project")
        return unreadable

    def list(self) -> tuple[str, ...]:
        """Every file of the commit, sorted."""
        return tuple(sorted(self._entries))

    def left_out(self) -> tuple[LeftOut, ...]:
        """Submodules, links out of the root, names that are not UTF-8."""
        return tuple(self._left_out)

    def read(self, path: str) -> bytes:
        """The exact bytes of the blob."""
        return self._objects.read(self._entry(path).id)

    def mode(self, path: str) -> FileMode:
        """The entry's mode."""
        return _MODES.get(self._entry(path).mode, "file")

    def blob_id(self, path: str) -> str:
        """The id of the blob at a path, as the commit names it."""
        return self._entry(path).id

    def _entry(self, path: str) -> TreeEntry:
        entry = self._entries.get(checked_path(path))
        if entry is None:
            raise CouldNotError(f"no such file in commit {self.commit[:12]}", where=path)
        return entry
