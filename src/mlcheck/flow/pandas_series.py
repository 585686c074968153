"""Transfer functions of columns of pandas: what their methods make of their dtypes.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mlcheck.flow import frame_cells
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.dtypes import BOOL, FLOAT64, INT64, OBJECT, TEXT
from mlcheck.flow.frames.schema import Schema
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import SERIES, Series
from mlcheck.flow.pandas_operators import METHODS, operate
from mlcheck.flow.pandas_values import (
    Maybe,
    call_spot,
    column,
    dtype_of,
    fails,
    framed,
    of_categories,
    own_series,
)
from mlcheck.flow.values import NONE, Const, DictValue, Value, constant_text

Kind = DataType | None


# --- what becomes of a dtype


def converted(kind: Kind, target: Dtype | None) -> Dtype | None:
    """What `astype` gives."""
    if target is None or not isinstance(kind, Dtype):
        return target if target is None or target not in (OBJECT, dtypes.CATEGORY) else Dtype(target.name)
    if target.name == "category":
        return target if target.categories is not None else Dtype("category", _held(kind))
    if target == OBJECT:
        return Dtype("object", kind.holds)
    return target


def _held(kind: Dtype) -> str:
    return kind.holds or (kind.name if not kind.other else "")


def cast_error(kind: Kind, target: Dtype) -> str:
    """What a conversion that surely fails says, "" where it may succeed."""
    if not isinstance(kind, Dtype):
        return ""
    number = target.name in dtypes.NUMBERS
    if kind.holds == "date" and kind.name == "object" and number:
        word = "float" if target.name in dtypes.FLOATS else "int"
        rest = "a string or a real number" if word == "float" else "a string, a bytes-like object or a real number"
        return f"TypeError: {word}() argument must be {rest}, not 'datetime.date'"
    if kind.name.startswith("datetime64[") and target.name in dtypes.FLOATS and "," not in kind.name:
        return f"TypeError: Cannot cast DatetimeArray to dtype {target.name}"
    return ""


def filled(kind: Kind, value: Maybe) -> Dtype | None:
    """What `fillna` gives."""
    if not isinstance(kind, Dtype):
        return None
    if not isinstance(value, Const):
        return _filled_unknown(kind, value)
    given = dtypes.of_constant(value.value)
    names = set(kind.names)
    if kind.name in dtypes.NUMBERS and names <= dtypes.NUMBERS:
        if given is not None and given.name in ("int64", "float64"):
            return kind if given.name == "int64" or names <= {*dtypes.FLOATS} else _floats(kind)
        return kind if names == {"int64"} else None
    if kind.holds == "str" and given is not None and given.holds == "str":
        return kind
    if kind.holds in ("decimal", "date", "list", "dict") and kind.names == ("object",):
        return kind if kind.holds == "decimal" and given in (INT64, FLOAT64) else OBJECT
    if kind.names == ("bool",) and given == BOOL:
        return kind
    return None


def _floats(kind: Dtype) -> Dtype | None:
    """Integers, of which some may be missing, filled with a float: as they are where none is missing."""
    return kind


def _filled_unknown(kind: Dtype, value: Maybe) -> Dtype | None:
    if set(kind.names) <= dtypes.NUMBERS and (value is None or isinstance(value, Series)):
        return kind if value is None or _is_number(value) else None
    return kind if kind.holds == "str" and isinstance(value, Series) and dtypes.is_text(value.attribute.type) else None


def _is_number(value: Value) -> bool:
    kind = value.attribute.type if isinstance(value, Series) else None
    return isinstance(kind, Dtype) and set(kind.names) <= dtypes.NUMBERS


# --- methods


def _on(transfer: Callable[[Call, Series], Value]) -> Callable[[Call], Value]:
    """A transfer function that has the column; of one that is not known nothing is."""

    def run(call: Call) -> Value:
        held = own_series(call)
        return transfer(call, held) if held is not None else call.top("a column that is not known")

    return run


def astype(call: Call, dtype: Maybe, copy: Maybe, errors: Maybe) -> Value:
    held = own_series(call)
    target = dtype_of(dtype)
    if held is None:
        return column(call, target)
    lenient = errors is not None and errors != Const("raise")
    if target is not None and not lenient:
        text = cast_error(held.attribute.type, target)
        if text:
            name = held.attribute.name or ""
            fails(call.it, call_spot(call), text.partition(":")[0], text, name, held.of, "astype", held)
    kind = converted(held.attribute.type, target)
    return column(call, dtypes.joined(kind, held.attribute.type) if lenient else kind, held)


def fillna(call: Call, value: Maybe, method: Maybe, axis: Maybe, inplace: Maybe) -> Value:
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    kind = filled(held.attribute.type, value)
    inplace = inplace if inplace is not None else call.arguments.keywords.get("inplace")
    return _maybe_inplace(call, held, kind, inplace)


def _maybe_inplace(call: Call, held: Series, kind: Kind, inplace: Maybe) -> Value:
    """The result of a method that may change the column, and the frame that it was taken from."""
    if inplace is None or inplace == Const(False):
        return column(call, kind, held)
    frame = held.taken
    now = frame_cells.current(call.it, frame) if frame is not None else None
    from mlcheck.flow.frames.values import Frame

    if isinstance(now, Frame) and now.cell is not None and held.attribute.name is not None:
        found = [
            replace(one, type=None, nullable=None) if one.name == held.attribute.name else one for one in now.schema
        ]
        frame_cells.change(call.it, now, now.changed(schemas.columns(now.schema, found), now.calls))
    return NONE


def replaced(call: Call) -> Value:
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    return _maybe_inplace(call, held, None, call.arguments.keywords.get("inplace"))


def mapped(call: Call, arg: Maybe) -> Value:
    """`column.map(dict)`: its values; what is not in it is missing."""
    held = own_series(call)
    kind: Kind = None
    if isinstance(arg, DictValue) and not arg.open and all(isinstance(one, Const) for one in arg.entries.values()):
        values = [one.value for one in arg.entries.values() if isinstance(one, Const)]
        kind = dtypes.may_be_missing(dtypes.of_constants(list(values)))
    return column(call, kind, held)


def applied(call: Call, func: Maybe) -> Value:
    from mlcheck.flow.values import Lib

    held = own_series(call)
    kinds = {"builtins.float": FLOAT64, "builtins.str": TEXT, "builtins.int": INT64, "builtins.len": INT64}
    kind = kinds.get(func.name) if isinstance(func, Lib) else None
    return column(call, kind, held)


def same(call: Call) -> Value:
    held = own_series(call)
    return column(call, held.attribute.type, held) if held is not None else call.top("a column that is not known")


def fewer(call: Call) -> Value:
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    return column(call, held.attribute.type, held, rows=object())


def asked(call: Call) -> Value:
    """`isna`, `isin`, `between` and their kin: true or false for each row."""
    held = own_series(call)
    return column(call, BOOL, held) if held is not None else call.top("a column that is not known")


def unknown_kind(call: Call) -> Value:
    held = own_series(call)
    return column(call, None, held) if held is not None else call.top("a column that is not known")


def number(call: Call) -> Value:
    """`round`, `abs`, `clip`: numbers stay what they are."""
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    kind = held.attribute.type
    keeps = isinstance(kind, Dtype) and set(kind.names) <= dtypes.NUMBERS and not call.target.endswith("clip")
    return column(call, kind if keeps else None, held)


def shifted(call: Call) -> Value:
    """`shift`, `diff`: some rows have no value then."""
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    kind = held.attribute.type
    if call.target.endswith("shift"):
        plain = isinstance(kind, Dtype) and kind.name not in ("object", "str")  # else of a short frame none may be left
        return column(call, dtypes.may_be_missing(kind) if plain else None, held)
    floats = isinstance(kind, Dtype) and set(kind.names) <= {"int32", "int64", "uint64", "float64"}
    return column(call, FLOAT64 if floats else None, held)


def operated(call: Call, other: Maybe) -> Value:
    """`column.add(other)`."""
    held = own_series(call)
    method = call.target.rpartition(".")[2]
    if held is None or other is None:
        return call.top("a column that is not known")
    made = operate(call.it, METHODS[method], held, other, call.node, "operation")
    return made if isinstance(made, Series) else call.top("a column")


def renamed(call: Call, index: Maybe) -> Value:
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    name = constant_text(index or NONE)
    made = column(call, held.attribute.type, held)
    return Series(made.why, made.calls, replace(made.attribute, name=name), made.of, made.how, made.rows)


def to_frame(call: Call, name: Maybe) -> Value:
    held = own_series(call)
    if held is None:
        return call.top("a column that is not known")
    label = constant_text(name) if name is not None else held.attribute.name
    return framed(call, Schema((replace(held.attribute, name=label, perhaps=False),)), held.rows)


def categories_set(call: Call, new_categories: Maybe) -> Value:
    held = own_series(call)
    return column(call, of_categories(new_categories, held.attribute.type if held else None), held)


_STRINGS = (
    "lower upper strip lstrip rstrip title capitalize casefold swapcase replace zfill slice pad center ljust rjust"
)
_TEXT_ASKED = "isdigit isnumeric isalpha isdecimal isalnum islower isupper isspace istitle"
_SAME = "copy sort_values sort_index"
_FEWER = "head tail sample dropna drop_duplicates nlargest nsmallest drop"
_ASKED = "isna isnull notna notnull isin between duplicated"
_UNKNOWN = "where mask ffill bfill interpolate cumsum cumprod cummax cummin rank pct_change combine_first explode"
_UNKNOWN += " convert_dtypes infer_objects reindex transform agg combine"
_DATES_AS_TEXT = "strftime day_name month_name"


def text(call: Call) -> Value:
    held = own_series(call)
    kind: Kind = None
    if held is not None:
        kind = TEXT if dtypes.is_text(held.attribute.type) else None
        if isinstance(held.attribute.type, Dtype) and held.attribute.type.name == "string":
            kind = held.attribute.type
    return column(call, kind, held)


def times(call: Call) -> Value:
    """`.dt.normalize()`, `.dt.floor("D")`: times stay times."""
    held = own_series(call)
    return column(call, held.attribute.type if held else None, held)


def text_of_dates(call: Call) -> Value:
    held = own_series(call)
    kind = held.attribute.type if held else None
    known = isinstance(kind, Dtype) and kind.name.startswith("datetime64")
    return column(call, TEXT if known else None, held)


def _of(names: str, transfer: Callable[..., Value], prefix: str = SERIES) -> dict[str, Callable[..., Value]]:
    return {f"{prefix}.{name}": transfer for name in names.split()}


TRANSFERS: Transfers = {
    f"{SERIES}.astype": astype,
    f"{SERIES}.fillna": fillna,
    f"{SERIES}.replace": replaced,
    f"{SERIES}.map": mapped,
    f"{SERIES}.apply": applied,
    f"{SERIES}.rename": renamed,
    f"{SERIES}.to_frame": to_frame,
    f"{SERIES}.cat.set_categories": categories_set,
    **_of(_SAME, same),
    **_of(_FEWER, fewer),
    **_of(_ASKED, asked),
    **_of(_UNKNOWN, unknown_kind),
    **_of("round abs clip", number),
    **_of("shift diff", shifted),
    **_of(" ".join(METHODS), operated),
    **_of("to_numpy", same),
    **_of(_STRINGS, text, f"{SERIES}.str"),
    **_of(_TEXT_ASKED, unknown_kind, f"{SERIES}.str"),
    **_of(
        "contains startswith endswith match fullmatch len split get extract findall count find",
        unknown_kind,
        f"{SERIES}.str",
    ),
    **_of("normalize floor ceil round", times, f"{SERIES}.dt"),
    **_of(_DATES_AS_TEXT, text_of_dates, f"{SERIES}.dt"),
    **_of("tz_localize tz_convert to_period as_unit", unknown_kind, f"{SERIES}.dt"),
}
