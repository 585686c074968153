"""A git repository as this program asks it: refs in full, objects by id, nothing from it executed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from mlcheck.errors import CouldNotError
from mlcheck.git.history import Commit, parse_changes, parse_commit
from mlcheck.git.objects import ObjectFormat, ObjectReader, TreeEntry, blob_id
from mlcheck.git.process import GitMissingError, decoded, failure, run_git

BASE_REFS = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)

_COMMIT_ID = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_SHORT_ID = re.compile(r"[0-9a-f]{7,64}\Z")
_REF_NAME = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|//))[^\s~^:?*\[\\\x00-\x20\x7f]+\Z")
_STEPS = re.compile(r"(?:~[0-9]*|\^[0-9]*)*\Z")


@dataclass(frozen=True, slots=True)
class WorkTreeFile:
    """A path that `git ls-files` lists, relative to the folder that was asked about."""

    path: str
    tracked: bool
    mode: str | None  # the index's mode, None where untracked
    sparse: bool  # tracked, and left off the disk by a sparse checkout


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with a work tree. `git_dir` is this work tree's own, absolute."""

    root: Path
    git_dir: Path
    object_format: ObjectFormat

    # --- refs -------------------------------------------------------------

    def resolve(self, name: str) -> str | None:
        """The commit that a name stands for, or None: `HEAD`, a full ref, an id, a branch, `main~2`.

        A branch wins over a remote's branch, and that over a tag, so that no
        tag can stand in for a branch.
        """
        base = re.split(r"[~^]", name, maxsplit=1)[0]
        steps = name[len(base) :]
        if not _STEPS.match(steps):
            return None
        if _COMMIT_ID.match(base):
            return self._commit(base + steps)
        full = self.full_ref(base)
        if full is not None:
            return self._commit(full + steps)
        return self._commit(base + steps) if _SHORT_ID.match(base) else None

    def full_ref(self, name: str) -> str | None:
        """The full name of an existing ref (`refs/heads/main` for `main`), or None; `HEAD` is its own."""
        if not _REF_NAME.match(name):
            return None
        if name == "HEAD" or name.startswith("refs/"):
            return name if self._commit(name) else None
        for space in ("refs/heads/", "refs/remotes/", "refs/tags/"):
            if self._commit(space + name):
                return space + name
        return None

    def _commit(self, full: str) -> str | None:
        return self._object(full + "^{commit}")

    def _object(self, full: str) -> str | None:
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", full)
        return decoded(done.stdout).strip() if done.returncode == 0 else None

    def head(self) -> str | None:
        """The commit checked out, or None where there is none yet."""
        return self._commit("HEAD")

    def branch(self) -> str | None:
        """The full ref of the branch checked out, or None on a detached HEAD."""
        done = self._run("symbolic-ref", "--quiet", "HEAD")
        return decoded(done.stdout).rstrip("\n") if done.returncode == 0 else None

    def default_bases(self) -> tuple[tuple[str, str], ...]:
        """Those of BASE_REFS that exist, in order, each with its commit."""
        found = ((ref, self._commit(ref)) for ref in BASE_REFS)
        return tuple((ref, commit) for ref, commit in found if commit)

    def merge_base(self, left: str, right: str) -> str | None:
        """The best common ancestor of two commits, or None where they share no history."""
        done = self._run("merge-base", "--end-of-options", left, right)
        return decoded(done.stdout).split("\n")[0] or None if done.returncode == 0 else None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether one commit is an ancestor of the other (a commit is its own)."""
        return self._run("merge-base", "--is-ancestor", "--end-of-options", older, newer).returncode == 0

    # --- objects ----------------------------------------------------------

    def list_tree(self, commit: str, prefix: str = "") -> tuple[TreeEntry, ...]:
        """Every file below a folder of a commit, in git's order; none where there is no such folder."""
        tree = self._object(f"{commit}:{prefix.strip('/')}")
        tree = tree and self._object(tree + "^{tree}")
        if not tree:
            return ()
        done = self._run("ls-tree", "-r", "-z", "--full-tree", tree)
        if done.returncode != 0:
            raise failure(done, f"cannot list {commit[:12]}:{prefix}", self.root)
        return tuple(_tree_entry(field) for field in decoded(done.stdout).split("\0") if field)

    def objects(self) -> ObjectReader:
        """A reader of blobs and commits by id; it ends its process when it is let go."""
        return ObjectReader(self.git_dir)

    def read_blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The content of blobs by id, through one process."""
        reader = self.objects()
        try:
            return {one: reader.read(one) for one in ids}
        finally:
            reader.close()

    def blob_id(self, content: bytes) -> str:
        """The id that this repository gives a blob of these bytes."""
        return blob_id(content, self.object_format)

    # --- history ----------------------------------------------------------

    def diff_names(self, base: str, head: str) -> tuple[str, ...]:
        """Paths that differ between two commits, relative to the root, a rename as both its paths."""
        done = self._run("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options", base, head, "--")
        if done.returncode != 0:
            raise failure(done, f"cannot compare {base[:12]} with {head[:12]}", self.root)
        return tuple(path for path in decoded(done.stdout).split("\0") if path)

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """The commits in `base..head`, newest first."""
        done = self._run("rev-list", "--end-of-options", f"{base}..{head}", "--")
        if done.returncode != 0:
            raise failure(done, f"cannot list {base[:12]}..{head[:12]}", self.root)
        ids = decoded(done.stdout).split()
        changes = self._changes(done.stdout) if ids else {}
        texts = self.read_blobs(ids)
        return tuple(parse_commit(one, texts[one], changes.get(one, ())) for one in ids)

    def _changes(self, ids: bytes) -> dict[str, tuple[str, ...]]:
        options = ("--stdin", "-r", "-z", "--raw", "--root", "-c", "--no-renames")
        done = self._run("diff-tree", *options, input=ids)
        if done.returncode != 0:
            raise failure(done, "cannot list what the commits change", self.root)
        return parse_changes(done.stdout)

    # --- the work tree and configuration -------------------------------------

    def list_work_tree(self, folder: Path) -> tuple[WorkTreeFile, ...]:
        """Files below a folder that are tracked, or untracked and not ignored, relative to it.

        A tracked file may be gone from the disk; an untracked path that ends
        in `/` is a repository of its own.
        """
        options = ("-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
        done = run_git(folder, "ls-files", *options, "--", ".")
        if done.returncode != 0:
            raise failure(done, "cannot list the work tree", folder)
        listed = (_listed(field) for field in decoded(done.stdout).split("\0") if field)
        return tuple({file.path: file for file in listed}.values())  # a conflict lists a path up to three times

    def list_ignored(self, folder: Path) -> tuple[str, ...]:
        """What git ignores below a folder; a folder ignored as a whole once, ending in `/`."""
        options = ("-z", "--others", "--ignored", "--exclude-standard", "--directory")
        done = run_git(folder, "ls-files", *options, "--", ".")
        if done.returncode != 0:
            raise failure(done, "cannot list what is ignored", folder)
        return tuple(path for path in decoded(done.stdout).split("\0") if path)

    def ignores(self, folder: Path) -> bool:
        """Whether a folder is one that git ignores, so that it lists nothing below it."""
        return run_git(folder, "check-ignore", "--quiet", "--", str(folder)).returncode == 0

    def config(self, key: str) -> str | None:
        """A value of git's configuration, the last one where there are several, or None."""
        done = self._run("config", "-z", "--get", key)
        return decoded(done.stdout).rstrip("\0") if done.returncode == 0 else None

    def _run(self, *arguments: str, input: bytes = b"") -> CompletedProcess[bytes]:
        return run_git(self.root, *arguments, input=input)


def find_repository(path: Path) -> Repository | None:
    """The repository that a folder (or file) lies in, or None.

    Raises CouldNotError where there is one and it can't be used: git missing,
    another owner's, or a work tree that is elsewhere.
    """
    folder = path if path.is_dir() else path.parent
    options = ("--show-toplevel", "--absolute-git-dir", "--show-object-format")
    try:
        done = run_git(folder, "rev-parse", *options)
    except GitMissingError:
        if _has_git_folder(folder):
            raise
        return None
    if done.returncode != 0:
        if b"not a git repository" in done.stderr and not _has_git_folder(folder):
            return None
        raise _unusable(done, folder)
    root, git_dir, object_format = decoded(done.stdout).rstrip("\n").rsplit("\n", 2)
    if not folder.resolve().is_relative_to(Path(root).resolve()):
        raise CouldNotError(f"its repository's work tree is elsewhere: {root}", where=str(folder))
    return Repository(Path(root), Path(git_dir), "sha256" if object_format == "sha256" else "sha1")


def _has_git_folder(folder: Path) -> bool:
    return any((parent / ".git").exists() for parent in (folder.resolve(), *folder.resolve().parents))


def _unusable(done: CompletedProcess[bytes], folder: Path) -> CouldNotError:
    error = failure(done, "git can't use the repository", folder)
    if b"dubious ownership" in done.stderr:
        error = CouldNotError("the repository belongs to another user", where=str(folder))
        error.help = f"git config --global --add safe.directory {folder.resolve()}"
    return error


def _tree_entry(field: str) -> TreeEntry:
    head, _, path = field.partition("\t")
    mode, kind, object_id = head.split(" ")
    return TreeEntry(mode, kind, object_id, path)


def _listed(field: str) -> WorkTreeFile:
    """`? path` where untracked, else `H mode id stage TAB path`."""
    if field.startswith("? "):
        return WorkTreeFile(field[2:], tracked=False, mode=None, sparse=False)
    head, _, path = field.partition("\t")
    tag, mode, _, _ = head.split(" ")
    return WorkTreeFile(path, tracked=True, mode=mode, sparse=tag == "S")
