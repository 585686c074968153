"""Feature tables: who makes them with which keys, and who writes or drops which table.

Source: databricks-feature-engineering 0.1.0 to 0.18.2 and databricks-feature-store 0.10.0, read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.dotted_names import UNKNOWN, dotted, is_whole, levels, names_in, sameness
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, SqlCell
from mlcheck.flow.feature_store import CLIENT, CLIENTS, OLDER_CLIENT
from mlcheck.flow.sql import HOLE, SQL_SINKS, Sql, read_sql, sql_text
from mlcheck.flow.sql_keys import declared_keys
from mlcheck.flow.tables import table_uses
from mlcheck.flow.values import Const, Value, options_of
from mlcheck.project.place import Place


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """A table with a primary key: its name (`UNKNOWN` for holes), the key's columns without the time-series column.

    `keys` is None where they are not known; `time` is None where the table has no such column, and
    `whole` False where that is not known.
    """

    name: str
    place: Place
    keys: tuple[str, ...] | None
    time: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table that is written, or dropped: `name` is None where which one is not known."""

    name: str | None
    place: Place
    how: Literal["write", "drop"]
    call: CallSeen | None


def client_calls(entry: EntryFacts, *methods: str) -> Iterator[CallSeen]:
    """The calls of a feature client, of either package."""
    for call in entry.calls(*methods):
        if call.name.rpartition(".")[0] in CLIENTS:
            yield call


def is_newer(call: CallSeen) -> bool:
    """Whether it is FeatureEngineeringClient's, whose arguments are all by keyword."""
    return call.name.startswith(CLIENT)


def created(call: CallSeen) -> dict[str, Value | None]:
    """The arguments of `create_table`, or of the older `create_feature_table`, by the newer names.

    One that is not given is None.
    """
    older = call.name.startswith(OLDER_CLIENT)
    old_name = call.method == "create_feature_table"
    first, second, third = (0, 1, 2) if older else (None, None, None)
    frame = call.argument("features_df", third if old_name else None)
    return {
        "name": call.argument("name", first),
        "primary_keys": call.argument("keys" if old_name else "primary_keys", second),
        "df": frame if old_name or frame is not None else call.argument("df", third),
        "time": _first_given(call, "timeseries_column", "timeseries_columns", "timestamp_keys"),
    }


def _first_given(call: CallSeen, *names: str) -> Value | None:
    return next((value for name in names if (value := call.argument(name)) not in (None, Const(None))), None)


def given_table(call: CallSeen) -> FeatureTable | None:
    """The table that a call makes; None where its name is not known."""
    given = created(call)
    name = dotted(given["name"])
    if name is None:
        return None
    keys, time = names_in(given["primary_keys"]), names_in(given["time"])
    known = not call.open and time is not None
    plain = tuple(key for key in keys if key not in (time or ())) if keys and known else None
    return FeatureTable(name, call.place, plain, time[0] if time else None, known)


def known_tables(facts: Facts) -> Iterator[FeatureTable]:
    """The tables with a primary key that code, SQL or a declared schema makes."""
    for entry in facts.entries:
        for call in client_calls(entry, "create_table", "create_feature_table"):
            table = given_table(call)
            if table is not None:
                yield table
        for place, text in _sql_texts(entry):
            if text is not None:
                yield from _declared(place, text)
    for schema in facts.schemas:
        if schema.primary_key and (schema.timeseries or schema.source in ("ddl", "snapshot")):
            plain = tuple(key for key in schema.primary_key if key != schema.timeseries)
            yield FeatureTable(schema.name, schema.place, plain, schema.timeseries, True)


def _declared(place: Place, text: str) -> Iterator[FeatureTable]:
    for key in declared_keys(text):
        plain = tuple(column for column in key.columns if column != key.time)
        yield FeatureTable(_name(key.table), place, plain, key.time, HOLE not in "".join(key.columns))


def same_table(tables: list[FeatureTable], name: str) -> list[FeatureTable]:
    """The tables that a name means, where its last level is known and theirs is the same."""
    last = levels(name)[-1]
    if not is_whole(last):
        return []
    return [one for one in tables if is_whole(levels(one.name)[-1]) and sameness(one.name, name) != "different"]


# --- writes

# Calls whose receiver may not be known, and which write or drop a table: where the name stands.
_WRITERS = {"write_table": ("name", 0), "drop_table": ("name", 0), "saveAsTable": ("name", 0)}
_WRITERS["insertInto"] = ("tableName", 0)


def changes(entry: EntryFacts) -> Iterator[TableChange]:
    """What an entry point writes or drops; a table that a client makes with rows of its own is not written by that."""
    for use in table_uses(entry):
        if use.writes and (use.call is None or use.call.method not in ("create_table", "create_feature_table")):
            yield TableChange(dotted(use.name), use.place, "drop" if use.mode == "gone" else "write", use.call)
    for call in entry.calls(*_WRITERS):
        owner = call.name.rpartition(".")[0]
        if owner == "?" or (call.method == "drop_table" and owner in CLIENTS):
            given = call.argument(*_WRITERS[call.method])
            how: Literal["write", "drop"] = "drop" if call.method == "drop_table" else "write"
            for option in options_of(given) if given is not None else (None,):
                yield TableChange(dotted(option), call.place, how, call)
    for place, text in _sql_texts(entry):
        if text is None or _hides_writes(read_sql(text, True)):
            yield TableChange(None, place, "write", None)


def file_changes(facts: Facts) -> Iterator[TableChange]:
    """What the `.sql` files that tasks run write or drop."""
    paths = {task.file for _, _, job in facts.jobs() for task in job.tasks if task.file is not None}
    for path in sorted(paths - set(facts.project.code)):
        text = facts.project.texts.get(path) if path.endswith(".sql") else None
        for statement in read_sql(text, True).statements if text is not None else ():
            if statement.writes is not None and statement.kind not in ("alter", "view"):
                yield TableChange(_name(statement.writes), Place(path, statement.line), "write", None)


def _hides_writes(read: Sql) -> bool:
    """Whether a text has a statement that was not looked into."""
    return any(one.kind == "unknown" for one in read.statements) or not (read.understood or read.statements)


def _sql_texts(entry: EntryFacts) -> Iterator[tuple[Place, str | None]]:
    """The SQL that an entry point runs, its holes filled in; None where a text is not known at all."""
    for call in entry.calls("sql"):
        if call.name in SQL_SINKS:
            given = call.argument("sqlQuery", 0)
            for option in options_of(given) if given is not None else (None,):
                yield call.place, sql_text(option) if option is not None else None
    for cell in entry.of(SqlCell):
        yield cell.place, cell.text


def _name(name: str) -> str:
    return name.replace(HOLE, UNKNOWN)
