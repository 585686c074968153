"""With which releases of a package an entry point may run: its runtime, its task's environment, `%pip`, declared files.

What is installed later is looked at by pip's rules: a pin replaces what is
there, a range leaves it where it fits. A requirements file that nothing is seen
to install counts for scripts alone, since a notebook runs with what its cluster
has.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from mlcheck.flow.environments import Held, environments_of, installs_of
from mlcheck.flow.facts import EntryFacts, Facts, OwnImport, PathAdded
from mlcheck.knowledge.library_calls import releases
from mlcheck.project.installed import exact
from mlcheck.project.model import Environment, Requirement
from mlcheck.project.place import Place

# Distributions that bring a package's code, by the package's name.
_DISTRIBUTIONS = {"mlflow": ("mlflow", "mlflow-skinny")}


@dataclass(frozen=True, slots=True)
class Releases:
    """What is known of a package's release where an entry point runs.

    `versions` are the releases of the data that it may be: all of them where
    nothing is known. `newer`: it may be one that the data doesn't have. `place`
    is where that is said.
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
class _Pin:
    """What is allowed after some installs, and where that is said."""

    specifier: str
    text: str
    place: Place | None


_Standing = _Pin | str  # a string: why it is not known


def releases_of(facts: Facts, entry: EntryFacts, package: str) -> tuple[Releases, ...]:
    """The releases that an entry point may run with: one row for all who run it alike, with their targets."""
    rows: dict[tuple[object, ...], Releases] = {}
    for held in environments_of(facts, entry):
        row = releases_where(facts, entry, held, package)
        key = (row.known, row.text, row.place)
        known = rows.get(key, row)
        target = held.caller.target if held.caller is not None else None
        rows[key] = replace(known, targets=tuple(sorted({*known.targets, *([target] if target else [])})))
    return tuple(rows.values())


def releases_where(facts: Facts, entry: EntryFacts, held: Held, package: str) -> Releases:
    """The releases that an entry point may run with where one task runs it."""
    return _row(package, _standing(facts, entry, held, package))


def _row(package: str, standing: _Standing) -> Releases:
    every = releases(package)
    if isinstance(standing, str):
        return Releases(package, False, standing, None, every, True)
    versions, newer = _matching(standing.specifier, every)
    if not versions:
        return Releases(package, False, f"`{standing.text}` is no release that is known", standing.place, every, True)
    return Releases(package, True, standing.text, standing.place, versions, newer)


def _matching(specifier: str, every: Sequence[Version]) -> tuple[tuple[Version, ...], bool]:
    """The releases of the data that a specifier allows; for one between two of them, both."""
    one = exact(specifier)
    if one is None:
        allowed = SpecifierSet(specifier)
        return tuple(version for version in every if allowed.contains(version, prereleases=True)), False
    if one in every:
        return (one,), False
    below = [version for version in every if version < one][-1:]
    above = [version for version in every if version > one][:1]
    return (*below, *above), not below or not above


# --- what is installed, in order -----------------------------------------------


def _standing(facts: Facts, entry: EntryFacts, held: Held, package: str) -> _Standing:
    standing = _at_start(held, package)
    for step in (*held.before, *installs_of(facts, entry)):
        standing = _after(standing, step.environment, package)
    if isinstance(standing, str) and held.caller is None and entry.kind != "notebook":
        declared = list(_declared(facts, entry, package))
        if len(declared) == 1:
            return declared[0]
    if isinstance(standing, str) and held.caller is None and entry.kind == "notebook":
        return _required_by_own(facts, entry, package) or standing
    return standing


def _at_start(held: Held, package: str) -> _Standing:
    """What the runtime brings."""
    if held.runtime is None or held.more:
        return f"no version of {package} is given, and {held.more or held.why}"
    for name in _names(package):
        version = held.runtime.packages.get(name)
        if version:
            return _Pin(f"=={version}", f"{name} {version} of {held.runtime.name}", held.place)
    return f"no version of {package} is given, and which one {held.runtime.name} has is not known"


def _names(package: str) -> tuple[str, ...]:
    return _DISTRIBUTIONS.get(package, (package,))


def _after(standing: _Standing, environment: Environment, package: str) -> _Standing:
    """What holds after an install."""
    if environment.not_understood:
        standing = f"what is installed is not known: {environment.not_understood[0].what}"
    for requirement in environment.requirements:
        if requirement.name in _names(package):
            standing = _with(standing, requirement, environment.upgrades)
    return standing


def _with(standing: _Standing, requirement: Requirement, upgrades: bool) -> _Standing:
    if requirement.pinned is None or requirement.conditional or not _readable(requirement.specifier):
        return f"the version of `{requirement.text}` is not known until it runs"
    if not requirement.specifier:
        if requirement.pinned or upgrades:
            return f"which version `{requirement.text}` brings is not known until it runs"
        return standing
    pin = _Pin(requirement.specifier, requirement.text, requirement.place)
    if isinstance(standing, str) or upgrades:
        return pin
    before = exact(standing.specifier)
    if before is not None and SpecifierSet(requirement.specifier).contains(before, prereleases=True):
        return standing
    return pin


def _readable(specifier: str) -> bool:
    try:
        SpecifierSet(specifier)
    except InvalidSpecifier:
        return False
    return True


def _required_by_own(facts: Facts, entry: EntryFacts, package: str) -> _Pin | None:
    """What the project's package requires that a notebook imports, and that must be installed for that.

    It must where it lies below `src`, and nothing adds to `sys.path`: no folder leads to it.
    """
    if entry.of(PathAdded) or any(gap.hides_code for gap in entry.gaps):
        return None
    found: dict[str, _Pin] = {}
    imports = [one for one in entry.of(OwnImport) if one.importer == entry.path and not one.tolerated]
    for own in facts.project.packages:
        source = posixpath.join(own.folder, "src", "")
        taken = any(one.path is not None and one.path.startswith(source) for one in imports)
        if not taken or own.requirements is None or entry.path.startswith(source):
            continue
        for one in own.requirements.requirements:
            if one.name in _names(package) and one.specifier and not one.conditional and _readable(one.specifier):
                text = f"{one.text}, which the package `{own.name}` requires that it imports"
                found[one.specifier] = _Pin(one.specifier, text, one.place)
    return next(iter(found.values())) if len(found) == 1 else None


def _declared(facts: Facts, entry: EntryFacts, package: str) -> Iterator[_Pin]:
    """What the nearest requirements files and projects above a script say; each specifier once."""
    folder = posixpath.dirname(entry.path)
    while True:
        found: dict[str, _Pin] = {}
        for path, environment in facts.project.environments.items():
            if posixpath.dirname(path) == folder:
                for one in environment.requirements:
                    if one.name in _names(package) and one.specifier and _readable(one.specifier):
                        found[one.specifier] = _Pin(one.specifier, one.text, one.place)
        if found or not folder:
            yield from found.values()
            return
        folder = posixpath.dirname(folder)
