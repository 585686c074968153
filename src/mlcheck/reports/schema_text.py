"""Schemas as text for a terminal: the tables that are known, and the columns of one."""

from __future__ import annotations

from collections.abc import Sequence

from mlcheck.printable import printable
from mlcheck.project.model import NotUnderstood, TableSchema
from mlcheck.reports.style import Style

_SOURCES = {
    "yaml": "YAML",
    "dbt": "dbt",
    "contract": "data contract",
    "ddl": "CREATE TABLE",
    "snapshot": "snapshot",
}
_NONE = """\
No table schema was found. Any of these is read where it lies in the project:
  a YAML file of a table     table_name, columns (name, type), primary_key, scd_type
  dbt's properties files     models or sources, with columns
  a data contract            kind: DataContract
  SQL files                  CREATE TABLE … (column type, …)
  a snapshot of the catalog  mlcheck schema --query main.gold > pull.sql
"""


def render_list(schemas: Sequence[TableSchema], lost: Sequence[NotUnderstood], style: Style) -> str:
    """The tables, a line each: name, columns, key, source and place."""
    if not schemas:
        return _NONE
    rows = [_row(one) for one in sorted(schemas, key=lambda one: (one.name.lower(), one.place))]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [
        "  ".join(
            [
                style("bold", row[0].ljust(widths[0])),
                row[1].rjust(widths[1]),
                row[2].ljust(widths[2]),
                row[3].ljust(widths[3]),
                style("place", row[4]),
            ]
        ).rstrip()
        for row in rows
    ]
    partial = sum(not one.complete for one in schemas)
    if partial:
        lines += ["", f"* {_many(partial, 'table')} with some of the columns only: no column is missed there"]
    broken = [one for one in lost if one.place.path.endswith((".yml", ".yaml", ".json", ".sql"))]
    lines += [f"{style('warning', 'not read')} {one.place.shown()}: {printable(one.what)}" for one in broken[:10]]
    return "\n".join(lines) + "\n"


def _row(schema: TableSchema) -> tuple[str, str, str, str, str]:
    columns = _many(len(schema.columns), "column") + ("*" if not schema.complete else " ")
    key = f"key {', '.join(schema.primary_key)}" if schema.primary_key else "no key given"
    return printable(schema.name), columns, printable(key)[:40], _source(schema), schema.place.shown()


def render_table(schema: TableSchema, style: Style) -> str:
    """One table's columns, with types, keys and places."""
    head = f"{style('bold', printable(schema.name))}  {_source(schema)}  {style('place', schema.place.shown())}"
    notes = [f"SCD type {schema.scd_type}"] if schema.scd_type is not None else []
    notes += [] if schema.complete else ["some of the columns only"]
    width = max((len(printable(one.name)) for one in schema.columns), default=0)
    lines = [head + (f"  {', '.join(notes)}" if notes else "")]
    for column in schema.columns:
        marks = ["key"] if column.name in schema.primary_key else []
        marks += ["time series"] if column.name == schema.timeseries else []
        marks += ["not null"] if column.nullable is False else []
        kind = printable(column.type or "type not given")
        lines.append(f"  {printable(column.name).ljust(width)}  {kind:<18}  {', '.join(marks)}".rstrip())
    return "\n".join(lines) + "\n"


def _source(schema: TableSchema) -> str:
    pulled = f" of {printable(schema.pulled)}" if schema.pulled else ""
    return _SOURCES[schema.source] + pulled


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
