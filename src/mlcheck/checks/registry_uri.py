"""A model is registered or looked up in the workspace's own registry, by a name of Unity Catalog.

Before mlflow 3 the workspace's registry is the default on Databricks' clusters,
unless the code, the environment or the workspace says otherwise: a model
`catalog.schema.name` then doesn't get into Unity Catalog, and is not found
there. From mlflow 3 on, and on serverless compute, Unity Catalog is the default.
The line must come before the first call that registers or loads.

Breaks with: nothing where it registers: the model is not in Unity Catalog
Source: mlflow 2.9 to 3.17, read (`get_registry_uri`); Databricks' documentation; the case study's error 13.

Fix: mlflow.set_registry_uri("databricks-uc")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.dotted_names import dotted, levels
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.registering import (
    LOOKS_UP,
    METHODS,
    REGISTERS,
    Registration,
    lookups,
    registers_nothing,
    registrations,
)
from mlcheck.flow.registries import Registry, registries_of
from mlcheck.flow.values import options_of

NAME = "registry-uri"
WORDS = tuple(word for word in METHODS if word != "autolog")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        uses = [(one, True) for one in registrations(entry)] + [(one, False) for one in lookups(entry)]
        for use, registers in uses:
            for registry in registries_of(facts, entry, use.call):
                yield _verdict(entry, use, registers, registry, instance)
        if not uses:
            why = "it registers no model, and looks none up in a registry"
            asked = frozenset((*REGISTERS, *LOOKS_UP))
            yield from nothing_of(NAME, facts, entry, "training", asked, why, registers_nothing)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, use: Registration, registers: bool, registry: Registry, instance: Instance) -> Verdict:
    place, subject = use.call.place, {"call": use.call.method}
    if registry.kind in ("uc", "local"):
        where = "Unity Catalog" if registry.kind == "uc" else "a registry of its own"
        return Seen(NAME, place, f"{where}: {registry.why}", entry.role, instance, subject)
    if registry.kind == "unknown":
        why = f"which registry is used is not known: {registry.why}"
        return Unknown(NAME, why, place, entry.role, instance, subject)
    if all(_three_levels(dotted(option)) for option in options_of(use.name)):
        return _finding(entry, use, registers, registry, instance)
    why = f"the workspace's own registry ({registry.why}): whether it is meant is a person's call"
    return Unknown(NAME, why, place, entry.role, instance, subject)


def _three_levels(name: str | None) -> bool:
    return name is not None and len(levels(name)) >= 3


def _finding(entry: EntryFacts, use: Registration, registers: bool, registry: Registry, instance: Instance) -> Finding:
    name = dotted(options_of(use.name)[0])
    does = "registered" if registers else "looked up"
    later = [call for call in entry.calls("set_registry_uri") if call.place > use.call.place]
    related = tuple((call.place, "set here, after the call") for call in later[:1] if not registry.chosen)
    why = (
        f"the workspace's registry is the default ({registry.why.removeprefix('the default of ')}), unless serverless "
        "compute or the workspace's own default catalog says otherwise: the model is not in Unity Catalog"
    )
    if registry.chosen:
        why = f"the workspace's registry is chosen ({registry.why}): the model is not in Unity Catalog"
    return Finding(
        NAME,
        "warning",
        use.call.place,
        f"`{name}` is {does} in the workspace's own registry",
        why,
        'mlflow.set_registry_uri("databricks-uc")',
        {"call": use.call.method, "kind": "chosen" if registry.chosen else "default"},
        entry.role,
        instance,
        registry.targets or entry.targets,
        related,
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
# MAGIC %pip install mlflow==2.14.1
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, "m", registered_model_name="main.ml.a")  # error: [registry-uri] `main.ml.a`
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install mlflow==2.14.1
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
mlflow.set_registry_uri("databricks-uc")
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, "m", registered_model_name="main.ml.a")
""",
    mentions=WORDS,
)
