"""Transfer functions of pandas' frames: which columns each method gives, of which dtypes, and what it looks up.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mlcheck.flow import frame_cells
from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.dtypes import of_spark
from mlcheck.flow.frames.schema import Attribute, Schema, unknown
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series, schema_of
from mlcheck.flow.pandas_access import names as names_list
from mlcheck.flow.pandas_access import stored, taken
from mlcheck.flow.pandas_series import converted, filled
from mlcheck.flow.pandas_values import (
    ARRAY,
    Maybe,
    argument_spot,
    call_spot,
    column,
    done,
    dtype_of,
    fails,
    framed,
    is_true,
    known_kind,
    names_of,
    own,
    reading,
    told,
)
from mlcheck.flow.values import NONE, Const, DictValue, Function, Lib, ListValue, Value, constant_text

_AXIS_COLUMNS = (Const(1), Const("columns"))


# --- from Spark


def to_pandas(call: Call) -> Value:
    """`toPandas()`: each column as it arrives."""
    held = schema_of(call.receiver.data.get("lost")) if call.receiver is not None else None
    if held is None:
        return framed(call, unknown("a frame whose columns were not followed", call_spot(call)))
    attributes = [replace(one, type=of_spark(one.type, one.nullable), qualifier=()) for one in held]
    return framed(call, Schema(tuple(attributes), held.lost))


# --- columns taken away, and renamed


def drop(call: Call, labels: Maybe, axis: Maybe, index: Maybe, columns: Maybe, level: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    given, at = columns, argument_spot(call, -1, "columns")
    if given is None and labels is not None and axis in _AXIS_COLUMNS:
        given, at = labels, argument_spot(call, 0, "labels")
    if given is None:
        rows = (
            frame.schema
            if axis in (None, Const(0), Const("index")) or index is not None
            else schemas.perhaps_gone(frame.schema)
        )
        return done(call, frame, rows, inplace, object())
    found = names_of(given)
    ignore = call.arguments.keywords.get("errors") not in (None, Const("raise"))
    if found is None:
        return done(call, frame, schemas.perhaps_gone(frame.schema), inplace)
    read = reading(call.it, at, "drop", frame)
    schema = schemas.dropped(frame.schema, found[0], read, ignore, at)
    told(call.it, read)
    return done(call, frame, schema if found[1] else schemas.perhaps_gone(schema), inplace)


def rename(call: Call, mapper: Maybe, index: Maybe, columns: Maybe, axis: Maybe, copy: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    given = columns if columns is not None else (mapper if axis in _AXIS_COLUMNS else None)
    if given is None:
        return done(call, frame, frame.schema, inplace, object())
    names = _new_names(call, given, frame.schema)
    if names is None:
        lost = schemas.opened(schemas.perhaps_gone(frame.schema), "columns that are renamed", call_spot(call))
        return done(call, frame, lost, inplace)
    _look_up(call, frame, names)
    return done(call, frame, schemas.renamed(frame.schema, names), inplace)


def _look_up(call: Call, frame: Frame, names: dict[str, str | None]) -> None:
    """Renaming what is not there does nothing, unless it is asked to raise."""
    if call.arguments.keywords.get("errors") != Const("raise"):
        return
    read = reading(call.it, call_spot(call), "rename", frame)
    schemas.look_all(frame.schema, list(names), read, lambda missing: f'KeyError: "{missing} not found in axis"')
    told(call.it, read)


def _new_names(call: Call, given: Value, schema: Schema) -> dict[str, str | None] | None:
    """The new names of columns by a dict or a function; None where they are not known."""
    if isinstance(given, DictValue):
        if given.open or not all(isinstance(one, str) for one in given.entries):
            return None
        return {str(old): constant_text(new) for old, new in given.entries.items()}
    if isinstance(given, (Lib, Function)) and schema.closed and len(schema.attributes) <= 200:
        return {name: _applied(call, given, name) for name in schema.names}
    return None


def _applied(call: Call, function: Lib | Function, name: str) -> str | None:
    from mlcheck.flow.calls import dispatch

    if isinstance(function, Lib):
        method = function.name.rpartition(".")[2] if function.name.startswith("builtins.str.") else ""
        plain = {"lower": name.lower, "upper": name.upper, "strip": name.strip, "title": name.title}
        return plain[method]() if method in plain else None
    return constant_text(dispatch(call.it, function, Arguments([Const(name)], {}), call.node))


def affixed(call: Call, affix: Maybe) -> Value:
    frame, text = own(call), constant_text(affix) if affix is not None else None
    before = call.target.endswith("prefix")
    if text is None:
        return framed(call, unknown("names that are not known", call_spot(call)), frame.rows)
    found = [
        replace(one, name=(text + one.name if before else one.name + text) if one.name else None)
        for one in frame.schema
    ]
    return framed(call, schemas.columns(frame.schema, found), frame.rows)


# --- columns put in


def assign(call: Call) -> Value:
    frame = own(call)
    result = frame
    for name, given in call.arguments.keywords.items():
        value = _of_frame(call, given, result)
        kind, sources = stored(frame, value)
        schema = schemas.with_column(result.schema, Attribute(name, kind, None, (), sources, call_spot(call)))
        result = frame_cells.made(call.it, "a frame with more columns", schema, frame.rows, frame.calls)
    schema = result.schema
    if call.arguments.open:
        schema = schemas.opened(schema, "columns of `assign` that are not known", call_spot(call))
    return framed(call, schema, frame.rows)


def _of_frame(call: Call, value: Value, frame: Frame) -> Value:
    """A function of the frame is called with it."""
    if isinstance(value, Function):
        from mlcheck.flow.calls import dispatch

        return dispatch(call.it, value, Arguments([frame], {}), call.node)
    return value


def insert(call: Call, loc: Maybe, column: Maybe, value: Maybe) -> Value:
    frame = own(call)
    name = constant_text(column) if column is not None else None
    schema = frame.schema
    kind, sources = stored(frame, value)
    if name is not None and schema.closed and isinstance(loc, Const) and isinstance(loc.value, int):
        if schemas.exact(schema, name) and not any(one.perhaps for one in schemas.exact(schema, name)):
            text = f"ValueError: cannot insert {name}, already exists"
            fails(call.it, call_spot(call), "ValueError", text, name, schema, "insert", frame)
        parts = list(schema.attributes)
        parts.insert(loc.value, Attribute(name, kind, None, (), sources, call_spot(call)))
        schema = schemas.columns(schema, parts)
    else:
        schema = schemas.with_column(schema, Attribute(name, kind, None, (), sources, call_spot(call)))
    if frame.cell is not None:
        frame_cells.change(call.it, frame, frame.changed(schema, frame.calls))
    return NONE


def pop(call: Call, item: Maybe) -> Value:
    frame = own(call)
    name = constant_text(item) if item is not None else None
    if name is None:
        after, value = schemas.perhaps_gone(frame.schema), call.top("a column that is not known")
        result: Value = value
    else:
        result = taken(call.it, frame, name, argument_spot(call, 0, "item"))
        after = schemas.columns(frame.schema, [one for one in frame.schema if one.name != name])
    if frame.cell is not None:
        frame_cells.change(call.it, frame, frame.changed(after, frame.calls))
    return result


# --- values


def astype(call: Call, dtype: Maybe, copy: Maybe, errors: Maybe) -> Value:
    frame = own(call)
    lenient = errors is not None and errors != Const("raise")
    wanted: dict[str, Value | None]
    if isinstance(dtype, DictValue):
        wanted = {str(name): value for name, value in dtype.entries.items()}
        read = reading(call.it, call_spot(call), "astype", frame)
        for name in wanted:
            text = (
                'KeyError: "Only a column name can be used for the key in a dtype mappings argument. '
                f"'{name}' not found in columns.\""
            )
            schemas.look(frame.schema, name, read, text)
        told(call.it, read)
        rest = None if not dtype.open else call.top("a dtype")
        found = [_cast(call, one, wanted.get(one.name or "", rest), lenient) for one in frame.schema]
    else:
        found = [_cast(call, one, dtype, lenient) for one in frame.schema]
    return framed(call, schemas.columns(frame.schema, found), frame.rows)


def _cast(call: Call, one: Attribute, wanted: Value | None, lenient: bool) -> Attribute:
    if wanted is None:
        return one
    target = dtype_of(wanted)
    if target is not None and not lenient and not one.perhaps:
        cast_problem(call, one, target)
    kind = converted(one.type, target)
    return replace(one, type=dtypes.joined(kind, one.type) if lenient else kind, made=call_spot(call))


def cast_problem(call: Call, one: Attribute, target: Dtype) -> None:
    """Note a conversion that surely fails."""
    from mlcheck.flow.pandas_series import cast_error

    text = cast_error(one.type, target)
    if text:
        schema = own(call).schema
        fails(call.it, call_spot(call), text.partition(":")[0], text, one.name or "", schema, "astype", own(call))


def fillna(call: Call, value: Maybe, method: Maybe, axis: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    found = []
    for one in frame.schema:
        given = value
        if isinstance(value, DictValue):
            given = value.entries.get(one.name)
            if given is None and not value.open:
                found.append(one)
                continue
        found.append(replace(one, type=filled(one.type, given), nullable=None))
    return done(call, frame, schemas.columns(frame.schema, found), inplace)


def same(call: Call) -> Value:
    """A frame with the same columns: `copy`, and what keeps the rows."""
    frame = own(call)
    return framed(call, frame.schema, frame.rows)


def fewer_rows(call: Call) -> Value:
    frame = own(call)
    return done(call, frame, frame.schema, call.arguments.keywords.get("inplace"), object())


def drop_nulls(call: Call, axis: Maybe, how: Maybe, thresh: Maybe, subset: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    _looked_up(call, frame, subset, "dropna", lambda missing: f"KeyError: {missing}")
    if axis in _AXIS_COLUMNS:
        return done(call, frame, schemas.perhaps_gone(frame.schema), inplace)
    inplace = inplace if inplace is not None else call.arguments.keywords.get("inplace")
    return done(call, frame, frame.schema, inplace, object())


def drop_duplicates(call: Call, subset: Maybe, keep: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    _looked_up(call, frame, subset, "drop_duplicates", lambda missing: f"KeyError: Index({missing}, dtype='object')")
    inplace = inplace if inplace is not None else call.arguments.keywords.get("inplace")
    return done(call, frame, frame.schema, inplace, object())


def sort_values(call: Call, by: Maybe, axis: Maybe, ascending: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    if axis in (None, Const(0), Const("index")) and not any(one.name for one in frame.schema.behind):
        _looked_up(call, frame, by, "sort_values", lambda missing: f"KeyError: '{missing[0] if missing else ''}'")
    inplace = inplace if inplace is not None else call.arguments.keywords.get("inplace")
    return done(call, frame, frame.schema, inplace, frame.rows)


def _looked_up(call: Call, frame: Frame, value: Maybe, via: str, text: Callable[[list[str]], str]) -> None:
    """Look up names that an argument gives."""
    given = names_of(value)
    if given is None:
        return
    at = argument_spot(call, 0, "subset", "by", "keys")
    read = reading(call.it, at, via, frame)
    schemas.look_all(frame.schema, given[0], read, text, at)
    told(call.it, read)


# --- the index


def set_index(call: Call, keys: Maybe, drop: Maybe, append: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    given = names_of(keys)
    inplace = inplace if inplace is not None else call.arguments.keywords.get("inplace")
    if given is None or not given[1]:
        lost = schemas.perhaps_gone(frame.schema)
        return done(call, frame, replace(lost, behind=schemas.UNKNOWN_INDEX), inplace, object())
    read = reading(call.it, argument_spot(call, 0, "keys"), "set_index", frame)
    levels = tuple(
        schemas.look_all(
            frame.schema, given[0], read, lambda missing: f'KeyError: "None of {missing} are in the columns"'
        )
    )
    told(call.it, read)
    kept = list(frame.schema.attributes)
    if is_true(drop, True) is not False:
        kept = [one for one in kept if one.name not in given[0]]
    if is_true(append) is not False:
        levels = schemas.UNKNOWN_INDEX
    schema = schemas.columns(frame.schema, kept, levels)
    return done(
        call, frame, schema if is_true(drop, True) is not None else schemas.perhaps_gone(schema), inplace, object()
    )


def reset_index(call: Call, level: Maybe, drop: Maybe, inplace: Maybe) -> Value:
    frame = own(call)
    inplace = inplace if inplace is not None else call.arguments.keywords.get("inplace")
    dropped = is_true(drop)
    others = level is not None and level != NONE
    if dropped is None or others or "names" in call.arguments.keywords:
        lost = schemas.opened(frame.schema, "the levels of an index", call_spot(call))
        return done(call, frame, replace(lost, behind=schemas.UNKNOWN_INDEX), inplace, object())
    return done(call, frame, schemas.reset(frame.schema, dropped), inplace, object())


# --- columns by what they are


_NUMBER = dtypes.NUMBERS | dtypes.NULLABLE_INTEGERS | {"Float32", "Float64"}


def select_dtypes(call: Call, include: Maybe, exclude: Maybe) -> Value:
    frame = own(call)
    wanted, unwanted = _kinds(include), _kinds(exclude)
    if wanted is None or unwanted is None:
        return framed(call, schemas.perhaps_gone(frame.schema), frame.rows)
    found = []
    for one in frame.schema:
        kind = known_kind(call.it, one.type)
        into = [_is_kind(kind, word) for word in wanted] if include is not None else [True]
        out = [_is_kind(kind, word) for word in unwanted]
        if True in out or (include is not None and set(into) <= {False}):
            continue
        sure = True in into and None not in out
        found.append(one if sure else replace(one, perhaps=True))
    return framed(call, schemas.columns(frame.schema, found), frame.rows)


def _kinds(value: Maybe) -> list[str] | None:
    if value is None or value == NONE:
        return []
    items = value.items if isinstance(value, ListValue) and not value.open else [value]
    words = [_word(one) for one in items]
    return [one for one in words if one is not None] if None not in words else None


def _word(value: Value) -> str | None:
    match value:
        case Const(value=str(text)):
            return text
        case Lib(name=path):
            words = {"builtins.object": "object", "builtins.int": "int64", "builtins.float": "float64"}
            words |= {"builtins.bool": "bool", "builtins.str": "str", "numpy.number": "number"}
            return words.get(path) or (path.removeprefix("numpy.") if path.startswith("numpy.") else None)
    return None


def _is_kind(kind: DataType | None, word: str) -> bool | None:
    """Whether a column of a dtype is of a kind that `select_dtypes` names."""
    if not isinstance(kind, Dtype):
        return None
    answers = {_named_kind(name, word) for name in kind.names}
    return answers.pop() if len(answers) == 1 else None


def _named_kind(name: str, word: str) -> bool | None:
    if word == "number":
        return name in _NUMBER or name.startswith("timedelta")
    if word in ("object", "O", "object_"):
        return True if name == "object" else None if name == "str" else False
    if word in ("category", "bool") or word in dtypes.NUMBERS:
        return name == word
    if word in ("datetime", "datetime64", "datetime64[ns]"):
        return name.startswith("datetime64[") and "," not in name
    if word in ("int", "integer"):
        return None if name in dtypes.INTEGERS else False
    if word in ("float", "floating"):
        return None if name in dtypes.FLOATS else False
    return None


# --- what leaves the frame


def to_numpy(call: Call) -> Value:
    frame = own(call)
    return Frame("the values of a frame", frame.calls, ARRAY, frame.schema)


def column_names(call: Call) -> Value:
    return names_list(call.it, own(call).schema)


def get(call: Call, key: Maybe) -> Value:
    frame, name = own(call), constant_text(key) if key is not None else None
    found = schemas.exact(frame.schema, name) if name is not None else ()
    if len(found) == 1 and not found[0].perhaps:
        return Series("a column", frame.calls, found[0], frame.schema, "made", frame.rows, frame)
    return call.top("a column that may not be there")


def reduced(call: Call) -> Value:
    """`sum`, `mean` and their kin: one value for each column."""
    return column(call, None)


def reindex(call: Call) -> Value:
    frame = own(call)
    given = names_of(call.arguments.keywords.get("columns"))
    if given is None or not given[1]:
        return framed(call, schemas.opened(schemas.perhaps_gone(frame.schema), "a reindexed frame", call_spot(call)))
    found = []
    for name in given[0]:
        held = schemas.exact(frame.schema, name)
        sure = len(held) == 1 and not held[0].perhaps
        found.append(held[0] if sure else Attribute(name, None, made=call_spot(call)))
    return framed(call, Schema(tuple(found), behind=frame.schema.behind), frame.rows)


def retyped(call: Call) -> Value:
    """The same columns, of dtypes that are not known."""
    frame = own(call)
    found = [replace(one, type=None, nullable=None) for one in frame.schema]
    return done(call, frame, schemas.columns(frame.schema, found), call.arguments.keywords.get("inplace"), frame.rows)


def strange(call: Call) -> Value:
    """A frame of which no column is known."""
    return framed(call, unknown(f"what `{call.target.rpartition('.')[2]}` gives", call_spot(call)))


def piped(call: Call, func: Maybe) -> Value:
    """`frame.pipe(f, …)`: the function is called with the frame."""
    from mlcheck.flow.calls import dispatch

    if func is None or call.arguments.open:
        return call.top("a function that is not known")
    rest = list(call.arguments.positional[1:])
    return dispatch(call.it, func, Arguments([own(call), *rest], dict(call.arguments.keywords)), call.node)


_SAME = "copy sort_index round clip infer_objects_ set_axis_"
_FEWER = "head tail sample query nlargest_ truncate first last"
_REDUCES = "sum mean median min max std var count nunique quantile_ any all prod skew sem idxmax idxmin"
_RETYPED = "replace where mask convert_dtypes infer_objects ffill bfill pad interpolate shift diff pct_change cumsum"
_STRANGE = "transpose stack unstack apply pivot agg aggregate transform describe corr cov explode eval swaplevel"


def _of(names: str, transfer: Callable[..., Value]) -> dict[str, Callable[..., Value]]:
    return {f"{PANDAS_FRAME}.{name}": transfer for name in names.split() if not name.endswith("_")}


ENTERS = frozenset(f"{PANDAS_FRAME}.{name}" for name in ("pipe", "assign", "rename"))  # functions that they are handed
TRANSFERS: Transfers = {
    "pyspark.sql.DataFrame.toPandas": to_pandas,
    f"{PANDAS_FRAME}.drop": drop,
    f"{PANDAS_FRAME}.rename": rename,
    **_of("add_prefix add_suffix", affixed),
    f"{PANDAS_FRAME}.assign": assign,
    f"{PANDAS_FRAME}.insert": insert,
    f"{PANDAS_FRAME}.pop": pop,
    f"{PANDAS_FRAME}.astype": astype,
    f"{PANDAS_FRAME}.fillna": fillna,
    f"{PANDAS_FRAME}.dropna": drop_nulls,
    f"{PANDAS_FRAME}.drop_duplicates": drop_duplicates,
    f"{PANDAS_FRAME}.sort_values": sort_values,
    f"{PANDAS_FRAME}.set_index": set_index,
    f"{PANDAS_FRAME}.reset_index": reset_index,
    f"{PANDAS_FRAME}.select_dtypes": select_dtypes,
    f"{PANDAS_FRAME}.to_numpy": to_numpy,
    f"{PANDAS_FRAME}.keys": column_names,
    f"{PANDAS_FRAME}.get": get,
    f"{PANDAS_FRAME}.reindex": reindex,
    f"{PANDAS_FRAME}.pipe": piped,
    **_of(_SAME, same),
    **_of(_FEWER, fewer_rows),
    **_of(_REDUCES, reduced),
    **_of(_RETYPED, retyped),
    **_of(_STRANGE, strange),
}
