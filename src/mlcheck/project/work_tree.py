"""The files of a project as they lie on the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from mlcheck.errors import CouldNotError
from mlcheck.git.repository import Repository, WorkTreeFile, find_repository
from mlcheck.project.tree import MAX_FILE, FileMode, LeftOut, checked_path, link_target, unreadable_name

# Folders that hold no one's project: what tools make and install.
_TOOL_FOLDERS = {
    ".git": "git's own",
    ".hg": "version control's own",
    ".svn": "version control's own",
    "node_modules": "installed packages",
    "site-packages": "installed packages",
    "__pycache__": "a cache",
    ".mypy_cache": "a cache",
    ".pytest_cache": "a cache",
    ".ruff_cache": "a cache",
    ".ipynb_checkpoints": "a cache",
    ".tox": "a virtual environment",
    ".nox": "a virtual environment",
    ".venv": "a virtual environment",
    ".databricks": "the Databricks CLI's own",
}


class WorkTree:
    """A `Tree` of a folder: what git tracks or would track, or all files where git ignores it or is not there.

    The listing is taken once; `read` and `mode` look at the disk each time.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise CouldNotError("no such folder", where=str(root), help="name the project's folder")
        self.repository = find_repository(root)
        self._left_out: list[LeftOut] = []
        self._index_modes: dict[str, str] = {}
        self._folders: dict[str, bool] = {"": True}  # whether it is a real folder below the root
        repository = self.repository
        if repository is None or (root != repository.root and repository.ignores(root)):
            found = self._walk()
        else:
            found = self._ask_git(repository)
        self._files = tuple(sorted(path for path in found if self._is_ours(path)))

    # --- the listing ------------------------------------------------------

    def _ask_git(self, repository: Repository) -> Iterator[str]:
        trust_modes = repository.config("core.fileMode") != "false"
        environments: dict[str, bool] = {}
        passed_over: dict[str, str] = {}
        for file in repository.list_work_tree(self.root):
            tool = None if file.tracked else self._tool_folder(file.path, environments)
            if tool is not None:
                passed_over.setdefault(*tool)
            elif not file.tracked and file.path.endswith("/"):
                passed_over[file.path] = "a git repository of its own"
            else:
                self._note_mode(file, trust_modes)
                yield file.path
        self._left_out += [LeftOut(path, why) for path, why in passed_over.items()]
        self._left_out += [
            unreadable_name(path) or LeftOut(path, "ignored by git") for path in repository.list_ignored(self.root)
        ]

    def _note_mode(self, file: WorkTreeFile, trust_modes: bool) -> None:
        if file.mode == "160000":
            self._left_out.append(LeftOut(f"{file.path}/", "a git submodule"))
        elif file.sparse and not os.path.lexists(self.root / file.path):
            self._left_out.append(LeftOut(file.path, "left off the disk by a sparse checkout"))
        elif file.mode and not trust_modes:
            self._index_modes[file.path] = file.mode

    def _tool_folder(self, path: str, environments: dict[str, bool]) -> tuple[str, str] | None:
        """The first folder of a path that is a tool's, and what it is."""
        parts = path.split("/")
        for depth, name in enumerate(parts[:-1], start=1):
            folder = "/".join(parts[:depth])
            if folder not in environments:
                environments[folder] = (self.root / folder / "pyvenv.cfg").is_file()
            if environments[folder]:
                return f"{folder}/", "a virtual environment"
            if name in _TOOL_FOLDERS:
                return f"{folder}/", _TOOL_FOLDERS[name]
        return None

    def _walk(self) -> Iterator[str]:
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
            except OSError as error:
                self._left_out.append(LeftOut(f"{folder}/", f"can't be listed: {error.strerror}"))
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    yield path
                    continue
                tool = _TOOL_FOLDERS.get(entry.name)
                if tool is None and (self.root / path / "pyvenv.cfg").is_file():
                    tool = "a virtual environment"
                if tool is None:
                    folders.append(path)
                else:
                    self._left_out.append(LeftOut(f"{path}/", tool))

    def _is_ours(self, path: str) -> bool:
        """Whether a listed path is a file or link of the project; says why where it is neither."""
        unreadable = unreadable_name(path)
        if unreadable is not None:
            self._left_out.append(unreadable)
            return False
        folder = path.rpartition("/")[0]
        if not self._is_real_folder(folder):
            self._left_out.append(LeftOut(path, "behind a symbolic link"))
            return False
        try:
            mode = os.lstat(self.root / path).st_mode
        except OSError:  # tracked, and deleted on the disk
            return False
        if stat.S_ISREG(mode):
            return True
        why = None if stat.S_ISDIR(mode) else "neither a file nor a folder"
        if stat.S_ISLNK(mode):
            if link_target(path, _link_text(self.root / path)) is not None:
                return True
            why = "a symbolic link out of the project"
        if why is not None:
            self._left_out.append(LeftOut(path, why))
        return False

    def _is_real_folder(self, folder: str) -> bool:
        known = self._folders.get(folder)
        if known is None:
            parent = folder.rpartition("/")[0]
            known = self._is_real_folder(parent) and not (self.root / folder).is_symlink()
            self._folders[folder] = known
        return known

    # --- the Tree -----------------------------------------------------------

    def list(self) -> tuple[str, ...]:
        """Every file that is not ignored, sorted."""
        return self._files

    def left_out(self) -> tuple[LeftOut, ...]:
        """Ignored by git, tools' folders, submodules, links out of the root, odd names."""
        return tuple(self._left_out)

    def read(self, path: str) -> bytes:
        """The exact bytes; of a symbolic link, where it points, as git stores it."""
        full = self._below_root(path)
        try:
            if stat.S_ISLNK(os.lstat(full).st_mode):
                return os.fsencode(_link_text(full))
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            flags |= getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(full, flags), "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise CouldNotError("not a file", where=path)
                if status.st_size > MAX_FILE:
                    raise CouldNotError(f"{status.st_size:,} bytes are over the limit of {MAX_FILE:,}", where=path)
                return file.read()
        except OSError as error:
            raise CouldNotError(f"can't be read: {error.strerror}", where=path) from None

    def mode(self, path: str) -> FileMode:
        """The tree mode; git's index says it where the disk's modes mean nothing (`core.fileMode`)."""
        full = self._below_root(path)
        try:
            mode = os.lstat(full).st_mode
        except OSError as error:
            raise CouldNotError(f"can't be read: {error.strerror}", where=path) from None
        index = self._index_modes.get(path)
        if stat.S_ISLNK(mode) or index == "120000":
            return "symlink"
        executable = index == "100755" if index else bool(mode & stat.S_IXUSR)
        return "executable" if executable else "file"

    def _below_root(self, path: str) -> Path:
        checked = checked_path(path)
        if not self._is_real_folder(checked.rpartition("/")[0]):
            raise CouldNotError("it lies behind a symbolic link", where=path)
        return self.root / checked


def _link_text(link: Path) -> str:
    return os.readlink(link)  # noqa: PTH115 (a Path would lose `./` and a slash at the end)
