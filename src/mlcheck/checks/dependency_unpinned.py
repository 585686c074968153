"""A package is installed without a version that it can't leave.

The next run installs whatever is newest then: training and inference stop
being the same software without a line having changed. Pinned means `==`, `~=`,
an upper bound, or a URL. It is judged where a training or inference entry
point, or a job, installs it.

Breaks with: 'Prophet' object has no attribute 'stan_backend'
Source: the case study's error 6; FACTS on pins.

Fix: %pip install mlflow==3.1.4
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
            for fact in entry.facts:
                if isinstance(fact, Installed):
                    yield from _installed(facts, fact.environment, _of_entry(entry))
            for place, why in facts.unfollowed(entry, frozenset()):
                yield Unknown(NAME, why, place, None, _of_entry(entry).instance)
    done: set[tuple[object, ...]] = set()
    for _, target, job in facts.jobs():
        for task in job.tasks:
            if task.libraries is None:
                continue
            where = _Where(Instance("job", job.key), (target.name,), f"task `{task.key}`")
            for verdict in _installed(facts, task.libraries, where):
                key = (type(verdict), verdict.place, verdict.instance, target.name)
                if key not in done:
                    done.add(key)
                    yield verdict


def _of_entry(entry: EntryFacts) -> _Where:
    jobs = {caller.job.key for caller in entry.callers if caller.job is not None}
    instance = Instance("job", jobs.pop()) if len(jobs) == 1 else None
    return _Where(instance, entry.targets, entry.path)


def _installed(facts: Facts, environment: Environment, where: _Where) -> Iterator[Verdict]:
    whole = with_includes(environment, facts.project.environments)
    yield from _requirements(whole.requirements, where)
    for lost in whole.not_understood:
        yield Unknown(NAME, lost.what, lost.place, None, where.instance)


def _requirements(requirements: Iterable[Requirement], where: _Where) -> Iterator[Verdict]:
    for requirement in requirements:
        if requirement.name is None:
            continue
        subject = {"package": requirement.name}
        if requirement.pinned is None:
            why = f"the version of `{requirement.text}` is not known until it runs"
            yield Unknown(NAME, why, requirement.place, None, where.instance, subject)
        elif requirement.pinned:
            yield Seen(NAME, requirement.place, requirement.text, None, where.instance, subject)
        else:
            yield _finding(requirement, where, subject)


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
