"""Paths in a bundle: from what is written to the project's files.

Source: the CLI's `NormalizePaths`, `TranslatePaths` and `SyncInferRoot`, read.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from mlcheck.project.file_index import FileIndex
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

NOTEBOOK_SUFFIXES = (".py", ".ipynb", ".sql", ".r", ".scala", ".R")
DEPLOYED = "${workspace.file_path}"  # where the bundle's files are put
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Located:
    """A path as written and as found. `file` is None where no file of the project is known to be meant.

    `missing`: the path is fully known, and the CLI finds no such file. `file`
    may then be the one that is meant: a notebook whose suffix was left off.
    `outside`: the file lies outside what the bundle deploys. `fallback`: it is
    relative to the file that defines the job, as only older CLIs read it.
    """

    given: str
    file: str | None
    missing: bool
    outside: bool = False
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Paths:
    """Finds the files that a bundle's paths name.

    `sync_root` is the folder whose files are deployed to `file_path`: the
    bundle's own, or one above it that `sync.paths` reaches; None where that is
    not known.
    """

    root: str
    index: FileIndex
    sync_root: str | None
    file_path: str | None

    def locate(self, path: YamlScalar, fallback: str, suffixes: tuple[str, ...] = ()) -> Located:
        """The file of a path, which is relative to the folder of the YAML file that it is written in.

        `fallback` is the folder of the file that defines the job. `suffixes`
        are those of notebooks, which a deployed one has lost.
        """
        text = path.text.strip()
        below = self._deployed(text)
        if below is not None:
            return self._find_deployed(text, below, suffixes)
        if "${" in text or "{{" in text or not text or text.startswith(("/", "~")) or _SCHEME.match(text):
            return Located(text, None, missing=False)
        own = self._find_local(text, posixpath.dirname(path.place.path), suffixes)
        if own.file is None and fallback != posixpath.dirname(path.place.path):
            older = self._find_local(text, fallback, suffixes)
            if older.file is not None:
                return Located(text, older.file, older.missing, older.outside, fallback=True)
        return own

    def symbolic(self, node: YamlNode) -> YamlNode:
        """A node in which the folder that files are deployed to is `${workspace.file_path}` again."""
        match node:
            case YamlScalar(text=text) if self.file_path and self.file_path in text:
                shown = text.replace(self.file_path, DEPLOYED)
                return YamlScalar(shown, shown, node.place)
            case YamlList(items=items):
                return YamlList(tuple(self.symbolic(item) for item in items), node.place)
            case YamlMap(entries=entries):
                return YamlMap(tuple((key, self.symbolic(value)) for key, value in entries), node.place)
            case _:
                return node

    def _deployed(self, text: str) -> str | None:
        """What follows the folder that files are deployed to, in a path that begins with it."""
        for folder in (DEPLOYED, self.file_path):
            if folder and text.startswith(f"{folder}/"):
                return text.removeprefix(folder).strip("/")
        return None

    def _find_deployed(self, given: str, path: str, suffixes: tuple[str, ...]) -> Located:
        if "${" in path or "{{" in path or self.sync_root is None:
            return Located(given, None, missing=False)
        joined = posixpath.normpath(posixpath.join(self.sync_root, path))
        for suffix in ("", *suffixes):
            file = self.index.find(joined + suffix)
            if file is not None:
                return Located(given, file, missing=False)
        return Located(given, None, missing=not self.index.unseen(joined))

    def _find_local(self, text: str, folder: str, suffixes: tuple[str, ...]) -> Located:
        joined = posixpath.normpath(posixpath.join(folder, text))
        if joined == ".." or joined.startswith("../"):
            return Located(text, None, missing=False, outside=self.sync_root is not None)
        outside = bool(self.sync_root) and not f"{joined}/".startswith(f"{self.sync_root}/")
        file = self.index.find(joined)
        if file is not None:
            return Located(text, file, missing=False, outside=outside)
        hidden = self.index.unseen(joined)
        meant = next((found for suffix in suffixes if (found := self.index.find(joined + suffix))), None)
        return Located(text, meant, missing=not hidden, outside=outside)


def sync_root_of(config: YamlMap, root: str) -> str | None:
    """The folder whose files a bundle deploys, or None where it lies above the project or is not resolved."""
    listed = at(config, "sync", "paths")
    if listed is None:
        return root
    found = root
    for element in listed if isinstance(listed, YamlList) else ():
        text = text_at(element)
        if text is None or "${" in text:
            return None
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(element.place.path), text))
        while not f"{joined}/".startswith(f"{found}/") and found:
            found = posixpath.dirname(found)
        if joined == ".." or joined.startswith("../"):
            return None
    return found
