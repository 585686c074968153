"""Transfer functions of Spark's frames: which columns each method gives, and what it looks up in them.

Source: pyspark 4.0.1, `pyspark.sql.DataFrame`, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames import grain, relations
from mlcheck.flow.frames.expr import Alias, Expr, Opaque, Star
from mlcheck.flow.frames.expr import Call as Apply
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import UNRESOLVED
from mlcheck.flow.frames.rows import NO_ROWS, Key
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, Spot, unknown
from mlcheck.flow.frames.types import STRING
from mlcheck.flow.frames.values import GROUPED, SPARK_FRAME, ColumnValue, Frame, Grouped, schema_of
from mlcheck.flow.spark_columns import argument_spot, column, columns, given_spot, named
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Value, constant_text, options_of

Maybe = Value | None


# --- what a call is on, and what it leaves


def own(call: Call) -> Schema:
    """The columns of the frame that a method is called on."""
    held = call.receiver.data.get("lost") if call.receiver is not None else None
    schema = schema_of(held)
    return schema if schema is not None else unknown("a frame whose columns were not followed", given_spot(call))


def reading(call: Call, via: str = "") -> Reading:
    state = call.it.state
    via = via or call.target.rpartition(".")[2]
    held = call.receiver.data.get("lost") if call.receiver is not None else None
    frames = [one for one in (held, *call.arguments.positional) if isinstance(one, (Frame, Grouped))]
    behind = tuple(made for one in frames for made in one.calls)
    return Reading(given_spot(call), via, state.protected > 0, not state.branch, behind)


def told(call: Call, read: Reading) -> None:
    """Note what an operation looked up, and what fails."""
    for problem in read.problems:
        call.found(problem)
    for one in read.reads():
        call.found(one)


def frame(call: Call, schema: Schema) -> Frame:
    return Frame(f"what `{call.target.rpartition('.')[2]}` returns", (), SPARK_FRAME, schema)


def _lost(call: Call, why: str) -> Frame:
    return frame(call, own(call).blurred(why, given_spot(call)))


# --- columns


def select(call: Call) -> Value:
    given = columns(call)
    read = reading(call)
    schema = own(call)
    if given is None:
        return frame(call, unknown("a selection of columns that are not known", given_spot(call)))
    result = relations.selected(schema, [expr for expr, _ in given], read)
    told(call, read)
    return frame(call, result)


def with_column(call: Call, colName: Maybe, col: Maybe) -> Value:
    read = reading(call)
    spot = argument_spot(call, 1, "col")
    expr = col.expr if isinstance(col, ColumnValue) else Opaque("a column that is not known", spot)
    names = [constant_text(one) for one in options_of(colName)] if colName is not None else [None]
    result = relations.with_columns(own(call), [(name, expr) for name in names[:1]], read, lateral=False)
    if len(names) > 1:
        result = own(call).blurred("a column under one of several names", given_spot(call))
    told(call, read)
    return frame(call, result)


def with_columns(call: Call) -> Value:
    given = call.arguments.positional[0] if call.arguments.positional else call.arguments.keywords.get("colsMap")
    read = reading(call)
    if not isinstance(given, DictValue) or given.open:
        return _lost(call, "columns that are added, and not known which")
    spot = given_spot(call)
    pairs = [(str(name), column(value, spot)) for name, value in given.entries.items()]
    result = relations.with_columns(own(call), pairs, read, lateral=True)
    told(call, read)
    return frame(call, result)


def renamed(call: Call, existing: Maybe, new: Maybe) -> Value:
    old, name = constant_text(existing or call.top("")), constant_text(new or call.top(""))
    if old is None:
        return _lost(call, "a column that is renamed, and not known which")
    schema = own(call)
    note_named(call, schema, [old])
    return frame(call, relations.renamed(schema, {old: name}))


def renamed_many(call: Call, colsMap: Maybe) -> Value:
    if not isinstance(colsMap, DictValue) or colsMap.open:
        return _lost(call, "columns that are renamed, and not known which")
    names = {str(old): constant_text(new) for old, new in colsMap.entries.items()}
    note_named(call, own(call), list(names))
    return frame(call, relations.renamed(own(call), names))


def note_named(call: Call, schema: Schema, names: Sequence[str]) -> None:
    """Names that may be missing without a failure: counted, where they are there."""
    read = reading(call)
    for name in names:
        if schema.called(name) or schema.closed:
            read.saw(name, schema)
        else:
            read.lost(name, schema)
    told(call, read)


def drop(call: Call) -> Value:
    given = columns(call)
    if given is None:
        return _lost(call, "columns that are dropped, and not known which")
    values = list(call.arguments.positional)
    names = [text for one in values if (text := constant_text(one)) is not None]
    exprs = [expr for value, (expr, _) in zip(values, given) if constant_text(value) is None]
    if len(values) == 1 and isinstance(values[0], ListValue):
        names = [text for one in values[0].items if (text := constant_text(one)) is not None]
        exprs = []
    read = reading(call)
    result = relations.dropped(own(call), names, exprs, read)
    note_named(call, own(call), names)
    return frame(call, result)


def to_df(call: Call) -> Value:
    names = [constant_text(one) for one in call.arguments.positional]
    schema = own(call)
    if call.arguments.open or not schema.closed or len(names) != len(schema.attributes) or None in names:
        return frame(call, unknown("columns that are named anew", given_spot(call)))

    pairs = zip(schema.attributes, names, strict=True)
    return frame(call, Schema(tuple(replace(one, name=name, qualifier=()) for one, name in pairs)))


def select_expr(call: Call) -> Value:
    from mlcheck.flow.frames.sql_query import is_open
    from mlcheck.flow.spark_sql import expressions

    values = list(call.arguments.positional)
    if len(values) == 1 and isinstance(values[0], ListValue) and not values[0].open:
        values = list(values[0].items)
    read = reading(call, "selectExpr")
    exprs = [expressions(call, value, index) for index, value in enumerate(values)]
    if call.arguments.open or any(one is None or is_open(one) for one in exprs):
        return frame(call, unknown("expressions that were not read", given_spot(call)))
    result = relations.selected(own(call), [one for one in exprs if one is not None], read)
    told(call, read)
    return frame(call, result)


# --- rows


def filtered(call: Call, condition: Maybe) -> Value:
    schema = own(call)
    read = reading(call)
    expr: Expr | None = None
    if isinstance(condition, ColumnValue):
        expr = condition.expr
    elif condition is not None:
        from mlcheck.flow.spark_sql import expressions

        expr = expressions(call, condition, 0, "condition")
    result = relations.filtered(schema, expr, read)
    told(call, read)
    return frame(call, result)


def ordered(call: Call) -> Value:
    given = columns(call)
    read = reading(call)
    schema = own(call)
    if given is not None:
        schema = relations.ordered(schema, [expr for expr, _ in given if not isinstance(expr, Star)], read)
        told(call, read)
    return frame(call, schema)


def same(call: Call) -> Value:
    """A method that leaves the columns as they are."""
    return frame(call, own(call).settled())


def aliased(call: Call, alias: Maybe) -> Value:
    name = constant_text(alias) if alias is not None else None
    schema = own(call).alone()
    return frame(call, schema.aliased(name) if name is not None else schema)


def drop_duplicates(call: Call, subset: Maybe) -> Value:
    _need(call, subset, relations.AMONG)
    schema, read = own(call).settled(), reading(call)
    known = subset in (None, NONE) or (isinstance(subset, ListValue) and not subset.open)
    rows = grain.distinct(schema, _texts(subset) or None, read) if known else NO_ROWS
    told(call, read)
    return frame(call, replace(schema, rows=rows))


def limited(call: Call, num: Maybe) -> Value:
    schema = own(call).settled()
    return frame(
        call, replace(schema, rows=replace(schema.rows, keys=(Key(frozenset(), ()),))) if num == Const(1) else schema
    )


def drop_nulls(call: Call, how: Maybe, thresh: Maybe, subset: Maybe) -> Value:
    _need(call, subset, UNRESOLVED)
    schema = own(call).settled()
    if how not in (None, Const("any")) or thresh not in (None, NONE):
        return frame(call, schema)
    names = _texts(subset) if subset not in (None, NONE) else list(schema.names)
    ids = frozenset(one.id for name in names for one in schema.called(name))
    return frame(call, replace(schema, rows=grain.with_present(schema.rows, ids)))


def _need(call: Call, subset: Maybe, condition: str) -> None:
    names = _texts(subset)
    if names:
        read = reading(call)
        relations.need(own(call), names, read, condition, alone=condition == UNRESOLVED)
        told(call, read)


def fill(call: Call, value: Maybe, subset: Maybe) -> Value:
    names = [str(key) for key in value.entries] if isinstance(value, DictValue) else _texts(subset)
    if names:
        read = reading(call)
        relations.need(own(call), names, read, alone=True)
        told(call, read)
    return frame(call, own(call).settled())


def replaced(call: Call, to_replace: Maybe, value: Maybe, subset: Maybe) -> Value:
    _need(call, subset, UNRESOLVED)
    return frame(call, own(call).settled())


def _texts(value: Maybe) -> list[str]:
    """The names that a string or a list gives; those that are not known are passed over."""
    if isinstance(value, ListValue):
        return [text for one in value.items if (text := constant_text(one)) is not None]
    text = constant_text(value) if value is not None else None
    return [text] if text is not None else []


# --- groups


def group_by(call: Call) -> Value:
    given = columns(call)
    schema = own(call)
    if given is None:
        return Grouped("a grouped frame", (), unknown("groups that are not known", given_spot(call)), ())
    return Grouped("a grouped frame", (), schema, tuple(expr for expr, _ in given))


def pivot(call: Call, pivot_col: Maybe, values: Maybe) -> Value:
    held = _grouped(call)
    if held is None or pivot_col is None:
        return call.top("a pivot")
    known = isinstance(values, ListValue) and not values.open
    names = tuple(str(one.value) for one in values.items if isinstance(one, Const)) if known else None  # type: ignore[union-attr]
    return Grouped("a pivot", (), held.schema, held.groups, column(pivot_col, given_spot(call)), names)


def _grouped(call: Call) -> Grouped | None:
    held = call.receiver.data.get("lost") if call.receiver is not None else None
    return held if isinstance(held, Grouped) else None


def agg(call: Call) -> Value:
    held = _grouped(call)
    whole = held or Grouped("a frame", (), own(call), ())
    given = call.arguments.positional
    outputs: list[Expr] = []
    if len(given) == 1 and isinstance(given[0], DictValue) and not given[0].open:
        outputs = [_called(call, str(name), constant_text(how)) for name, how in given[0].entries.items()]
    else:
        found = columns(call)
        if found is None or isinstance(given[0] if given else None, DictValue):
            return frame(call, unknown("aggregates that are not known", given_spot(call)))
        outputs = [expr for expr, _ in found]
    return _aggregate(call, whole, outputs)


def _called(call: Call, name: str, how: str | None) -> Expr:
    """`{"a": "avg"}`: the aggregate of a column by its name."""
    spot = given_spot(call)
    if how is None:
        return Opaque("an aggregate that is not known", spot)
    inner: Expr = Star((), spot) if name == "*" else named(name, spot)
    return Apply({"mean": "avg", "average": "avg"}.get(how.lower(), how.lower()), (inner,), spot)


def _aggregate(call: Call, held: Grouped, outputs: Sequence[Expr]) -> Value:
    read = reading(call)
    if held.pivot is None:
        result = relations.aggregated(held.schema, held.groups, outputs, read)
    else:
        result = _pivoted(held, outputs, read, given_spot(call))
    told(call, read)
    return frame(call, result)


def _pivoted(held: Grouped, outputs: Sequence[Expr], read: Reading, spot: Spot) -> Schema:
    """The groups, and for each value of the pivot's column one column for each aggregate."""
    assert held.pivot is not None
    groups = relations.aggregated(held.schema, held.groups, (), read)
    made = relations.aggregated(held.schema, (held.pivot,), outputs, read).attributes[1:]
    if held.values is None:
        lost = groups.lost or Lost("a pivot by values that are not written down", spot)
        return Schema(groups.attributes, lost, rows=groups.rows)
    pivoted = [
        Attribute(value if len(made) == 1 else (f"{value}_{one.name}" if one.name else None), one.type, True)
        for value in held.values
        for one in made
    ]
    return Schema((*groups.attributes, *pivoted), groups.lost, rows=groups.rows)


def counted(call: Call) -> Value:
    held = _grouped(call)
    if held is None:
        return call.top("a count")
    return _aggregate(call, held, [Alias(Apply("count", (Star(),), given_spot(call)), "count")])


def shortcut(call: Call) -> Value:
    """`grouped.sum("a", "b")`: of the numeric columns where none is named."""
    held = _grouped(call)
    if held is None:
        return call.top("an aggregate")
    how = {"mean": "avg"}.get(call.target.rpartition(".")[2], call.target.rpartition(".")[2])
    given = columns(call)
    if not given:
        return frame(call, unknown("aggregates of every numeric column", given_spot(call)))
    return _aggregate(call, held, [Apply(how, (expr,), spot) for expr, spot in given])


# --- two frames


def join(call: Call, other: Maybe, on: Maybe, how: Maybe) -> Value:
    left, right = own(call), schema_of(other)
    if right is None:
        right = unknown("a frame whose columns were not followed", given_spot(call))
    kind = constant_text(how) if how is not None else "inner"
    read = reading(call)
    read.join = argument_spot(call, 0, "other")
    using, condition, known = _on(call, on)
    if not known:
        condition = Opaque("keys that are not known", given_spot(call))
    result = relations.joined(left, right, relations.join_kind(kind or "?"), using, condition, read)
    told(call, read)
    if kind is None or not known:
        result = result.blurred("a join whose keys or kind are not known", given_spot(call))
    return frame(call, result)


def _on(call: Call, on: Maybe) -> tuple[list[str], Expr | None, bool]:
    """The names that a join is by, or its condition, and whether that is known."""
    if on is None or on == Const(None):
        return [], None, True
    if isinstance(on, ColumnValue):
        return [], on.expr, True
    text = constant_text(on)
    if text is not None:
        return [text], None, True
    if isinstance(on, ListValue) and not on.open and on.items:
        names = [constant_text(one) for one in on.items]
        if all(name is not None for name in names):
            return [name for name in names if name is not None], None, True
        exprs = [one.expr for one in on.items if isinstance(one, ColumnValue)]
        if len(exprs) == len(on.items):
            return [], Apply("and", tuple(exprs), given_spot(call)) if len(exprs) > 1 else exprs[0], True
    return [], None, False


def cross_join(call: Call, other: Maybe) -> Value:
    right = schema_of(other) or unknown("a frame whose columns were not followed", given_spot(call))
    read = reading(call)
    read.join = argument_spot(call, 0, "other")
    result = relations.joined(own(call), right, "cross", (), None, read)
    told(call, read)
    return frame(call, result)


def union(call: Call, other: Maybe) -> Value:
    right = schema_of(other) or unknown("a frame whose columns were not followed", given_spot(call))
    read = reading(call)
    result = relations.united(own(call), right, read)
    told(call, read)
    return frame(call, result)


def union_by_name(call: Call, other: Maybe, allowMissingColumns: Maybe) -> Value:
    right = schema_of(other) or unknown("a frame whose columns were not followed", given_spot(call))
    read = reading(call)
    allowed = allowMissingColumns is not None and allowMissingColumns != Const(False)
    result = relations.united_by_name(own(call), right, allowed, read)
    if allowed and allowMissingColumns != Const(True):
        result = result.blurred("a union that may allow missing columns", given_spot(call))
    told(call, read)
    return frame(call, result)


def left_alone(call: Call, other: Maybe) -> Value:
    """`intersect`, `subtract` and their kin: columns of the first."""
    return frame(call, own(call).alone())


# --- what comes from outside


def unknown_columns(call: Call) -> Value:
    return frame(call, unknown(f"what `{call.target.rpartition('.')[2]}` gives", given_spot(call)))


def random_split(call: Call, weights: Maybe) -> Value:
    """As many frames as there are weights."""
    part = frame(call, own(call).settled())
    if isinstance(weights, ListValue) and not weights.open:
        parts: list[Value] = [part.by(part.calls) for _ in weights.items]
        return ListValue(parts, birth=call.it.birth())
    return ListValue([part], is_open=True, birth=call.it.birth())


def described(call: Call) -> Value:
    """`describe("a")`: `summary`, and the columns as texts."""
    names = [constant_text(one) for one in call.arguments.positional]
    spot = given_spot(call)
    if not names or call.target.endswith("summary") or None in names or call.arguments.open:
        return frame(call, Schema((Attribute("summary", STRING),), Lost("every numeric or string column", spot)))
    read = reading(call)
    relations.need(own(call), [name for name in names if name], read)
    told(call, read)
    return frame(call, Schema(tuple(Attribute(name, STRING) for name in ("summary", *names))))


def unpivoted(call: Call, ids: Maybe, values: Maybe, variableColumnName: Maybe, valueColumnName: Maybe) -> Value:
    """`unpivot(ids, values, name, value)`: the ids, and two columns for the values."""
    names, columns_ = _texts(ids), _texts(values)
    read = reading(call)
    schema = own(call)
    relations.need(schema, [*names, *columns_], read)
    told(call, read)
    kept = [one for name in names for one in schema.called(name)]
    kinds = {one.type for name in columns_ for one in schema.called(name)}
    variable = Attribute(constant_text(variableColumnName or NONE), STRING)
    value = Attribute(constant_text(valueColumnName or NONE), kinds.pop() if len(kinds) == 1 else None)
    known = isinstance(ids, (Const, ListValue)) and not getattr(ids, "open", False)
    lost = None if known else Lost("columns that stay, and not known which", given_spot(call))
    return frame(call, Schema((*kept, variable, value), lost or schema.lost))


def transformed(call: Call, func: Maybe) -> Value:
    """`df.transform(f)`: the function is entered with the frame."""
    from mlcheck.flow.call import Arguments
    from mlcheck.flow.calls import dispatch

    held = call.receiver.data.get("lost") if call.receiver is not None else None
    if func is None or held is None:
        return call.top("a transform")
    rest = list(call.arguments.positional[1:])
    return dispatch(call.it, func, Arguments([held, *rest], dict(call.arguments.keywords)), call.node)


_SAME = [
    "cache",
    "persist",
    "unpersist",
    "checkpoint",
    "localCheckpoint",
    "coalesce",
    "repartition",
    "repartitionByRange",
    "hint",
    "offset",
    "sample",
    "sampleBy",
    "sortWithinPartitions",
    "withWatermark",
    "observe",
]
_PREFIX = SPARK_FRAME

TRANSFERS: Transfers = {
    f"{_PREFIX}.select": select,
    f"{_PREFIX}.selectExpr": select_expr,
    f"{_PREFIX}.withColumn": with_column,
    f"{_PREFIX}.withColumns": with_columns,
    f"{_PREFIX}.withColumnRenamed": renamed,
    f"{_PREFIX}.withColumnsRenamed": renamed_many,
    f"{_PREFIX}.drop": drop,
    f"{_PREFIX}.toDF": to_df,
    f"{_PREFIX}.filter": filtered,
    f"{_PREFIX}.where": filtered,
    f"{_PREFIX}.orderBy": ordered,
    f"{_PREFIX}.sort": ordered,
    f"{_PREFIX}.alias": aliased,
    f"{_PREFIX}.dropDuplicates": drop_duplicates,
    f"{_PREFIX}.distinct": drop_duplicates,
    f"{_PREFIX}.limit": limited,
    f"{_PREFIX}.drop_duplicates": drop_duplicates,
    f"{_PREFIX}.dropna": drop_nulls,
    f"{_PREFIX}.na.drop": drop_nulls,
    f"{_PREFIX}.fillna": fill,
    f"{_PREFIX}.na.fill": fill,
    f"{_PREFIX}.replace": replaced,
    f"{_PREFIX}.na.replace": replaced,
    f"{_PREFIX}.groupBy": group_by,
    f"{_PREFIX}.groupby": group_by,
    f"{_PREFIX}.agg": agg,
    f"{_PREFIX}.join": join,
    f"{_PREFIX}.crossJoin": cross_join,
    f"{_PREFIX}.union": union,
    f"{_PREFIX}.unionAll": union,
    f"{_PREFIX}.unionByName": union_by_name,
    **{f"{_PREFIX}.{name}": left_alone for name in ("intersect", "intersectAll", "subtract", "exceptAll")},
    f"{_PREFIX}.transform": transformed,
    f"{_PREFIX}.randomSplit": random_split,
    f"{_PREFIX}.describe": described,
    f"{_PREFIX}.summary": described,
    f"{_PREFIX}.unpivot": unpivoted,
    f"{_PREFIX}.melt": unpivoted,
    **{f"{_PREFIX}.{name}": same for name in _SAME},
    f"{GROUPED}.agg": agg,
    f"{GROUPED}.pivot": pivot,
    f"{GROUPED}.count": counted,
    **{f"{GROUPED}.{name}": shortcut for name in ("sum", "avg", "mean", "min", "max")},
}
