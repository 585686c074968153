"""Transfer functions of pandas itself: constructors, readers, conversions, and what numpy makes of columns.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from dataclasses import replace

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.dtypes import BOOL, FLOAT64, INT64
from mlcheck.flow.frames.schema import Attribute, Schema, Source, unknown
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, SERIES, Frame, Series
from mlcheck.flow.pandas_access import stored
from mlcheck.flow.pandas_values import (
    Maybe,
    argument_spot,
    call_spot,
    column,
    dtype_of,
    fails,
    framed,
    names_of,
    of_categories,
    reading,
    told,
)
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Value, constant_text, derived

_FEW_ROWS = 200


# --- constructors


def data_frame(call: Call, data: Maybe, index: Maybe, columns: Maybe, dtype: Maybe) -> Value:
    """`pd.DataFrame(…)` of a dict, a list of dicts, rows, a frame, or nothing."""
    schema = _made_of(call, data, columns)
    if index is not None and index != NONE:
        schema = replace(schema, behind=schemas.UNKNOWN_INDEX)
    if dtype is not None and dtype != NONE:
        kind = dtype_of(dtype)
        schema = schemas.columns(schema, [replace(one, type=kind) for one in schema])
    if data is not None and isinstance(data, Frame) and columns is None and dtype is None:
        return framed(call, schema, data.rows)
    return framed(call, schema)


def _made_of(call: Call, data: Maybe, columns: Maybe) -> Schema:
    given = names_of(columns) if columns is not None and columns != NONE else None
    named = given is not None and given[1]
    if data is None or data == NONE:
        return _of_names(call, given[0] if named and given else []) if columns is None or named else _lost(call)
    if isinstance(data, DictValue):
        schema = _of_dict(call, data)
        if columns is None or columns == NONE:
            return schema
        return _chosen(call, schema, given[0]) if named and given else _lost(call)
    if isinstance(data, Frame) and data.cls == PANDAS_FRAME:
        if columns is None or columns == NONE:
            return Schema(data.schema.attributes, data.schema.lost, behind=data.schema.behind)
        return _chosen(call, data.schema, given[0]) if named and given else _lost(call)
    if isinstance(data, Series) and columns is None:
        return Schema((replace(data.attribute, perhaps=False),), behind=())
    if isinstance(data, ListValue) and not data.open and data.items and len(data.items) <= _FEW_ROWS:
        return _of_rows(call, data, given[0] if named and given else None, columns is not None)
    if named and given is not None:
        attributes = _by_place(call, data, given[0])
        return Schema(tuple(attributes))
    return _lost(call)


def _lost(call: Call) -> Schema:
    return unknown("a frame that is made of what is not known", call_spot(call))


def _of_names(call: Call, names: list[str]) -> Schema:
    return Schema(tuple(Attribute(name, dtypes.OBJECT, made=call_spot(call)) for name in names))


def _of_dict(call: Call, data: DictValue) -> Schema:
    attributes = []
    for name, value in data.entries.items():
        if not isinstance(name, str):
            return _lost(call)
        kind, sources = _values(value)
        attributes.append(Attribute(name, kind, None, (), sources, call_spot(call)))
    schema = Schema(tuple(attributes))
    if data.open:
        return schemas.opened(schemas.perhaps_gone(schema), "a dict that may hold more", call_spot(call))
    return schema


def _values(value: Value) -> tuple[DataType | None, tuple[Source, ...]]:
    """The dtype of a column made of a value, and the tables' columns that it comes from."""
    if isinstance(value, Series):
        return dtypes.may_be_missing(value.attribute.type), value.attribute.sources
    if isinstance(value, ListValue) and not value.items and not value.open:
        return dtypes.OBJECT, ()
    return stored(_NO_FRAME, value)


_NO_FRAME = Frame("no frame", (), PANDAS_FRAME, Schema(), rows=object())


def _chosen(call: Call, schema: Schema, names: list[str]) -> Schema:
    """The columns that are asked for: what is not there is made, and empty."""
    found = []
    for name in names:
        held = schemas.exact(schema, name)
        if len(held) == 1:
            found.append(replace(held[0], perhaps=False, type=None if held[0].perhaps else held[0].type))
        else:
            kind = Dtype("object", "none", "float64") if schema.closed else None
            found.append(Attribute(name, kind, made=call_spot(call)))
    return Schema(tuple(found), behind=schema.behind)


def _of_rows(call: Call, data: ListValue, names: list[str] | None, asked: bool) -> Schema:
    """Of rows that are written down: dicts, or lists under the names that are given."""
    if all(isinstance(one, DictValue) and not one.open for one in data.items):
        rows = [one.entries for one in data.items if isinstance(one, DictValue)]
        keys = dict.fromkeys(key for row in rows for key in row)
        if not all(isinstance(key, str) for key in keys):
            return _lost(call)
        attributes = [
            Attribute(str(key), _of_cells([row.get(key, NONE) for row in rows]), made=call_spot(call)) for key in keys
        ]
        schema = Schema(tuple(attributes))
        return schema if not asked else _chosen(call, schema, names) if names is not None else _lost(call)
    if names is None:
        return _lost(call)
    cells: list[list[Value]] = [[] for _ in names]
    for one in data.items:
        row = one.items if isinstance(one, ListValue) and not one.open else [one]
        if len(row) != len(names):
            return Schema(tuple(_by_place(call, data, names)))
        for at, cell in enumerate(row):
            cells[at].append(cell)
    found = [Attribute(name, _of_cells(held), made=call_spot(call)) for name, held in zip(names, cells)]
    return Schema(tuple(found))


def _of_cells(cells: list[Value]) -> Dtype | None:
    if not all(isinstance(one, Const) for one in cells):
        return None
    return dtypes.of_constants([one.value for one in cells if isinstance(one, Const)])


def _by_place(call: Call, data: Value, names: list[str]) -> list[Attribute]:
    """Columns under new names: of an array that was a frame, each in its place."""
    held = data.schema if isinstance(data, Frame) and data.schema.closed else None
    known = held is not None and len(held.attributes) == len(names) and not any(one.perhaps for one in held)
    if held is None or not known:
        return [Attribute(name, None, made=call_spot(call)) for name in names]
    kinds = {one.type for one in held}
    kind = kinds.pop() if len(kinds) == 1 else None
    return [replace(one, name=name, type=kind) for name, one in zip(names, held.attributes)]


def series(call: Call, data: Maybe, index: Maybe, dtype: Maybe, name: Maybe) -> Value:
    label = constant_text(name) if name is not None else None
    if isinstance(data, Series) and index is None:
        kind = dtype_of(dtype) if dtype is not None else data.attribute.type
        made = column(call, kind, data)
        return (
            made
            if name is None
            else Series(made.why, made.calls, replace(made.attribute, name=label), made.of, made.how, made.rows)
        )
    kind = dtype_of(dtype) if dtype is not None and dtype != NONE else _values(data)[0] if data is not None else None
    return column(call, kind if index is None else None, name=label)


# --- readers


def read(call: Call) -> Value:
    """`pd.read_csv` and its kin: any columns, unless they are named."""
    given = call.arguments.keywords
    wanted = given.get("usecols", given.get("columns"))
    named, types = names_of(given.get("names")), given.get("dtype")
    schema = unknown(f"what `{call.target.rpartition('.')[2]}` reads", call_spot(call))
    chosen = names_of(wanted) if wanted is not None else None
    if not call.arguments.open and (chosen or named):
        first = chosen if chosen is not None and chosen[1] and wanted is not None else None
        if wanted is None and named is not None and named[1]:
            first = named
        if first is not None and isinstance(wanted if wanted is not None else given.get("names"), ListValue):
            schema = Schema(tuple(Attribute(name, None, made=call_spot(call)) for name in first[0]))
    schema = _with_types(call, schema, types, given.get("parse_dates"))
    index = given.get("index_col")
    if index is not None and index != NONE:
        found = names_of(index)
        kept = [one for one in schema if found is None or one.name not in found[0]]
        schema = replace(schemas.columns(schema, kept), behind=schemas.UNKNOWN_INDEX)
        if found is None and schema.lost is None:
            schema = schemas.perhaps_gone(schema)
    return framed(call, schema)


def _with_types(call: Call, schema: Schema, types: Maybe, dates: Maybe) -> Schema:
    found: dict[str, Dtype | None] = {}
    if isinstance(types, DictValue):
        found = {str(name): dtype_of(kind) for name, kind in types.entries.items()}
    elif types is not None:
        kind = dtype_of(types)
        schema = schemas.columns(schema, [replace(one, type=kind) for one in schema])
    for name in (names_of(dates) or ([], True))[0] if isinstance(dates, ListValue) else []:
        found[name] = None
    attributes = [replace(one, type=found[one.name]) if one.name in found else one for one in schema]
    return schemas.columns(schema, attributes)


# --- conversions of columns


def to_numeric(call: Call, arg: Maybe, errors: Maybe, downcast: Maybe) -> Value:
    if not isinstance(arg, Series):
        return call.top("numbers")
    kind = arg.attribute.type
    found: Dtype | None = None
    if isinstance(kind, Dtype) and downcast is None:
        if set(kind.names) <= dtypes.NUMBERS | {"bool"}:
            found = kind
        elif kind.holds == "decimal":
            found = FLOAT64
        elif kind.holds == "str":
            found = Dtype("float64", "", "int64")
    return column(call, found, arg)


def to_datetime(call: Call, arg: Maybe) -> Value:
    if isinstance(arg, Series):
        kind = arg.attribute.type
        plain = not {"utc", "errors"} & set(call.arguments.keywords) and not call.arguments.open
        if isinstance(kind, Dtype) and kind.name.startswith("datetime64[") and plain:
            return column(call, kind, arg)
        found = _TIMES.get(kind.holds) if isinstance(kind, Dtype) and plain else None
        return column(call, found, arg)
    return call.top("times")


_TIMES = {  # by what an object column holds
    "str": Dtype("datetime64[ns]", "", "datetime64[us]"),
    "date": Dtype("datetime64[ns]", "", "datetime64[s]"),
}


def to_timedelta(call: Call, arg: Maybe) -> Value:
    return column(call, None, arg) if isinstance(arg, Series) else call.top("spans of time")


def categorical(call: Call, values: Maybe, categories: Maybe) -> Value:
    """`pd.Categorical(values, categories=…)`: a column with `.codes` of its own."""
    if not isinstance(values, Series):
        return column(call, of_categories(categories, None))
    return column(call, of_categories(categories, values.attribute.type), values)


def factorize(call: Call, values: Maybe) -> Value:
    held = values if isinstance(values, Series) else None
    if call.receiver is not None and isinstance(call.receiver.data.get("lost"), Series):
        lost = call.receiver.data["lost"]
        held = lost if isinstance(lost, Series) else None
    codes: Value = column(call, INT64, held) if held is not None else call.top("codes")
    return ListValue([codes, call.top("what the codes stand for")], "tuple", birth=call.it.birth())


def asked(call: Call, obj: Maybe) -> Value:
    """`pd.isna(column)`."""
    if isinstance(obj, Series):
        return column(call, BOOL, obj)
    return derived(call.top("whether it is missing"), "compare", obj) if obj is not None else call.top("a question")


def get_dummies(call: Call, data: Maybe) -> Value:
    """`pd.get_dummies(frame, columns=…)`: columns whose names come of the values."""
    if not isinstance(data, Frame):
        return framed(call, unknown("columns made of values", call_spot(call)))
    chosen = call.arguments.keywords.get("columns")
    given = names_of(chosen) if chosen is not None and chosen != NONE else None
    schema = data.schema
    if given is not None and given[1]:
        at = argument_spot(call, -1, "columns")
        look = reading(call.it, at, "get_dummies", data)
        schemas.look_all(schema, given[0], look, schemas.not_in_index(given[0]), at)
        told(call.it, look)
        kept = [one for one in schema if one.name not in given[0]]
    elif chosen is not None and chosen != NONE:
        kept = [replace(one, perhaps=True) for one in schema]
    else:
        kept = [one if _stays(one.type) else replace(one, perhaps=True) for one in schema]
        if schema.lost is None and all(_stays(one.type) for one in schema):
            return framed(call, schema, data.rows)
    return framed(
        call, schemas.opened(schemas.columns(schema, kept), "columns made of values", call_spot(call)), data.rows
    )


def _stays(kind: DataType | None) -> bool:
    """Whether `get_dummies` leaves a column as it is, where none are named."""
    return isinstance(kind, Dtype) and all(
        name in dtypes.NUMBERS or name == "bool" or name.startswith("datetime64") for name in kind.names
    )


# --- numpy


def numpy_where(call: Call, condition: Maybe, x: Maybe, y: Maybe) -> Value:
    """`np.where(mask, a, b)`: of the dtype that both have."""
    series = [one for one in (condition, x, y) if isinstance(one, Series)]
    if not series or x is None or y is None:
        return call.top("values by a condition")
    one, two = _value_kind(x), _value_kind(y)
    kind = None
    if one is not None and two is not None:
        if one == two and set(one.names) <= dtypes.NUMBERS | {"bool"}:
            kind = one
        elif {one.name, two.name} == {"int64", "float64"} and not one.other and not two.other:
            kind = FLOAT64
        elif one.holds == two.holds == "str":
            kind = dtypes.TEXT if isinstance(x, Const) and isinstance(y, Const) else None
    made = column(call, kind, series[-1])
    attributes = [one.attribute for one in series]
    attribute = replace(made.attribute, name=None, sources=schemas.sources_of(attributes))
    return Series(made.why, made.calls, attribute, made.of, made.how, series[0].rows)


def _value_kind(value: Value) -> Dtype | None:
    kind = value.attribute.type if isinstance(value, Series) else None
    if isinstance(value, Const):
        kind = dtypes.of_constant(value.value)
    return kind if isinstance(kind, Dtype) else None


def numpy_number(call: Call, x: Maybe) -> Value:
    """`np.log1p(column)` and its kin."""
    if isinstance(x, Frame):
        found = [replace(one, type=None) for one in x.schema]
        return framed(call, schemas.columns(x.schema, found), x.rows) if x.cls == PANDAS_FRAME else call.top("numbers")
    if not isinstance(x, Series):
        return derived(call.top("numbers"), "operation", x) if x is not None else call.top("numbers")
    kind = x.attribute.type
    if isinstance(kind, Dtype) and kind.names == ("object",) and kind.holds in ("decimal", "str", "date"):
        word = call.target.rpartition(".")[2]
        held = {"decimal": "decimal.Decimal", "str": "str", "date": "datetime.date"}[kind.holds]
        text = (
            f"TypeError: loop of ufunc does not support argument 0 of type {held} which has no callable {word} method"
        )
        if not (kind.holds == "decimal" and word in ("sqrt", "exp", "log10", "abs", "floor", "ceil")):
            fails(call.it, call_spot(call), "TypeError", text, x.attribute.name or "", x.of, word, x)
    floats = isinstance(kind, Dtype) and set(kind.names) <= {"int32", "int64", "float64"}
    return column(call, FLOAT64 if floats else None, x)


def as_array(call: Call, a: Maybe) -> Value:
    """`np.array(column)`, `np.asarray(frame)`."""
    if isinstance(a, Series):
        return column(call, a.attribute.type if "dtype" not in call.arguments.keywords else None, a)
    if isinstance(a, Frame):
        return Frame("the values of a frame", a.calls, "numpy.ndarray", a.schema)
    return call.top("an array")


_READERS = "read_csv read_parquet read_excel read_json read_sql read_sql_query read_sql_table read_table read_feather"
_READERS += " read_pickle read_orc read_html read_xml read_sas read_fwf read_stata read_hdf"
_NUMBERS = "log log1p log2 log10 exp expm1 sqrt sin cos tan tanh"

TRANSFERS: Transfers = {
    PANDAS_FRAME: data_frame,
    f"{PANDAS_FRAME}.from_dict": data_frame,
    f"{PANDAS_FRAME}.from_records": data_frame,
    SERIES: series,
    **{f"pandas.{name}": read for name in _READERS.split() if name != "read_html"},
    "pandas.to_numeric": to_numeric,
    "pandas.to_datetime": to_datetime,
    "pandas.to_timedelta": to_timedelta,
    "pandas.Categorical": categorical,
    "pandas.factorize": factorize,
    f"{SERIES}.factorize": factorize,
    **{f"pandas.{name}": asked for name in ("isna", "isnull", "notna", "notnull")},
    "pandas.get_dummies": get_dummies,
    "numpy.where": numpy_where,
    **{f"numpy.{name}": numpy_number for name in _NUMBERS.split()},
    "numpy.array": as_array,
    "numpy.asarray": as_array,
}
