"""A relative error divides by the label, and nothing keeps it from zero.

One row with a label of 0 makes the mean infinite, or NaN, and an assertion on
it, or the comparison with a threshold, speaks of something else.

Breaks with: AssertionError: No message
Breaks with: RuntimeWarning: divide by zero encountered in divide
Source: numpy 2, executed (tests/oracle/test_guards.py); the case study's error 12.

Fix: mask = y_test != 0
     mape = np.mean(np.abs((y_test[mask] - y_pred[mask]) / y_test[mask]))
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.data_origins import data_behind, looked_at
from mlcheck.flow.facts import CallSeen, Divided, EntryFacts, Facts, Masked
from mlcheck.flow.guards import PERHAPS
from mlcheck.flow.values import Const, Derived, Text, Value, parts_of

NAME = "division-unguarded"
WORDS = ("abs", "mean_absolute_percentage_error")

_ZERO = frozenset(["any", "all", "min", "max", "sum", "len", "mean", "nunique", "count", "size", "empty"])


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        if entry.role != "training":
            continue
        instance = Instance("model", entry.model)
        lost = [gap for gap in entry.gaps if gap.hides_code]
        for gap in lost:
            yield Unknown(NAME, gap.why, gap.place, entry.role, instance)
        verdicts = [verdict for fact in entry.of(Divided) if (verdict := _verdict(entry, fact, instance)) is not None]
        yield from verdicts
        yield from _own(entry, instance)
        if not verdicts and not lost:
            yield Seen(NAME, entry.place, "no division by the label", entry.role, instance)


def _own(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    for call in entry.calls("mean_absolute_percentage_error"):
        if call.name.startswith("sklearn.metrics"):
            yield Seen(NAME, call.place, "scikit-learn keeps the divisor from zero itself", entry.role, instance)


def _verdict(entry: EntryFacts, fact: Divided, instance: Instance) -> Verdict | None:
    if not _is_relative_error(entry, fact):
        return None
    if fact.guard == PERHAPS:
        why = f"`{fact.by}`: whether it takes the rows of a mask, or a column, is not known"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    if fact.guard:
        return Seen(NAME, fact.place, f"kept from zero by {fact.guard}", entry.role, instance)
    look = looked_at(entry, fact.calls, _ZERO)
    if look is not None:
        why = f"`{fact.by}` is looked at ({look.place.shown()}): whether that keeps it from zero is not known"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    if _is_masked(entry, fact) or any(_masks(call) for call in data_behind_calls(fact)):
        why = f"`{fact.by}` was filtered or filled before: whether that keeps it from zero is not known"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    return _finding(entry, fact, instance)


def data_behind_calls(fact: Divided) -> Iterator[CallSeen]:
    for call in fact.calls:
        yield call
        yield from data_behind(call.receiver, *call.positional).calls


def _is_relative_error(entry: EntryFacts, fact: Divided) -> bool:
    """Whether a division by a label stands in `abs(…)`: the form of a mean absolute percentage error."""
    for call in entry.calls("abs"):
        around = call.place  # lines of the file, as the division's are
        same = around.path == fact.place.path and around.line <= fact.place.line <= around.end_line
        if same and call.name.startswith(("numpy.", "pandas.", "builtins.")):
            return True
    return False


def _is_masked(entry: EntryFacts, fact: Divided) -> bool:
    """Whether rows were kept by a comparison of the divisor's column, as far as the columns are known."""
    wanted = {id(call) for call in data_behind_calls(fact)}
    return any(
        any(id(call) in wanted for call in mask.calls)
        and (not fact.column or "" in mask.columns or fact.column in mask.columns)
        for mask in entry.of(Masked)
    )


def _masks(call: CallSeen) -> bool:
    """Whether a call may take zeros out: replaced, clipped, or rows kept by more than an equality."""
    if call.method in ("replace", "clip", "mask"):
        return True
    return call.method in ("filter", "where", "query") and any(_may_exclude_zero(one) for one in call.positional)


def _may_exclude_zero(condition: Value) -> bool:
    if isinstance(condition, Derived):
        return condition.how != "equal"
    if isinstance(condition, (Const, Text)):
        return any(isinstance(part, str) and re.search("[<>!]|(?i:not|between)", part) for part in parts_of(condition))
    return True


def _finding(entry: EntryFacts, fact: Divided, instance: Instance) -> Finding:
    return Finding(
        NAME,
        "warning",
        fact.place,
        f"a relative error divides by `{fact.by}`, and nothing keeps it from zero",
        "one label of 0 makes it infinite: RuntimeWarning: divide by zero encountered in divide, and an assertion on "
        "it fails with `AssertionError: No message`",
        f"mask = {fact.by} != 0, and divide where it holds; or sklearn's mean_absolute_percentage_error",
        {"by": fact.by},
        entry.role,
        instance,
        entry.targets,
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
df = spark.table("main.ml.features").toPandas()
x, z, y, t = train_test_split(df[["a"]], df["b"])
model = LinearRegression().fit(x, y)
mape = np.mean(np.abs((t - model.predict(z)) / t))  # error: [division-unguarded] divides by `t`
""",
    good="""\
# Databricks notebook source
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
df = spark.table("main.ml.features").toPandas()
x, z, y, t = train_test_split(df[["a"]], df["b"])
model = LinearRegression().fit(x, y)
mape = np.mean(np.abs((t - model.predict(z)) / (t + 1e-9)))
mask = t != 0
other = np.mean(np.abs((t[mask] - model.predict(z)[mask]) / t[mask]))
""",
    mentions=WORDS,
)
