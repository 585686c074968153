"""What the chain of calls behind a frame tells of one column, or of all, where each call names its columns itself."""

from __future__ import annotations

import re

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.tables import chain
from mlcheck.flow.values import Const, DictValue, ListValue, Value

# Methods of a frame that leave its columns as they are.
_KEEPS = re.compile(
    r"filter|where|limit|distinct|dropDuplicates|drop_duplicates|cache|persist|repartition|coalesce|orderBy|sort|sample"
    r"|na\.fill|na\.drop|fillna|dropna|checkpoint|localCheckpoint|hint|alias|union|unionByName"
)
_FRAME = "pyspark.sql.DataFrame."


def holds(value: Value | None, column: str) -> bool | None:
    """Whether a frame has a column; None where its calls do not tell."""
    for call in chain(value):
        told = _tells(call, column)
        if told != "":
            return told if isinstance(told, bool) else None
    return None


def _tells(call: CallSeen, column: str) -> bool | str:
    """Whether a call makes sure that a column is there, or is not; "" where it leaves it as it is, else "unknown"."""
    owner, _, method = call.name.rpartition(".")
    if owner in CLIENTS and method == "score_batch":
        return True if column == "prediction" else ""
    if not call.name.startswith(_FRAME):
        return "unknown"
    method = call.name.removeprefix(_FRAME)
    names = _names(call)
    match method:
        case "withColumn":
            given = call.argument("colName", 0)
            return _adds(given, column)
        case "withColumns":
            given = call.argument("colsMap", 0)
            if isinstance(given, DictValue) and column in given.entries:
                return True
            return "" if isinstance(given, DictValue) and not given.open else "unknown"
        case "withColumnRenamed":
            old, new = call.argument("existing", 0), call.argument("new", 1)
            if old == Const(column):
                return False
            return _adds(new, column) if isinstance(old, Const) else "unknown"
        case "drop":
            if names is None:
                return "unknown"
            return False if column in names else ""
        case "select":
            return column in names if names is not None and "*" not in names else "unknown"
        case _:
            return "" if _KEEPS.fullmatch(method) else "unknown"


def _adds(given: Value | None, column: str) -> bool | str:
    if isinstance(given, Const):
        return True if given.value == column else ""
    return "unknown"


def _names(call: CallSeen) -> tuple[str, ...] | None:
    """The columns that a call names, None where they are not all constants."""
    given = list(call.positional)
    if len(given) == 1 and isinstance(given[0], ListValue):
        if given[0].open:
            return None
        given = list(given[0].items)
    names = [one.value for one in given if isinstance(one, Const) and isinstance(one.value, str)]
    return tuple(names) if given and len(names) == len(given) and not call.open else None


def all_columns(value: Value | None) -> frozenset[str] | None:
    """Every column of a frame, where its chain selects them by name; None where it does not."""
    added: set[str] = set()
    for call in chain(value):
        method = call.name.removeprefix(_FRAME) if call.name.startswith(_FRAME) else ""
        names = _names(call)
        if method == "select":
            return frozenset({*names, *added}) if names is not None and "*" not in names else None
        given = call.argument("colName", 0)
        if method == "withColumn" and isinstance(given, Const):
            added.add(str(given.value))
        elif not _KEEPS.fullmatch(method):
            return None
    return None
