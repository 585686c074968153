"""Versions are pinned that are known not to work together, or not on the Python of the runtime.

Each pair is a row of data with its source: executed here on released packages,
read in their metadata, or said in the project's own issue. A pair fires where
both versions are certain: pinned, or the known runtime's own. An old prophet
fires with any cmdstanpy that is not held back, since the newest breaks it.

Breaks with: AttributeError: 'Prophet' object has no attribute 'stan_backend'
Breaks with: ERROR: ResolutionImpossible
Breaks with: ERROR: Invalid requirement: 'mlflow=2.19': Expected semicolon (after name with no version specifier) or end
Source: knowledge/bad_pins.json, a source for each row.

Fix: %pip install prophet==1.2.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.checks.job_instances import job_of
from mlcheck.flow.environments import Found, Held, Step, environments_of, held, installs_of, may_move, versions_of
from mlcheck.flow.facts import Caller, EntryFacts, Facts
from mlcheck.knowledge.bad_pins import (
    BadPair,
    PythonNeed,
    Refusal,
    bad_names,
    bad_pairs,
    fits,
    python_needs,
    refusals,
)
from mlcheck.project.installed import exact, package_of
from mlcheck.project.model import NotUnderstood, Requirement
from mlcheck.project.place import Place

NAME = "known-bad-pin"


@dataclass(frozen=True, slots=True)
class _Where:
    """Whose environment is looked at, and what is installed in it in the end."""

    held: Held
    steps: tuple[Step, ...]
    own: tuple[Step, ...]  # those of the code
    found: dict[str, Found]
    instance: Instance | None
    targets: tuple[str, ...]


def run(facts: Facts) -> Iterator[Verdict]:
    run_by_entries: set[tuple[str | None, int]] = set()
    for entry in facts.entries:
        run_by_entries.update((caller.target, id(caller.task)) for caller in entry.callers)
        if entry.role is not None or entry.callers:
            yield from _entry(facts, entry)
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        for task in job.tasks:
            if task.libraries is not None and (target.name, id(task)) not in run_by_entries:
                one = held(facts, Caller(target.name, job, task, bundle))
                yield from _environment(facts, one, (), Instance("job", names[bundle.path, job.key]), (target.name,))


def _entry(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    instance = job_of(entry)
    installs = installs_of(facts, entry)
    for one in environments_of(facts, entry):
        targets = (one.caller.target,) if one.caller is not None and one.caller.target else entry.targets
        yield from _environment(facts, one, installs, instance, targets)


def _environment(
    facts: Facts, one: Held, installs: tuple[Step, ...], instance: Instance | None, targets: tuple[str, ...]
) -> Iterator[Verdict]:
    where = _Where(one, (*one.before, *installs), installs, versions_of(one, installs), instance, targets)
    lost = [lost for step in where.steps for lost in step.environment.not_understood]
    unread = [gone for gone in lost if _not_a_pin(gone) is None]
    for gone in unread:
        yield Unknown(NAME, gone.what, gone.place, None, instance)
    yield from (_misspelt(where, gone) for gone in lost if gone not in unread)
    found = [*_pairs(where, bool(lost)), *_refused(where), *_pythons(facts, where), *_names(where)]
    yield from found
    if not found:
        yield from _seen(where)


_NOT_A_PIN = re.compile(
    r"not a requirement: (?P<name>[A-Za-z0-9][\w.-]*(?:\[[\w, .-]*\])?)\s*=\s*(?P<version>\d[\w.*+!-]*)\Z"
)


def _not_a_pin(lost: NotUnderstood) -> re.Match[str] | None:
    """A version after one equals sign, which pip refuses (and conda would read)."""
    return _NOT_A_PIN.match(lost.what)


def _misspelt(where: _Where, lost: NotUnderstood) -> Finding:
    match = _not_a_pin(lost)
    assert match is not None
    written = lost.what.removeprefix("not a requirement: ")
    pin = f"{match['name']}=={match['version']}"
    return Finding(
        NAME,
        "error",
        lost.place,
        f"`{written}` is no requirement; did you mean `{pin}`?",
        f"ERROR: Invalid requirement: '{written}': Expected semicolon (after name with no version specifier) or end",
        pin,
        {"package": match["name"], "kind": "operator"},
        None,
        where.instance,
        where.targets,
    )


def _seen(where: _Where) -> Iterator[Verdict]:
    requirements = [one for step in where.steps for one in step.environment.requirements]
    if requirements:
        note = f"{len(requirements)} requirement{'s' if len(requirements) > 1 else ''}, no pair known to break"
        yield Seen(NAME, requirements[0].place, note, None, where.instance)
    elif where.held.runtime is not None and where.held.place is not None:
        yield Seen(NAME, where.held.place, "nothing is installed beside the runtime", None, where.instance)


# --- pairs that break together ---------------------------------------------------------


def _pairs(where: _Where, lost: bool) -> Iterator[Verdict]:
    for pair in bad_pairs():
        one, other = where.found.get(pair.package), where.found.get(pair.other)
        if one is None or one.version is None or not fits(one.version, pair.versions):
            continue
        if one.requirement is None and (other is None or other.requirement is None):
            continue  # the runtime's own
        verdict = _pair(where, pair, one, other)
        if verdict is not None and lost and isinstance(verdict, Finding):
            why = f"`{pair.package}` breaks with {pair.other}{pair.others}, and not all that is installed is known"
            yield Unknown(NAME, why, verdict.place, None, where.instance)
        elif verdict is not None:
            yield verdict


def _pair(where: _Where, pair: BadPair, one: Found, other: Found | None) -> Verdict | None:
    place = _place(one, other)
    if other is not None and other.version is not None:
        if not fits(other.version, pair.others):
            return None
        from_runtime = pair.package if one.requirement is None else pair.other if other.requirement is None else None
        if from_runtime is not None and may_move(from_runtime, where.held, where.steps):
            why = f"`{pair.package}` breaks with {pair.other}{pair.others}, and what is installed may bring another"
            return Unknown(NAME, why, place, None, where.instance)
        shown = f"`{pair.package}` {one.version} does not work with `{pair.other}` {other.version}"
        return _finding(where, place, shown, pair.error, _repair(pair), pair, one, other)
    if not pair.newest or _held_back(other, pair):
        return None
    severity: Severity = "error" if where.held.runtime is not None and not where.held.more else "warning"
    shown = f"`{pair.package}` {one.version} is pinned, and `{pair.other}` is not: its newest breaks it"
    return _finding(where, place, shown, pair.error, _repair(pair), pair, one, other, severity)


def _held_back(other: Found | None, pair: BadPair) -> bool:
    """Whether a requirement keeps the other package from the versions that break, or may."""
    if other is None or other.requirement is None:
        return False
    requirement = other.requirement
    return requirement.pinned is not False


def _repair(pair: BadPair) -> str:
    return f"{pair.fix}  # or {pair.other}, but not {pair.others}"


def _place(one: Found, other: Found | None) -> Place:
    for found in (one, other):
        if found is not None and found.requirement is not None:
            return found.requirement.place
    raise AssertionError("one of a pair is a requirement")


# --- pairs that pip refuses --------------------------------------------------------------


def _refused(where: _Where) -> Iterator[Finding]:
    for step in where.steps:
        pins = {one.name: one for one in step.environment.requirements if one.name and not one.conditional}
        for refusal in refusals():
            one = pins.get(refusal.package)
            version = exact(one.specifier) if one is not None else None
            if one is not None and version is not None and fits(version, refusal.versions):
                yield from _against(where, refusal, one, pins)


def _against(where: _Where, refusal: Refusal, one: Requirement, pins: dict[str, Requirement]) -> Iterator[Finding]:
    for name, wanted in refusal.requires:
        other = pins.get(name)
        version = exact(other.specifier) if other is not None else None
        if other is None or version is None or fits(version, wanted):
            continue
        message = f"`{one.text}` requires {name}{wanted}, and `{other.text}` is pinned beside it"
        why = f"ERROR: ResolutionImpossible: {one.text} depends on {name}{wanted}, the user requested {other.text}"
        yield Finding(
            NAME,
            "error",
            one.place,
            message,
            why,
            f'"{name}{wanted}"',
            {"package": refusal.package, "with": name, "kind": "refused"},
            None,
            where.instance,
            where.targets,
            ((other.place, "the other pin"),) if other.place != one.place else (),
        )


# --- Pythons ----------------------------------------------------------------------------


def _pythons(facts: Facts, where: _Where) -> Iterator[Verdict]:
    runtime = where.held.runtime
    if runtime is None:
        return
    for step in where.steps:
        for requirement in step.environment.requirements:
            version = exact(requirement.specifier)
            if requirement.conditional:
                continue
            for need in python_needs() if version is not None else ():
                if need.package == requirement.name and version is not None and fits(version, need.versions):
                    yield from _python(where, need, requirement)
            yield from _own_python(facts, where, requirement)


def _python(where: _Where, need: PythonNeed, requirement: Requirement) -> Iterator[Finding]:
    runtime = where.held.runtime
    assert runtime is not None
    has = runtime.packages.get(need.package)
    if f"{runtime.python}.0" in need.python or (has is not None and exact(requirement.specifier) == exact(f"=={has}")):
        return
    error = need.error or (
        f"ERROR: Could not find a version that satisfies the requirement {requirement.text}: "
        f"it requires a different Python: {runtime.python} not in '{need.python}'"
    )
    yield _python_finding(where, requirement.place, requirement.text, str(need.python), error, need.fix)


def _own_python(facts: Facts, where: _Where, requirement: Requirement) -> Iterator[Finding]:
    """A wheel of the project that says which Pythons it takes."""
    package = package_of(requirement, facts.project)
    runtime = where.held.runtime
    if package is None or not package.python or runtime is None:
        return
    try:
        wanted = SpecifierSet(package.python)
    except InvalidSpecifier:
        return
    # A bound on the patch release is not judged: the list of a runtime says the minor one alone.
    if any(f"{runtime.python}.{patch}" in wanted for patch in range(25)):
        return
    error = f"ERROR: Package '{package.name}' requires a different Python: {runtime.python} not in '{package.python}'"
    place = package.python_place or requirement.place
    yield _python_finding(where, place, f"the project's `{package.name}`", package.python, error, "")


def _python_finding(where: _Where, place: Place, what: str, wanted: str, error: str, fix: str) -> Finding:
    runtime = where.held.runtime
    assert runtime is not None
    shown = what if what.startswith("the ") else f"`{what}`"
    held_at = where.held.place
    return Finding(
        NAME,
        "error",
        place,
        f"{shown} needs Python {wanted}, and {runtime.name} has {runtime.python}",
        error,
        fix or f"a release for Python {runtime.python}, or a newer runtime",
        {"package": what, "kind": "python", "python": runtime.python},
        None,
        where.instance,
        where.targets,
        ((held_at, f"{runtime.name}: Python {runtime.python}"),) if held_at is not None else (),
    )


# --- names ---------------------------------------------------------------------------------


def _names(where: _Where) -> Iterator[Finding]:
    rows = bad_names()
    for step in where.steps:
        for requirement in step.environment.requirements:
            bad = rows.get(requirement.name or "")
            if bad is not None and requirement.pinned is False:  # old releases of them may be there
                yield Finding(
                    NAME,
                    "error",
                    requirement.place,
                    f"`{requirement.text}` can't be installed: `{bad.fix}` is meant",
                    bad.error,
                    bad.fix,
                    {"package": bad.name, "kind": "name"},
                    None,
                    where.instance,
                    where.targets,
                )


def _finding(
    where: _Where,
    place: Place,
    message: str,
    why: str,
    help: str,
    pair: BadPair,
    one: Found,
    other: Found | None,
    severity: Severity = "error",
) -> Finding:
    related: Sequence[tuple[Place, str]] = [
        (found.requirement.place, "the other pin")
        for found in (one, other)
        if found is not None and found.requirement is not None and found.requirement.place != place
    ]
    return Finding(
        NAME,
        severity,
        place,
        message,
        why,
        help,
        {"package": pair.package, "with": pair.other, "kind": "pair"},
        None,
        where.instance,
        where.targets,
        tuple(related),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
# MAGIC %pip install prophet==1.1.5  # error: [known-bad-pin] `prophet` 1.1.5 is pinned, and `cmdstanpy` is not
# COMMAND ----------
from prophet import Prophet
Prophet().fit(df)
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install prophet==1.1.5 cmdstanpy==1.2.5 mlflow==3.1.4
# COMMAND ----------
from prophet import Prophet
Prophet().fit(df)
""",
    mentions=(),
)
