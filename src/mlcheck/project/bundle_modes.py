"""What the CLI refuses of a target for its mode, its identity, and its permissions.

Source: the CLI's `ValidateTargetMode`, `SetRunAs` and `ApplyBundlePermissions`, read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.project.bundle_permissions import BUNDLE_LEVELS
from mlcheck.project.model import BundleProblem
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

_PATHS = ("root_path", "file_path", "resource_path", "artifact_path", "state_path")
# What may hold the name of the one who deploys: a reference, somebody's folder, an address.
_MAY_NAME_USER = re.compile(r"\$\{|/Users/|@|\{\{")
_SHARED = re.compile(r"(?:/Workspace)?/Shared/")
_IN_DEV = "to ensure uniqueness when using 'mode: development'"


def mode_problems(config: YamlMap, place: Place) -> Iterator[BundleProblem]:
    """What the CLI refuses of a resolved configuration; `place` is the target's."""
    mode = text_at(config, "bundle", "mode")
    if mode == "development":
        yield from _development(config)
    if mode == "production":
        yield from _production(config)
    yield from _identity(config, place)
    for one in _items(at(config, "permissions")):
        level = at(one, "level")
        if isinstance(level, YamlScalar) and "${" not in level.text and level.text not in BUNDLE_LEVELS:
            error = f"invalid permission level: {level.text}, allowed values: [{', '.join(BUNDLE_LEVELS)}]"
            what = f"`{level.text}` is no level that a bundle gives to all of its resources"
            yield BundleProblem(level.place, what, "target", error, "level: CAN_MANAGE", level.text)


def _development(config: YamlMap) -> Iterator[BundleProblem]:
    paused = at(config, "presets", "trigger_pause_status")
    if paused is not None and text_at(paused) == "UNPAUSED":
        error = "target with 'mode: development' cannot set trigger pause status to UNPAUSED by default"
        what = "development mode keeps schedules paused"
        yield BundleProblem(paused.place, what, "target", error, "trigger_pause_status: PAUSED", "trigger_pause_status")
    prefix = at(config, "presets", "name_prefix")
    text = text_at(prefix)
    if prefix is not None and text and not _MAY_NAME_USER.search(text) and not re.search(r"\w+\W*dev|dev\W+\w", text):
        error = f"prefix should contain the current username or ${{workspace.current_user.short_name}} {_IN_DEV}"
        what = f"the prefix `{text}` is the same for everybody who deploys to development"
        help = 'name_prefix: "[dev ${workspace.current_user.short_name}] "'
        yield BundleProblem(prefix.place, what, "target", error, help, "name_prefix")
    for name in _PATHS:
        path = at(config, "workspace", name)
        shown = text_at(path)
        if path is not None and shown and _SHARED.match(shown) and not _MAY_NAME_USER.search(shown):
            error = f"{name} must start with '~/' or contain the current username {_IN_DEV}"
            what = f"{shown} is one folder for everybody who deploys to development"
            help = f"{name}: ~/.bundle/${{bundle.name}}/${{bundle.target}}"
            yield BundleProblem(path.place, what, "target", error, help, name)
            return  # the CLI stops at the first


def _production(config: YamlMap) -> Iterator[BundleProblem]:
    pipelines = at(config, "resources", "pipelines")
    for key, node in pipelines.entries if isinstance(pipelines, YamlMap) else ():
        development = at(node, "development")
        if development is not None and text_at(development) == "true":
            error = "target with 'mode: production' cannot include a pipeline with 'development: true'"
            what = f"pipeline `{key.text}` is one for development"
            yield BundleProblem(development.place, what, "target", error, "development: false", key.text)


def _identity(config: YamlMap, place: Place) -> Iterator[BundleProblem]:
    key, run_as = config.key("run_as"), at(config, "run_as")
    if key is None or (run_as is not None and not isinstance(run_as, YamlMap)):
        return
    given = [name for name in ("service_principal_name", "user_name") if text_at(run_as, name)]
    if len(given) == 1:
        return
    error = (
        "run_as section must specify exactly one identity. Neither service_principal_name nor user_name is specified"
    )
    if given:
        error = "run_as section cannot specify both user_name and service_principal_name"
    what = f"`run_as` names {'two identities' if given else 'nobody'}"
    yield BundleProblem(key.place or place, what, "target", error, "run_as: {service_principal_name: …}", "run_as")


def _items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    return node.items if isinstance(node, YamlList) else ()
