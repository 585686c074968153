"""`df.x`, `df["x"]`, `df[["x", "y"]]`, `df.columns`: what is taken from a frame of Spark without a call.

Source: pyspark 4.0.1, `DataFrame.__getattr__` and `__getitem__`, read and executed.
"""

from __future__ import annotations

import ast

from mlcheck.flow.frames import relations
from mlcheck.flow.frames.expr import Bound, Expr, Opaque, Ref
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import AMBIGUOUS, UNRESOLVED, Names, resolve
from mlcheck.flow.frames.schema import Schema
from mlcheck.flow.frames.spots import CodeSpot, spot_of
from mlcheck.flow.frames.values import SPARK_FRAME, STRUCT_TYPE, ColumnValue, Frame
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.spark_columns import column, name_parts
from mlcheck.flow.values import Const, ListValue, Value, constant_text

# What a frame has beside its columns, which its own names hide.
ATTRIBUTES = frozenset(
    [
        "agg",
        "alias",
        "approxQuantile",
        "asTable",
        "cache",
        "checkpoint",
        "coalesce",
        "colRegex",
        "collect",
        "columns",
        "corr",
        "count",
        "cov",
        "createGlobalTempView",
        "createOrReplaceGlobalTempView",
        "createOrReplaceTempView",
        "createTempView",
        "crossJoin",
        "crosstab",
        "cube",
        "describe",
        "display",
        "distinct",
        "drop",
        "dropDuplicates",
        "dropDuplicatesWithinWatermark",
        "drop_duplicates",
        "dropna",
        "dtypes",
        "exceptAll",
        "executionInfo",
        "exists",
        "explain",
        "fillna",
        "filter",
        "first",
        "foreach",
        "foreachPartition",
        "freqItems",
        "groupBy",
        "groupby",
        "groupingSets",
        "head",
        "hint",
        "id",
        "inputFiles",
        "intersect",
        "intersectAll",
        "isEmpty",
        "isLocal",
        "isStreaming",
        "is_cached",
        "join",
        "lateralJoin",
        "limit",
        "localCheckpoint",
        "mapInArrow",
        "mapInPandas",
        "melt",
        "mergeInto",
        "metadataColumn",
        "na",
        "observe",
        "offset",
        "orderBy",
        "pandas_api",
        "persist",
        "plot",
        "printSchema",
        "printTreeString",
        "randomSplit",
        "rdd",
        "registerTempTable",
        "repartition",
        "repartitionById",
        "repartitionByRange",
        "replace",
        "rollup",
        "sameSemantics",
        "sample",
        "sampleBy",
        "scalar",
        "schema",
        "select",
        "selectExpr",
        "semanticHash",
        "show",
        "sort",
        "sortWithinPartitions",
        "sparkSession",
        "sql_ctx",
        "stat",
        "storageLevel",
        "subtract",
        "summary",
        "tail",
        "take",
        "to",
        "toArrow",
        "toDF",
        "toJSON",
        "toLocalIterator",
        "toPandas",
        "to_koalas",
        "to_pandas_on_spark",
        "transform",
        "transpose",
        "union",
        "unionAll",
        "unionByName",
        "unpersist",
        "unpivot",
        "where",
        "withColumn",
        "withColumnRenamed",
        "withColumns",
        "withColumnsRenamed",
        "withMetadata",
        "withWatermark",
        "write",
        "writeStream",
        "writeTo",
        "zipWithIndex",
    ]
)


def attribute(it: Interpreter, owner: Frame, name: str, node: ast.expr) -> Value | None:
    """`df.name`: a column, or what is known of the columns; None where it is a method or not known."""
    if name == "columns":
        return names_of(it, owner.schema)
    if name == "dtypes":
        return _dtypes(it, owner.schema)
    if name == "schema":
        return Frame("the schema of a frame", owner.calls, STRUCT_TYPE, owner.schema)
    if name.startswith("_") or (name in ATTRIBUTES and name != "id"):
        return None
    found = owner.schema.called(name)
    if len(found) == 1 and it.code is not None:
        spot = spot_of(it.code.lines, node)
        _read(it, owner, Ref((name,), spot), spot)
        return ColumnValue("a column", owner.calls, Bound(found[0], owner.schema, spot), "operation")
    return None


def missing_attribute(it: Interpreter, owner: Frame, name: str, node: ast.expr) -> Value | None:
    """`df.name` that is neither called nor anything that a frame has: it must be a column."""
    if name.startswith("_") or (name in ATTRIBUTES and name != "id") or it.code is None:
        return None
    spot = spot_of(it.code.lines, node)
    schema = owner.schema
    read = _reading(it, owner, spot, "attribute")
    if schema.closed:
        read.saw(name, schema)
        read.problem(AMBIGUOUS if schema.called(name) else UNRESOLVED, name, schema, spot)
    else:
        read.lost(name, schema)
    _tell(it, read)
    expr: Expr = Opaque(f"the column `{name}`", spot)
    return ColumnValue("a column", owner.calls, expr, "operation")


def names_of(it: Interpreter, schema: Schema) -> ListValue:
    """`df.columns`."""
    is_open = not schema.closed or any(one.perhaps for one in schema)
    return ListValue([Const(name) for name in schema.names], is_open=is_open, birth=it.birth())


def _dtypes(it: Interpreter, schema: Schema) -> ListValue | None:
    if any(one.type is None for one in schema):
        return None
    pairs: list[Value] = [ListValue([Const(one.name), Const(str(one.type))], "tuple") for one in schema if one.name]
    return ListValue(pairs, is_open=not schema.closed or any(one.perhaps for one in schema), birth=it.birth())


def item(it: Interpreter, owner: Frame, key: Value, node: ast.expr) -> Value | None:
    """`df[key]`; None where the key is not known."""
    if it.code is None:
        return None
    at = node.slice if isinstance(node, ast.Subscript) else node
    spot = spot_of(it.code.lines, at)
    text = constant_text(key)
    if text is not None:
        return _column(it, owner, text, spot)
    if isinstance(key, ColumnValue):
        read = _reading(it, owner, spot, "filter")
        schema = relations.filtered(owner.schema, key.expr, read)
        _tell(it, read)
        return Frame("a filtered frame", owner.calls, SPARK_FRAME, schema)
    if isinstance(key, ListValue) and not key.open:
        read = _reading(it, owner, spot, "select")
        schema = relations.selected(owner.schema, [column(one, spot) for one in key.items], read)
        _tell(it, read)
        return Frame("a selection", owner.calls, SPARK_FRAME, schema)
    return None


def _column(it: Interpreter, owner: Frame, text: str, spot: CodeSpot) -> Value:
    """`df["x"]`: looked up at once, as pyspark does."""
    parts = name_parts(text)
    if text.strip() == "*" or parts is None:
        from mlcheck.flow.frames.expr import Star

        expr: Expr = Star((), spot, (), owner.schema) if text.strip() == "*" else Opaque("a name", spot)
        return ColumnValue("a column", owner.calls, expr, "operation")
    found = _read(it, owner, Ref(parts, spot), spot)
    return ColumnValue("a column", owner.calls, found, "operation")


def _read(it: Interpreter, owner: Frame, ref: Ref, spot: CodeSpot) -> Expr:
    """Look a name up in a frame; what it is then bound to."""
    read, schema = _reading(it, owner, spot, "column"), owner.schema
    value = resolve(ref, Names(schema, read))
    _tell(it, read)
    if value.attribute is not None:
        return Bound(value.attribute, schema, spot)
    return Opaque(f"the column `{'.'.join(ref.parts)}`", spot, value.type)


def _reading(it: Interpreter, owner: Frame, spot: CodeSpot, via: str) -> Reading:
    return Reading(spot, via, it.state.protected > 0, not it.state.branch, owner.calls)


def _tell(it: Interpreter, read: Reading) -> None:
    for problem in read.problems:
        it.found(problem)
    for one in read.reads():
        it.found(one)
