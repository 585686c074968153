"""What a training says of itself: parameters, metrics and a baseline, by whatever means.

Sources: mlflow 3.17, read; Databricks' documentation of Databricks Autologging and AutoML; transformers 4,
read (`MLflowCallback` reports where mlflow is installed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.flow.autologging import autologging_of
from mlcheck.flow.facts import CallSeen, EntryFacts, Imported
from mlcheck.flow.values import Const, DictValue, Text, Value, parts_of
from mlcheck.flow.works import kind_of
from mlcheck.project.place import Place

PARAMETERS = ("log_param", "log_params", "log_batch")
METRICS = ("log_metric", "log_metrics", "log_batch")
_EVALUATES = frozenset({"mlflow.evaluate", "mlflow.models.evaluate", "mlflow.genai.evaluate"})
# Libraries that log to MLflow, or to another tracker, by themselves; of some, what does.
_TRACKERS = frozenset(
    ["wandb", "neptune", "comet_ml", "clearml", "aim", "trl", "pytorch_lightning", "lightning", "setfit"]
)
_REPORTING = {"transformers": "Trainer", "databricks": "automl", "sentence_transformers": "SentenceTransformerTrainer"}
_LOGGERS = re.compile(r"MLFlow\w*(Logger|Callback)|MlflowCallback|TensorBoard\w*|WandbLogger|SummaryWriter", re.I)
_BASELINE = re.compile(
    r"base_?line|dummy|naive|benchmark|champion|incumbent|current_model|persistence|\bbase\b|_base", re.I
)
_DUMMIES = ("DummyRegressor", "DummyClassifier")


@dataclass(frozen=True, slots=True)
class Logged:
    """What is logged, each by the first call that does it; None where none does.

    `otherwise`: what may log by itself, or to another tracker, with its place.
    """

    parameters: CallSeen | None
    metrics: CallSeen | None
    baseline: CallSeen | None
    autologs: CallSeen | None
    otherwise: tuple[Place, str] | None


def logged(entry: EntryFacts) -> Logged:
    """What an entry point logs of its training."""
    autologs = next((one.call for one in autologging_of(entry) if one.on is not False), None)
    return Logged(
        next(_of_mlflow(entry, PARAMETERS), None),
        next(_of_mlflow(entry, METRICS), None) or next((c for c in entry.of(CallSeen) if c.name in _EVALUATES), None),
        next(_baselines(entry), None),
        autologs,
        next(_by_themselves(entry), None),
    )


def trainings(entry: EntryFacts) -> Iterator[CallSeen]:
    """The calls that train, in the order in which they were found."""
    return (call for call in entry.of(CallSeen) if kind_of(call) == "trains")


def _of_mlflow(entry: EntryFacts, methods: tuple[str, ...]) -> Iterator[CallSeen]:
    return (call for call in entry.calls(*methods) if call.name.startswith("mlflow."))


def _by_themselves(entry: EntryFacts) -> Iterator[tuple[Place, str]]:
    for call in entry.of(CallSeen):
        if _LOGGERS.fullmatch(call.method) or call.name.startswith("databricks.automl."):
            yield call.place, call.name
    for imported in entry.of(Imported):
        library = imported.module.partition(".")[0]
        if library in _TRACKERS:
            yield imported.place, library
        elif _REPORTING.get(library) in (*imported.names, *imported.module.split(".")):
            yield imported.place, f"{imported.module}.{_REPORTING[library]}"


def _baselines(entry: EntryFacts) -> Iterator[CallSeen]:
    """Calls that make a baseline, or log something under a name that says so."""
    for call in entry.of(CallSeen):
        if call.method in _DUMMIES:
            yield call
    for call in _of_mlflow(entry, (*METRICS, *PARAMETERS, "set_tag")):
        if any(_BASELINE.search(name) for name in _names(call)):
            yield call


def _names(call: CallSeen) -> Iterator[str]:
    """The constant parts of the names under which a call logs."""
    for value in (*call.positional[:2], call.keywords.get("key"), call.keywords.get("metrics")):
        yield from _texts(value)


def _texts(value: Value | None) -> Iterator[str]:
    if isinstance(value, DictValue):
        yield from (key for key in value.entries if isinstance(key, str))
    elif isinstance(value, (Const, Text)):
        yield from (part for part in parts_of(value) if isinstance(part, str))
