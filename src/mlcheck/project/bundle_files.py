"""A bundle's files: `databricks.yml` and what it includes, as one configuration.

Source: the CLI's `ProcessRootIncludes`, `ProcessInclude` and `UniqueResourceKeys`, read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mlcheck.project.bundle_merge import merged_maps
from mlcheck.project.globs import include_matcher
from mlcheck.project.model import ROOT_FILES, BundleProblem, NotUnderstood
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, is_broken

YAML_SUFFIXES = (".yml", ".yaml", ".json")
_WILD = re.compile(r"[*?\[]")

ReadYaml = Callable[[str], "YamlNode | NotUnderstood | None"]


@dataclass(frozen=True, slots=True)
class BundleSource:
    """A bundle before targets: everything that its files say, merged, and each file's own part.

    `complete` is False where a file of it could not be read.
    """

    path: str
    root: str
    config: YamlMap
    parts: tuple[tuple[str, YamlMap], ...]  # path and content of each file, the root's first
    problems: tuple[BundleProblem, ...]
    not_understood: tuple[NotUnderstood, ...]
    complete: bool

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(path for path, _ in self.parts)


def is_root_file(path: str) -> bool:
    """Whether a file has the name of a bundle's root file."""
    return posixpath.basename(path) in ROOT_FILES


def read_source(
    path: str, config: YamlMap, files: Sequence[str], read: ReadYaml, unseen: Callable[[str], bool]
) -> BundleSource:
    """A bundle's configuration with its includes merged in, in the CLI's order.

    `unseen` says of a path whether it lies in what was left out of the project.
    """
    root = posixpath.dirname(path)
    reading = _Reading(root, files, unseen, [], [])
    parts: dict[str, YamlMap] = {path: config}
    unread = False
    for name, entry in reading.included(config):
        if name in parts:
            continue
        node = read(name)
        if isinstance(node, YamlMap):
            _further_includes(node, reading.problems)
            parts[name] = node
            config = merged_maps(config, node, reading.problems)
        elif node is not None:
            unread = True
            reading.lost(node, entry, name)
    reading.problems.extend(_defined_twice(parts))
    return BundleSource(
        path,
        root,
        config,
        tuple(parts.items()),
        tuple(reading.problems),
        tuple(reading.not_understood),
        not unread and not reading.not_understood,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is met while the includes of a bundle are followed."""

    root: str
    files: Sequence[str]
    unseen: Callable[[str], bool]
    problems: list[BundleProblem]
    not_understood: list[NotUnderstood]

    def included(self, config: YamlMap) -> Iterator[tuple[str, YamlScalar]]:
        """The files that `include` names, each with the entry that names it."""
        entries = config.get("include")
        if entries is None or (isinstance(entries, YamlScalar) and entries.value is None):
            return
        if not isinstance(entries, YamlList):
            error = "expected sequence, found string"
            self._problem(entries, "`include` is not a list", error, 'include: ["resources/*.yml"]')
            return
        for entry in entries:
            if not isinstance(entry, YamlScalar) or not isinstance(entry.value, str):
                self._problem(entry, "an entry of `include` is not a path")
                continue
            pattern = posixpath.normpath(posixpath.join(self.root, entry.value))
            if entry.value.startswith("/"):
                error = f"{entry.value}: includes must be relative paths"
                self._problem(entry, f"include paths are relative: {entry.value}", error)
            elif pattern.startswith(".."):
                self.not_understood.append(NotUnderstood(entry.place, f"{entry.value} is out of the project"))
            else:
                yield from self._matches(entry, pattern)

    def _matches(self, entry: YamlScalar, pattern: str) -> Iterator[tuple[str, YamlScalar]]:
        match = include_matcher(pattern)
        plain = _WILD.split(pattern, maxsplit=1)[0]  # what a path must begin with to be matched at all
        found = [name for name in self.files if name.startswith(plain) and match(name)]
        if not found and not _WILD.search(entry.text):
            if self.unseen(pattern):
                self.not_understood.append(NotUnderstood(entry.place, f"{entry.text} was left out of the project"))
            else:
                error = f"{entry.text} defined in 'include' section does not match any files"
                self._problem(entry, f"include: no file {entry.text}", error)
        for name in found:
            if name.endswith(YAML_SUFFIXES):
                yield name, entry
            else:
                error = "Files in the 'include' configuration section must be YAML or JSON files."
                self._problem(entry, f"include: {name} is neither YAML nor JSON", error)

    def lost(self, node: YamlNode | NotUnderstood, entry: YamlScalar, name: str) -> None:
        what = node if isinstance(node, NotUnderstood) else NotUnderstood(entry.place, f"{name} is no mapping")
        self.not_understood.append(what)
        if is_broken(what.what):
            error = f"failed to load {name}: yaml: line {what.place.line}: {what.what.partition(': ')[2]}"
            self.problems.append(BundleProblem(what.place, what.what, "yaml", error, "mend the YAML there", name))

    def _problem(self, node: YamlNode, what: str, error: str = "", help: str = "") -> None:
        named = node.text if isinstance(node, YamlScalar) else ""
        self.problems.append(BundleProblem(node.place, what, "include", error, help, named))


def _further_includes(node: YamlMap, problems: list[BundleProblem]) -> None:
    key = node.key("include")
    if key is not None:
        what = "`include` has no effect here: only the root file's is read"
        error = "Include section is defined outside root file"
        problems.append(BundleProblem(key.place, what, "include", error, "include it in databricks.yml", "include"))


def _defined_twice(parts: dict[str, YamlMap]) -> Iterator[BundleProblem]:
    """Resources and scripts of one key, of one kind or of two, which the CLI refuses."""
    first: dict[str, tuple[str, YamlScalar]] = {}
    for node in parts.values():
        for kind, key in _keys(node):
            held = first.get(key.text)
            if held is None:
                first[key.text] = (kind, key)
                continue
            what = f"{kind}.{key.text} is defined in {held[1].place.shown()} too"
            if held[0] != kind:
                what = f"{kind}.{key.text} has the key of {held[0]}.{key.text} in {held[1].place.shown()}"
            error = f"multiple resources or scripts have been defined with the same key: {key.text}"
            yield BundleProblem(key.place, what, "resource", error, "", key.text)


def _keys(node: YamlMap) -> Iterator[tuple[str, YamlScalar]]:
    resources, scripts = node.get("resources"), node.get("scripts")
    for kind, found in resources.entries if isinstance(resources, YamlMap) else ():
        seen: set[str] = set()
        for key, _ in found.entries if isinstance(found, YamlMap) else ():
            if key.text not in seen:  # a key given twice in one mapping is one resource: the last
                seen.add(key.text)
                yield kind.text, key
    for key, _ in scripts.entries if isinstance(scripts, YamlMap) else ():
        yield "scripts", key
