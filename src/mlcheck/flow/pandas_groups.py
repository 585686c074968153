"""Groups of pandas' frames: `groupby(…)`, what is picked of it, and what is computed of each group.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.dtypes import FLOAT64, INT64
from mlcheck.flow.frames.schema import Attribute, Schema, unknown
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, PANDAS_GROUPS, Frame, PandasGroups, Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.pandas_values import (
    Maybe,
    argument_spot,
    call_spot,
    column,
    framed,
    is_true,
    names_of,
    own,
    reading,
    spot,
    told,
)
from mlcheck.flow.values import Const, DictValue, Lib, ListValue, Value, constant_text


def groupby(call: Call, by: Maybe, axis: Maybe, level: Maybe, as_index: Maybe) -> Value:
    frame = own(call)
    as_index = call.arguments.keywords.get("as_index")
    given = names_of(by) if not isinstance(by, DictValue) else None
    keys: tuple[Attribute, ...] | None = None
    if given is not None and given[1] and level is None:
        at = argument_spot(call, 0, "by")
        levels = {one.name: one for one in frame.schema.behind}
        read = reading(call.it, at, "groupby", frame)
        names = [name for name in given[0] if name not in levels]
        unknown_index = None in levels
        held = (
            {} if unknown_index else dict(zip(names, schemas.look_all(frame.schema, names, read, _first_missing, at)))
        )
        told(call.it, read)
        if unknown_index:
            held = {name: Attribute(name, None) for name in names}
        keys = tuple(held.get(name) or levels[name] for name in given[0])
    elif isinstance(by, Series) and by.attribute.name is not None and level is None:
        keys = (replace(by.attribute, perhaps=False),)
    return PandasGroups("groups of a frame", (), frame, keys, is_true(as_index, True))


def picked(it: Interpreter, groups: PandasGroups, key: Value, node: object) -> Value:
    """`groups["a"]`, `groups[["a", "b"]]`."""
    import ast

    assert isinstance(node, ast.expr)
    at = spot(it, node.slice if isinstance(node, ast.Subscript) else node)
    given = names_of(key)
    if given is None or not given[1]:
        return PandasGroups(groups.why, groups.calls, groups.frame, None, groups.as_index)
    single = isinstance(key, Const)
    read = reading(it, at, "groupby", groups.frame)

    def said(missing: list[str]) -> str:
        return (
            f"KeyError: 'Column not found: {missing[0]}'"
            if single and missing
            else (f'KeyError: "Columns not found: {", ".join(repr(one) for one in missing)}"')
        )

    found = schemas.look_all(groups.frame.schema, given[0], read, said, at)
    told(it, read)
    return PandasGroups(groups.why, groups.calls, groups.frame, groups.keys, groups.as_index, tuple(found), single)


def _own(call: Call) -> PandasGroups | None:
    held = call.receiver.data.get("lost") if call.receiver is not None else None
    return held if isinstance(held, PandasGroups) else None


# --- dtypes of aggregates


def aggregated(how: str | None, kind: DataType | None) -> Dtype | None:
    """What an aggregate of a column is."""
    if how in ("count", "nunique", "size", "ngroup", "cumcount"):
        return INT64
    if not isinstance(kind, Dtype):
        return None
    numbers = set(kind.names) <= dtypes.NUMBERS
    if how in ("mean", "median", "std", "var", "sem", "quantile", "skew"):
        return FLOAT64 if numbers and set(kind.names) <= {*dtypes.INTEGERS, "float64"} else None
    if how in ("min", "max", "first", "last"):
        return kind if numbers or kind.names == ("bool",) or kind.name.startswith("datetime64") else _objects(kind)
    if how == "sum":
        if set(kind.names) <= {"int64", "float64"}:
            return kind
        return INT64 if kind.names == ("bool",) else None
    return None


def _objects(kind: Dtype) -> Dtype | None:
    return kind if kind.name == "object" and kind.holds in ("decimal", "date", "str") else None


def _how(value: Value | None) -> str | None:
    """The aggregate's name, by a text or a function."""
    text = constant_text(value) if value is not None else None
    if text is not None:
        return text
    if isinstance(value, Lib):
        last = value.name.rpartition(".")[2]
        known = value.name in ("builtins.sum", "builtins.min", "builtins.max") or value.name.startswith("numpy.")
        return last if known else None
    return None


# --- aggregates


def agg(call: Call, func: Maybe) -> Value:
    groups = _own(call)
    if groups is None:
        return _lost(call)
    if func is None and call.arguments.keywords:
        return _named(call, groups)
    if isinstance(func, DictValue):
        return _by_dict(call, groups, func)
    how = _how(func)
    if how is not None or callable_value(func):
        return _all(call, groups, how)
    if isinstance(func, ListValue) and not func.open and groups.single and groups.picked:
        names = [_how(one) for one in func.items]
        if all(names):
            source = groups.picked[0]
            made = [_attribute(call, str(name), aggregated(name, source.type), [source]) for name in names]
            return _result(call, groups, made)
    return _lost(call)


def callable_value(value: Maybe) -> bool:
    from mlcheck.flow.values import Function

    return isinstance(value, (Function, Lib))


def _lost(call: Call) -> Value:
    return framed(call, unknown("aggregates that are not known", call_spot(call)))


def _attribute(call: Call, name: str, kind: DataType | None, of: Sequence[Attribute]) -> Attribute:
    return Attribute(name, kind, None, (), schemas.sources_of(of), call_spot(call))


def _named(call: Call, groups: PandasGroups) -> Value:
    """`agg(total=("amount", "sum"))`."""
    made: list[Attribute] = []
    read = reading(call.it, call_spot(call), "agg", groups.frame)
    names = {name: _pair(value) for name, value in call.arguments.keywords.items()}
    missing = [pair[0] for pair in names.values() if pair is not None and pair[0] is not None]
    for name, pair in names.items():
        if groups.single and groups.picked and pair is None:
            source = groups.picked[0]
            made.append(_attribute(call, name, aggregated(_how(call.arguments.keywords[name]), source.type), [source]))
            continue
        if pair is None or pair[0] is None:
            made.append(_attribute(call, name, None, []))
            continue
        lacking = [one for one in missing if one is not None and not schemas.exact(groups.frame.schema, one)]
        found = _looked(groups, pair[0], read, f'KeyError: "Column(s) {lacking} do not exist"')
        kind = aggregated(pair[1], found.type if found is not None else None)
        made.append(_attribute(call, name, kind, [found] if found is not None else []))
    told(call.it, read)
    if call.arguments.open:
        return _lost(call)
    return _result(call, groups, made)


def _pair(value: Value) -> tuple[str | None, str | None] | None:
    """A column and the aggregate's name: a tuple, or `pd.NamedAgg`."""
    from mlcheck.flow.values import Obj

    if isinstance(value, ListValue) and not value.open and len(value.items) == 2:
        return constant_text(value.items[0]), _how(value.items[1])
    if isinstance(value, Obj) and value.cls == "pandas.NamedAgg":
        return constant_text(value.data.get("column", Const(None))), _how(value.data.get("aggfunc"))
    return None


def _looked(groups: PandasGroups, name: str, read: object, text: str) -> Attribute | None:
    from mlcheck.flow.frames.reading import Reading

    assert isinstance(read, Reading)
    schema = groups.frame.schema
    return schemas.look(schema, name, read, text)


def _by_dict(call: Call, groups: PandasGroups, func: DictValue) -> Value:
    made: list[Attribute] = []
    read = reading(call.it, call_spot(call), "agg", groups.frame)
    names = [str(name) for name in func.entries]
    lacking = [name for name in names if not schemas.exact(groups.frame.schema, name)]
    several = False
    for name, value in func.entries.items():
        found = _looked(groups, str(name), read, f'KeyError: "Column(s) {lacking} do not exist"')
        several = several or isinstance(value, ListValue)
        kind = aggregated(_how(value), found.type if found is not None else None)
        made.append(_attribute(call, str(name), kind, [found] if found is not None else []))
    told(call.it, read)
    if several or func.open or groups.single:
        return _lost(call)
    return _result(call, groups, made)


def _all(call: Call, groups: PandasGroups, how: str | None, numeric_only: bool = False) -> Value:
    """One aggregate of every column, or of those that were picked."""
    keys = {one.name for one in groups.keys or ()}
    columns = (
        groups.picked
        if groups.picked is not None
        else tuple(one for one in groups.frame.schema if one.name not in keys)
    )
    made = [
        replace(_attribute(call, one.name or "", aggregated(how, one.type), [one]), name=one.name, perhaps=one.perhaps)
        for one in columns
        if not numeric_only or _may_be_number(one.type)
    ]
    if numeric_only:
        made = [one if _is_number(of.type) else replace(one, perhaps=True) for one, of in zip(made, _numbers(columns))]
    if groups.single:
        return _one(call, groups, made[0])
    result = _result(call, groups, made)
    if groups.picked is None and isinstance(result, Frame) and groups.frame.schema.lost is not None:
        lost = replace(result.schema, lost=groups.frame.schema.lost)
        return framed(call, lost)
    return result


def _numbers(columns: Sequence[Attribute]) -> list[Attribute]:
    return [one for one in columns if _may_be_number(one.type)]


def _may_be_number(kind: DataType | None) -> bool:
    return not isinstance(kind, Dtype) or any(name in dtypes.NUMBERS or name == "bool" for name in kind.names)


def _is_number(kind: DataType | None) -> bool:
    return isinstance(kind, Dtype) and all(name in dtypes.NUMBERS or name == "bool" for name in kind.names)


def _one(call: Call, groups: PandasGroups, made: Attribute) -> Value:
    """An aggregate of the one column that was picked."""
    if groups.as_index is False:
        return _result(call, groups, [made])
    if groups.as_index is None:
        return call.top("an aggregate")
    levels = tuple(replace(one, perhaps=False) for one in groups.keys) if groups.keys else schemas.UNKNOWN_INDEX
    of = Schema((made,), behind=levels)
    return Series("an aggregate", (), made, of, "made", object())


def _result(call: Call, groups: PandasGroups, made: Sequence[Attribute]) -> Value:
    keys = groups.keys
    if keys is None or groups.as_index is None:
        lost = unknown("groups by what is not known", call_spot(call))
        return framed(
            call, Schema(tuple(replace(one, perhaps=False) for one in made), lost.lost, behind=schemas.UNKNOWN_INDEX)
        )
    levels = tuple(replace(one, perhaps=False) for one in keys)
    if groups.as_index:
        return framed(call, Schema(tuple(made), behind=levels))
    names = {one.name for one in made}
    return framed(call, Schema((*[one for one in levels if one.name not in names], *made)))


def shortcut(call: Call) -> Value:
    """`groups.mean()` and its kin."""
    groups = _own(call)
    if groups is None:
        return _lost(call)
    only = is_true(call.arguments.keywords.get("numeric_only"))
    method = call.target.rpartition(".")[2]
    if only is None:
        return _lost(call)
    return _all(call, groups, method, bool(only) and groups.picked is None)


def size(call: Call) -> Value:
    groups = _own(call)
    if groups is None:
        return _lost(call)
    if groups.as_index is False:
        return _result(call, groups, [_attribute(call, "size", INT64, [])])
    levels = groups.keys if groups.keys else schemas.UNKNOWN_INDEX
    made = Attribute(None, INT64, made=call_spot(call))
    return Series("how many rows", (), made, Schema((made,), behind=tuple(levels)), "made", object())


def by_row(call: Call) -> Value:
    """`transform`, `cumsum`, `rank` …: a value for each row."""
    groups = _own(call)
    if groups is None or not groups.single or not groups.picked:
        return call.top("values for each row")
    how = _how(call.arguments.positional[0]) if call.arguments.positional else call.target.rpartition(".")[2]
    source = groups.picked[0]
    kind = INT64 if how in ("cumcount", "ngroup") else None
    if call.target.endswith(".transform"):
        kind = aggregated(how, source.type) if how not in ("count", "nunique", "size", "sum") else None
    if call.target.endswith(".shift"):
        kind = dtypes.may_be_missing(source.type)
    made = _attribute(call, source.name or "", kind, [source])
    return Series("values for each row", (), made, groups.frame.schema, "made", groups.frame.rows)


def numbered(call: Call) -> Value:
    """`cumcount`, `ngroup`: a number for each row."""
    groups = _own(call)
    if groups is None:
        return call.top("numbers of rows")
    made = Attribute(None, INT64, made=call_spot(call))
    return Series("numbers of rows", (), made, groups.frame.schema, "made", groups.frame.rows)


def rows_of(call: Call) -> Value:
    """`head`, `tail`, `sample`: rows of the frame."""
    groups = _own(call)
    if groups is None or groups.picked is not None:
        return _lost(call)
    return framed(call, groups.frame.schema)


# --- series of aggregates, and other shapes


def reset_series(call: Call, level: Maybe, drop: Maybe, name: Maybe) -> Value:
    """`groups["a"].sum().reset_index(name=…)`: a frame of the keys and the values."""
    from mlcheck.flow.pandas_values import own_series

    held = own_series(call)
    name = call.arguments.keywords.get("name", name)
    dropped = is_true(drop)
    if held is None or level is not None or dropped is None or call.arguments.open:
        return call.top("a column, or a frame of it")
    if dropped:
        return column(call, held.attribute.type, held, rows=object())
    label = constant_text(name) if name is not None else held.attribute.name
    if name is None and held.attribute.name is None:
        label = None
    value = replace(held.attribute, name=label, perhaps=False)
    made = (
        held.of
        if held.how == "made" and len(held.of.attributes) == 1 and held.of.attributes[0] is held.attribute
        else None
    )
    behind = made.behind if made is not None else held.of.behind
    schema = schemas.reset(Schema((value,), behind=behind), False)
    return framed(call, schema)


def melt(call: Call, id_vars: Maybe, value_vars: Maybe, var_name: Maybe, value_name: Maybe) -> Value:
    frame = own(call) if call.receiver is not None else None
    if frame is None:
        held = call.arguments.positional[0] if call.arguments.positional else None
        given = call.arguments.keywords
        frame = held if isinstance(held, Frame) else None
        id_vars, value_vars = given.get("id_vars"), given.get("value_vars")
        var_name, value_name = given.get("var_name"), given.get("value_name")
        if frame is None or len(call.arguments.positional) > 1:
            return framed(call, unknown("a frame that is melted, and not known", call_spot(call)))
    kept = names_of(id_vars) if id_vars is not None else ([], True)
    values = names_of(value_vars) if value_vars is not None else ([], True)
    texts = [
        default if one is None else constant_text(one)
        for one, default in ((var_name, "variable"), (value_name, "value"))
    ]
    if kept is None or values is None or not kept[1] or not values[1] or None in texts:
        return framed(call, unknown("columns that are melted, and not known", call_spot(call)))
    read = reading(call.it, call_spot(call), "melt", frame)
    wanted = [*kept[0], *values[0]]

    def said(missing: list[str]) -> str:
        return f'KeyError: "The following id_vars or value_vars are not present in the DataFrame: {missing}"'

    looked = schemas.look_all(frame.schema, wanted, read, said)
    told(call.it, read)
    ids = looked[: len(kept[0])]
    melted = looked[len(kept[0]) :] or [one for one in frame.schema if one.name not in kept[0]]
    kinds = {one.type for one in melted}
    kind = kinds.pop() if len(kinds) == 1 and (values[0] or frame.schema.closed) else None
    made = [
        Attribute(texts[0], dtypes.TEXT, made=call_spot(call)),
        Attribute(texts[1], kind, None, (), schemas.sources_of(melted), call_spot(call)),
    ]
    return framed(call, Schema((*ids, *made)))


def _first_missing(missing: list[str]) -> str:
    return f"KeyError: '{missing[0] if missing else ''}'"


def pivot_table(call: Call, values: Maybe, index: Maybe, columns: Maybe) -> Value:
    frame = own(call)
    read = reading(call.it, call_spot(call), "pivot_table", frame)
    named = [names_of(one) for one in (values, index, columns) if one is not None]
    for given in named:
        if given is not None and given[1]:
            schemas.look_all(
                frame.schema, given[0], read, lambda missing: f"KeyError: '{missing[0] if missing else ''}'"
            )
    told(call.it, read)
    keys = names_of(index)
    levels: tuple[Attribute, ...] = schemas.UNKNOWN_INDEX
    if keys is not None and keys[1]:
        levels = tuple(Attribute(name, None) for name in keys[0])
    lost = unknown("columns that come of values", call_spot(call))
    return framed(call, replace(lost, behind=levels))


_SHORT = "sum mean median min max std var count nunique first last sem skew quantile"
_BY_ROW = "transform cumsum cumprod cummax cummin rank shift diff pct_change ffill bfill fillna"

TRANSFERS: Transfers = {
    f"{PANDAS_FRAME}.groupby": groupby,
    f"{PANDAS_GROUPS}.agg": agg,
    f"{PANDAS_GROUPS}.aggregate": agg,
    **{f"{PANDAS_GROUPS}.{name}": shortcut for name in _SHORT.split()},
    **{f"{PANDAS_GROUPS}.{name}": by_row for name in _BY_ROW.split()},
    **{f"{PANDAS_GROUPS}.{name}": numbered for name in ("cumcount", "ngroup")},
    **{f"{PANDAS_GROUPS}.{name}": rows_of for name in ("head", "tail", "sample")},
    f"{PANDAS_GROUPS}.size": size,
    "pandas.Series.reset_index": reset_series,
    f"{PANDAS_FRAME}.melt": melt,
    "pandas.melt": melt,
    f"{PANDAS_FRAME}.pivot_table": pivot_table,
}
