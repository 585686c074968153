"""What the readers of schemas share: scalars, lists of names, and columns, from nodes with positions."""

from __future__ import annotations

from mlcheck.project.model import Column
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar


def text_at(node: YamlNode | None, key: str) -> str | None:
    """The string under a key, None where there is none."""
    value = node.get(key) if isinstance(node, YamlMap) else None
    return value.text if isinstance(value, YamlScalar) and value.value is not None else None


def truth_at(node: YamlNode | None, key: str) -> bool | None:
    value = node.get(key) if isinstance(node, YamlMap) else None
    return value.value if isinstance(value, YamlScalar) and isinstance(value.value, bool) else None


def list_at(node: YamlNode | None, key: str) -> tuple[YamlNode, ...]:
    value = node.get(key) if isinstance(node, YamlMap) else None
    return value.items if isinstance(value, YamlList) else ()


def texts_at(node: YamlNode | None, key: str) -> tuple[str, ...]:
    """The strings of the list under a key; one string is a list of one."""
    alone = text_at(node, key)
    if alone is not None:
        return (alone,)
    return tuple(one.text for one in list_at(node, key) if isinstance(one, YamlScalar))


def column_of(node: YamlNode, kind: str, nullable: bool | None) -> Column | None:
    """A column named under `name`; None where it has no name."""
    name = node.get("name") if isinstance(node, YamlMap) else None
    if not isinstance(name, YamlScalar) or name.value is None:
        return None
    return Column(name.text, kind, nullable, name.place)
