"""A dataset is logged with the version "latest", which is no version of a Delta table.

MLflow keeps the text and gives it to Spark as `versionAsOf` when the dataset is
loaded, which wants a number: `load_delta` fails at once, a dataset of
`from_spark` when somebody wants to know what the model was trained on. Without
`version` MLflow looks the newest one up and keeps its number.

Breaks with: Version 'latest' was specified, but could not find a Delta table with name …
Source: mlflow 2.9 and 3.17, read (`from_spark`, `load_delta`, `DeltaDatasetSource.load`).

Fix: dataset = mlflow.data.from_spark(df, table_name="main.gold.bookings")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.values import NONE, Const, Made, Value, constant_text, options_of, shown

NAME = "dataset-version-latest"
WORDS = ("from_spark", "load_delta")

_VERSION_AT = {"mlflow.data.from_spark": 3, "mlflow.data.load_delta": 2}
_SOURCES = ("path", "table_name")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        for call in entry.calls(*WORDS):
            if call.name in _VERSION_AT:
                yield _verdict(entry, call, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict:
    version = call.argument("version", _VERSION_AT[call.name])
    subject = {"call": call.method}
    if version is None or version == NONE:
        if call.open:
            why = "whether a version is given is not known: `*` or `**` may bring it"
            return Unknown(NAME, why, call.place, entry.role, instance, subject)
        return Seen(NAME, call.place, "MLflow looks the version up", entry.role, instance, subject)
    first = 1 if call.method == "from_spark" else 0  # where the sources begin among the positions
    if not any(call.argument(name, first + index) not in (None, NONE) for index, name in enumerate(_SOURCES)):
        return Seen(NAME, call.place, "of no table, so the version is not kept", entry.role, instance, subject)
    wrong = [option for option in options_of(version) if _is_no_number(option)]
    if wrong and len(wrong) == len(options_of(version)):
        return _finding(entry, call, wrong[0], instance)
    if wrong or not all(_is_known(option) for option in options_of(version)):
        why = f"the version may be `{shown(wrong[0])}`" if wrong else "the version is not known"
        return Unknown(NAME, why, call.place, entry.role, instance, subject)
    return Seen(NAME, call.place, "a version that is looked up, or a number", entry.role, instance, subject)


def _is_known(value: Value) -> bool:
    """A constant, or what a call gave that looks it up; what a parameter gives may be anything."""
    if isinstance(value, Made):
        return bool(value.calls) and not any(call.name.startswith(("dbutils.", "os.")) for call in value.calls)
    return isinstance(value, Const)


def _is_no_number(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, str) and bool(value.value) and not value.value.isdigit()


def _finding(entry: EntryFacts, call: CallSeen, version: Value, instance: Instance) -> Finding:
    severity: Severity = "error" if call.method == "load_delta" else "warning"
    written = shown(version)
    table = call.argument("table_name", 2 if call.method == "from_spark" else 1)
    known = constant_text(table) if table is not None else None
    source = f'table_name="{known}"' if known else "path=path" if table is None else "table_name=table_name"
    return Finding(
        NAME,
        severity,
        call.place,
        f"`{call.method}` is given the version `{written}`, which is no version of a Delta table",
        f"Version '{written}' was specified, but could not find a Delta table …; or `versionAsOf` refuses it later",
        f"mlflow.data.{call.method}({'df, ' if call.method == 'from_spark' else ''}{source})",
        {"call": call.method, "version": written},
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
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    ds = mlflow.data.from_spark(df, table_name="a.b.c", version="latest")  # error: [dataset-version-latest] `latest`
    mlflow.log_input(ds, context="training")
    LinearRegression().fit(X, y)
""",
    good="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    ds = mlflow.data.from_spark(df, table_name="main.gold.a")
    mlflow.log_input(ds, context="training")
    LinearRegression().fit(X, y)
""",
    mentions=WORDS,
)
