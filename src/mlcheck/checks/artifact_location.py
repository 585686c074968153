"""An experiment is told where its artifacts are kept.

Databricks gives each experiment a location of its own, with the experiment's
permissions; Unity Catalog keeps a registered model's files itself. A volume or
a bucket that was made for it must exist, be reachable by whoever logs and
whoever loads, and can't be changed later. A tracking server of one's own needs
such a location, and is no finding.

Breaks with: the experiment can't be made, or logging to it fails, where the location is missing or not allowed
Source: mlflow 3.17, read (`create_experiment`); Databricks' documentation; the case study's attempt 7.2.

Fix: mlflow.set_experiment("/Shared/demand-predictor")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, ExperimentSet, Facts, RunOpened
from mlcheck.flow.values import NONE, Value, options_of, shown
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import at, text_at

NAME = "artifact-location"
WORDS = ("create_experiment",)

_WHY = "where the location is missing or not allowed, the experiment or its logging fails; it can't be changed later"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        yield from _entry(entry, instance)
    yield from _bundles(facts)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    tracking = {fact.place: fact.tracking for fact in entry.of(ExperimentSet)}
    made = [call for call in entry.calls("create_experiment") if call.name.startswith("mlflow.")]
    for call in made:
        yield _verdict(entry, call, tracking.get(call.place, "unknown"), instance)
    used = [fact.place for fact in entry.of(ExperimentSet)] + [fact.place for fact in entry.of(RunOpened)]
    if not made and used:
        yield Seen(NAME, used[0], "no location is given", entry.role, instance)


def _verdict(entry: EntryFacts, call: CallSeen, tracking: str, instance: Instance) -> Verdict:
    location: Value = call.argument("artifact_location", 1) or NONE
    if location == NONE:
        if call.open:
            why = "whether a location is given is not known: `*` or `**` may bring it"
            return Unknown(NAME, why, call.place, entry.role, instance)
        return Seen(NAME, call.place, "no location is given", entry.role, instance)
    if tracking == "local":
        return Seen(NAME, call.place, "a tracking server of its own", entry.role, instance)
    if NONE in options_of(location):
        why = "a location is given in one branch"
        return Unknown(NAME, why, call.place, entry.role, instance)
    if tracking != "databricks" or not entry.on_databricks:
        why = "a location is given, and whether the tracking server is Databricks' is not known"
        return Unknown(NAME, why, call.place, entry.role, instance)
    return Finding(
        NAME,
        "warning",
        call.place,
        f"the experiment is told to keep its artifacts in `{shown(location)}`",
        _WHY,
        'mlflow.set_experiment("/Shared/…")  # MLflow and Unity Catalog keep the artifacts',
        {"location": shown(location)},
        entry.role,
        instance,
        entry.targets,
    )


def _bundles(facts: Facts) -> Iterator[Verdict]:
    """Experiments of a bundle: those of several targets stand at one place, once."""
    seen: set[Place] = set()
    found: dict[Place, tuple[str, set[str]]] = {}
    for bundle in facts.bundles:
        for target in bundle.targets:
            for resource in target.resources:
                location = at(resource.node, "artifact_location") if resource.kind == "experiments" else None
                if location is not None:
                    text = text_at(location) or "…"
                    found.setdefault(location.place, (text, set()))[1].add(target.name)
                elif resource.kind == "experiments" and resource.place not in seen:
                    seen.add(resource.place)
                    yield Seen(NAME, resource.place, "no location is given")
    for place, (text, targets) in found.items():
        message = f"the bundle's experiment is told to keep its artifacts in `{text}`"
        subject = {"location": text}
        yield Finding(
            NAME, "warning", place, message, _WHY, "leave it out", subject, None, None, tuple(sorted(targets))
        )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
mlflow.create_experiment("/Shared/a", artifact_location="dbfs:/Volumes/main/ml/a")  # error: [artifact-location] Volumes
mlflow.set_experiment("/Shared/a")
with mlflow.start_run():
    model.fit(X, y)
""",
    good="""\
# Databricks notebook source
import mlflow
mlflow.set_experiment("/Shared/a")
with mlflow.start_run():
    model.fit(X, y)
""",
    mentions=WORDS,
)
