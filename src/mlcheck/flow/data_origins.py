"""Where the data of a model come from: the loads behind a value, and the looks at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen, EntryFacts, Looked
from mlcheck.flow.tables import origins
from mlcheck.flow.values import Value, constant_text

# Calls that read data from outside the code.
_LOADS = frozenset(
    [
        *(f"pyspark.sql.SparkSession.{name}" for name in ("table", "sql")),
        *(f"pyspark.sql.DataFrameReader.{name}" for name in ("table", "load", "parquet", "csv", "json", "orc", "jdbc")),
        *(
            f"pandas.read_{name}"
            for name in ("sql", "csv", "parquet", "excel", "json", "table", "sql_query", "feather")
        ),
        "databricks.feature_engineering.TrainingSet.load_df",
        "databricks.feature_engineering.FeatureEngineeringClient.read_table",
        "databricks.feature_store.FeatureStoreClient.read_table",
        "notebook.table",
        "notebook.sql",
        "delta.tables.DeltaTable.toDF",
    ]
)
_KNOWN = frozenset(
    [
        "pyspark",
        "pandas",
        "numpy",
        "databricks",
        "notebook",
        "delta",
        "scipy",
        "xgboost",
        "lightgbm",
        "catboost",
        "sklearn",
        "imblearn",
        "builtins",
    ]
)


@dataclass(frozen=True, slots=True)
class Data:
    """What is behind a value: every call, the loads among them, and whether that is all."""

    calls: tuple[CallSeen, ...]
    loads: tuple[CallSeen, ...]
    complete: bool


def data_behind(*values: Value | None) -> Data:
    """The calls that values come from, through receivers and arguments; incomplete where one is of code not known."""
    calls: dict[int, CallSeen] = {}
    complete = True
    for value in values:
        if value is None:
            continue
        found, whole = origins(value)
        calls.update((id(call), call) for call in found)
        complete = complete and whole
    every = tuple(calls.values())
    complete = complete and all(call.name.partition(".")[0] in _KNOWN for call in every)
    return Data(every, tuple(call for call in every if call.name in _LOADS and not _is_sample(call)), complete)


def _is_sample(call: CallSeen) -> bool:
    """Whether it reads Databricks' own sample data, which are always there."""
    text = constant_text(call.positional[0]) if call.positional else None
    return text is not None and text.startswith(("/databricks-datasets/", "dbfs:/databricks-datasets/", "samples."))


def looked_at(entry: EntryFacts, calls: Iterable[CallSeen], words: frozenset[str]) -> Looked | None:
    """A condition of the entry that looks, by one of the words, at what one of the calls gave, or at what it is made
    of."""
    wanted = {id(call) for call in calls}
    for look in entry.of(Looked):
        if look.words & words and any(_reaches(call, wanted) for call in look.calls):
            return look
    return None


def _reaches(call: CallSeen, wanted: set[int]) -> bool:
    if id(call) in wanted:
        return True
    behind = data_behind(call.receiver, *call.positional, *call.keywords.values())
    return any(id(one) in wanted for one in behind.calls)
