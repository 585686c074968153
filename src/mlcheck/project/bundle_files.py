"""A bundle's files: `databricks.yml` and what it includes, as one configuration."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mlcheck.project.bundle_merge import merged_maps
from mlcheck.project.globs import include_matcher
from mlcheck.project.model import BundleProblem, NotUnderstood
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

ROOT_FILES = ("databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml")
YAML_SUFFIXES = (".yml", ".yaml", ".json")

ReadYaml = Callable[[str], "YamlNode | NotUnderstood | None"]


@dataclass(frozen=True, slots=True)
class BundleSource:
    """A bundle before targets: everything that its files say, merged.

    `complete` is False where a file of it could not be read.
    """

    path: str
    root: str
    config: YamlMap
    files: tuple[str, ...]
    problems: tuple[BundleProblem, ...]
    not_understood: tuple[NotUnderstood, ...]
    complete: bool


def is_root_file(path: str) -> bool:
    """Whether a file has the name of a bundle's root file."""
    return posixpath.basename(path) in ROOT_FILES


def read_source(path: str, config: YamlMap, files: Sequence[str], read: ReadYaml) -> BundleSource:
    """A bundle's configuration with its includes merged in, in the CLI's order."""
    root = posixpath.dirname(path)
    problems: list[BundleProblem] = []
    not_understood: list[NotUnderstood] = []
    taken = [path]
    complete = True
    for name, entry in _included(config, root, files, problems, not_understood):
        if name in taken:
            continue
        taken.append(name)
        node = read(name)
        if isinstance(node, YamlMap):
            problems += _defined_twice(config, node)
            config = merged_maps(config, node)
        elif node is not None:
            complete = False
            what = node if isinstance(node, NotUnderstood) else NotUnderstood(entry.place, f"{name} is no mapping")
            not_understood.append(what)
    return BundleSource(
        path, root, config, tuple(taken), tuple(problems), tuple(not_understood), complete and not not_understood
    )


def _included(
    config: YamlMap,
    root: str,
    files: Sequence[str],
    problems: list[BundleProblem],
    not_understood: list[NotUnderstood],
) -> Iterator[tuple[str, YamlScalar]]:
    """The files that `include` names, each with the entry that names it."""
    entries = config.get("include")
    if entries is None or (isinstance(entries, YamlScalar) and entries.value is None):
        return
    if not isinstance(entries, YamlList):
        problems.append(BundleProblem(entries.place, "`include` is not a list"))
        return
    for entry in entries:
        if not isinstance(entry, YamlScalar) or not isinstance(entry.value, str):
            problems.append(BundleProblem(entry.place, "an entry of `include` is not a path"))
            continue
        pattern = posixpath.normpath(posixpath.join(root, entry.value))
        if entry.value.startswith("/"):
            problems.append(BundleProblem(entry.place, f"include paths are relative: {entry.value}"))
        elif pattern.startswith(".."):
            not_understood.append(NotUnderstood(entry.place, f"{entry.value} is out of the project"))
        else:
            yield from _matches(entry, pattern, files, problems)


def _matches(
    entry: YamlScalar, pattern: str, files: Sequence[str], problems: list[BundleProblem]
) -> Iterator[tuple[str, YamlScalar]]:
    match = include_matcher(pattern)
    plain = re.split(r"[*?\[]", pattern, maxsplit=1)[0]  # what a path must begin with to be matched at all
    found = [name for name in files if name.startswith(plain) and match(name)]
    if not found and not re.search(r"[*?\[]", entry.text):
        problems.append(BundleProblem(entry.place, f"include: no file {entry.text}"))
    for name in found:
        if name.endswith(YAML_SUFFIXES):
            yield name, entry
        else:
            problems.append(BundleProblem(entry.place, f"include: {name} is neither YAML nor JSON"))


def _defined_twice(config: YamlMap, added: YamlMap) -> Iterator[BundleProblem]:
    """Resources that two files define under one key, which the CLI refuses."""
    for kind, resources in _maps(added.get("resources")):
        held = config.get("resources")
        known = held.get(kind) if isinstance(held, YamlMap) else None
        if not isinstance(known, YamlMap) or not isinstance(resources, YamlMap):
            continue
        for key, _ in resources.entries:
            other = known.key(key.text)
            if other is not None:
                where = other.place.shown()
                yield BundleProblem(key.place, f"{kind}.{key.text} is defined in {where} too")


def _maps(node: YamlNode | None) -> Iterator[tuple[str, YamlNode]]:
    if isinstance(node, YamlMap):
        for key, value in node.entries:
            yield key.text, value
