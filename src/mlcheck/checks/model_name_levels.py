"""A model is registered in Unity Catalog under a name that has not three levels.

Inside a Spark session MLflow completes a short name from the session's current
catalog and schema: `ml.demand` becomes `main.ml.demand`, and the model lands
where nobody looks for it. Outside of a session, or with `hive_metastore` as the
current catalog, the registry refuses it. More levels than three are refused
everywhere.

Breaks with: Not a valid Unity Catalog model name: '…'. … must have three levels (catalog.schema.model).
Source: mlflow 2.3 to 3.17, read (`get_full_name_from_sc`); 3.17, executed; the case study's error 13.

Fix: registered_model_name=f"{catalog}.{schema}.demand"
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.checks.branches import settled
from mlcheck.flow.dotted_names import UNKNOWN, dotted, is_whole, levels
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.registering import METHODS, REGISTERS, Registration, registers_nothing, registrations
from mlcheck.flow.registries import Registry, registries_of
from mlcheck.flow.values import Top, Value, options_of

NAME = "model-name-levels"
WORDS = tuple(word for word in METHODS if word != "autolog")

_LEVELS = 3


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        uses = list(registrations(entry))
        for use in uses:
            for registry in registries_of(facts, entry, use.call):
                yield from settled(_verdict(entry, use, one, registry, instance) for one in options_of(use.name))
        if not uses:
            why = "it registers no model"
            yield from nothing_of(NAME, facts, entry, "training", frozenset(REGISTERS), why, registers_nothing)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, use: Registration, value: Value, registry: Registry, instance: Instance) -> Verdict:
    name, place = dotted(value), use.call.place
    if name is None:
        why = f"the model's name is not known: {value.why}" if isinstance(value, Top) else "its name is not known"
        return Unknown(NAME, why, place, entry.role, instance)
    subject = {"name": name}
    if registry.kind in ("workspace", "local"):
        note = f"`{name}`, in a registry that is not Unity Catalog's"
        return Seen(NAME, place, note, entry.role, instance, subject)
    parts = levels(name)
    if len(parts) == _LEVELS and all(parts):
        return Seen(NAME, place, f"`{name}`", entry.role, instance, subject)
    too_many = len(parts) > _LEVELS or not all(parts)
    if not too_many and not is_whole(name):
        why = f"`{name}`: a part that is not known may hold levels of its own"
        return Unknown(NAME, why, place, entry.role, instance, subject)
    if registry.kind == "unknown":
        why = f"`{name}` has not three levels; which registry is used is not known: {registry.why}"
        return Unknown(NAME, why, place, entry.role, instance, subject)
    return _finding(entry, use, name, "error" if too_many else "warning", registry, instance)


def _finding(
    entry: EntryFacts, use: Registration, name: str, severity: Severity, registry: Registry, instance: Instance
) -> Finding:
    parts = levels(name)
    refused = f"Not a valid Unity Catalog model name: '{name}'. … must have three levels (catalog.schema.model)."
    if severity == "error":
        why = refused
    else:
        front = ["<current catalog>", "<current schema>"][: _LEVELS - len(parts)]
        why = f"in a Spark session it becomes `{'.'.join([*front, name])}`; outside: {refused}"
    keyword = "registered_model_name" if use.call.method in ("log_model", "autolog") else "name"
    keyword = "dst_name" if use.call.method == "copy_model_version" else keyword
    last = parts[-1] if parts[-1] and UNKNOWN not in parts[-1] else "model"
    return Finding(
        NAME,
        severity,
        use.call.place,
        f"`{name}` has {len(parts)} level{'s' if len(parts) != 1 else ''}, and Unity Catalog wants three",
        why,
        f'{keyword}=f"{{catalog}}.{{schema}}.{last}"',
        {"name": name, "kind": "refused" if severity == "error" else "completed"},
        entry.role,
        instance,
        registry.targets or entry.targets,
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, name="m", registered_model_name="ml.a")  # error: [model-name-levels] has 2 levels
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
catalog = dbutils.widgets.get("catalog")
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, name="m", registered_model_name=f"{catalog}.ml.a")
""",
    mentions=WORDS,
)
