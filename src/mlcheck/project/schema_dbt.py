"""dbt's properties files: models and sources with their columns.

They document as many columns as somebody wrote down, so they are complete only
where the model's contract is enforced.
Source: dbt's reference of model and source properties (version 2).
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.project.model import Column, TableSchema
from mlcheck.project.schema_nodes import column_of, list_at, text_at, texts_at, truth_at
from mlcheck.project.yaml_nodes import YamlMap, YamlNode, YamlScalar


def may_be_dbt(raw: bytes) -> bool:
    """Whether a YAML file's bytes hold the keys of dbt's properties."""
    return b"columns" in raw and (b"models:" in raw or b"sources:" in raw)


def read_dbt(node: YamlNode | None) -> Iterator[TableSchema]:
    """Every model, and every table of a source, that lists columns."""
    if not isinstance(node, YamlMap):
        return
    for model in list_at(node, "models"):
        yield from _table(model, "")
    for source in list_at(node, "sources"):
        levels = [text_at(source, "database"), text_at(source, "schema") or text_at(source, "name")]
        above = ".".join(level for level in levels if level and "{{" not in level)
        for table in list_at(source, "tables"):
            yield from _table(table, f"{above}." if above else "")


def _table(node: YamlNode, above: str) -> Iterator[TableSchema]:
    name = node.get("name") if isinstance(node, YamlMap) else None
    if not isinstance(name, YamlScalar) or name.value is None:
        return
    columns: list[Column] = []
    keys: list[str] = list(_key_of_table(node))
    for one in list_at(node, "columns"):
        column = column_of(one, text_at(one, "data_type") or "", _nullable(one))
        if column is None:
            return
        columns.append(column)
        if any(text_at(constraint, "type") == "primary_key" for constraint in list_at(one, "constraints")):
            keys.append(column.name)
    if columns:
        written = text_at(node, "identifier") or name.text
        complete = _enforced(node)
        yield TableSchema(f"{above}{written}", tuple(columns), tuple(keys), None, name.place, "dbt", complete)


def _enforced(node: YamlNode) -> bool:
    config = node.get("config") if isinstance(node, YamlMap) else None
    for holder in (config, node):
        contract = holder.get("contract") if isinstance(holder, YamlMap) else None
        if truth_at(contract, "enforced"):
            return True
    return False


def _key_of_table(node: YamlNode) -> tuple[str, ...]:
    for constraint in list_at(node, "constraints"):
        if text_at(constraint, "type") == "primary_key":
            return texts_at(constraint, "columns")
    return ()


def _nullable(column: YamlNode) -> bool | None:
    for test in (*list_at(column, "tests"), *list_at(column, "data_tests"), *list_at(column, "constraints")):
        if (isinstance(test, YamlScalar) and test.text == "not_null") or text_at(test, "type") == "not_null":
            return False
    return None
