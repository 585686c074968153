"""Nothing looks whether there are rows between the load and the split or fit.

Where a refresh has not run, the table is there and empty, and training ends in
an error of scikit-learn's that speaks of samples, not of the table.

Breaks with: With n_samples=0, test_size=0.2 and train_size=None, the resulting train set will be empty
Breaks with: Found array with 0 sample(s) (shape=(0, 3)) while a minimum of 1 is required
Source: scikit-learn 1.7, executed (tests/oracle/test_guards.py); the case study's error 7.

Fix: if df.isEmpty():
         raise ValueError("main.ml.features is empty: has its refresh run?")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.data_origins import Data, data_behind, looked_at
from mlcheck.flow.estimators import TRAINS, role_words
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.values import Const, Obj, shown

NAME = "empty-data"
WORDS = ("train_test_split", "fit")

_SPLIT = "sklearn.model_selection.train_test_split"
_FITS = ("sklearn.", "xgboost.", "lightgbm.", "catboost.", "prophet.")
_FIT_ERRORS = {
    "sklearn": "Found array with 0 sample(s) (shape=(0, …)) while a minimum of 1 is required",
    "prophet": "Dataframe has less than 2 non-NaN rows.",
}
_PREPARES = ("preprocessing", "impute", "compose", "feature_extraction", "decomposition")
_SIZES = frozenset(
    [
        "agg",
        "any",
        "collect",
        "count",
        "empty",
        "first",
        "head",
        "index",
        "isEmpty",
        "len",
        "limit",
        "n_rows",
        "notna",
        "num_rows",
        "nunique",
        "rdd",
        "shape",
        "size",
        "sum",
        "tail",
        "take",
    ]
)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role != "training":
            continue
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        use = _first_use(entry)
        yield _verdict(entry, use, instance) if use is not None else _other_training(entry, instance)


def _first_use(entry: EntryFacts) -> CallSeen | None:
    """The first call that breaks on no rows: the split, else a fit."""
    for call in entry.calls("train_test_split"):
        if call.name == _SPLIT:
            return call
    for call in entry.calls("fit"):
        if call.name.startswith(_FITS) and not any(f".{part}." in call.name for part in _PREPARES):
            return call
    return None


def _other_training(entry: EntryFacts, instance: Instance) -> Verdict:
    """A training by what is not known to break on no rows: right where something looks whether there are any."""
    use = next((call for call in entry.of(CallSeen) if TRAINS in role_words(call.name)), None)
    if use is None:
        return Unknown(NAME, "which call trains was not followed", entry.place, entry.role, instance)
    made_with = use.receiver.data.values() if isinstance(use.receiver, Obj) else ()
    data = data_behind(use.receiver, *made_with, *use.positional, *use.keywords.values())
    look = looked_at(entry, data.calls, _SIZES)
    if look is not None:
        return Seen(NAME, look.place, "a look whether there are rows", entry.role, instance)
    why = f"what `{use.name}` does where there are no rows is not known, and nothing was seen to look"
    return Unknown(NAME, why, use.place, entry.role, instance)


def _verdict(entry: EntryFacts, use: CallSeen, instance: Instance) -> Verdict:
    data = data_behind(*use.positional, *use.keywords.values())
    look = looked_at(entry, data.calls, _SIZES)
    if look is not None:
        return Seen(NAME, look.place, "a look whether there are rows", entry.role, instance)
    if not data.loads:
        if data.complete and data.calls:
            return Seen(NAME, use.place, "the data are made in the code", entry.role, instance)
        return Unknown(NAME, f"where `{use.method}`'s data come from was not followed", use.place, entry.role, instance)
    if not data.complete:
        why = f"a part of the way from the load to `{use.method}` was not followed: it may look whether there are rows"
        return Unknown(NAME, why, use.place, entry.role, instance)
    return _finding(entry, use, data, instance)


def _finding(entry: EntryFacts, use: CallSeen, data: Data, instance: Instance) -> Finding:
    load = data.loads[0]
    table = load.positional[0] if load.positional else None
    name = shown(table) if table is not None and load.method != "sql" else ""
    whole = load.method == "table" and isinstance(table, Const)
    error = (
        "With n_samples=0, test_size=0.2 and train_size=None, the resulting train set will be empty"
        if use.method == "train_test_split"
        else _FIT_ERRORS.get(use.name.partition(".")[0], _FIT_ERRORS["sklearn"])
    )
    return Finding(
        NAME,
        "warning",
        use.place,
        f"nothing looks whether {f'`{name}` has' if name else 'there are'} rows before `{use.method}`",
        error,
        f'if spark.table("{name}").isEmpty(): raise ValueError("{name} is empty: has its refresh run?")'
        if whole
        else f'if len(X) == 0: raise ValueError("no rows: has the refresh run?")  # X: what `{use.method}` is given',
        {"call": use.method},
        entry.role,
        instance,
        entry.targets,
        ((load.place, "the data are read here"),),
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
df = spark.table("main.ml.features").toPandas()
x, z, y, t = train_test_split(df[["a"]], df["b"])  # error: [empty-data] `main.ml.features`
LinearRegression().fit(x, y)
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
df = spark.table("main.ml.features").toPandas()
if df.empty:
    raise ValueError("main.ml.features is empty: has its refresh run?")
x, z, y, t = train_test_split(df[["a"]], df["b"])
LinearRegression().fit(x, y)
""",
    mentions=WORDS,
)
