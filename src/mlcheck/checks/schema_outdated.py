"""A schema in the repository is older than what changed its table.

A snapshot of the catalog says when it was pulled. A migration with a later date
in its name, or a later snapshot with other columns, shows that it is outdated.
Whether a table changed since without a trace in the repository only the catalog
knows: a person compares, and names the day.

Breaks with: every check of columns, in the same way
Source: the format of `mlcheck schema`'s snapshots

Fix: mlcheck schema  # prints the query whose result is the snapshot
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.declared_tables import HOLE, kind_of
from mlcheck.flow.dotted_names import UNKNOWN
from mlcheck.flow.facts import Facts
from mlcheck.flow.migrations import changes_of, date_in
from mlcheck.project.model import TableSchema
from mlcheck.project.place import Place

NAME = "schema-outdated"
WORDS = ("pulled", "table_name")
_PROJECT = Instance("project", "")


def run(facts: Facts) -> Iterator[Verdict]:
    tables: dict[str, list[TableSchema]] = {}
    for one in facts.schemas:
        if one.source == "snapshot":
            tables.setdefault(one.name.casefold(), []).append(one)
    for snapshots in tables.values():
        yield from _snapshots(facts, snapshots)
    told: set[str] = set()
    for one in facts.schemas:
        if one.source != "snapshot" and one.name.casefold() not in tables and one.place.path not in told:
            told.add(one.place.path)
            why = f"`{one.name.replace(HOLE, UNKNOWN)}` was compared with no snapshot of the catalog"
            yield Unknown(NAME, why, one.place, None, _PROJECT)


def _snapshots(facts: Facts, snapshots: Sequence[TableSchema]) -> Iterator[Verdict]:
    newest = max(snapshots, key=lambda one: date_in(one.pulled or "") or "")
    for one in snapshots:
        pulled = date_in(one.pulled or "")
        if pulled is None:
            why = f"the snapshot of `{one.name}` does not say when it was pulled"
            yield Unknown(NAME, why, one.place, None, _PROJECT)
            continue
        later = [change for change in changes_of(facts.project, one.name) if change[0] > pulled]
        if later:
            date, place = later[-1]
            yield _finding(one, f"`{place.path}` changes it on {date}", place)
        elif one is not newest and (date_in(newest.pulled or "") or "") > pulled and _columns(one) != _columns(newest):
            yield _finding(one, f"a later snapshot, of {newest.pulled}, has other columns", newest.place)
        else:
            yield Seen(NAME, one.place, f"pulled on {pulled}, and nothing here changes it later", None, _PROJECT)
            why = f"`{one.name}` was pulled on {pulled}: whether it has changed since the catalog knows"
            yield Unknown(NAME, why, one.place, None, _PROJECT)


def _columns(table: TableSchema) -> set[tuple[str, str | None]]:
    return {(column.name.lower(), kind_of(column.type)) for column in table.columns}


def _finding(table: TableSchema, what: str, place: Place) -> Finding:
    return Finding(
        NAME,
        "warning",
        table.place,
        f"the snapshot of `{table.name}` of {table.pulled} is outdated: {what}",
        "every check of this table's columns follows the old ones",
        "pull the schemas again: `mlcheck schema` prints the query",
        {"table": table.name},
        None,
        _PROJECT,
        (),
        ((place, "changed here"),),
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: schemas/main.schema.json
{"format": "mlcheck/schema/1", "pulled": "2024-05-01", "tables": [
  {"name": "main.gold.ride", "columns": [  # error: [schema-outdated] outdated
    {"name": "ride_id", "type": "bigint"}
  ]}
]}
# file: migrations/2024_06_01_stops.sql
ALTER TABLE main.gold.ride ADD COLUMN stops INT;
""",
    good="""\
# file: schemas/main.schema.json
{"format": "mlcheck/schema/1", "pulled": "2024-07-01", "tables": [
  {"name": "main.gold.ride", "columns": [{"name": "ride_id", "type": "bigint"}, {"name": "stops", "type": "int"}]}
]}
# file: migrations/2024_06_01_stops.sql
ALTER TABLE main.gold.ride ADD COLUMN stops INT;
""",
    mentions=WORDS,
)
