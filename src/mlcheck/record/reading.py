"""A tree that remembers what was read from it: what an outcome rests on, by digests of content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from mlcheck.errors import CouldNotError
from mlcheck.git.objects import blob_id
from mlcheck.printable import printable
from mlcheck.project.tree import FileMode, LeftOut, Tree
from mlcheck.record.model import Subject
from mlcheck.record.strict_json import canonical
from mlcheck.record.trust import FOLDER


class RememberedTree:
    """A `Tree` over another. Decide through it, then ask what was read.

    What lies in `.mlcheck/` is the base's to say and is left out of it.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._read: dict[str, tuple[str, FileMode]] = {}

    def list(self) -> tuple[str, ...]:
        """Every file of the tree, sorted."""
        return self._tree.list()

    def left_out(self) -> tuple[LeftOut, ...]:
        """What the listing itself passed over."""
        return self._tree.left_out()

    def read(self, path: str) -> bytes:
        """The exact bytes."""
        data = self._tree.read(path)
        if not path.startswith(FOLDER):
            self._read[path] = (_sha256(data), self._tree.mode(path))
        return data

    def mode(self, path: str) -> FileMode:
        """The tree mode."""
        return self._tree.mode(path)

    def paths_read(self) -> frozenset[str]:
        """The paths that were read, `.mlcheck/` left out."""
        return frozenset(self._read)

    def content(self) -> str:
        """One digest of all that was there to decide on: the files listed, and the bytes of those read."""
        listed = [printable(path) for path in self._tree.list() if not path.startswith(FOLDER)]
        read = [[printable(path), *self._read[path]] for path in sorted(self._read)]
        return hashlib.sha256(canonical([listed, read])).hexdigest()


def subjects_of(tree: Tree, paths: Iterable[str]) -> tuple[Subject, ...]:
    """The subjects for some paths of a tree, by name; a path that can't be read is passed over."""
    found = (subject_of(tree, path) for path in sorted(set(paths)))
    return tuple(subject for subject in found if subject is not None)


def subject_of(tree: Tree, path: str) -> Subject | None:
    """The subject for one path, or None where it can't be read."""
    try:
        data, mode = tree.read(path), tree.mode(path)
    except CouldNotError:
        return None
    code = _code_cells(data) if path.endswith(".ipynb") else None
    if code is not None:
        return Subject(printable(path), {"notebookCode": hashlib.sha256(canonical(code)).hexdigest()}, mode)
    content = data.replace(b"\r\n", b"\n")
    return Subject(printable(path), {"gitBlob": blob_id(content), "sha256": _sha256(data)}, mode)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def _code_cells(data: bytes) -> list[str] | None:
    """The sources of a notebook's code cells, or None where the file is no notebook."""
    try:
        cells = json.loads(data)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        texts = ["".join(source) if isinstance(source, list) else source for source in sources]
        return [text.replace("\r\n", "\n") for text in texts]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
