"""A bundle as `databricks bundle validate -o json` resolved it, in place of our own resolution of one target.

Where the output has the CLI's own locations (`--include-locations`) they are
the places; else those of the same keys in our reading of the YAML; else the
lines of the JSON.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlcheck.errors import UsageError
from mlcheck.printable import suggestion
from mlcheck.project.bundle_jobs import JobReader
from mlcheck.project.bundle_paths import DEPLOYED, Paths, sync_root_of
from mlcheck.project.file_index import FileIndex, index_files
from mlcheck.project.json_nodes import read_json
from mlcheck.project.model import Bundle, BundleProblem, Project, Resource, Target
from mlcheck.project.place import Place
from mlcheck.project.tree import Tree
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

_HELP = "give what `databricks bundle validate -o json` printed"
_KEYS = ("task_key", "job_cluster_key", "environment_key", "name", "label", "key")


def with_validated(project: Project, tree: Tree, text: str, path: str) -> Project:
    """The project with one bundle as the CLI resolved it for one target: its other targets are left out.

    `path` is what the JSON is called in places. Raises UsageError where it is
    no such output, or speaks of no bundle of the project.
    """
    config = read_json(text, path)
    name, target = text_at(config, "bundle", "name"), text_at(config, "bundle", "target")
    if not isinstance(config, YamlMap) or name is None or target is None:
        raise UsageError(
            "not the output of `bundle validate`: no `bundle` with a name and a target", where=path, help=_HELP
        )
    if config.get("targets") is not None:
        help = "mend what `databricks bundle validate` says, and give its output then"
        raise UsageError("the CLI stopped before it resolved this bundle", where=path, help=help)
    bundle = _bundle(project.bundles, name, path)
    own = next((one for one in bundle.targets if one.name == target), None)
    if own is None:
        known = suggestion(target, [one.name for one in bundle.targets])
        raise UsageError(f"{bundle.path} has no target `{target}`", where=path, help=known)
    config = _Placing(config, own, bundle.root).placed()
    index = index_files(tree, list(tree.list()))
    taken = replace(bundle, targets=(_target(bundle, own, config, index),), problems=(), open=(), not_understood=())
    bundles = tuple(taken if one is bundle else one for one in project.bundles)
    read = tuple(one for one in project.not_understood if one.place.path not in bundle.files)
    return replace(project, bundles=bundles, texts={**project.texts, path: text}, not_understood=read)


def _bundle(bundles: Sequence[Bundle], name: str, path: str) -> Bundle:
    """The bundle that an output speaks of, by its name."""
    found = [one for one in bundles if one.name == name]
    if not found and len(bundles) == 1 and ("{" in bundles[0].name or not bundles[0].name):
        found = list(bundles)  # its name is put in elsewhere
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(one.path for one in found)
        raise UsageError(
            f"the project has several bundles named `{name}`: {paths}", where=path, help="check one of their folders"
        )
    known = suggestion(name, [one.name for one in bundles]) if bundles else "it has none"
    raise UsageError(f"the project has no bundle named `{name}`", where=path, help=known)


def _target(bundle: Bundle, own: Target, config: YamlMap, index: FileIndex) -> Target:
    problems: list[BundleProblem] = []
    root = sync_root_of(own.config, bundle.root)
    paths = Paths(bundle.root, index, root, text_at(config, "workspace", "file_path"))
    resources = config.get("resources")
    jobs = JobReader(paths, problems, complete=True).jobs(_with_deployed_libraries(resources), at(resources, "jobs"))
    others = tuple(
        Resource(kind.text, key.text, key.place, node)
        for kind, found in (resources.entries if isinstance(resources, YamlMap) else ())
        for key, node in (found.entries if isinstance(found, YamlMap) and kind.text != "jobs" else ())
        if isinstance(node, YamlMap)
    )
    return Target(own.name, own.place, text_at(config, "bundle", "mode"), own.default, jobs, others, config)


def _with_deployed_libraries(node: YamlNode | None) -> YamlNode | None:
    """Paths of libraries, which the output has relative to what is deployed, named so."""
    match node:
        case YamlMap(entries=entries):
            changed = [
                (key, _library(value) if key.text in ("whl", "jar", "egg") else _with_deployed_libraries(value))
                for key, value in entries
            ]
            return YamlMap(tuple((key, value) for key, value in changed if value is not None), node.place)
        case YamlList(items=items):
            found = [_library(one) if _is_local(one) else _with_deployed_libraries(one) for one in items]
            return YamlList(tuple(one for one in found if one is not None), node.place)
        case _:
            return node


def _is_local(node: YamlNode) -> bool:
    return isinstance(node, YamlScalar) and node.text.startswith(("./", "../"))


def _library(node: YamlNode) -> YamlNode:
    if not isinstance(node, YamlScalar) or node.text.startswith(("/", "$", "{")) or ":/" in node.text:
        return node
    path = f"{DEPLOYED}/{posixpath.normpath(node.text)}"
    return YamlScalar(path, path, node.place)


# --- places --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placing:
    """Gives the nodes of an output their places in the bundle's files."""

    config: YamlMap
    own: Target
    root: str

    def placed(self) -> YamlMap:
        """The output with its places, and without the CLI's own table of them."""
        files = [one.text for one in _items(at(self.config, "__locations", "files")) if isinstance(one, YamlScalar)]
        table = at(self.config, "__locations", "locations")
        known = {key.text: value for key, value in table.entries} if isinstance(table, YamlMap) else {}
        locations = {path: place for path, rows in known.items() if (place := self._location(rows, files)) is not None}
        entries = [
            (
                self._key(key, self.own.config, locations, key.text),
                self._node(value, self.own.config.get(key.text), locations, key.text),
            )
            for key, value in self.config.entries
            if key.text != "__locations"
        ]
        return YamlMap(tuple(entries), self.config.place)

    def _location(self, rows: YamlNode, files: Sequence[str]) -> Place | None:
        """The first of a value's locations: `[file, line, column]`."""
        first = next(iter(_items(rows)), None)
        numbers = [one.value for one in _items(first) if isinstance(one, YamlScalar)]
        match numbers:
            case [int(file), int(line), int(column)] if 0 <= file < len(files):
                path = posixpath.normpath(posixpath.join(self.root, files[file]))
                return Place(path, line, column, line, column)
            case _:
                return None

    def _node(self, node: YamlNode, ours: YamlNode | None, locations: dict[str, Place], path: str) -> YamlNode:
        place = locations.get(path) or (ours.place if ours is not None else node.place)
        match node:
            case YamlMap(entries=entries):
                made = []
                for key, value in entries:
                    below = ours.get(key.text) if isinstance(ours, YamlMap) else None
                    where = f"{path}.{key.text}"
                    made.append((self._key(key, ours, locations, where), self._node(value, below, locations, where)))
                return YamlMap(tuple(made), place)
            case YamlList(items=items):
                matched = _matched(items, ours)
                placed = (self._node(item, matched[i], locations, f"{path}[{i}]") for i, item in enumerate(items))
                return YamlList(tuple(placed), place)
            case YamlScalar(value=value, text=text):
                return YamlScalar(value, text, place)

    def _key(self, key: YamlScalar, ours: YamlNode | None, locations: dict[str, Place], path: str) -> YamlScalar:
        held = ours.key(key.text) if isinstance(ours, YamlMap) else None
        place = held.place if held is not None else locations.get(path) or key.place
        return YamlScalar(key.text, key.text, place)


def _items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    return node.items if isinstance(node, YamlList) else ()


def _matched(items: Sequence[YamlNode], ours: YamlNode | None) -> list[YamlNode | None]:
    """For each element of a list, ours that is the same: by its key where it has one, else by its order."""
    held = _items(ours)
    key = next((one for one in _KEYS if any(text_at(item, one) is not None for item in items)), None)
    if key is None:
        return [held[i] if i < len(held) else None for i in range(len(items))]
    by_key = {text_at(one, key): one for one in reversed(held)}
    return [by_key.get(text_at(item, key)) for item in items]
