"""With which releases of a package an entry point may run: from `%pip`, the task's environment, or declared files.

What is installed later is looked at by pip's rules: a pin replaces what is
there, a range leaves it where it fits. A requirements file that nothing is seen
to install counts for scripts alone, since a notebook runs with what its cluster
has.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from mlcheck.flow.facts import Caller, EntryFacts, Facts, Installed
from mlcheck.knowledge.library_calls import releases
from mlcheck.project.environment import with_includes
from mlcheck.project.model import Environment, Requirement
from mlcheck.project.place import Place

# Distributions that bring a package's code, by the package's name.
_DISTRIBUTIONS = {"mlflow": frozenset({"mlflow", "mlflow-skinny"})}


@dataclass(frozen=True, slots=True)
class Releases:
    """What is known of a package's release where an entry point runs.

    `versions` are the releases of the data that it may be: all of them where
    nothing is known. `newer`: it is, or may be, one that the data doesn't have.
    `place` is where that is said.
    """

    package: str
    known: bool
    text: str  # `mlflow==3.1.4`, or why it is not known
    place: Place | None
    versions: tuple[Version, ...]
    newer: bool
    targets: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        where = f" ({self.place.shown()})" if self.place is not None else ""
        return f"{self.text}{where}"


@dataclass(frozen=True, slots=True)
class _Held:
    """A specifier that holds after some installs, and where it is said."""

    specifier: SpecifierSet
    text: str
    place: Place


_Standing = _Held | str  # a string: why it is not known


def releases_of(facts: Facts, entry: EntryFacts, package: str) -> tuple[Releases, ...]:
    """The releases that an entry point may run with: one row for all who run it alike, with their targets."""
    rows: dict[tuple[object, ...], Releases] = {}
    for caller in entry.callers or (None,):
        row = _row(package, _standing(facts, entry, caller, package))
        key = (row.known, row.text, row.place)
        held = rows.get(key, row)
        named = {*held.targets, *([caller.target] if caller is not None and caller.target else [])}
        rows[key] = replace(held, targets=tuple(sorted(named)))
    return tuple(rows.values())


def _row(package: str, standing: _Standing) -> Releases:
    every = releases(package)
    if isinstance(standing, str):
        return Releases(package, False, standing, None, every, True)
    versions, newer = _matching(standing.specifier, every)
    if not versions:
        return Releases(package, False, f"`{standing.text}` is no release that is known", standing.place, every, True)
    return Releases(package, True, standing.text, standing.place, versions, newer)


def _matching(specifier: SpecifierSet, every: Sequence[Version]) -> tuple[tuple[Version, ...], bool]:
    """The releases of the data that a specifier allows; between two of them, both."""
    exact = _exact(specifier)
    if exact is not None and exact not in every:
        if exact > every[-1]:
            return (every[-1],), True
        around = [
            *(one for one in reversed(every) if one < exact),
        ][:1] + [one for one in every if one > exact][:1]
        return tuple(around), exact < every[0]
    return tuple(one for one in every if specifier.contains(one, prereleases=True)), False


def _exact(specifier: SpecifierSet) -> Version | None:
    """The one version that a specifier names, or None for a range."""
    for one in specifier:
        if one.operator in ("==", "===") and not one.version.endswith("*"):
            try:
                return Version(one.version)
            except InvalidVersion:
                return None
    return None


# --- what is installed, in order -----------------------------------------------


def _standing(facts: Facts, entry: EntryFacts, caller: Caller | None, package: str) -> _Standing:
    standing: _Standing = "no version of it is given"
    if caller is not None and caller.task is not None and caller.task.libraries is not None:
        standing = _after(standing, with_includes(caller.task.libraries, facts.project.environments), package)
    for installed in entry.of(Installed):
        standing = _after(standing, with_includes(installed.environment, facts.project.environments), package)
    if isinstance(standing, str) and entry.kind != "notebook" and (caller is None or entry.kind == "wheel"):
        declared = list(_declared(facts, entry, package))
        if len(declared) == 1:
            return declared[0]
    return standing


def _after(standing: _Standing, environment: Environment, package: str) -> _Standing:
    """What holds after an install."""
    if environment.not_understood:
        standing = f"what is installed is not known: {environment.not_understood[0].what}"
    names = _DISTRIBUTIONS.get(package, frozenset({package}))
    for requirement in environment.requirements:
        if requirement.name in names:
            standing = _with(standing, requirement)
    return standing


def _with(standing: _Standing, requirement: Requirement) -> _Standing:
    specifier = _specifier(requirement)
    if specifier is None:
        return f"the version of `{requirement.text}` is not known until it runs"
    if not str(specifier):
        return standing
    held = _Held(specifier, requirement.text, requirement.place)
    if isinstance(standing, str) or _exact(specifier) is not None:
        return held
    before = _exact(standing.specifier)
    if before is not None:
        return standing if specifier.contains(before, prereleases=True) else held
    return held


def _specifier(requirement: Requirement) -> SpecifierSet | None:
    """The versions that a requirement allows; None where that can't be told."""
    if requirement.pinned is None:
        return None
    try:
        parsed = Parsed(requirement.text)
    except InvalidRequirement:
        return _of_poetry(requirement)
    return None if parsed.url is not None or parsed.marker is not None else parsed.specifier


def _of_poetry(requirement: Requirement) -> SpecifierSet | None:
    """`mlflow ^2.9`, `mlflow 2.9.*`: Poetry's own way to write a range."""
    _, _, written = requirement.text.partition(" ")
    try:
        if written[:1] == "^":
            first = Version(written[1:])
            return SpecifierSet(f">={first},<{first.major + 1}")
        if written[:1].isdigit():
            return SpecifierSet(f"=={written}")
        return SpecifierSet(written)
    except (InvalidVersion, InvalidSpecifier):
        return None


def _declared(facts: Facts, entry: EntryFacts, package: str) -> Iterator[_Held]:
    """What the nearest requirements files and projects above a script say; each specifier once."""
    names = _DISTRIBUTIONS.get(package, frozenset({package}))
    folder = posixpath.dirname(entry.path)
    while True:
        found: dict[str, _Held] = {}
        for path, environment in facts.project.environments.items():
            if posixpath.dirname(path) == folder:
                for requirement in environment.requirements:
                    specifier = _specifier(requirement) if requirement.name in names else None
                    if specifier is not None and str(specifier):
                        found[str(specifier)] = _Held(specifier, requirement.text, requirement.place)
        if found or not folder:
            yield from found.values()
            return
        folder = posixpath.dirname(folder)
