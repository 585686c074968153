"""The permissions that a bundle gives to all of its resources, as each kind of them has it.

Source: the CLI's `ApplyBundlePermissions` and `FixPermissions`, read. Who deploys is not known here, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable

from mlcheck.project.bundle_merge import mapped, with_value
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

_PRINCIPALS = ("user_name", "service_principal_name", "group_name")

# A bundle's level as a kind of resource calls it: manage, view, run.
_LEVELS: dict[str, tuple[str, str, str | None]] = {
    "jobs": ("CAN_MANAGE", "CAN_VIEW", "CAN_MANAGE_RUN"),
    "pipelines": ("CAN_MANAGE", "CAN_VIEW", "CAN_RUN"),
    "experiments": ("CAN_MANAGE", "CAN_READ", None),
    "models": ("CAN_MANAGE", "CAN_READ", None),
    "model_serving_endpoints": ("CAN_MANAGE", "CAN_VIEW", "CAN_QUERY"),
    "dashboards": ("CAN_MANAGE", "CAN_READ", None),
    "genie_spaces": ("CAN_MANAGE", "CAN_READ", None),
    "apps": ("CAN_MANAGE", "CAN_USE", None),
    "secret_scopes": ("MANAGE", "READ", None),
    "alerts": ("CAN_MANAGE", "CAN_READ", "CAN_RUN"),
    "sql_warehouses": ("CAN_MANAGE", "CAN_VIEW", "CAN_MONITOR"),
    "database_instances": ("CAN_MANAGE", "CAN_USE", None),
    "postgres_projects": ("CAN_MANAGE", "CAN_USE", None),
    "clusters": ("CAN_MANAGE", "CAN_ATTACH_TO", "CAN_RESTART"),
    "vector_search_endpoints": ("CAN_MANAGE", "CAN_USE", None),
    "instance_pools": ("CAN_MANAGE", "CAN_ATTACH_TO", None),
}
BUNDLE_LEVELS = ("CAN_MANAGE", "CAN_VIEW", "CAN_RUN")


def with_permissions(resources: YamlMap, config: YamlMap) -> YamlMap:
    """Resources with the bundle's own permissions added to each of them."""
    given = at(config, "permissions")
    if not isinstance(given, YamlList):
        return resources
    entries = []
    for kind, node in resources.entries:
        levels = _LEVELS.get(kind.text)
        entries.append((kind, node if levels is None else mapped(node, _adding(given, levels))))
    return YamlMap(tuple(entries), resources.place)


def _adding(given: YamlList, levels: tuple[str, str, str | None]) -> Callable[[YamlScalar, YamlMap], YamlMap]:
    return lambda _, node: _added(node, given, levels)


def _added(node: YamlMap, given: YamlList, levels: tuple[str, str, str | None]) -> YamlMap:
    held = at(node, "permissions")
    own = held.items if isinstance(held, YamlList) else ()
    named = {_principal(one) for one in own}
    by_level = dict(zip(BUNDLE_LEVELS, levels))
    added: list[YamlNode] = []
    for one in given:
        level = by_level.get(text_at(one, "level") or "")
        if level is not None and isinstance(one, YamlMap) and _principal(one) not in named:
            added.append(with_value(one, "level", YamlScalar(level, level, one.place)))
    return with_value(node, "permissions", YamlList((*own, *added), given.place)) if added else node


def _principal(node: YamlNode) -> tuple[str, str] | None:
    for name in _PRINCIPALS:
        text = text_at(node, name)
        if text:
            return name, text
    return None
