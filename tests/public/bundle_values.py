"""Values of a recorded configuration beside ours: found by a path, set side by side, and written the same way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bundle_recordings import unmasked

from mlcheck.project.bundle_references import written
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, text_at

_KEYS = (
    "task_key",
    "job_cluster_key",
    "environment_key",
    "name",
    "label",
    "principal",
    "key",
    "user_name",
    "group_name",
)
USER = re.compile(r"\$\{workspace\.current_user\.(userName|short_name|domain_friendly_name)\}")
_PATH = re.compile(r"\.([\w-]+)|\[(\d*)\]")


def steps_of(query: str) -> list[str | int] | None:
    if query == ".":
        return []
    if not re.fullmatch(r"(\.[\w-]+|\[\d+\])+", query):
        return None
    return [name or int(index) for name, index in _PATH.findall(query)]


def below(node: YamlNode | None, steps: list[str | int]) -> YamlNode | None:
    for step in steps:
        if isinstance(node, YamlMap) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, YamlList) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def aligned(recorded: list[object], node: YamlList) -> Iterator[tuple[str, object, YamlNode | None]]:
    """Elements side by side: by their key where they have one, else by their order."""
    key = next((k for k in _KEYS if recorded and all(isinstance(one, dict) and k in one for one in recorded)), None)
    if key is None or len({str(one[key]) for one in recorded if isinstance(one, dict)}) != len(recorded):
        for index in range(max(len(recorded), len(node.items))):
            left = recorded[index] if index < len(recorded) else None
            yield str(index), left, node.items[index] if index < len(node.items) else None
        return
    ours: dict[str, YamlNode] = {}
    for one in node.items:
        ours.setdefault(unmasked(USER.sub("[USERNAME]", text_at(one, key) or "")), one)
    for one in recorded:
        assert isinstance(one, dict)
        yield str(one[key]), one, ours.pop(str(one[key]), None)
    for name, one in ours.items():
        yield name, None, one


def leaf_text(node: YamlNode | None) -> str | None:
    match node:
        case YamlScalar(value=None) | None:
            return None
        case YamlScalar():
            return unmasked(USER.sub("[USERNAME]", written(node)))
        case _:
            return None if is_empty(node) else json.dumps(plain_value(node))


def is_empty(node: YamlNode) -> bool:
    """Whether nothing is left of a node once nulls are."""
    match node:
        case YamlScalar(value=value):
            return value is None
        case YamlList(items=items):
            return not items
        case YamlMap(entries=entries):
            return all(is_empty(value) for _, value in entries)


def json_text(value: object) -> str | None:
    match value:
        case None | {} | []:
            return None
        case bool():
            return "true" if value else "false"
        case float() if value == int(value):
            return str(int(value))
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value)


def plain_value(node: YamlNode) -> object:
    match node:
        case YamlMap(entries=entries):
            return {key.text: plain_value(value) for key, value in entries if not is_empty(value)}
        case YamlList(items=items):
            return [plain_value(one) for one in items]
        case YamlScalar(value=str()):
            return unmasked(USER.sub("[USERNAME]", node.text))
        case YamlScalar(value=value):
            return value
