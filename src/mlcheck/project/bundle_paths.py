"""Paths in a bundle: from what is written to the project's files."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from mlcheck.project.file_index import FileIndex
from mlcheck.project.yaml_nodes import YamlScalar

NOTEBOOK_SUFFIXES = (".py", ".ipynb", ".sql", ".r", ".scala", ".R")
DEPLOYED_ROOT = "${workspace.file_path}/"  # the bundle's own files, where they are deployed


@dataclass(frozen=True, slots=True)
class Located:
    """A path as written and as found. `file` is None where no file of the project is known to be meant.

    `missing`: the path is fully known, lies in the project, and there is no such file.
    """

    given: str
    file: str | None
    missing: bool


@dataclass(frozen=True, slots=True)
class Paths:
    """Finds the files that a bundle's paths name."""

    root: str
    index: FileIndex

    def locate(self, raw: YamlScalar, resolved: YamlScalar, fallback: str, suffixes: tuple[str, ...] = ()) -> Located:
        """The file of a path, which is relative to the folder of the YAML file that it is written in.

        `fallback` is the folder of the file that defines the job, which older
        bundles' paths are relative to. `suffixes` may be left off.
        """
        text = resolved.text.strip()
        if raw.text.startswith(DEPLOYED_ROOT):
            return self._below(text, raw.text.removeprefix(DEPLOYED_ROOT).strip(), (self.root,), suffixes)
        return self._below(text, text, (posixpath.dirname(raw.place.path), fallback), suffixes)

    def _below(self, given: str, path: str, folders: tuple[str, ...], suffixes: tuple[str, ...]) -> Located:
        if "${" in path or "{{" in path or not path or path.startswith(("/", "~")) or "://" in path:
            return Located(given, None, missing=False)
        missing = hidden = False
        for folder in folders:
            joined = posixpath.normpath(posixpath.join(folder, path))
            if joined == ".." or joined.startswith("../"):
                continue
            missing = True
            hidden = hidden or self.index.unseen(joined)
            for suffix in ("", *suffixes):
                file = self.index.find(joined + suffix)
                if file is not None:
                    return Located(given, file, missing=False)
        return Located(given, None, missing=missing and not hidden)
