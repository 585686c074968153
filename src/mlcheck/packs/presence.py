"""Whether what an item applies to is in the project: present, surely absent, or not known.

Absent is as much proof as a pass: no code mentions it, and all code was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.facts import Facts
from mlcheck.project.suites import is_test

_RUNS_MORE = re.compile(r"\b(?:exec|eval|compile|getattr|globals|import_module|__import__|runpy)\b")
State = Literal["present", "absent", "unknown"]


@dataclass(frozen=True, slots=True)
class Presence:
    """The answer for one word, and why."""

    state: State
    why: str


def presence(facts: Facts, word: str) -> Presence:
    """Whether the project has what a word of the vocabulary names."""
    return _PRESENCE[word](facts)


def _shown(state: bool, what: str) -> Presence:
    return Presence("present", "") if state else Presence("absent", what)


def _mentioned(pattern: str, what: str) -> Callable[[Facts], Presence]:
    """Present where code mentions it; absent where none does, and all code was read."""
    compiled = re.compile(pattern)

    def decide(facts: Facts) -> Presence:
        if any(compiled.search(code.text) or _in_magics(compiled, code.magics) for code in facts.project.code.values()):
            return Presence("present", "")
        return _absent_unless_unread(facts, what)

    return decide


def _in_magics(pattern: re.Pattern[str], magics: tuple[object, ...]) -> bool:
    return any(pattern.search(getattr(magic, "argument", "")) for magic in magics)


def _absent_unless_unread(facts: Facts, what: str) -> Presence:
    searched = {broken.place for broken in facts.breaks if not _runs_more(facts, broken.place.path)}
    lost = (one for one in facts.not_understood if one.place.path.endswith((".py", ".ipynb", ".sql")))
    unread = [one for one in lost if one.place not in searched]
    templates = [one.path for one in facts.project.left_out if "template" in one.why]
    if templates and not unread:
        return Presence("unknown", f"{what} in what was read; templates such as {templates[0]} were left out")
    if unread:
        return Presence("unknown", f"{what} in what was read; {unread[0].place.shown()} was not followed")
    return Presence("absent", what)


def _runs_more(facts: Facts, path: str) -> bool:
    """Whether a file that does not parse, whose text was searched, may run what its text does not hold."""
    code = facts.code(path)
    return code is None or _RUNS_MORE.search(code.text) is not None


def _not_of_training(facts: Facts, pattern: str) -> Iterator[str]:
    """The files that speak of inference, in which no training runs, or beside an entry point that was not followed."""
    compiled = re.compile(pattern)
    trained = {path for entry in facts.entries if entry.role == "training" for path in entry.reached}
    for entry in facts.entries:
        if entry.role is None and any(gap.hides_code for gap in entry.gaps):
            yield entry.path
    for code in facts.project.code.values():
        spoken = compiled.search(code.text) or _in_magics(compiled, code.magics)
        if spoken and code.path not in trained and not is_test(code):
            yield code.path


def _role(role: str, pattern: str, what: str) -> Callable[[Facts], Presence]:
    mentioned = _mentioned(pattern, what)

    def decide(facts: Facts) -> Presence:
        if any(entry.role == role for entry in facts.entries):
            return Presence("present", "")
        seen = mentioned(facts)
        if seen.state != "present":
            return seen
        where = next(_not_of_training(facts, pattern), None) if role == "inference" else ""
        if where is None:
            return _absent_unless_unread(facts, f"{what}: training alone asks a model")
        place = f" ({where})" if where else ""
        return Presence("unknown", f"{what} that runs was found, but code mentions it{place}")

    return decide


def _bundle(facts: Facts) -> Presence:
    if facts.bundles:
        return Presence("present", "")
    for lost in facts.project.lost_jobs():
        if lost not in facts.project.other_jobs:
            return Presence("unknown", f"no bundle was read; {lost.place.shown()} was not: {lost.what}")
    return Presence("absent", "no bundle in this project")


def _job(facts: Facts) -> Presence:
    if any(True for _ in facts.jobs()):
        return Presence("present", "")
    bundle = _bundle(facts)
    for lost in facts.project.lost_jobs():
        return Presence("unknown", f"no job was read; {lost.place.shown()} was not: {lost.what}")
    if bundle.state == "present" and not any(one.problems for one in facts.bundles):
        return Presence("absent", "no job in the bundle")
    if bundle.state == "absent":
        return bundle
    return Presence("unknown", "no job was read, and the bundle was not wholly understood")


def _tasks(kinds: tuple[str, ...], what: str) -> Callable[[Facts], Presence]:
    def decide(facts: Facts) -> Presence:
        if any(task.kind in kinds for _, _, job in facts.jobs() for task in job.tasks):
            return Presence("present", "")
        job = _job(facts)
        return Presence("absent", what) if job.state == "present" else job

    return decide


def _schedule(facts: Facts) -> Presence:
    if any(job.node.get(key) for _, _, job in facts.jobs() for key in ("schedule", "trigger", "continuous")):
        return Presence("present", "")
    job = _job(facts)
    return Presence("absent", "no job starts by itself") if job.state == "present" else job


def _schema(facts: Facts) -> Presence:
    return _shown(bool(facts.schemas), "no table schema in the repository")


def _parameters(facts: Facts) -> Presence:
    given = any(task.parameters or task.arguments for _, _, job in facts.jobs() for task in job.tasks)
    read = _mentioned(
        r"\bwidgets\b|\bargparse\b|sys\.argv|getArgument|\bclick\b|\btyper\b", "no parameter is read or given"
    )
    return Presence("present", "") if given else read(facts)


def _requirements(facts: Facts) -> Presence:
    if facts.project.environments or any(m.kind == "pip" for c in facts.project.code.values() for m in c.magics):
        return Presence("present", "")
    return _mentioned(r"(?m)^\s*(import|from)\s", "nothing is imported or installed")(facts)


def _code(facts: Facts) -> Presence:
    return Presence("present", "") if facts.project.code else _absent_unless_unread(facts, "no code in this project")


def _experiment(facts: Facts) -> Presence:
    in_bundle = any(
        resource.kind == "experiments" for b in facts.bundles for t in b.targets for resource in t.resources
    )
    if in_bundle:
        return Presence("present", "")
    return _mentioned(r"set_experiment|create_experiment|start_run|\bmlflow\b", "no MLflow experiment in this project")(
        facts
    )


_FEATURES = r"FeatureLookup|create_training_set|score_batch|FeatureEngineeringClient|FeatureStoreClient|feature_store"
_CLASSIFIERS = r"Classif|LogisticRegression|predict_proba|SVC\b|NaiveBayes|GaussianNB|binary:logistic|multi:soft"

_PRESENCE: Mapping[str, Callable[[Facts], Presence]] = {
    "code": _code,
    "sql": _mentioned(r"(?i)\bselect\b.+\bfrom\b|spark\.sql|\bSELECT\b|\bcreate\s+(or\s+replace\s+)?table\b", "no SQL"),
    "spark": _mentioned(r"\bspark\b|\bpyspark\b", "no Spark code"),
    "schema": _schema,
    "dimension": _mentioned(r"\bdim_|is_current|scd", "no dimension is read"),
    "dates": _mentioned(r"(?i)\.dt\b|to_date|to_timestamp|to_datetime|\bdate|timestamp", "no dates in use"),
    "feature-table": _mentioned(_FEATURES, "no feature table"),
    "training": _role("training", r"\bfit\b|\.train\(|\btrain\b", "no training"),
    "classifier": _mentioned(_CLASSIFIERS, "no classifier"),
    "inference": _role("inference", r"\bpredict|score_batch|spark_udf", "no inference"),
    "mlflow": _mentioned(r"\bmlflow\b", "no MLflow"),
    "experiment": _experiment,
    "registered-model": _mentioned(
        r"registered_model_name|register_model|models:/|create_registered_model|log_model",
        "no registered model",
    ),
    "requirements": _requirements,
    "bundle": _bundle,
    "job": _job,
    "schedule": _schedule,
    "notebook-task": _tasks(("notebook_task",), "no task runs a notebook"),
    "task-parameters": _parameters,
}
