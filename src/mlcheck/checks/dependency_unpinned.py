"""A package is installed without a version that it can't leave.

The next run installs whatever is newest then: training and inference stop
being the same software without a line having changed. Pinned means `==`, `~=`,
an upper bound, or a URL. It is judged where a training or inference entry
point, or a job, installs it.

Breaks with: 'Prophet' object has no attribute 'stan_backend'
Source: pip's requirement specifiers; the case study's error 6.

Fix: %pip install mlflow==3.1.4
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts, Installed
from mlcheck.project.environment import with_includes
from mlcheck.project.model import Environment, Requirement

NAME = "dependency-unpinned"


@dataclass(frozen=True, slots=True)
class _Where:
    """Who installs, for the instance and the targets that a verdict names."""

    instance: Instance | None
    targets: tuple[str, ...]
    who: str


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        if entry.role is not None or entry.callers:
            installed = [fact.environment for fact in entry.facts if isinstance(fact, Installed)]
            yield from _one_after_another(facts, installed, _of_entry(entry))
            for place, why in facts.unfollowed(entry, frozenset()):
                yield Unknown(NAME, why, place, None, _of_entry(entry).instance)
    done: set[tuple[object, ...]] = set()
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        for task in job.tasks:
            if task.libraries is None:
                continue
            where = _Where(Instance("job", names[bundle.path, job.key]), (target.name,), f"task `{task.key}`")
            for verdict in _installed(facts, task.libraries, where):
                key = (type(verdict), verdict.place, verdict.instance, target.name)
                if key not in done:
                    done.add(key)
                    yield verdict


def _of_entry(entry: EntryFacts) -> _Where:
    return _Where(Instance("job", entry.job) if entry.job else None, entry.targets, entry.path)


def _one_after_another(facts: Facts, installed: list[Environment], where: _Where) -> Iterator[Verdict]:
    """A notebook's installs, in order: a later one may pin what an earlier one did not."""
    wholes = [with_includes(one, facts.project.environments) for one in installed]
    for index, whole in enumerate(wholes):
        later = wholes[index + 1 :]
        pinned = {one.name for other in later for one in other.requirements if one.pinned}
        lost = next((lost for other in later for lost in other.not_understood), None)
        for verdict in _whole(whole, where):
            if isinstance(verdict, Finding) and verdict.subject["package"] in pinned:
                yield Seen(NAME, verdict.place, "pinned by a later install", None, where.instance, verdict.subject)
            elif isinstance(verdict, Finding) and lost is not None:
                why = f"a later install may pin it: {lost.what}"
                yield Unknown(NAME, why, verdict.place, None, where.instance, verdict.subject)
            else:
                yield verdict


def _installed(facts: Facts, environment: Environment, where: _Where) -> Iterator[Verdict]:
    yield from _whole(with_includes(environment, facts.project.environments), where)


def _whole(whole: Environment, where: _Where) -> Iterator[Verdict]:
    constrained = bool(whole.not_understood)
    for requirement in whole.requirements:
        verdict = _requirement(requirement, where)
        if isinstance(verdict, Finding) and constrained:
            why = f"a file beside it may pin it: {whole.not_understood[0].what}"
            yield Unknown(NAME, why, verdict.place, None, where.instance, verdict.subject)
        elif verdict is not None:
            yield verdict
    for lost in whole.not_understood:
        yield Unknown(NAME, lost.what, lost.place, None, where.instance)


def _requirement(requirement: Requirement, where: _Where) -> Verdict | None:
    """The verdict on one requirement; None for a path or URL of no name, which is one version by nature."""
    subject = {"package": requirement.name} if requirement.name else {}
    if requirement.pinned is None:
        why = f"the version of `{requirement.text}` is not known until it runs"
        return Unknown(NAME, why, requirement.place, None, where.instance, subject)
    if requirement.name is None:
        return None
    if requirement.pinned:
        return Seen(NAME, requirement.place, requirement.text, None, where.instance, subject)
    return _finding(requirement, where, subject)


def _finding(requirement: Requirement, where: _Where, subject: dict[str, str]) -> Finding:
    return Finding(
        NAME,
        "warning",
        requirement.place,
        f"`{requirement.text}` is installed by {where.who} without a pin",
        "the next run installs whatever is newest then, and training and inference drift apart",
        f"{requirement.name}==<the version that you tested>",
        subject,
        None,
        where.instance,
        where.targets,
    )


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
