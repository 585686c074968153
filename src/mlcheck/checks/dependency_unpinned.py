"""A package is installed without a version that it can't leave.

The next run installs whatever is newest then: training and inference stop
being the same software without a line having changed. Pinned means `==`, `~=`,
an upper bound, or a URL. It is judged where a training or inference entry
point, or a job, installs it, and where a model is logged with requirements of
its own. What a known runtime ships is pinned by the runtime, unless pip is
told to upgrade it.

Breaks with: 'Prophet' object has no attribute 'stan_backend'
Source: pip's requirement specifiers; the case study's error 6.
Source: mlflow 3.17.2, executed: `pip_requirements` are kept as they are given.

Fix: %pip install mlflow==3.1.4
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlcheck.checks.base import Check, Finding, Instance, Role, Seen, Unknown, Verdict
from mlcheck.checks.job_instances import job_of
from mlcheck.flow.environments import Held, Step, environments_of, installs_of
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, Imported
from mlcheck.flow.logged_requirements import logged_requirements
from mlcheck.knowledge.runtimes import Runtime
from mlcheck.project.installed import satisfies, whole
from mlcheck.project.model import Environment, Requirement
from mlcheck.project.place import Place

NAME = "dependency-unpinned"

# What installs and builds, and is no part of what runs.
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv", "build"})
_MLFLOW = frozenset({"mlflow", "mlflow-skinny"})
_WHY = "the next run installs whatever is newest then, and training and inference drift apart"
_WHY_MODEL = "whoever loads the model in its own environment gets whatever is newest then, not what it was trained with"


@dataclass(frozen=True, slots=True)
class _Where:
    """Who installs, for the instance and the targets that a verdict names."""

    instance: Instance | None
    targets: tuple[str, ...]
    who: str
    role: Role | None = None
    model: bool = False


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        if entry.role is not None or entry.callers:
            yield from _entry(facts, entry)
    yield from _tasks(facts)


def _entry(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    where = _Where(job_of(entry), entry.targets, entry.path)
    helds = list(environments_of(facts, entry))
    installs = installs_of(facts, entry)
    yield from _one_after_another(helds, installs, where)
    for place, why in facts.unfollowed(entry, frozenset()):
        yield Unknown(NAME, why, place, None, where.instance)
    for call in entry.calls("log_model", "save_model"):
        if call.name.startswith("mlflow."):
            yield from _model_requirements(facts, call, replace(where, model=True))
    if entry.role is not None:
        yield from _mlflow(entry, helds, installs, where)


def _tasks(facts: Facts) -> Iterator[Verdict]:
    """What the tasks of jobs install, whatever they run."""
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        for task in job.tasks:
            if task.libraries is not None:
                instance = Instance("job", names[bundle.path, job.key])
                where = _Where(instance, (target.name,), f"task `{task.key}`")
                yield from _whole(whole(task.libraries, facts.project), where)


def _one_after_another(helds: Sequence[Held], installs: Sequence[Step], where: _Where) -> Iterator[Verdict]:
    """A notebook's installs, in order: a later one may pin what an earlier one did not."""
    for index, step in enumerate(installs):
        later = [other.environment for other in installs[index + 1 :]]
        pinned = {one.name for other in later for one in other.requirements if one.pinned}
        lost = next((lost for other in later for lost in other.not_understood), None)
        of_model = any(other.of_model for other in installs[index + 1 :])
        for verdict in _whole(step.environment, where):
            if not isinstance(verdict, Finding):
                yield verdict
                continue
            name = verdict.subject.get("distribution", verdict.subject["package"])
            stays = "" if step.environment.upgrades else _stays(helds, _of_name(step.environment, name))
            if name in pinned:
                yield Seen(NAME, verdict.place, "pinned by a later install", None, where.instance, verdict.subject)
            elif stays:
                yield Seen(NAME, verdict.place, stays, None, where.instance, verdict.subject)
            elif of_model and name in _MLFLOW:
                note = "replaced by the MLflow that the model's own requirements pin"
                yield Seen(NAME, verdict.place, note, None, where.instance, verdict.subject)
            elif of_model:
                why = "the model's own requirements, which are installed later, may pin it"
                yield Unknown(NAME, why, verdict.place, None, where.instance, verdict.subject)
            elif lost is not None:
                why = f"a later install may pin it: {lost.what}"
                yield Unknown(NAME, why, verdict.place, None, where.instance, verdict.subject)
            else:
                yield verdict


def _of_name(environment: Environment, name: str) -> Requirement | None:
    return next((one for one in environment.requirements if one.name == name), None)


def _stays(helds: Sequence[Held], requirement: Requirement | None) -> str:
    """Why pip leaves what is installed already, in every task that runs this; "" where it may not."""
    if requirement is None or requirement.extras or not helds:
        return ""
    found = [_held_already(one, requirement) for one in helds]
    return found[0] if all(found) else ""


def _held_already(held: Held, requirement: Requirement) -> str:
    for step in held.before:
        for one in step.environment.requirements:
            if one.name == requirement.name and one.pinned and satisfies(one.specifier, requirement.specifier):
                return f"`{one.text}` of task `{held.task}` stays"
    runtime = held.runtime
    if runtime is None or held.more:
        return ""
    version = runtime.packages.get(requirement.name or "")
    if not version or not satisfies(f"=={version}", requirement.specifier):
        return ""
    return f"{runtime.name} has {requirement.name} {version}, which stays"


def _whole(environment: Environment, where: _Where) -> Iterator[Verdict]:
    constrained = bool(environment.not_understood)
    for requirement in environment.requirements:
        verdict = _requirement(requirement, where)
        if isinstance(verdict, Finding) and constrained:
            why = f"a file beside it may pin it: {environment.not_understood[0].what}"
            yield Unknown(NAME, why, verdict.place, None, where.instance, verdict.subject)
        elif verdict is not None:
            yield verdict
    for lost in environment.not_understood:
        yield Unknown(NAME, lost.what, lost.place, None, where.instance)


def _requirement(requirement: Requirement, where: _Where) -> Verdict | None:
    """The verdict on one requirement; None for a path or URL of no name, which is one version by nature."""
    subject = _subject(requirement.name) if requirement.name else {}
    if requirement.pinned is None:
        why = f"the version of `{requirement.text}` is not known until it runs"
        return Unknown(NAME, why, requirement.place, None, where.instance, subject)
    if requirement.name is None or requirement.name in _TOOLS:
        return None
    if requirement.pinned:
        return Seen(NAME, requirement.place, requirement.text, None, where.instance, subject)
    return _finding(requirement, where, subject)


def _subject(name: str) -> dict[str, str]:
    """The package; MLflow's two distributions are one to the item on it."""
    return {"package": "mlflow", "distribution": name} if name == "mlflow-skinny" else {"package": name}


def _finding(requirement: Requirement, where: _Where, subject: dict[str, str]) -> Finding:
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    return Finding(
        NAME,
        "warning",
        requirement.place,
        f"`{requirement.text}` is installed by {where.who} without a pin",
        _WHY_MODEL if where.model else _WHY,
        f"{requirement.name}{extras}==<the version that you tested>",
        subject,
        None,
        where.instance,
        where.targets,
    )


# --- requirements that a model is logged with ---------------------------------------


def _model_requirements(facts: Facts, call: CallSeen, where: _Where) -> Iterator[Verdict]:
    logged = logged_requirements(call)
    if logged is None:
        return
    place = call.place
    if logged.pinned:
        yield Seen(NAME, place, f"`{logged.pinned}` gives the versions that are installed", None, where.instance)
    elif logged.environment is None:
        yield Unknown(NAME, "which requirements the model is logged with is not known", place, None, where.instance)
    else:
        yield from _together(list(_whole(whole(logged.environment, facts.project), where)))


def _together(verdicts: Sequence[Verdict]) -> Iterator[Verdict]:
    """The verdicts with the findings of one place as one: a call's list is mended as a whole."""
    findings: dict[tuple[Place, bool], list[Finding]] = {}
    for verdict in verdicts:
        if isinstance(verdict, Finding):
            findings.setdefault((verdict.place, verdict.subject["package"] == "mlflow"), []).append(verdict)
        else:
            yield verdict
    for found in findings.values():
        packages = [one.subject["package"] for one in found]
        shown = ", ".join(f"`{package}`" for package in packages)
        yield replace(
            found[0],
            message=f"the model is logged with {shown} unpinned",
            help="\n".join(one.help for one in found),
            subject={"package": ", ".join(packages), "kind": "model"},
        )


# --- MLflow, where nothing installs it ------------------------------------------------


def _mlflow(entry: EntryFacts, helds: Sequence[Held], installs: Sequence[Step], where: _Where) -> Iterator[Verdict]:
    """Which MLflow code runs on that installs none: the runtime's, where that is known."""
    used = next((one for one in entry.of(Imported) if one.module.partition(".")[0] == "mlflow"), None)
    if used is None:
        return
    for held in helds:
        steps = (*held.before, *installs)
        if any(one.name in _MLFLOW for step in steps for one in step.environment.requirements):
            continue
        yield _mlflow_of(held, held.runtime, used.place, where)


def _mlflow_of(held: Held, runtime: Runtime | None, place: Place, where: _Where) -> Verdict:
    subject = {"package": "mlflow"}
    if runtime is None or held.more:
        why = f"which MLflow it has is not known: {held.why or held.more}"
        return Unknown(NAME, why, place, None, where.instance, subject)
    version = next((runtime.packages[name] for name in _MLFLOW if name in runtime.packages), None)
    if version is None and not _MLFLOW & runtime.unlisted:
        return Unknown(NAME, f"which MLflow {runtime.name} has is not known", place, None, where.instance, subject)
    note = f"MLflow is the one of {runtime.name}, which nothing here changes"
    return Seen(NAME, held.place or place, note, None, where.instance, subject)


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
# MAGIC %pip install mlflow  # error: [dependency-unpinned] `mlflow` is installed
# COMMAND ----------
from sklearn.linear_model import LinearRegression
LinearRegression().fit(X, y)
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4 "scikit-learn>=1.4,<2"
# COMMAND ----------
from sklearn.linear_model import LinearRegression
LinearRegression().fit(X, y)
""",
    mentions=(),
)
