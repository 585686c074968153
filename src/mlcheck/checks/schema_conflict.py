"""Two sources say different things of one table: two declarations, or a declaration and the code that writes it.

What is checked of columns follows the declared schema. Where another file
declares the table otherwise, or the code writes columns that are not declared,
one of them is wrong, and so is every check that believes it.

Breaks with: A schema mismatch detected when writing to the Delta table
Source: Delta Lake's schema enforcement, read (https://docs.delta.io/latest/delta-batch.html#schema-validation)

Fix: DESCRIBE TABLE main.gold.dim_property  -- then mend the file that differs
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.declared_tables import groups, kind_of, meant, root_of
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.problems import TableWritten
from mlcheck.project.model import TableSchema
from mlcheck.project.place import Place

NAME = "schema-conflict"
WORDS = ("saveAsTable", "create_table")
_PROJECT = Instance("project", "")


def run(facts: Facts) -> Iterator[Verdict]:
    declared = groups(facts)
    for group in declared:
        yield from _declared(group)
    for entry in facts.entries:
        told: set[tuple[Place, str]] = set()
        for write in entry.of(TableWritten):
            table = meant(facts, declared, write.name, root_of(facts, write.place.path))
            if table is not None and write.whole and (write.place, write.name) not in told:
                told.add((write.place, write.name))
                yield _written(entry, write, table)


# --- two declarations


def _declared(group: Sequence[TableSchema]) -> Iterator[Verdict]:
    first = group[0]
    if len(group) == 1:
        yield Seen(NAME, first.place, f"`{first.name}` is declared once", None, _PROJECT)
    for other in group[1:]:
        differs = _differs(first, other)
        if differs is None:
            yield Seen(NAME, other.place, f"`{other.name}` is declared alike in {first.place.path}", None, _PROJECT)
        elif first.source == other.source == "ddl":
            why = f"`{other.name}` is created twice, and differently ({differs}): which one runs last is not known"
            yield Unknown(NAME, why, other.place, None, _PROJECT)
        else:
            yield _finding(other, first, differs)


def _differs(one: TableSchema, other: TableSchema) -> str | None:
    """What two declarations of a table do not agree on; one that lists some columns says nothing of the rest."""
    mine = {column.name.lower(): column for column in one.columns}
    theirs = {column.name.lower(): column for column in other.columns}
    if one.complete and (extra := [name for name in theirs if name not in mine]):
        return f"`{extra[0]}` is in {other.place.path} alone"
    if other.complete and (missing := [name for name in mine if name not in theirs]):
        return f"`{missing[0]}` is in {one.place.path} alone"
    for name, column in theirs.items():
        if name not in mine:
            continue
        kinds = (kind_of(mine[name].type), kind_of(column.type))
        if None not in kinds and kinds[0] != kinds[1]:
            return f"`{name}` is {mine[name].type.lower()} there, and {column.type.lower()} here"
    return None


def _finding(table: TableSchema, other: TableSchema, differs: str) -> Finding:
    return Finding(
        NAME,
        "warning",
        table.place,
        f"`{table.name}` is declared otherwise in {other.place.path}: {differs}",
        "one of the two is wrong, and each check that believes it",
        f"compare both with `DESCRIBE TABLE {table.name}`, and mend the one that differs, or leave it out",
        {"kind": "declared", "table": table.name},
        None,
        _PROJECT,
        (),
        ((other.place, "the other one"),),
    )


# --- a declaration and a write


def _written(entry: EntryFacts, write: TableWritten, table: TableSchema) -> Verdict:
    if not write.schema.closed:
        why = f"whether `{table.name}` is written as it is declared: its columns are not all known"
        return Unknown(NAME, why, write.place, entry.role, _PROJECT)
    declared = {column.name.lower(): column for column in table.columns}
    columns = {one.name.lower(): one for one in write.schema if one.name is not None and not one.perhaps}
    extra = [name for name in columns if name not in declared]
    if extra:
        return _not_as_declared(entry, write, table, extra[0], f"the column `{extra[0]}` is not declared")
    for name, column in columns.items():
        kinds = (kind_of(str(column.type)) if column.type is not None else None, kind_of(declared[name].type))
        if None not in kinds and kinds[0] != kinds[1]:
            what = f"`{name}` is {column.type}, and declared as {declared[name].type.lower()}"
            return _not_as_declared(entry, write, table, name, what)
    missing = [name for name in declared if name not in columns]
    if missing:
        why = f"`{table.name}` is written without `{missing[0]}`, which is declared: it may have a default"
        return Unknown(NAME, why, write.place, entry.role, _PROJECT)
    return Seen(NAME, write.place, f"`{table.name}` is written as it is declared", entry.role, _PROJECT)


def _not_as_declared(entry: EntryFacts, write: TableWritten, table: TableSchema, column: str, what: str) -> Finding:
    return Finding(
        NAME,
        "warning",
        write.place,
        f"`{table.name}` is written otherwise than it is declared: {what}",
        "A schema mismatch detected when writing to the Delta table; or the schema file is wrong",
        f"write the columns that {table.place.path} declares, or mend that file",
        {"kind": "written", "table": table.name, "column": column},
        entry.role,
        _PROJECT,
        entry.targets,
        ((table.place, "declared here"),),
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: schemas/price_day.yml
table_name: price_day
schema: gold
columns:
  - {name: station_id, type: BIGINT}
  - {name: price, type: DOUBLE}
# file: notebook.py
# Databricks notebook source
prices = spark.createDataFrame([], "station_id bigint, mean_price double")
prices.write.mode("overwrite").saveAsTable("gold.price_day")  # error: [schema-conflict] `mean_price` is not declared
""",
    good="""\
# file: schemas/price_day.yml
table_name: price_day
schema: gold
columns:
  - {name: station_id, type: BIGINT}
  - {name: price, type: DOUBLE}
# file: notebook.py
# Databricks notebook source
prices = spark.createDataFrame([], "station_id bigint, price double")
prices.write.mode("overwrite").saveAsTable("gold.price_day")
""",
    mentions=WORDS,
)
