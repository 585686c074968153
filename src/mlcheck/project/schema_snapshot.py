"""A snapshot of a catalog's schemas: a JSON file that a query of information_schema makes (`mlcheck schema`)."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.project.model import Column, NotUnderstood, TableSchema
from mlcheck.project.schema_nodes import column_of, list_at, text_at, texts_at, truth_at
from mlcheck.project.yaml_nodes import YamlMap, YamlNode, YamlScalar

SNAPSHOT_FORMAT = "mlcheck/schema/1"


def may_be_snapshot(raw: bytes) -> bool:
    """Whether a JSON file's bytes say that it is a snapshot."""
    return SNAPSHOT_FORMAT.encode() in raw[:4096]


def read_snapshot(node: YamlNode | None) -> Iterator[TableSchema | NotUnderstood]:
    """Every table of a snapshot; a table with a column that can't be read is not understood as a whole."""
    if not isinstance(node, YamlMap) or text_at(node, "format") != SNAPSHOT_FORMAT:
        return
    pulled = text_at(node, "pulled")
    for table in list_at(node, "tables"):
        name = table.get("name") if isinstance(table, YamlMap) else None
        if not isinstance(name, YamlScalar) or not isinstance(name.value, str):
            yield NotUnderstood(table.place, "a table of the snapshot has no `name`")
            continue
        columns = _columns(table)
        if columns is None:
            yield NotUnderstood(table.place, f"a column of {name.text} has no `name`")
            continue
        key, timeseries = texts_at(table, "primary_key"), text_at(table, "timeseries")
        scd = text_at(table, "scd_type")
        scd_type = int(scd) if scd is not None and scd.isdigit() and len(scd) == 1 else None
        yield TableSchema(name.text, columns, key, scd_type, name.place, "snapshot", True, timeseries, pulled)


def _columns(table: YamlNode) -> tuple[Column, ...] | None:
    columns = []
    for one in list_at(table, "columns"):
        column = column_of(one, text_at(one, "type") or "", truth_at(one, "nullable"))
        if column is None:
            return None
        columns.append(column)
    return tuple(columns)
