"""Dtypes of pandas: what Spark's types become of `toPandas()`, what constants are, what names mean.

Source: pandas 2.2.3 and 3.1.1, pyspark 4.0.1 with and without Arrow, executed (tests/oracle). Where releases
differ the dtype has both names.
"""

from __future__ import annotations

from functools import lru_cache

from mlcheck.flow.frames.types import Array, DataType, Decimal, Dtype, Map, Struct

BOOL, INT64, FLOAT64, FLOAT32 = (Dtype(name) for name in ("bool", "int64", "float64", "float32"))
INT8, INT16, INT32 = (Dtype(name) for name in ("int8", "int16", "int32"))
OBJECT = Dtype("object")
TEXT = Dtype("object", "str", "str")  # what text is: an object before pandas 3
STRINGS = Dtype("object", "str")  # an object whatever the release
DECIMALS, DATES = Dtype("object", "decimal"), Dtype("object", "date")
DATE_SPANS = Dtype("object", "span")  # of dates that are objects: Python's timedeltas, without `.dt`
TIMES = Dtype("datetime64[ns]")
SPANS = Dtype("timedelta64[ns]")
NO_VALUES = Dtype("object", "none")
CATEGORY = Dtype("category")

SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = frozenset((*SIGNED, *UNSIGNED))
FLOATS = ("float16", "float32", "float64")
NUMBERS = frozenset((*INTEGERS, *FLOATS))
NULLABLE_INTEGERS = frozenset(name.replace("i", "I", 1).replace("u", "U", 1) for name in INTEGERS) | {
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
}
NULLABLE = NULLABLE_INTEGERS | {"Float32", "Float64", "boolean"}

_OF_SPARK: dict[str, tuple[Dtype, str]] = {  # the dtype, and what it is where values are missing
    "boolean": (BOOL, "object"),
    "tinyint": (INT8, "float64"),
    "smallint": (INT16, "float64"),
    "int": (INT32, "float64"),
    "bigint": (INT64, "float64"),
    "float": (FLOAT32, ""),
    "double": (FLOAT64, ""),
    "string": (TEXT, ""),
    "binary": (Dtype("object", "bytes"), ""),
    "date": (DATES, ""),
    "timestamp": (TIMES, ""),
    "timestamp_ntz": (TIMES, ""),
    "void": (NO_VALUES, ""),
    "interval": (SPANS, ""),
}


def of_spark(kind: DataType | None, nullable: bool | None) -> Dtype | None:
    """What a column of Spark is after `toPandas()`."""
    if kind is None:
        return None
    if isinstance(kind, Dtype):
        return kind
    if isinstance(kind, Decimal):
        return DECIMALS
    if isinstance(kind, Array):
        return Dtype("object", "list")
    if isinstance(kind, (Map, Struct)):
        return Dtype("object", "dict")
    known = _OF_SPARK.get(kind.name)
    if known is None:
        return None
    dtype, missing = known
    if nullable is False or not missing:
        return dtype
    return Dtype(dtype.name, "bool" if missing == "object" else "", missing)


_NAMES: dict[str, Dtype | None] = {
    "int": INT64,
    "float": FLOAT64,
    "double": FLOAT64,
    "single": FLOAT32,
    "half": Dtype("float16"),
    "bool": BOOL,
    "bool_": BOOL,
    "boolean": Dtype("boolean"),
    "str": TEXT,
    "object": OBJECT,
    "O": OBJECT,
    "category": CATEGORY,
    "string": Dtype("string", "str"),
    "datetime64[ns]": TIMES,
    "datetime64": None,
    "datetime64[us]": Dtype("datetime64[us]"),
    "datetime64[ms]": Dtype("datetime64[ms]"),
    "datetime64[s]": Dtype("datetime64[s]"),
    "timedelta64[ns]": SPANS,
    "f": FLOAT32,
    "d": FLOAT64,
    "f4": FLOAT32,
    "f8": FLOAT64,
    "i4": INT32,
    "i8": INT64,
    "int_": INT64,
    "integer": INT64,
    "float_": FLOAT64,
    "float64": FLOAT64,
    "float32": FLOAT32,
}


@lru_cache(maxsize=512)
def named(name: str) -> Dtype | None:
    """The dtype that a name means where one is asked for; None where it is not known."""
    if name in _NAMES:
        return _NAMES[name]
    if name in NUMBERS or name in NULLABLE:
        return Dtype(name)
    return Dtype(name) if name.startswith(("datetime64[ns,", "datetime64[us,")) else None


# The classes that stand for a dtype: `float`, `np.float32`, `pd.Int64Dtype()` …
OF_CLASSES = {
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.str": "str",
    "builtins.bool": "bool",
    "builtins.object": "object",
    "pandas.CategoricalDtype": "category",
    "pandas.StringDtype": "string",
    "pandas.BooleanDtype": "boolean",
    "pandas.api.types.CategoricalDtype": "category",
}


def of_constant(value: object) -> Dtype | None:
    """The dtype of a column that one constant fills."""
    match value:
        case bool():
            return BOOL
        case int():
            return INT64 if -(2**63) <= value < 2**63 else None
        case float():
            return FLOAT64
        case str():
            return TEXT
        case None:
            return NO_VALUES
        case bytes():
            return Dtype("object", "bytes")
    return None


def of_constants(values: list[object]) -> Dtype | None:
    """The dtype of a column made of a list of constants."""
    kinds = {type(one) for one in values}
    missing = type(None) in kinds or any(isinstance(one, float) and one != one for one in values)
    kinds.discard(type(None))
    if not kinds:
        return NO_VALUES if values else OBJECT
    if kinds == {bool}:
        return Dtype("object", "bool") if missing else BOOL
    if kinds == {int}:
        if not all(-(2**63) <= one < 2**63 for one in values if isinstance(one, int)):
            return None
        return FLOAT64 if missing else INT64
    if kinds <= {int, float}:
        return FLOAT64
    if kinds == {str}:
        return TEXT
    return Dtype("object", "mixed")


def is_text(kind: DataType | None) -> bool:
    """Whether a column surely holds text."""
    return isinstance(kind, Dtype) and kind.holds == "str" and kind.name != "category"


def may_be_missing(kind: DataType | None) -> Dtype | None:
    """What a column is where some of its rows may have no value now."""
    if not isinstance(kind, Dtype):
        return None
    if kind.other:
        return kind if kind.name in ("object", "str") or kind.other == "float64" else _with_missing(kind)
    if kind.name in INTEGERS:
        return Dtype(kind.name, "", "float64")
    if kind.name == "bool":
        return Dtype("bool", "bool", "object")
    return kind


def _with_missing(kind: Dtype) -> Dtype | None:
    return kind if kind.name not in INTEGERS and kind.name != "bool" else None


def joined(one: DataType | None, two: DataType | None) -> Dtype | None:
    """What may be either of two dtypes."""
    if not isinstance(one, Dtype) or not isinstance(two, Dtype):
        return None
    if one == two:
        return one
    names = list(dict.fromkeys((*one.names, *two.names)))
    if len(names) > 2:
        return None
    holds = one.holds if one.holds == two.holds else (one.holds or two.holds if len(names) == 2 else "")
    return Dtype(names[0], holds, names[1] if len(names) > 1 else "")
