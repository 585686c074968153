"""What an entry point's imports find in an environment: there, surely missing, or not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from packaging.utils import canonicalize_name

from mlcheck.flow.environments import Held, Step
from mlcheck.flow.facts import EntryFacts, Facts, Imported, Installed
from mlcheck.knowledge.distributions import GONE_IN_3_12, brought_by, distributions_of
from mlcheck.knowledge.runtimes import in_every
from mlcheck.project.installed import package_of, whole
from mlcheck.project.model import Requirement
from mlcheck.project.place import Place

# Packages of several distributions: the name below them says which one is meant.
_SHARED = frozenset(
    ["databricks", "databricks.labs", "google", "google.cloud", "azure", "azure.ai", "azure.storage", "azure.keyvault"]
)


@dataclass(frozen=True, slots=True)
class Import:
    """An import, and what it finds.

    `package` is the distribution that brings it, "" where none is known. Where
    it is `missing`, `later` says that a later install brings it. Where it is
    not `known`, `why` says why not.
    """

    place: Place
    module: str
    state: Literal["there", "missing", "unknown"]
    package: str
    why: str = ""
    later: bool = False


@dataclass(slots=True)
class _Present:
    """What is installed so far, and why something else may be."""

    names: set[str]
    doubt: str

    def take(self, requirements: Iterable[Requirement], facts: Facts) -> None:
        for requirement in requirements:
            own = package_of(requirement, facts.project)
            if requirement.name is None and own is None:
                self.doubt = self.doubt or f"what `{requirement.text}` brings is not known"
                continue
            if own is not None:
                if own.requirements is None:
                    self.doubt = self.doubt or f"what `{own.path}` requires is not known"
                continue
            brought, unknown = brought_by([requirement.name or ""])
            self.names |= brought
            if requirement.extras:
                self.doubt = self.doubt or f"what the extras of `{requirement.text}` bring is not known"
            elif requirement.name in unknown:
                self.doubt = self.doubt or f"what `{requirement.name}` brings with it is not known"


def imports_of(facts: Facts, entry: EntryFacts, held: Held) -> Iterator[Import]:
    """Each import that surely runs, with what it finds in one task's environment, in the order in which they run."""
    present = _start(facts, held)
    later = {one.name for step in _own_steps(facts, entry) for one in step.environment.requirements}
    seen: set[str] = set()
    for fact in entry.facts:
        if isinstance(fact, Installed):
            environment = whole(fact.environment, facts.project)
            present.take(environment.requirements, facts)
            if environment.not_understood:
                present.doubt = present.doubt or environment.not_understood[0].what
        elif isinstance(fact, Imported) and not fact.tolerated:
            for module in _modules(fact):
                if module not in seen:
                    seen.add(module)
                    yield _import(fact, module, held, present, later)


def _start(facts: Facts, held: Held) -> _Present:
    present = _Present(set(), held.more)
    for step in held.before:
        present.take(step.environment.requirements, facts)
        if step.environment.not_understood:
            present.doubt = present.doubt or step.environment.not_understood[0].what
    if held.runtime is not None:
        present.names |= {*held.runtime.packages, *held.runtime.unlisted}
    else:
        present.doubt = held.why
        if held.compute is not None and held.compute.kind in ("serverless", "classic") and not held.more:
            present.names |= in_every(held.compute.kind == "serverless")
    return present


def _own_steps(facts: Facts, entry: EntryFacts) -> Iterator[Step]:
    for fact in entry.of(Installed):
        yield Step(fact.place, whole(fact.environment, facts.project))


def _modules(fact: Imported) -> tuple[str, ...]:
    """What is imported, as far as it says which distribution is meant."""
    if fact.module in _SHARED and fact.names:
        return tuple(f"{fact.module}.{name}" for name in fact.names)
    parts = fact.module.split(".")
    depth = next((length for length in (1, 2) if ".".join(parts[:length]) not in _SHARED), 3)
    return (".".join(parts[:depth]),)


def _import(fact: Imported, module: str, held: Held, present: _Present, later: set[str | None]) -> Import:
    if module in GONE_IN_3_12:
        return _of_python(fact, module, held)
    packages = distributions_of(module)
    if not packages:
        same = canonicalize_name(module.replace(".", "-"))
        if same in present.names:
            return Import(fact.place, module, "there", same)
        return Import(fact.place, module, "unknown", "", f"which package brings `{module}` is not known")
    there = next((one for one in packages if one in present.names), None)
    if there is not None:
        return Import(fact.place, module, "there", there)
    if present.doubt:
        return Import(fact.place, module, "unknown", packages[0], present.doubt)
    assert held.runtime is not None
    if any(one in held.runtime.doubted for one in packages):
        why = f"whether {held.runtime.name} has `{packages[0]}` is not known"
        return Import(fact.place, module, "unknown", packages[0], why)
    return Import(fact.place, module, "missing", packages[0], later=any(one in later for one in packages))


def _of_python(fact: Imported, module: str, held: Held) -> Import:
    """A module that Python 3.12 no longer has."""
    if held.runtime is None or held.more:
        return Import(fact.place, module, "unknown", "", held.why or held.more)
    minor = int(held.runtime.python.partition(".")[2])
    return Import(fact.place, module, "missing" if minor >= 12 else "there", "")
