"""A model is logged with half a signature, or with none.

Unity Catalog refuses to register a model whose signature has no outputs, and
inference can't check types that nobody recorded. `infer_signature` gives both
sides only where it is given predictions too. An input example alone gives both,
since MLflow calls the model with it; autologging gives both; some flavors, and
Python models with type hints, bring a signature of their own.

Breaks with: Model passed for registration did not contain any signature metadata.
Breaks with: Model passed for registration contained a signature that includes only inputs.
Source: mlflow 2.5 to 3.17, read; 3.17, executed (tests/oracle); the case study's error 15.

Fix: signature = infer_signature(X_train, model.predict(X_train))
     mlflow.sklearn.log_model(model, name="model", signature=signature)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.absence import nothing_of, of_other_library
from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.checks.branches import settled
from mlcheck.flow.autologging import Autologging, autologging_of
from mlcheck.flow.dotted_names import dotted, levels, names_in
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, SideSet
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.registering import registered_name, registrations
from mlcheck.flow.registries import registries_of
from mlcheck.flow.releases import releases_of
from mlcheck.flow.signatures import Signed, infers_from_example, is_of, signed
from mlcheck.flow.values import NONE, origins_of

NAME = "signature-incomplete"
WORDS = ("log_model", "infer_signature")

_NO_SIGNATURE = "Model passed for registration did not contain any signature metadata."
_INPUTS_ONLY = "Model passed for registration contained a signature that includes only inputs."
_SIGNS = ("sklearn", "xgboost", "lightgbm")  # whose autologging logs a signature


@dataclass(frozen=True, slots=True)
class _Registered:
    """Whether a model is registered: surely, perhaps (None), not here; and whether Unity Catalog has it then."""

    sure: bool | None
    unity: bool = False


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        logged = [call for call in entry.calls("log_model") if call.name.startswith(("mlflow.", *CLIENTS))]
        for call in logged:
            yield from _model(facts, entry, call, instance)
        if not logged:
            found = list(_autologged(entry, instance))
            asked = words | {"autolog", "save_model"}
            yield from found or nothing_of(NAME, facts, entry, "training", asked, "it logs no model", _logs_none)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _model(facts: Facts, entry: EntryFacts, call: CallSeen, instance: Instance) -> Iterator[Verdict]:
    if call.name.startswith(CLIENTS):
        yield _of_feature_client(facts, entry, call, instance)
        return
    later = next(entry.calls("set_signature"), None)
    if later is not None and later.name.startswith("mlflow."):
        why = "a signature is set on a logged model afterwards: on which is not known"
        yield Unknown(NAME, why, later.place, entry.role, instance)
        return
    registered = _registered(facts, entry, call)
    yield from settled(_verdict(facts, entry, call, one, registered, instance) for one in signed(call))


def _verdict(
    facts: Facts, entry: EntryFacts, call: CallSeen, one: Signed, registered: _Registered, instance: Instance
) -> Verdict:
    subject = {"call": call.name}
    if one.sides == "both" and one.why.startswith("inferred from"):
        rows = [row for row in releases_of(facts, entry, "mlflow") if row.known]
        if any(not infers_from_example(call, min(row.versions)) for row in rows):
            why = f"an input example alone may give no signature in {rows[0].text}"
            return Unknown(NAME, why, call.place, entry.role, instance, subject)
    if one.sides == "both":
        return Seen(NAME, call.place, one.why, entry.role, instance, subject)
    later = next((fact for fact in entry.of(SideSet) if one.sides == "inputs" and fact.place == one.place), None)
    if later is not None:
        why = f"the signature's {later.side} are set after it was made"
        return Unknown(NAME, why, call.place, entry.role, instance, subject)
    if one.sides == "unknown":
        return Unknown(NAME, one.why, call.place, entry.role, instance, subject)
    if one.sides == "none" and not registered.sure:
        where = "it is not known whether it is registered" if registered.sure is None else "nothing registers it here"
        why = f"{one.why}, and {where}: Unity Catalog would refuse it"
        return Unknown(NAME, why, call.place, entry.role, instance, subject)
    return _finding(entry, call, one, registered, instance)


def _finding(entry: EntryFacts, call: CallSeen, one: Signed, registered: _Registered, instance: Instance) -> Finding:
    half = one.sides == "inputs"
    severity: Severity = "error" if registered.sure and registered.unity else "warning"
    refused = _INPUTS_ONLY if half else _NO_SIGNATURE
    message = "the signature has inputs and no outputs" if half else f"a model is registered unsigned: {one.why}"
    place = one.place if half and one.place is not None else call.place
    related = ((call.place, "the model is logged here"),) if place != call.place else ()
    return Finding(
        NAME,
        severity,
        place,
        message,
        refused if severity == "error" else f"nothing checks what it is handed; in Unity Catalog: {refused}",
        _help(call),
        {"call": call.name, "kind": "inputs-only" if half else "none"},
        entry.role,
        instance,
        entry.targets,
        related,
    )


def _help(call: CallSeen) -> str:
    """Both sides, by what the flavor's models are called with."""
    if call.name.startswith(_NO_PREDICT):
        return "signature=infer_signature(inputs, outputs)  # arrays: some rows, and what the model makes of them"
    return "signature=infer_signature(X_train, model.predict(X_train))"


# Their models are called, or have other methods: there is no `predict`.
_NO_PREDICT = (
    "mlflow.pytorch.",
    "mlflow.transformers.",
    "mlflow.langchain.",
    "mlflow.openai.",
    "mlflow.spark.",
    "mlflow.sentence_transformers.",
    "mlflow.onnx.",
    "mlflow.spacy.",
    "mlflow.llama_index.",
)


# --- whether it is registered


def _registered(facts: Facts, entry: EntryFacts, call: CallSeen) -> _Registered:
    if registered_name(call) is not None:
        return _Registered(True, _in_unity_catalog(facts, entry, call))
    perhaps = False
    for one in registrations(entry):
        address = {"register_model": ("model_uri", 0), "create_model_version": ("source", 1)}.get(one.call.method)
        given = one.call.argument(*address) if address is not None else None
        found = is_of(given, call) if given is not None else False
        if found:
            return _Registered(True, _in_unity_catalog(facts, entry, one.call))
        perhaps = perhaps or found is None
    return _Registered(None if perhaps else False)


def _in_unity_catalog(facts: Facts, entry: EntryFacts, call: CallSeen) -> bool:
    """Whether a registration goes there: the registry is it, or the name is one of its own where that is not known."""
    kinds = {registry.kind for registry in registries_of(facts, entry, call)}
    name = dotted(registered_name(call))
    three = name is not None and len(levels(name)) >= 3
    return kinds == {"uc"} or (three and kinds <= {"uc", "unknown"})


# --- by the feature client, and by autologging


def _of_feature_client(facts: Facts, entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict:
    """The client makes the signature, its output from the label, or from the schema that it is given."""
    if call.argument("output_schema") not in (None, NONE):
        return Seen(NAME, call.place, "the feature client's, its output's schema given", entry.role, instance)
    made = origins_of(call.argument("training_set") or NONE)
    label = made[0].argument("label", 2) if len(made) == 1 and made[0].method == "create_training_set" else None
    names = names_in(label) if label is not None else ()
    if not names or any(_has_no_output(facts, name) for name in names):
        why = "the feature client makes the signature: whether the label gives its output is not known"
        return Unknown(NAME, why, call.place, entry.role, instance)
    return Seen(NAME, call.place, f"the feature client's, its output from `{names[0]}`", entry.role, instance)


def _has_no_output(facts: Facts, label: str) -> bool:
    """Whether a schema has the label with a type that the client makes no output of."""
    types = [column.type for schema in facts.schemas for column in schema.columns if column.name == label]
    return any(one.lower().startswith(("decimal", "numeric", "tinyint", "timestamp_ntz")) for one in types)


def _logs_none(call: CallSeen) -> bool:
    """Whether a call logs no model: another library's, or autologging that logs none, which was looked at."""
    return of_other_library(call) or call.method == "autolog"


def _autologged(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    """No call logs a model: autologging may, with a signature unless it is told not to."""
    for one in autologging_of(entry):
        if one.on is False or not one.models:
            continue
        if one.on and one.signatures and _signs(entry, one):
            yield Seen(NAME, one.place, "autologging logs the model with its signature", entry.role, instance)
        else:
            why = "whether autologging logs the model with a signature is not known"
            yield Unknown(NAME, why, one.place, entry.role, instance)


def _signs(entry: EntryFacts, one: Autologging) -> bool:
    if one.flavor:
        return one.flavor in _SIGNS
    trained = {call.name.partition(".")[0] for call in entry.calls("fit", "train")}
    return bool(trained) and trained <= set(_SIGNS)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    signature = infer_signature(X)  # error: [signature-incomplete] has inputs and no outputs
    mlflow.sklearn.log_model(model, "m", signature=signature, registered_model_name="main.ml.a")
""",
    good="""\
# Databricks notebook source
import mlflow
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    signature = infer_signature(X, model.predict(X))
    mlflow.sklearn.log_model(model, "m", signature=signature, registered_model_name="main.ml.a")
""",
    mentions=WORDS,
)
