"""A model trained on feature tables is logged without them, or with arguments that the feature client refuses.

`create_training_set` followed by `mlflow.<flavor>.log_model` loses the feature
lineage: `score_batch` and serving then look nothing up. The client's own
`log_model` wants MLflow's module as `flavor` and either `training_set` or
`feature_spec_path`; where the training set has no label, or one of DECIMAL,
TINYINT or TIMESTAMP_NTZ, the output's schema must be given, since a signature
of inputs alone can't be registered in Unity Catalog. `signature` and
`input_example` reach only the raw model inside.

Breaks with: log_model() missing 1 required keyword-only argument: 'flavor'
Breaks with: Either 'training_set' or 'feature_spec_path' must be provided, but not both.
Breaks with: Model passed for registration contained a signature that includes only inputs.
Source: databricks-feature-engineering 0.1.0 to 0.18.2, databricks-feature-store 0.10.0, read.
Source: the case study's error 15.

Fix: fe.log_model(model=model, artifact_path="model", flavor=mlflow.sklearn,
         training_set=training_set, infer_input_example=True,
         registered_model_name="main.ml.demand")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.checks.branches import undecided
from mlcheck.flow.dotted_names import names_in
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_tables import client_calls, is_newer
from mlcheck.flow.values import Const, Lib, Made, Obj, OneOf, Top, Value, origins_of

NAME = "feature-store-log-model"
WORDS = ("create_training_set",)
_LOGS = "log_model"
_FLAVOR = re.compile(r"mlflow(\.\w+)+\.log_model")
_UNSIGNED = re.compile(r"decimal|numeric|dec\b|tinyint|byte|timestamp_ntz", re.IGNORECASE)
_NONE = Const(None)
# Libraries of models, which are no flavors themselves, with MLflow's module for each.
_MODELS = {name: name for name in ("sklearn", "xgboost", "lightgbm", "catboost", "prophet", "statsmodels", "pmdarima")}
_MODELS |= {"torch": "pytorch", "tensorflow": "tensorflow", "keras": "keras", "pyspark": "spark"}


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset((*WORDS, _LOGS))
    scored = any(True for entry in facts.entries for _ in client_calls(entry, "score_batch"))
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        sets = list(client_calls(entry, "create_training_set"))
        lost = list(facts.unfollowed(entry, words))
        for place, why in lost:
            yield Unknown(NAME, why, place, "training", instance)
        logged = list(client_calls(entry, _LOGS))
        yield from undecided(one for call in logged for one in _logged(facts, entry, call, instance))
        if sets and not logged:
            yield from _without_client(entry, sets, instance, scored, bool(lost))
        elif not logged:
            why = "no training set of a feature client's is made, and none of its models logged"
            yield from nothing_of(NAME, facts, entry, "training", words, why, _of_no_client)
    for mention in facts.unreached_calls(frozenset(WORDS)):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _of_no_client(call: CallSeen) -> bool:
    return not call.name.startswith("databricks.")


# --- logged without the client


def _without_client(
    entry: EntryFacts, sets: list[CallSeen], instance: Instance, scored: bool, lost: bool
) -> Iterator[Verdict]:
    """A training set is made, and the client logs no model."""
    plain = [call for call in entry.calls(_LOGS) if _FLAVOR.fullmatch(call.name)]
    trains = entry.role == "training" and any(True for _ in entry.calls("load_df"))
    if lost or not plain or not trains:
        why = "a training set is made, and no model is seen to be logged with it"
        yield Unknown(NAME, why, sets[0].place, "training", instance)
        return
    for call in plain:
        yield _loses_lineage(entry, call, sets[0], instance, scored)


def _loses_lineage(entry: EntryFacts, call: CallSeen, made: CallSeen, instance: Instance, scored: bool) -> Finding:
    flavor = call.name.rpartition(".")[0]
    why = (
        "score_batch looks features up by what the feature client logs, and this model has none of it"
        if scored
        else "scoring and serving look features up by what the feature client logs, and this model has none of it"
    )
    severity: Severity = "error" if scored else "warning"
    client = "fe" if is_newer(made) else "fs"
    return Finding(
        NAME,
        severity,
        call.place,
        f"a model of a feature store's training set is logged by `{call.name}`",
        why,
        f'{client}.log_model(model=model, artifact_path="model", flavor={flavor}, training_set=training_set)',
        {"kind": "lineage", "call": call.name},
        "training",
        instance,
        entry.targets,
        ((made.place, "the training set is made here"),),
    )


# --- logged by the client


def _logged(facts: Facts, entry: EntryFacts, call: CallSeen, instance: Instance) -> Iterator[Verdict]:
    if call.open:
        yield Unknown(NAME, "what it is logged with may come from `**`", call.place, "training", instance)
        return
    wrong = _wrong_flavor(call) or _wrong_source(call)
    if wrong is not None:
        kind, message, why, fix = wrong
        yield _finding(entry, call, instance, kind, message, why, fix)
        return
    unsure = _unsure(call)
    if unsure:
        yield Unknown(NAME, unsure, call.place, "training", instance)
        return
    yield _output(facts, entry, call, instance)


def _wrong_flavor(call: CallSeen) -> tuple[str, str, str, str] | None:
    flavor = call.argument("flavor")
    if flavor is None:
        why = "log_model() missing 1 required keyword-only argument: 'flavor'"
        return "flavor-missing", "`flavor` is not given", why, "flavor=mlflow.sklearn"
    match flavor:
        case Lib(name=name) if name.partition(".")[0] in _MODELS or name == "mlflow":
            right = _MODELS.get(name.partition(".")[0], "sklearn")
            why = f"module '{name}' has no attribute 'FLAVOR_NAME'"
            return "flavor", f"`flavor` is `{name}`, and not MLflow's module for it", why, f"flavor=mlflow.{right}"
        case Const(value=str(text)):
            why = "'str' object has no attribute 'FLAVOR_NAME'"
            return "flavor", "`flavor` is a text, and not MLflow's module", why, f"flavor=mlflow.{text.split('.')[-1]}"
        case _:
            return None


def _wrong_source(call: CallSeen) -> tuple[str, str, str, str] | None:
    training_set, path = call.argument("training_set"), call.argument("feature_spec_path")
    without = [one is None or one == _NONE for one in (training_set, path)]
    if not any(without) and not any(isinstance(one, (OneOf, Top)) and not _is_set(one) for one in (training_set, path)):
        message, kind = "both `training_set` and `feature_spec_path` are given", "two-sources"
    elif all(without):
        message, kind = "neither `training_set` nor `feature_spec_path` is given", "no-source"
    else:
        return None
    why = "Either 'training_set' or 'feature_spec_path' must be provided, but not both."
    return kind, message, why, "training_set=training_set"


def _is_set(value: Value | None) -> bool:
    return value is not None and any(call.method == "create_training_set" for call in origins_of(value))


def _unsure(call: CallSeen) -> str:
    """What of its arguments may be wrong; "" where nothing is."""
    flavor = call.argument("flavor")
    if not isinstance(flavor, Lib) or not flavor.name.startswith("mlflow."):
        return "whether what it is logged with is a flavor is not known"
    given = [call.argument(name) for name in ("training_set", "feature_spec_path")]
    if any(isinstance(one, OneOf) and _NONE in one.options for one in given):
        return "whether a training set is given is not known"
    return "" if sum(one is not None and one != _NONE for one in given) == 1 else "from what it is logged is not known"


def _output(facts: Facts, entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict:
    """Whether the signature has outputs: given, or taken from a label that has a type for it."""
    if call.argument("output_schema") not in (None, _NONE):
        return _seen(call, "by the feature client, its output's schema given", instance)
    labels = _labels(call)
    if labels is None:
        why = "whether the training set has a label that gives the output's schema is not known"
        return Unknown(NAME, why, call.place, "training", instance)
    if not labels:
        return _no_output(entry, call, instance)
    types = {
        column.type
        for schema in facts.schemas
        for column in schema.columns
        if column.name.casefold() in {label.casefold() for label in labels}
    }
    if types and not any(_UNSIGNED.match(one.strip()) for one in types):
        note = f"by the feature client; the label `{labels[0]}` is {', '.join(sorted(types))}"
        return _seen(call, note, instance)
    what = f"a schema has it as {', '.join(sorted(types))}" if types else "its type is not known"
    why = f"the label `{labels[0]}`: {what}; DECIMAL, TINYINT and TIMESTAMP_NTZ need `output_schema`"
    return Unknown(NAME, why, call.place, "training", instance)


def _seen(call: CallSeen, note: str, instance: Instance) -> Seen:
    raw = [name for name in ("signature", "input_example") if name in call.keywords]
    if raw:
        note += f"; `{'` and `'.join(raw)}` reach only the raw model inside"
    return Seen(NAME, call.place, note, "training", instance)


def _labels(call: CallSeen) -> tuple[str, ...] | None:
    """The training set's labels: none for None; None where they are not known."""
    given = call.argument("training_set")
    made = origins_of(given) if isinstance(given, (Made, Obj)) else ()
    if len(made) != 1 or made[0].method != "create_training_set":
        return None
    label = made[0].argument("label", None if is_newer(made[0]) else 2)
    return names_in(label) if label is not None else None


def _no_output(entry: EntryFacts, call: CallSeen, instance: Instance) -> Finding:
    registered = call.argument("registered_model_name") not in (None, _NONE)
    severity: Severity = "error" if registered and call.registry == "uc" else "warning"
    message = "the training set has no label, and no `output_schema` is given"
    why = "Model passed for registration contained a signature that includes only inputs."
    fix = 'output_schema=Schema([ColSpec("long")])  # from mlflow.types import ColSpec, Schema'
    return _finding(entry, call, instance, "output-schema", message, why, fix, severity)


def _finding(
    entry: EntryFacts,
    call: CallSeen,
    instance: Instance,
    kind: str,
    message: str,
    why: str,
    fix: str,
    severity: Severity = "error",
) -> Finding:
    subject = {"kind": kind, "call": call.name}
    return Finding(NAME, severity, call.place, message, why, fix, subject, "training", instance, entry.targets)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
from databricks.feature_engineering import FeatureEngineeringClient
from sklearn.linear_model import LinearRegression
fe = FeatureEngineeringClient()
training_set = fe.create_training_set(df=labels, feature_lookups=lookups, label="demand")
data = training_set.load_df().toPandas()
model = LinearRegression().fit(data.drop(columns="demand"), data["demand"])
mlflow.sklearn.log_model(model, name="model")  # error: [feature-store-log-model] is logged by
""",
    good="""\
# Databricks notebook source
import mlflow
from databricks.feature_engineering import FeatureEngineeringClient
from mlflow.types import ColSpec, Schema
from sklearn.linear_model import LinearRegression
fe = FeatureEngineeringClient()
training_set = fe.create_training_set(df=labels, feature_lookups=lookups, label="demand")
data = training_set.load_df().toPandas()
model = LinearRegression().fit(data.drop(columns="demand"), data["demand"])
fe.log_model(model=model, artifact_path="model", flavor=mlflow.sklearn, training_set=training_set,
    output_schema=Schema([ColSpec("double")]))
""",
    mentions=(*WORDS, _LOGS),
)
