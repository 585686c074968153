"""`score_batch` is given what it refuses, or asked for another type than the model's classes have.

The frame must hold every lookup key, and no column named `prediction`: so not
what an earlier `score_batch` gave. `result_type` is double unless it is given,
which classes that are strings are not. The newer client takes every argument
by keyword.

Breaks with: df already has a column with name "prediction".
Breaks with: DataFrame is missing required columns '…'.
Breaks with: score_batch() takes 1 positional argument but 3 were given
Source: databricks-feature-engineering 0.1.0 to 0.18.2, databricks-feature-store 0.10.0, read.

Fix: fe.score_batch(model_uri="models:/main.ml.demand@champion", df=rows.drop("prediction"), result_type="string")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import undecided
from mlcheck.flow.dotted_names import dotted, is_whole, levels, names_in, sameness
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_tables import client_calls, is_newer
from mlcheck.flow.frame_chain import all_columns, holds
from mlcheck.flow.model_uris import model_uri
from mlcheck.flow.values import Const, ListValue, Obj, Text, Value, options_of, origins_of, shown

NAME = "score-batch-argument"
WORDS = ("score_batch",)
_PREDICTION = "prediction"
_NOT_SPARKS = frozenset(
    ["str", "bool", "object", "int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64", "number"]
)
_SPARKS = {"str": "string", "object": "string", "bool": "boolean", "int64": "long", "int32": "int", "float32": "float"}
_NO_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+){1,2}(@[\w-]+|/\w+)?|models:(?!/).*|[\w.-]+@[\w-]+")
_NUMBERS = re.compile(r"(Regressor|Regression|ElasticNet\w*|Lasso\w*|Ridge\w*|SVR|KMeans)$")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, "inference", instance)
        calls = list(client_calls(entry, *WORDS))
        if not calls:
            yield from nothing_of(NAME, facts, entry, "inference", words, "nothing is scored by a feature client")
        yield from undecided(one for call in calls for one in _call(facts, entry, call, instance))
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _call(facts: Facts, entry: EntryFacts, call: CallSeen, instance: Instance) -> Iterator[Verdict]:
    if is_newer(call) and call.positional:
        why = f"score_batch() takes 1 positional argument but {len(call.positional) + 1} were given"
        message = "`FeatureEngineeringClient.score_batch` takes its arguments by keyword"
        yield _finding(entry, call, instance, "positional", message, why, "fe.score_batch(model_uri=…, df=…)")
        return
    if call.open:
        yield Unknown(NAME, "what is scored may come from `**`", call.place, "inference", instance)
        return
    uri, frame = call.argument("model_uri", 0), call.argument("df", 1)
    found = [
        *_address(entry, call, uri, instance),
        *_frame(facts, entry, call, uri, frame, instance),
        *_result(facts, entry, call, uri, instance),
    ]
    yield from found
    if not found:
        note = "its address, its frame and its result's type are right"
        yield Seen(NAME, call.place, note, "inference", instance)


# --- the model


def _address(entry: EntryFacts, call: CallSeen, uri: Value | None, instance: Instance) -> Iterator[Verdict]:
    if uri is None:
        why = "score_batch() missing 1 required argument: 'model_uri'"
        yield _finding(entry, call, instance, "model-missing", "no `model_uri` is given", why, "model_uri=…")
        return
    wrong = [option for option in options_of(uri) if isinstance(option, Const) and _no_address(option)]
    if wrong and len(wrong) == len(options_of(uri)):
        text = shown(wrong[0])
        message = f"`{text}` is no address of a model"
        why = (
            f"Not a proper models:/ URI: {text}"
            if text.startswith("models:")
            else f"No such file or directory: '{text}'"
        )
        fix = f'model_uri="models:/{text.removeprefix("models:").lstrip("/")}"'
        yield _finding(entry, call, instance, "address", message, why, fix)


def _no_address(value: Const) -> bool:
    return isinstance(value.value, str) and _NO_ADDRESS.fullmatch(value.value) is not None


# --- the frame


def _frame(
    facts: Facts, entry: EntryFacts, call: CallSeen, uri: Value | None, frame: Value | None, instance: Instance
) -> Iterator[Verdict]:
    if frame is None:
        why = "score_batch() missing 1 required argument: 'df'"
        yield _finding(entry, call, instance, "frame-missing", "no `df` is given", why, "df=…")
        return
    told = holds(frame, _PREDICTION)
    if told:
        message = "the frame that is scored has a column `prediction` already"
        why = 'df already has a column with name "prediction".'
        yield _finding(entry, call, instance, "prediction", message, why, 'df=rows.drop("prediction")')
        return
    columns = all_columns(frame)
    needed, sure = _needed(facts, uri)
    if columns is None or needed is None:
        what = "the columns of the frame that is scored" if columns is None else "the columns that the model needs"
        yield Unknown(NAME, f"{what} are not known", call.place, "inference", instance)
        return
    missing = sorted(needed - columns)
    if missing and not sure:
        why = f"`{missing[0]}` is not among the frame's columns; whether a feature brings it is not known"
        yield Unknown(NAME, why, call.place, "inference", instance)
    elif missing:
        listed = ", ".join(f"'{key}'" for key in missing)
        message = f"the frame that is scored has no {', '.join(f'`{key}`' for key in missing)}"
        why = f"DataFrame is missing required columns {listed}."
        yield _finding(entry, call, instance, "key-missing", message, why, f"df=rows.select({listed}, …)")


def _needed(facts: Facts, uri: Value | None) -> tuple[frozenset[str] | None, bool]:
    """The columns that the frame must have, where the project trains the model; None where not known.

    And whether each of them surely must: a lookup key that is a feature itself is looked up.
    """
    made = _training_sets(facts, uri)
    if len(made) != 1:
        return None, False
    keys, sure = _lookup_keys(made[0])
    own = _own_columns(made[0])
    return (keys | own, sure) if keys is not None and own is not None else (None, False)


def _own_columns(made: CallSeen) -> frozenset[str] | None:
    """The columns of the training frame that the model is trained on, beside the features."""
    at = (0, 2, 3) if not is_newer(made) else (None, None, None)
    columns = all_columns(made.argument("df", at[0]))
    labels, excluded = names_in(made.argument("label", at[1])), names_in(made.argument("exclude_columns", at[2]))
    if columns is None or labels is None or excluded is None:
        return None
    return columns - {*labels, *excluded}


def _lookup_keys(made: CallSeen) -> tuple[frozenset[str] | None, bool]:
    given = made.argument("feature_lookups", None if is_newer(made) else 1)
    if not isinstance(given, ListValue) or given.open:
        return None, False
    keys: set[str] = set()
    outputs: set[str] = set()
    sure = True
    for item in given.items:
        lookup = item.made if isinstance(item, Obj) else None
        if lookup is None or lookup.method != "FeatureLookup":
            return None, False
        by, times = names_in(lookup.argument("lookup_key", 1)), names_in(lookup.argument("timestamp_lookup_key"))
        features = names_in(lookup.argument("feature_names"))
        if not by or times is None:
            return None, False
        keys.update(by, times)
        outputs.update(features or ())
        sure = sure and bool(features) and "rename_outputs" not in lookup.keywords
    return frozenset(keys - outputs), sure or len(given.items) == 1


def _training_sets(facts: Facts, uri: Value | None) -> list[CallSeen]:
    """The training sets of which the project logs the model that an address names."""
    name = _model_of(uri)
    found: dict[CallSeen, None] = {}
    for entry in facts.entries if name is not None else ():
        for call in client_calls(entry, "log_model"):
            logged = dotted(call.argument("registered_model_name"))
            training_set = call.argument("training_set")
            if logged is None or training_set is None or not _same_model(logged, name or ""):
                continue
            for made in origins_of(training_set):
                if made.method == "create_training_set":
                    found[made] = None
    return list(found)


def _model_of(uri: Value | None) -> str | None:
    parsed = model_uri(uri) if isinstance(uri, (Const, Text)) else None
    return parsed.name if parsed is not None else None


def _same_model(one: str, other: str) -> bool:
    return is_whole(levels(one)[-1]) and is_whole(levels(other)[-1]) and sameness(one, other) != "different"


# --- the result


def _result(
    facts: Facts, entry: EntryFacts, call: CallSeen, uri: Value | None, instance: Instance
) -> Iterator[Verdict]:
    given = call.argument("result_type", 2)
    if isinstance(given, Const) and shown(given) in _NOT_SPARKS:
        right = _SPARKS.get(shown(given), "double")
        message = f"`result_type` is `{shown(given)}`, which is no type of Spark's"
        why = f'[UNSUPPORTED_DATATYPE] Unsupported data type "{shown(given).upper()}".'
        yield _finding(entry, call, instance, "result-type", message, why, f'result_type="{right}"')
    elif given is None and not _gives_numbers(facts, uri):
        why = "`result_type` is double; whether the model's classes are strings is not known"
        yield Unknown(NAME, why, call.place, "inference", instance)


def _gives_numbers(facts: Facts, uri: Value | None) -> bool:
    """Whether the project trains the model by an estimator that predicts numbers, and nothing else there."""
    name = _model_of(uri)
    fitted: set[str] = set()
    for entry in facts.entries if name is not None else ():
        logs = (dotted(call.argument("registered_model_name")) for call in client_calls(entry, "log_model"))
        if any(logged is not None and _same_model(logged, name or "") for logged in logs):
            fitted.update(call.name.rpartition(".")[0] for call in entry.calls("fit"))
    return bool(fitted) and all(_NUMBERS.search(one) for one in fitted)


def _finding(
    entry: EntryFacts, call: CallSeen, instance: Instance, kind: str, message: str, why: str, fix: str
) -> Finding:
    return Finding(NAME, "error", call.place, message, why, fix, {"kind": kind}, "inference", instance, entry.targets)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient
fe = FeatureEngineeringClient()
first = fe.score_batch(model_uri="models:/main.ml.demand@champion", df=rows, result_type="double")
fe.score_batch(  # error: [score-batch-argument] has a column `prediction` already
    model_uri="models:/main.ml.demand@challenger", df=first, result_type="double")
""",
    good="""\
# Databricks notebook source
import mlflow
from databricks.feature_engineering import FeatureEngineeringClient, FeatureLookup
fe = FeatureEngineeringClient()
lookups = [FeatureLookup(table_name="main.ml.customers", lookup_key="customer_id", feature_names=["age"])]
labels = spark.table("main.ml.labels").select("customer_id", "y")
training_set = fe.create_training_set(df=labels, feature_lookups=lookups, label="y", exclude_columns=["customer_id"])
fe.log_model(model=model, artifact_path="m", flavor=mlflow.sklearn, training_set=training_set,
    registered_model_name="main.ml.demand")
rows = spark.table("main.ml.orders").select("customer_id", "amount")
fe.score_batch(model_uri="models:/main.ml.demand@champion", df=rows, result_type="double")
""",
    mentions=WORDS,
)
