"""What scikit-learn's helpers make of frames and columns of pandas: splits, and arrays of scaled columns.

Source: scikit-learn 1.9, executed (tests/oracle).
"""

from __future__ import annotations

from dataclasses import replace

from mlcheck.flow import frame_cells
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.dtypes import FLOAT64, INTEGERS
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.flow.pandas_values import ARRAY, Maybe
from mlcheck.flow.values import ListValue, Made, Value

_SCALERS = "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler PowerTransformer QuantileTransformer Normalizer"


def split(call: Call) -> Value:
    """`train_test_split(X, y, …)`: two of each, with the rows of the first going together, and those of the second."""
    given = call.arguments.positional
    if call.arguments.open or not given:
        return call.top("parts of what is split")
    rows: dict[int, tuple[object, object]] = {}
    found: list[Value] = []
    for value in given:
        now = frame_cells.current(call.it, value)
        key = id(now.rows) if isinstance(now, (Frame, Series)) and now.rows is not None else 0
        pair = rows.setdefault(key, (object(), object()))
        found += [_part(call, now, one) for one in pair]
    return ListValue(found, "tuple", birth=call.it.birth())


def _part(call: Call, value: Value, rows: object) -> Value:
    if isinstance(value, Frame) and value.cls == PANDAS_FRAME:
        return frame_cells.made(call.it, "a part of a split", value.schema, rows)
    if isinstance(value, Frame):
        return Frame("a part of a split", (), value.cls or ARRAY, value.schema)
    if isinstance(value, Series):
        return Series("a part of a split", (), value.attribute, value.of, "made", rows)
    return Made("a part of a split", (), value.cls if isinstance(value, Made) else None)


def scaled(call: Call, X: Maybe) -> Value:
    """An array of the same columns, scaled."""
    if isinstance(X, Frame):
        found = [replace(one, type=_scaled_kind(one.type), nullable=None) for one in X.schema]
        return Frame("scaled columns", (), ARRAY, schemas.columns(X.schema, found))
    return call.top("scaled values")


def _scaled_kind(kind: object) -> Dtype | None:
    plain = isinstance(kind, Dtype) and set(kind.names) <= {*INTEGERS, "float64", "bool"}
    return FLOAT64 if plain else None


TRANSFERS: Transfers = {
    "sklearn.model_selection.train_test_split": split,
    **{
        f"sklearn.preprocessing.{name}.{method}": scaled
        for name in _SCALERS.split()
        for method in ("fit_transform", "transform")
    },
}
