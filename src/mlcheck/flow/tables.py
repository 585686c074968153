"""Tables that an entry point reads and writes, in the order in which it does: by DataFrames, Delta, SQL and the
feature client.

Sources: pyspark 4.0, delta-spark 4.0 and databricks-feature-engineering 0.18, read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from mlcheck.flow.dotted_names import dotted, sameness
from mlcheck.flow.facts import CallSeen, EntryFacts, SqlCell
from mlcheck.flow.sql import HOLE, SQL_SINKS, read_sql, sql_text
from mlcheck.flow.values import (
    Bound,
    Const,
    DictValue,
    Hole,
    ListValue,
    Made,
    Obj,
    OneOf,
    Text,
    Value,
    constant_text,
    options_of,
)
from mlcheck.project.place import Place

_WRITER = "pyspark.sql.DataFrameWriter"
_READER = "pyspark.sql.DataFrameReader"
_V2 = "pyspark.sql.DataFrame.writeTo"
_DELTA = "delta.tables.DeltaTable"
_CLIENTS = (
    "databricks.feature_engineering.FeatureEngineeringClient",
    "databricks.feature_store.FeatureStoreClient",
)
_MOST_ORIGINS = 200  # calls behind one value


@dataclass(frozen=True, slots=True)
class TableUse:
    """A table read, or written to.

    `name` is Top where it is not known. `mode` says what a write does to what
    is there: append, overwrite, replace, merge, exists (only where it is not
    there yet), change, gone; "" for a read, and "?" where it is not known.
    `certain`: no undecided branch stands around it.
    """

    place: Place
    name: Value
    mode: str
    certain: bool
    data: Value | None = None  # the frame that is written
    options: Mapping[str, Value] = field(default_factory=dict)
    call: CallSeen | None = None

    @property
    def writes(self) -> bool:
        return self.mode != ""


def table_uses(entry: EntryFacts) -> tuple[TableUse, ...]:
    """Every use of a table that was seen, in order; worked out once for an entry point, since many checks ask."""
    known = entry.kept.get("tables")
    if known is None:
        known = entry.kept["tables"] = tuple(_uses(entry))
    return cast("tuple[TableUse, ...]", known)


def _uses(entry: EntryFacts) -> Iterator[TableUse]:
    for fact in entry.facts:
        if isinstance(fact, CallSeen):
            yield from _of_call(fact)
        elif isinstance(fact, SqlCell):
            yield from _of_sql(fact.text, True, fact.place, True)


def _of_call(call: CallSeen) -> Iterator[TableUse]:
    if call.name in SQL_SINKS:
        given = call.argument("sqlQuery", 0)
        for option in options_of(given) if given is not None else ():
            text = sql_text(option)
            if text is not None:
                yield from _of_sql(text, False, call.place, call.certain and not isinstance(given, OneOf))
        return
    reader = _CALLS.get(call.name)
    if reader is not None:
        yield from reader(call)


def _of_sql(text: str, several: bool, place: Place, certain: bool) -> Iterator[TableUse]:
    for statement in read_sql(text, several).statements:
        for name in statement.reads:
            yield TableUse(place, _named(name), "", certain)
        if statement.writes is not None and statement.kind not in ("view", "alter"):
            mode = {"new": "exists"}.get(statement.mode, statement.mode)
            yield TableUse(place, _named(statement.writes), mode, certain)


def sql_uses(text: str, place: Place) -> tuple[TableUse, ...] | None:
    """The tables that statements of SQL use; None where not all of them are understood."""
    return tuple(_of_sql(text, True, place, True)) if read_sql(text, True).understood else None


def _named(name: str) -> Value:
    if HOLE not in name:
        return Const(name)
    parts: list[str | Hole] = []
    for index, piece in enumerate(name.split(HOLE)):
        if index:
            parts.append(Hole("unknown", "a part of the name"))
        if piece:
            parts.append(piece)
    return Text(tuple(parts))


def _use(call: CallSeen, name: Value | None, mode: str, data: Value | None = None) -> Iterator[TableUse]:
    if name is not None:
        for option in options_of(name):
            certain = call.certain and not isinstance(name, OneOf)
            yield TableUse(call.place, option, mode, certain, data, written_options(call), call)


def _read(argument: str) -> Callable[[CallSeen], Iterator[TableUse]]:
    return lambda call: _use(call, call.argument(argument, 0), "")


def _save_as_table(call: CallSeen) -> Iterator[TableUse]:
    return _use(call, call.argument("name", 0), _mode(call, call.argument("mode", 2)), _frame_of(call))


def _save(call: CallSeen) -> Iterator[TableUse]:
    return _use(call, call.argument("path", 0), _mode(call, call.argument("mode", 2)), _frame_of(call))


def _to_files(call: CallSeen) -> Iterator[TableUse]:
    return _use(call, call.argument("path", 0), _mode(call, call.argument("mode", 1)), _frame_of(call))


def _insert_into(call: CallSeen) -> Iterator[TableUse]:
    given = call.argument("overwrite", 1)
    overwrites = isinstance(given, Const) and given.value is True
    if given is not None and not isinstance(given, Const):
        mode = "?"
    else:
        mode = "overwrite" if overwrites or _mode(call, None) == "overwrite" else "append"
    return _use(call, call.argument("tableName", 0), mode, _frame_of(call))


def _v2(mode: str) -> Callable[[CallSeen], Iterator[TableUse]]:
    def read(call: CallSeen) -> Iterator[TableUse]:
        for one in chain(call.receiver):
            if one.name == _V2:
                return _use(call, one.argument("table", 0), mode, one.receiver)
        return iter(())

    return read


def _delta(mode: str) -> Callable[[CallSeen], Iterator[TableUse]]:
    def read(call: CallSeen) -> Iterator[TableUse]:
        for one in chain(call.receiver):
            if one.name in (f"{_DELTA}.forName", f"{_DELTA}.forPath"):
                return _use(call, one.argument("tableOrViewName", 1) or one.argument("path", 1), mode)
        return iter(())

    return read


def _feature_write(call: CallSeen) -> Iterator[TableUse]:
    mode = constant_text(call.argument("mode", 2) or Const("merge")) or "?"
    return _use(call, call.argument("name", 0), mode, call.argument("df", 1))


def _feature_create(call: CallSeen) -> Iterator[TableUse]:
    return _use(call, call.argument("name", 0), "exists", call.argument("df"))


_FILES = ("parquet", "csv", "json", "orc", "text")
_CALLS: dict[str, Callable[[CallSeen], Iterator[TableUse]]] = {
    "pyspark.sql.SparkSession.table": _read("tableName"),
    "notebook.table": _read("tableName"),
    f"{_READER}.table": _read("tableName"),
    f"{_READER}.load": _read("path"),
    **{f"{_READER}.{kind}": _read("path") for kind in _FILES},
    **{f"{client}.read_table": _read("name") for client in _CLIENTS},
    "databricks.feature_engineering.FeatureLookup": _read("table_name"),
    f"{_WRITER}.saveAsTable": _save_as_table,
    f"{_WRITER}.insertInto": _insert_into,
    f"{_WRITER}.save": _save,
    **{f"{_WRITER}.{kind}": _to_files for kind in _FILES},
    "pyspark.sql.DataFrameWriterV2.append": _v2("append"),
    "pyspark.sql.DataFrameWriterV2.overwrite": _v2("overwrite"),
    "pyspark.sql.DataFrameWriterV2.overwritePartitions": _v2("overwrite"),
    "pyspark.sql.DataFrameWriterV2.create": _v2("exists"),
    "pyspark.sql.DataFrameWriterV2.replace": _v2("replace"),
    "pyspark.sql.DataFrameWriterV2.createOrReplace": _v2("replace"),
    f"{_DELTA}.merge": _delta("merge"),
    f"{_DELTA}.delete": _delta("change"),
    f"{_DELTA}.update": _delta("change"),
    **{f"{client}.write_table": _feature_write for client in _CLIENTS},
    **{f"{client}.create_table": _feature_create for client in _CLIENTS},
    **{f"{client}.create_feature_table": _feature_create for client in _CLIENTS},
}


def chain(value: Value | None) -> Iterator[CallSeen]:
    """The calls on each other's results behind a receiver, the last first, while each is the one."""
    for _ in range(_MOST_ORIGINS):
        call = value.call if isinstance(value, Made) else value.made if isinstance(value, Obj) else None
        if call is None:
            return
        yield call
        value = call.receiver


def _frame_of(call: CallSeen) -> Value | None:
    """The frame whose writer a call is on."""
    value = call.receiver
    for _ in range(_MOST_ORIGINS):
        one = value.call if isinstance(value, Made) else None
        if one is None or not one.name.startswith(_WRITER):
            return value
        value = one.receiver
    return value


def written_options(call: CallSeen) -> Mapping[str, Value]:
    """The options that a writer's chain sets, by their name in lower case."""
    found: dict[str, Value] = {}
    for one in (call, *chain(call.receiver)):
        if one.method == "option":
            key = constant_text(one.argument("key", 0) or Const(None))
            value = one.argument("value", 1)
            if key is not None and value is not None:
                found.setdefault(key.lower(), value)
        if one.method in ("options", "saveAsTable", "save"):
            for key, value in one.keywords.items():
                found.setdefault(key.lower(), value)
    return found


def _mode(call: CallSeen, given: Value | None) -> str:
    """What a writer does to what is there: its last `mode`, else it fails where the table is."""
    if given is None:
        given = next((one.argument("saveMode", 0) for one in chain(call.receiver) if one.method == "mode"), None)
    if given is None:
        return "exists"
    text = constant_text(given)
    modes = {"append": "append", "overwrite": "overwrite", "ignore": "exists", "error": "exists"}
    return modes.get(text.lower(), "exists") if text is not None else "?"


def origins(value: Value | None) -> tuple[tuple[CallSeen, ...], bool]:
    """The calls that a value may come from, through receivers and arguments, and whether that is all there is."""
    found: dict[int, CallSeen] = {}
    complete = True
    waiting: list[Value | None] = [value]
    while waiting:
        one = waiting.pop()
        match one:
            case Made(calls=calls):
                complete = complete and bool(calls)
                for call in calls:
                    if id(call) not in found:
                        found[id(call)] = call
                        waiting += [call.receiver, *call.positional, *call.keywords.values()]
            case Obj(made=CallSeen() as call):
                found.setdefault(id(call), call)
                waiting.append(call.receiver)
            case ListValue(items=items, open=is_open):
                complete = complete and not is_open
                waiting += items
            case DictValue(entries=entries, open=is_open):
                complete = complete and not is_open
                waiting += entries.values()
            case OneOf(options=options):
                waiting += options
            case Bound(receiver=receiver):
                waiting.append(receiver)
            case Obj(data={"lost": lost}):
                waiting.append(lost)
            case None | Const() | Text() | Obj():
                pass
            case _:
                complete = False
        if len(found) > _MOST_ORIGINS:
            return tuple(found.values()), False
    return tuple(found.values()), complete


def same_table(one: Value, other: Value) -> bool | None:
    """Whether two names are one table; None where that is not known."""
    if isinstance(one, (Const, Text)) and one == other:
        return True
    mine, theirs = dotted(one), dotted(other)
    if mine is None or theirs is None:
        return None
    return {"same": True, "maybe": None, "different": False}[sameness(mine, theirs)]
