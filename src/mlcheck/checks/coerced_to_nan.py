"""`to_numeric(errors="coerce")` turns what is no number into NaN, and nothing looks at it before a model does.

On a text column every row becomes NaN; with `fillna(0)` behind it every row
becomes 0, and the model scores on. Nothing raises.

Breaks with: nothing: the scores are those of a column of zeros
Source: pandas 2.2 and 3.1, executed (tests/oracle); the case study's silent failure S4.

Fix: number = pd.to_numeric(batch["price"], errors="coerce")
     if number.isna().sum() > batch["price"].isna().sum():
         raise ValueError("price holds what is no number")
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.frames.values import Series
from mlcheck.flow.tables import origins
from mlcheck.flow.values import Const, DictValue, Value, shown
from mlcheck.project.place import Place

NAME = "coerced-to-nan"
WORDS = ("to_numeric",)
_LOOKS = ("isna", "isnull", "notna", "notnull", "dropna", "hasnans")
_NUMBERS = ("int", "uint", "float", "bool")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        if entry.role is not None:
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
        together: dict[tuple[Place, bool], list[_Coerced]] = {}
        for call in entry.calls("to_numeric"):
            told = _told(entry, call, instance) if call.name == "pandas.to_numeric" else None
            if isinstance(told, _Coerced):
                together.setdefault((call.place, told.is_text), []).append(told)
            elif told is not None:
                yield told
        for found in together.values():
            yield _finding(entry, found, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


@dataclass(frozen=True, slots=True)
class _Coerced:
    """A column that is coerced; `filled` is what its gaps then hold, and where."""

    call: CallSeen
    column: str
    is_text: bool
    filled: tuple[Place, str] | None


def _told(entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict | _Coerced:
    errors, given = call.argument("errors", 1), call.argument("arg", 0)
    if errors is None or errors == Const("raise"):
        return Seen(NAME, call.place, "what is no number raises", entry.role, instance)
    kind = given.attribute.type if isinstance(given, Series) else None
    if isinstance(kind, Dtype) and all(name.startswith(_NUMBERS) for name in kind.names):
        return Seen(NAME, call.place, "the column holds numbers already", entry.role, instance)
    if errors != Const("coerce"):
        return Unknown(NAME, "how `to_numeric` takes what is no number", call.place, entry.role, instance)
    if any(_comes_from(one.receiver, call) for word in _LOOKS for one in entry.calls(word)):
        return Seen(NAME, call.place, "what became NaN is looked at", entry.role, instance)
    column = given.attribute.name or "" if isinstance(given, Series) else ""
    filled = next((told for one in entry.calls("fillna") if (told := _filled(one, call, column)) is not None), None)
    is_text = isinstance(kind, Dtype) and kind.holds == "str"
    if filled is None and not is_text:
        why = "whether anything looks at what `to_numeric` made NaN"
        return Unknown(NAME, why, call.place, entry.role, instance)
    return _Coerced(call, column, is_text, filled)


def _filled(fill: CallSeen, call: CallSeen, column: str) -> tuple[Place, str] | None:
    """The constant that a `fillna` puts into what a call coerced; a mean, say, is no constant."""
    value = fill.argument("value", 0)
    if isinstance(value, DictValue):
        value = value.entries.get(column)
    if not isinstance(value, Const) or value.value is None or not _comes_from(fill.receiver, call):
        return None
    return fill.place, shown(value)


def _comes_from(value: Value | None, call: CallSeen) -> bool:
    return value is not None and any(one is call for one in origins(value)[0])


def _finding(entry: EntryFacts, found: list[_Coerced], instance: Instance) -> Finding:
    first = found[0]
    names = [f"`{one.column}`" for one in found if one.column]
    columns = ", ".join(dict.fromkeys(names)) or "a column"
    to = first.filled[1] if first.filled is not None else "NaN"
    if first.is_text:
        message = f"{columns} is text: every row becomes {to}"
    else:
        message = f"what is no number in {columns} becomes {to}, unseen"
    return Finding(
        NAME,
        "error" if first.is_text else "warning",
        first.call.place,
        message,
        "nothing raises: the model scores a column of constants as if it were data",
        'number = pd.to_numeric(…, errors="coerce"); if number.isna().any(): raise ValueError("it holds no numbers")',
        {"column": first.column, "kind": "text" if first.is_text else "filled"},
        entry.role,
        instance,
        entry.targets,
        ((first.filled[0], "and filled here"),) if first.filled is not None else (),
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
import pandas as pd
batch = spark.table("main.gold.prices").toPandas()
batch["price"] = pd.to_numeric(batch["price"], errors="coerce").fillna(0)  # error: [coerced-to-nan] `price` becomes 0
mlflow.pyfunc.load_model("models:/main.ml.demand@champion").predict(batch)
""",
    good="""\
# Databricks notebook source
import mlflow
import pandas as pd
batch = spark.table("main.gold.prices").toPandas()
number = pd.to_numeric(batch["price"], errors="coerce")
if number.isna().any():
    raise ValueError("price holds what is no number")
batch["price"] = number
mlflow.pyfunc.load_model("models:/main.ml.demand@champion").predict(batch)
""",
    mentions=WORDS,
)
