"""Where frames of Spark come from, and where they go: tables, views, declared schemas, made rows, writes.

Source: pyspark 4.0.1 and databricks-feature-engineering 0.18.2, read.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mlcheck.flow import catalog
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.dotted_names import UNKNOWN, dotted, names_in
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.frames import grain
from mlcheck.flow.frames.problems import TableWritten
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, unknown
from mlcheck.flow.frames.types import BIGINT, DataType, parse_type
from mlcheck.flow.frames.values import SPARK_FRAME, STRUCT_TYPE, Frame, schema_of
from mlcheck.flow.spark_columns import argument_spot, given_spot, type_of
from mlcheck.flow.spark_frames import frame, own, reading, told
from mlcheck.flow.values import NONE, ListValue, Made, Obj, Value, constant_text, options_of

Maybe = Value | None

_READER = "pyspark.sql.DataFrameReader"
_WRITER = "pyspark.sql.DataFrameWriter"
_DELTA = "delta.tables.DeltaTable"
NO_KEY = "KEY_NOT_IN_FRAME"
_MOST_LINKS = 30  # calls of one reader or writer


# --- in


def table(call: Call, tableName: Maybe) -> Value:
    name = tableName if tableName is not None else call.arguments.keywords.get("name")
    schema = catalog.table(call.it, name, argument_spot(call, 0, "tableName"))
    if any(one.method in ("option", "options") for one in links(call)):  # `readChangeFeed` adds columns
        schema = schema.with_(schema.attributes, Lost("a table that is read with options", given_spot(call)))
    return frame(call, schema)


def read_table(call: Call, name: Maybe) -> Value:
    """`fe.read_table(name=)`."""
    return frame(call, catalog.table(call.it, name, argument_spot(call, 0, "name")))


def delta_frame(call: Call) -> Value:
    """`DeltaTable.forName(spark, name).toDF()`."""
    made = _first_call(call)
    if made is None or made.method != "forName":
        return frame(call, unknown("a Delta table by its path", given_spot(call)))
    name = made.argument("tableOrViewName", 1) or made.argument("tableOrViewName", 0)
    return frame(call, catalog.table(call.it, name, given_spot(call)))


def _first_call(call: Call) -> CallSeen | None:
    chain = links(call)
    return chain[-1] if chain else None


def links(call: Call) -> list[CallSeen]:
    """The calls that a reader, a writer or a Delta table was made by, the last first."""
    held: Value | None = call.receiver.data.get("lost", call.receiver) if call.receiver is not None else None
    found: list[CallSeen] = []
    while len(found) < _MOST_LINKS:
        one = held.call if isinstance(held, Made) and not isinstance(held, Frame) else None
        if isinstance(held, Obj):
            one = held.made
        if one is None:
            return found
        found.append(one)
        held = one.receiver
    return found


def loaded(call: Call) -> Value:
    """`spark.read…load()` and its kin: the columns of `.schema(…)` where it is given, a table's by `table`."""
    schema: Value | None = call.arguments.keywords.get("schema")
    for one in links(call):
        if one.method == "schema":
            schema = schema or one.argument("schema", 0)
    known = declared(schema) if schema is not None else None
    if known is not None:
        return frame(call, known)
    return frame(call, unknown(f"what `{call.target.rpartition('.')[2]}` reads", given_spot(call)))


def declared(value: Value | None) -> Schema | None:
    """The columns that a DDL string or a `StructType` declares; None where it is not known."""
    text = constant_text(value) if value is not None else None
    if text is not None:
        kind = parse_type(text if text.lower().startswith("struct<") else f"struct<{text}>")
        fields = getattr(kind, "fields", None)
        if not fields:
            return None
        required = _required(text)
        return Schema(tuple(Attribute(name, one, False if name in required else None) for name, one in fields))
    if isinstance(value, Frame) and value.cls == STRUCT_TYPE:
        return value.schema
    fields_of = struct_fields(value)
    return Schema(tuple(Attribute(name, kind) for name, kind in fields_of)) if fields_of is not None else None


def _required(text: str) -> set[str]:
    """The columns that a DDL string declares as NOT NULL."""
    parts = re.split(r",(?![^(<]*[)>])", text)
    named = [re.match(r"\s*(`[^`]+`|\w+)[\s:].*\bnot\s+null\b", part, re.IGNORECASE | re.DOTALL) for part in parts]
    return {match.group(1).strip("`") for match in named if match is not None}


def struct_fields(value: Value | None) -> list[tuple[str, DataType | None]] | None:
    """The fields of a `StructType([StructField(…), …])` or of one made by `.add(…)`."""
    if not isinstance(value, Obj) or not value.cls.endswith(".StructType") or value.made is None:
        return None
    given = value.made.argument("fields", 0)
    if not isinstance(given, ListValue) or given.open or value.version:
        return None
    found: list[tuple[str, DataType | None]] = []
    for one in given.items:
        made = one.made if isinstance(one, Obj) and one.cls.endswith(".StructField") else None
        name = constant_text(made.argument("name", 0) or NONE) if made is not None else None
        if made is None or name is None:
            return None
        found.append((name, type_of(made.argument("dataType", 1))))
    return found


def created(call: Call, data: Maybe, schema: Maybe) -> Value:
    """`createDataFrame(rows, schema)`: columns by the schema, else by what the rows are."""
    known = declared(schema)
    if known is None and isinstance(schema, ListValue) and not schema.open:
        names = [constant_text(one) for one in schema.items]
        if all(name is not None for name in names) and schema_of(data) is None:
            known = Schema(tuple(Attribute(name, None) for name in names))
    if known is None and isinstance(data, Frame) and schema in (None, NONE):
        known = Schema(tuple(Attribute(one.name, None, sources=one.sources) for one in data.schema), data.schema.lost)
    return frame(call, known or unknown("rows that are made in the code", given_spot(call)))


def range_(call: Call) -> Value:
    return frame(call, Schema((Attribute("id", BIGINT, False),)))


# --- out


def view(call: Call, name: Maybe) -> Value:
    catalog.make_view(call.it, name, own(call))
    return NONE


def saved(call: Call, name: Maybe) -> Value:
    """`saveAsTable`, `insertInto`: the table has the frame's columns from here on."""
    chain = links(call)
    base = chain[-1].receiver if chain else (call.receiver.data.get("lost") if call.receiver is not None else None)
    schema = schema_of(base)
    written = dotted(name)
    if written is None or UNKNOWN in written.rpartition(".")[2]:
        return NONE
    mode = _setting(call, chain, "mode", "saveMode")
    partly = any(one.method in ("option", "options") and "replacewhere" in str(one.positional).lower() for one in chain)
    whole = call.target.endswith("saveAsTable") and mode in ("overwrite", "error", "errorifexists") and not partly
    schema = schema or unknown("a frame whose columns were not followed", given_spot(call))
    if whole:
        schema = catalog.added_to(call.it, name, schema, given_spot(call))
    note_write(call, name, written, schema, whole)
    return NONE


def _setting(call: Call, chain: list[CallSeen], name: str, parameter: str) -> str:
    """What a writer was set to by its last call of a method, or by the call's own keyword."""
    own_ = call.arguments.keywords.get(name)
    if own_ is not None:
        return (constant_text(own_) or "?").lower()
    for one in chain:
        if one.method == name:
            given = one.argument(parameter, 0)
            return (constant_text(given) if given is not None else None) or "?"
    return "error"


def note_write(call: Call, given: Maybe, name: str, schema: Schema, whole: bool, unique: tuple[str, ...] = ()) -> None:
    """Note that code writes a table; what the same run reads of it afterwards is what it wrote."""
    if whole:
        rows = replace(schema.rows, keys=grain.of_table(schema.attributes, name, unique, 1, None).keys)
        catalog.make_view(call.it, given, replace(schema, unique=unique, rows=rows) if unique else schema)
    call.found(TableWritten(given_spot(call), name, schema.alone(), whole, unique))


def feature_table(call: Call, name: Maybe) -> Value:
    """`fe.create_table`, `fe.write_table`: the frame's columns, or the declared ones."""
    keywords = call.arguments.keywords
    written = dotted(name)
    if written is not None and UNKNOWN not in written.rpartition(".")[2]:
        given = keywords.get("df") or keywords.get("features_df")
        schema = schema_of(given) or declared(keywords.get("schema"))
        if schema is not None:
            keys = names_in(keywords.get("primary_keys")) or ()
            time = next((names for word in _TIME if (names := names_in(keywords.get(word)))), ())
            unique = tuple(dict.fromkeys((*keys, *time)))
            _check_keys(call, written, schema, unique)
            note_write(call, name, written, schema, call.target.endswith("create_table"), unique)
    return NONE if call.target.endswith("write_table") else call.top("a feature table")


_TIME = ("timeseries_column", "timeseries_columns", "timestamp_keys")


def _check_keys(call: Call, name: str, schema: Schema, keys: tuple[str, ...]) -> None:
    """The client compares names as they are written."""
    read = reading(call)
    for key in keys:
        if any(one.name == key for one in schema):
            read.saw(key, schema)
        elif schema.closed:
            detail = (
                "The provided DataFrame or schema must contain all specified primary keys. "
                f"Schema … is missing column '{key}'"
            )
            read.saw(key, schema)
            read.problem(NO_KEY, key, schema, None, detail, name)
        else:
            read.lost(key, schema)
    told(call, read)


def frames_of(value: Value | None) -> list[Frame]:
    """The frames that a value may be."""
    return [one for one in options_of(value) if isinstance(one, Frame)] if value is not None else []


_LOADS = ("load", "csv", "parquet", "json", "orc", "text", "jdbc")

TRANSFERS: Transfers = {
    "pyspark.sql.SparkSession.table": table,
    "notebook.table": table,
    f"{_READER}.table": table,
    **{f"{_READER}.{name}": loaded for name in _LOADS},
    "pyspark.sql.SparkSession.createDataFrame": created,
    "pyspark.sql.SparkSession.range": range_,
    f"{_DELTA}.toDF": delta_frame,
    **{
        f"{SPARK_FRAME}.{name}": view
        for name in ("createOrReplaceTempView", "createTempView", "createOrReplaceGlobalTempView")
    },
    f"{_WRITER}.saveAsTable": saved,
    f"{_WRITER}.insertInto": saved,
    f"{SPARK_FRAME}.write.saveAsTable": saved,
    **{f"{client}.read_table": read_table for client in CLIENTS},
    **{f"{client}.{name}": feature_table for client in CLIENTS for name in ("create_table", "write_table")},
}
