"""Calls of MLflow and the feature client against the releases that an entry point may run with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_store import CLIENT, OLDER_CLIENT
from mlcheck.flow.fitting import Misfit, misfits
from mlcheck.flow.releases import Releases, releases_of
from mlcheck.knowledge.library_calls import Signature, knows, signatures

# Where nothing says which release it is, older ones than this say nothing against a call.
OLDEST_IN_USE = Version("2.9")
_FEATURE_PACKAGES = ("databricks-feature-engineering", "databricks-feature-store")


@dataclass(frozen=True, slots=True)
class Fit:
    """How a call fits the releases that an entry point may run with, where it runs alike.

    `bad` are the releases that refuse it, with the reason of the newest of them.
    """

    releases: Releases
    good: tuple[Version, ...]
    bad: tuple[Version, ...]
    reason: Misfit | None

    @property
    def fails(self) -> bool:
        """Whether it surely fails: each release that it may be refuses it."""
        return bool(self.bad) and not self.good and not (self.releases.known and self.releases.newer)

    @property
    def differs(self) -> bool:
        """Whether it depends on the release, among those that may be meant."""
        if not self.bad or self.fails:
            return False
        return self.releases.known or any(one >= OLDEST_IN_USE for one in self.bad)


def package_of(call: CallSeen) -> tuple[str, ...]:
    """The packages that a call's function may come from; none where nothing is known of it."""
    if call.name.startswith("mlflow."):
        packages: tuple[str, ...] = ("mlflow",)
    elif call.name.startswith(f"{CLIENT}."):
        packages = _FEATURE_PACKAGES[:1]
    elif call.name.startswith((OLDER_CLIENT, "databricks.feature_engineering.Feature")):
        packages = _FEATURE_PACKAGES
    else:
        return ()
    return tuple(one for one in packages if knows(one, call.name))


class Fitter:
    """The calls of one entry point, with the releases of each package looked up once."""

    def __init__(self, facts: Facts, entry: EntryFacts) -> None:
        self._facts = facts
        self._entry = entry
        self._releases: dict[str, tuple[Releases, ...]] = {}

    def releases(self, package: str) -> tuple[Releases, ...]:
        if package not in self._releases:
            self._releases[package] = releases_of(self._facts, self._entry, package)
        return self._releases[package]

    def fits(self, call: CallSeen, concerns: Callable[[Misfit], bool]) -> Iterator[Fit]:
        """How a call fits, for each way in which the entry point is run; nothing where nothing is known of it.

        `concerns`: which reasons are asked about.
        """
        packages = package_of(call)
        if len(packages) == 1:
            yield from (_fit(call, one, concerns) for one in self.releases(packages[0]))
        elif packages:  # the older client comes with either package: it fails where both refuse it
            fits = [_fit(call, one, concerns) for package in packages for one in self.releases(package)]
            known = [fit for fit in fits if fit.releases.known] or fits
            yield next((fit for fit in known if not fit.fails), known[0])


def _fit(call: CallSeen, releases: Releases, concerns: Callable[[Misfit], bool]) -> Fit:
    good: list[Version] = []
    bad: list[Version] = []
    reason: Misfit | None = None
    judged: dict[Signature | None, Misfit | None] = {}  # many releases have the same signature
    for release, taken in signatures(releases.package, call.name, releases.versions):
        if taken not in judged:
            judged[taken] = next(filter(concerns, misfits(call, taken)), None)
        found = judged[taken]
        (good if found is None else bad).append(release)
        reason = found or reason
    return Fit(releases, tuple(good), tuple(bad), reason)


def any_release(fit: Fit) -> str:
    """How a message names all releases, where none is known to be meant."""
    return any_release_of(fit.releases)


def any_release_of(releases: Releases) -> str:
    return f"any release of {releases.package} up to {releases.versions[-1]}"
