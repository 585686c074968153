"""Training and inference of one model have different versions of a library.

The model is read by other rules than it was written by. Compared are MLflow,
numpy, pandas and the libraries of models, where both versions are certain:
pinned, or those of a known runtime. Training and inference are paired by the
model's registered name, else by their job, else as the only ones of a bundle.
An inference that installs what the model itself says that it needs
(`get_model_dependencies`, `env_manager`) has the training's versions.

Breaks with: InconsistentVersionWarning: Trying to unpickle estimator from version … when using version …
Breaks with: AttributeError: Can't get attribute '…' on <module '…'>
Source: MLflow's documentation of model dependencies; scikit-learn's of model persistence.

Fix: %pip install mlflow==3.1.4 scikit-learn==1.6.1   (one line, in both)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.environments import (
    Found,
    Held,
    Step,
    environments_of,
    installs_of,
    model_requirements,
    versions_of,
)
from mlcheck.flow.facts import EntryFacts, Facts, Imported
from mlcheck.flow.pairs import Pair, pairs
from mlcheck.flow.values import constant_text
from mlcheck.knowledge.distributions import distributions_of
from mlcheck.project.installed import disjoint
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import text_at

NAME = "dependency-drift"

_COMPARED = (
    "mlflow",
    "numpy",
    "pandas",
    "scikit-learn",
    "xgboost",
    "lightgbm",
    "catboost",
    "prophet",
    "statsmodels",
    "torch",
    "tensorflow",
    "keras",
    "transformers",
    "imbalanced-learn",
    "category-encoders",
    "cloudpickle",
    "databricks-feature-engineering",
    "databricks-feature-store",
)
# Not the model's own library: compared where both sides say which they have.
_OF_BOTH = frozenset({"numpy", "pandas", "cloudpickle", "databricks-feature-engineering", "databricks-feature-store"})
_MOST_TRAININGS = 8
_MANAGED = frozenset({"conda", "virtualenv", "uv"})


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a pair, in one task: what it has, and what of that cannot be told."""

    entry: EntryFacts
    held: Held
    found: dict[str, Found]
    lost: str

    @property
    def place(self) -> Place:
        return self.held.place or self.entry.place


@dataclass(frozen=True, slots=True)
class _Where:
    pair: Pair
    instance: Instance | None
    targets: tuple[str, ...]


def run(facts: Facts) -> Iterator[Verdict]:
    by_inference: dict[int, list[Pair]] = {}
    for pair in pairs(facts):
        by_inference.setdefault(id(pair.inference), []).append(pair)
    sides: dict[int, list[_Side]] = {}
    for found in by_inference.values():
        yield from _inference(facts, found, sides)


def _inference(facts: Facts, found: list[Pair], sides: dict[int, list[_Side]]) -> Iterator[Verdict]:
    """One inference against the training of its model, or all that it may be."""
    inference = found[0].inference
    instance = Instance("job", inference.job) if inference.job else None
    if (place := _from_the_model(inference)) is not None:
        yield Seen(NAME, place, "what the model itself requires is installed", None, instance)
        return
    maybe = [pair for pair in found if pair.by == "maybe"]
    if len(maybe) > _MOST_TRAININGS:
        why = f"which of {len(maybe)} trainings made the model that this loads is not known"
        yield Unknown(NAME, why, inference.place, None, instance)
        maybe = []
    for pair in found:
        for entry in (pair.training, inference):
            if id(entry) not in sides:
                sides[id(entry)] = list(_sides(facts, entry))
        if pair.by != "maybe":
            yield from _pair(pair, instance, sides[id(pair.training)], sides[id(inference)])
    for pair in maybe:
        yield from _unsure(_pair(pair, instance, sides[id(pair.training)], sides[id(inference)]))


def _unsure(verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    """Where it is not known whether a training is meant, no difference is proved."""
    for one in verdicts:
        if isinstance(one, Finding):
            why = f"{one.message}; whether that training made the model is not known"
            yield Unknown(NAME, why, one.place, None, one.instance, {"package": one.subject["package"]})
        else:
            yield one


def _from_the_model(entry: EntryFacts) -> Place | None:
    """Where an inference takes the model's own requirements, or has it run in its own environment."""
    taken = model_requirements(entry)
    if taken is not None:
        return taken
    for call in entry.calls("spark_udf", "score_batch", "predict"):
        manager = call.keywords.get("env_manager")
        if manager is not None and constant_text(manager) in _MANAGED:
            return call.place
    return None


def _pair(pair: Pair, instance: Instance | None, trainings: list[_Side], inferences: list[_Side]) -> Iterator[Verdict]:
    for there in inferences:
        target = there.held.caller.target if there.held.caller is not None else None
        same = [one for one in trainings if one.held.caller is not None and one.held.caller.target == target]
        where = _Where(pair, instance, (target,) if target else pair.inference.targets)
        for here in same or trainings:
            yield from _compare(where, here, there)


def _sides(facts: Facts, entry: EntryFacts) -> Iterator[_Side]:
    installs = installs_of(facts, entry)
    for held in environments_of(facts, entry):
        lost = _lost((*held.before, *installs)) or next((why for _, why in facts.unfollowed(entry, frozenset())), "")
        yield _Side(entry, held, versions_of(held, installs), lost)


def _lost(steps: tuple[Step, ...]) -> str:
    return next((one.what for step in steps for one in step.environment.not_understood), "")


def _compare(where: _Where, here: _Side, there: _Side) -> Iterator[Verdict]:
    used = _used(here.entry) | _used(there.entry)
    lost: list[tuple[str, Unknown]] = []
    moved: list[Finding] = []
    for package in _COMPARED:
        one, other = _of(here, package), _of(there, package)
        if package not in used and not _pinned(one) and not _pinned(other):
            continue
        if package in _OF_BOTH and (one is None or other is None):
            continue
        verdict = _package(where, package, here, there, one, other)
        if isinstance(verdict, Unknown) and package != "mlflow":
            lost.append((package, verdict))
        elif isinstance(verdict, Finding) and not _pinned(one) and not _pinned(other):
            moved.append(verdict)
        elif verdict is not None:
            yield verdict
    if lost:
        yield _together([package for package, _ in lost], lost[0][1])
    if moved:
        yield _runtimes(moved, here, there)


def _together(packages: list[str], first: Unknown) -> Unknown:
    """One sentence for the packages of one pair that can't be compared."""
    if len(packages) == 1:
        return first
    named = ", ".join(packages)
    why = f"{first.why} ({named})"
    return replace(first, why=why, subject={"package": named})


def _runtimes(found: list[Finding], here: _Side, there: _Side) -> Finding:
    """Two runtimes that have other versions of several packages are one thing to mend."""
    assert here.held.runtime is not None and there.held.runtime is not None
    named = ", ".join(one.subject["package"] for one in found)
    message = f"inference runs on {there.held.runtime.name}, training on {here.held.runtime.name}: other {named}"
    help_ = f"the same runtime for both: {here.held.compute.spark_version if here.held.compute else ''}".rstrip(": ")
    return replace(found[0], message=message, help=help_, subject={**found[0].subject, "kind": "runtime"})


def _used(entry: EntryFacts) -> frozenset[str]:
    """The packages that code imports."""
    return frozenset(
        "mlflow" if one == "mlflow-skinny" else one
        for fact in entry.of(Imported)
        for one in distributions_of(fact.module)
    )


def _pinned(found: Found | None) -> bool:
    return found is not None and found.requirement is not None


def _of(side: _Side, package: str) -> Found | None:
    if package != "mlflow":
        return side.found.get(package)
    both = [side.found[name] for name in ("mlflow", "mlflow-skinny") if name in side.found]
    return next((one for one in both if one.requirement is not None), both[0] if both else None)


def _package(
    where: _Where, package: str, here: _Side, there: _Side, one: Found | None, other: Found | None
) -> Verdict | None:
    subject = {"package": package}
    place = other.requirement.place if other is not None and other.requirement is not None else there.place
    if one is None and other is None:
        return _neither(where, package, here, there, place) if package == "mlflow" else None
    if one is not None and other is not None:
        note = _the_same(package, one, other)
        if note:
            return Seen(NAME, place, note, None, where.instance, subject)
        if not (here.lost or there.lost) and _differ(one, other):
            return _finding(where, package, one, other, place, here, there)
    training = where.pair.training.path
    why = f"training ({training}) has {_shown(package, one)}, inference {_shown(package, other)}"
    return Unknown(NAME, f"{why}: whether they are the same is not known", place, None, where.instance, subject)


def _the_same(package: str, one: Found, other: Found) -> str:
    """Why both sides surely have one version, "" where they may not."""
    if one.version is not None and one.version == other.version:
        return f"{package} {one.version} on both sides"
    lines = {found.requirement.place for found in (one, other) if found.requirement is not None}
    if one.requirement is not None and other.requirement is not None and len(lines) == 1:
        return f"{package} by the same line on both sides"
    return ""


def _differ(one: Found, other: Found) -> bool:
    """Whether both sides surely have other versions; of a runtime's own the patch release is not judged."""
    if one.requirement is not None and other.requirement is not None:
        return disjoint(one.requirement.specifier, other.requirement.specifier)
    if one.version is None or other.version is None:
        return False
    return one.version.release[:2] != other.version.release[:2]


def _neither(where: _Where, package: str, here: _Side, there: _Side, place: Place) -> Verdict:
    subject = {"package": package}
    if _cluster(here) is not None and _cluster(here) == _cluster(there):
        return Seen(NAME, place, "training and inference run on one cluster", None, where.instance, subject)
    why = f"which MLflow training and inference have is not known: {here.held.why or there.held.why}"
    return Unknown(NAME, why, place, None, where.instance, subject)


def _cluster(side: _Side) -> tuple[str, str] | None:
    """The cluster that a task shares with others, None where it has its own."""
    caller = side.held.caller
    if caller is None or caller.task is None or caller.job is None:
        return None
    for key, owner in (("existing_cluster_id", ""), ("job_cluster_key", caller.job.key)):
        text = text_at(caller.task.node, key)
        if text is not None and "${" not in text:
            return owner, text
    return None


def _shown(package: str, found: Found | None) -> str:
    if found is None:
        return f"a {package} that is not known"
    if found.requirement is not None:
        return f"`{found.requirement.text}`"
    return f"{package} {found.version}" if found.version is not None else f"its runtime's {package}"


def _finding(where: _Where, package: str, one: Found, other: Found, place: Place, here: _Side, there: _Side) -> Finding:
    trained = one.requirement.place if one.requirement is not None else here.place
    wanted = one.requirement.text if one.requirement is not None else f"{package}=={one.version}"
    return Finding(
        NAME,
        "warning",
        place,
        f"inference has {_named(package, other, there)}, and training ({where.pair.training.path}) has "
        f"{_named(package, one, here)}",
        "a model that one release wrote and another reads is read by rules that have changed",
        wanted,
        {"package": package, "training": _version(one), "inference": _version(other)},
        "inference",
        where.instance,
        where.targets,
        ((trained, "what training has"),) if trained != place else (),
    )


def _named(package: str, found: Found, side: _Side) -> str:
    if found.requirement is not None:
        return f"`{found.requirement.text}`"
    runtime = side.held.runtime.name if side.held.runtime is not None else "its runtime"
    return f"{package} {found.version} of {runtime}"


def _version(found: Found) -> str:
    if found.version is not None:
        return str(found.version)
    return found.requirement.specifier if found.requirement is not None else ""


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: train.py
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 scikit-learn==1.6.1
# COMMAND ----------
import mlflow
model.fit(X, y)
mlflow.sklearn.log_model(model, name="model", registered_model_name="main.ml.churn")
# file: score.py
# Databricks notebook source
# MAGIC %pip install mlflow==2.22.1 scikit-learn==1.6.1  # error: [dependency-drift] inference has `mlflow==2.22.1`
# COMMAND ----------
import mlflow
mlflow.pyfunc.load_model("models:/main.ml.churn@champion").predict(X)
""",
    good="""\
# file: train.py
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 scikit-learn==1.6.1
# COMMAND ----------
import mlflow
model.fit(X, y)
mlflow.sklearn.log_model(model, name="model", registered_model_name="main.ml.churn")
# file: score.py
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 scikit-learn==1.6.1
# COMMAND ----------
import mlflow
mlflow.pyfunc.load_model("models:/main.ml.churn@champion").predict(X)
""",
    mentions=(),
)
