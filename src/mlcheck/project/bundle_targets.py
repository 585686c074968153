"""A bundle's configuration as one of its targets has it, before variables are put in.

Source: the CLI's `MergeTargetOverrides`, `DefineDefaultWorkspaceRoot`, `ExpandWorkspaceRoot`,
`DefineDefaultWorkspacePaths` and `PrependWorkspacePrefix`, read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from mlcheck.project.bundle_merge import Conflicts, merged, with_value
from mlcheck.project.model import BundleProblem
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

# What a target merges into the bundle; `run_as`, `mode` and `cluster_id` take the place of what was there.
_MERGED = ("bundle", "workspace", "artifacts", "resources", "sync", "permissions", "presets")
_KEPT = (*_MERGED, "run_as", "experimental", "python", "scripts")
_BELOW_ROOT = {
    "file_path": "files",
    "resource_path": "resources",
    "artifact_path": "artifacts",
    "state_path": "state",
}
_USER = "${workspace.current_user.userName}"
_WITH_PREFIX = ("/Workspace/", "/Volumes/")


def targets_of(config: YamlMap, problems: list[BundleProblem]) -> Iterator[tuple[YamlScalar, YamlMap | None]]:
    """The targets that a bundle declares, by their older name `environments` too."""
    older, newer = config.get("environments"), config.get("targets")
    if older is not None and newer is not None:
        place = (config.key("environments") or older).place
        error = "both 'environments' and 'targets' are specified; only 'targets' should be used"
        problems.append(BundleProblem(place, "`environments` is the older name of `targets`", "target", error))
    node = merged(older, newer, [])
    if node is None or (isinstance(node, YamlScalar) and node.value is None):
        return
    if not isinstance(node, YamlMap):
        problems.append(
            BundleProblem(node.place, "`targets` is not a mapping", "shape", "expected map, found sequence")
        )
        return
    for key, target in node.entries:
        if isinstance(target, YamlMap):
            yield key, target
        elif isinstance(target, YamlScalar) and target.value is None:
            yield key, None
        else:
            problems.append(BundleProblem(key.place, f"target `{key.text}` is not a mapping", "shape"))


def in_target(config: YamlMap, key: YamlScalar | None, overrides: YamlMap | None, conflicts: Conflicts) -> YamlMap:
    """All of a bundle that has a say in a target, with the target's own values merged in."""
    entries: list[tuple[YamlScalar, YamlNode]] = []
    for name in _KEPT:
        base = config.get(name)
        own = overrides.get(name) if overrides is not None and name in (*_MERGED, "run_as") else None
        node = _merged_part(name, base, own, conflicts)
        named = config.key(name) or (overrides.key(name) if overrides is not None else None)
        if node is not None and named is not None:
            entries.append((named, node))
    whole = YamlMap(tuple(entries), config.place)
    return _with_workspace(_with_bundle(_with_sync(whole), key, overrides, conflicts))


def _with_sync(config: YamlMap) -> YamlMap:
    """`sync` with the bundle's own folder as what is deployed, where it says nothing else."""
    held = config.get("sync")
    sync = held if isinstance(held, YamlMap) else YamlMap((), config.place)
    if sync.key("paths") is not None:
        return config
    return with_value(config, "sync", with_value(sync, "paths", YamlList((_scalar(".", config.place),), config.place)))


def _merged_part(name: str, base: YamlNode | None, own: YamlNode | None, conflicts: Conflicts) -> YamlNode | None:
    if own is None:
        return base
    before = len(conflicts)
    node = own if name == "run_as" else merged(base, own, conflicts)
    conflicts[before:] = [replace(one, kind="target") for one in conflicts[before:]]
    return node


def _with_bundle(config: YamlMap, key: YamlScalar | None, overrides: YamlMap | None, conflicts: Conflicts) -> YamlMap:
    """`bundle` with what the target says of it: its name, mode, cluster and git details."""
    held = config.get("bundle")
    bundle = held if isinstance(held, YamlMap) else YamlMap((), config.place)
    place = key.place if key is not None else config.place
    name = _scalar(key.text if key is not None else "default", place)
    bundle = with_value(with_value(bundle, "target", name), "environment", name)
    for node, older in ((bundle, "compute_id"), (overrides, "compute_id"), (overrides, "cluster_id")):
        given = at(node, older)
        if given is not None:
            bundle = with_value(bundle, "cluster_id", given)
    mode = at(overrides, "mode")
    if mode is not None:
        bundle = with_value(bundle, "mode", mode)
    git = merged(bundle.get("git"), overrides.get("git") if overrides is not None else None, conflicts)
    if git is not None:
        bundle = with_value(bundle, "git", git)
    return with_value(config, "bundle", bundle)


def _with_workspace(config: YamlMap) -> YamlMap:
    """`workspace` with the paths that it has by default; the user who deploys stays a reference."""
    held = config.get("workspace")
    workspace = held if isinstance(held, YamlMap) else YamlMap((), config.place)
    root = text_at(workspace, "root_path")
    name, target = text_at(config, "bundle", "name"), text_at(config, "bundle", "target")
    if not root and name:
        root = f"~/.bundle/{name}/{target}"
    if not root:
        return with_value(config, "workspace", workspace)
    if root.startswith("~/"):
        root = posixpath.join("/Workspace/Users", _USER, posixpath.normpath(root[2:]))
    place = (at(workspace, "root_path") or workspace).place
    workspace = with_value(workspace, "root_path", _prefixed(root, place))
    for field, folder in _BELOW_ROOT.items():
        given = text_at(workspace, field)
        path = given if given else f"{root.rstrip('/')}/{folder}"
        workspace = with_value(workspace, field, _prefixed(path, (at(workspace, field) or workspace).place))
    return with_value(config, "workspace", workspace)


def _prefixed(path: str, place: Place) -> YamlScalar:
    if path.startswith("/") and not path.startswith(_WITH_PREFIX):
        path = f"/Workspace{path}"
    return _scalar(path, place)


def _scalar(text: str, place: Place) -> YamlScalar:
    return YamlScalar(text, text, place)
