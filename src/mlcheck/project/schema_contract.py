"""Data contracts of the Open Data Contract Standard: the tables under `schema`.

Source: the standard's version 3, its JSON schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.project.model import Column, TableSchema
from mlcheck.project.schema_nodes import column_of, list_at, text_at, truth_at
from mlcheck.project.yaml_nodes import YamlMap, YamlNode


def may_be_contract(raw: bytes) -> bool:
    """Whether a YAML file's bytes hold the keys of a data contract."""
    return b"DataContract" in raw and b"properties" in raw


def read_contract(node: YamlNode | None) -> Iterator[TableSchema]:
    """Every table of a contract. A property that has no name makes its table incomplete."""
    if not isinstance(node, YamlMap) or text_at(node, "kind") != "DataContract":
        return
    for table in list_at(node, "schema"):
        name = text_at(table, "physicalName") or text_at(table, "name")
        given = list_at(table, "properties")
        if name is None or not given:
            continue
        columns: list[Column] = []
        keys: list[tuple[str, str]] = []
        for one in given:
            column = column_of(one, text_at(one, "physicalType") or text_at(one, "logicalType") or "", _nullable(one))
            if column is not None:
                columns.append(column)
                if truth_at(one, "primaryKey"):
                    keys.append((text_at(one, "primaryKeyPosition") or "1", column.name))
        key = tuple(column for _, column in sorted(keys, key=lambda pair: pair[0]))
        complete = len(columns) == len(given)
        yield TableSchema(name, tuple(columns), key, None, table.place, "contract", complete)


def _nullable(column: YamlNode) -> bool | None:
    required = truth_at(column, "required")
    return None if required is None else not required
