"""Table schemas written as YAML: a mapping for each table, as gold layers are declared, alone or in a list."""

from __future__ import annotations

import re

from mlcheck.project.model import Column, NotUnderstood, TableSchema
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

_SCD = re.compile(r"(?:scd)?[ _-]*(?:type)?[ _-]*([0-7])\Z", re.IGNORECASE)
_HOLE = re.compile(r"\$\{|\{\{")


def may_be_schema(raw: bytes) -> bool:
    """Whether a YAML file's bytes hold the keys of a schema: only then is it worth parsing."""
    return b"table_name" in raw and b"columns" in raw


def read_schemas(node: YamlNode | None) -> list[TableSchema | NotUnderstood]:
    """The schemas of a YAML document: one table, a list of them, or a list under `tables`."""
    if isinstance(node, YamlMap) and isinstance(node.get("tables"), YamlList) and node.get("table_name") is None:
        tables = node.get("tables")
        nodes: list[YamlNode] = list(tables) if isinstance(tables, YamlList) else []
    else:
        nodes = list(node) if isinstance(node, YamlList) else ([node] if node is not None else [])
    return [read for one in nodes if (read := read_schema(one)) is not None]


def read_schema(node: YamlNode | None) -> TableSchema | NotUnderstood | None:
    """The schema that a YAML document declares, why it can't be read, or None where it is none.

    A schema with a column that can't be read is not understood as a whole: an
    incomplete one would say that columns are missing.
    """
    if not isinstance(node, YamlMap):
        return None
    name, columns = node.get("table_name"), node.get("columns")
    if not isinstance(name, YamlScalar) or not isinstance(name.value, str) or not isinstance(columns, YamlList):
        return None
    read: list[Column] = []
    for element in columns:
        column = _column(element)
        if column is None:
            return NotUnderstood(element.place, f"a column of {name.text} has no `name`")
        read.append(column)
    return TableSchema(
        _full_name(node, name.text), tuple(read), _primary_key(node), _scd_type(node.get("scd_type")), name.place
    )


def _column(node: YamlNode) -> Column | None:
    if not isinstance(node, YamlMap):
        return None
    name = node.get("name") or node.get("column_name")
    if not isinstance(name, YamlScalar) or name.value is None:
        return None
    kind = node.get("type") or node.get("data_type")
    nullable = node.get("nullable")
    return Column(
        name.text,
        kind.text if isinstance(kind, YamlScalar) and kind.value is not None else "",
        nullable.value if isinstance(nullable, YamlScalar) and isinstance(nullable.value, bool) else None,
        name.place,
    )


def _full_name(node: YamlMap, table: str) -> str:
    """The table's name with the catalog and schema that the file gives for certain."""
    if "." in table:
        return table
    levels = [table]
    for key in ("schema", "catalog"):
        given = node.get(key)
        if not isinstance(given, YamlScalar) or not isinstance(given.value, str) or _HOLE.search(given.text):
            break
        levels.insert(0, given.text)
    return ".".join(levels)


def _primary_key(node: YamlMap) -> tuple[str, ...]:
    given = node.get("primary_key")
    if isinstance(given, YamlMap):
        given = given.get("columns")
    if isinstance(given, YamlScalar) and isinstance(given.value, str):
        return tuple(part.strip() for part in given.text.split(","))
    if isinstance(given, YamlList):
        return tuple(item.text for item in given if isinstance(item, YamlScalar))
    return ()


def _scd_type(node: YamlNode | None) -> int | None:
    """1 or 2 from `2`, `SCD2`, `type 2`, `scd_type_2`."""
    if not isinstance(node, YamlScalar) or isinstance(node.value, bool):
        return None
    found = _SCD.match(node.text.strip())
    return int(found.group(1)) if found else None
