"""What an entry point has installed when it runs: its runtime, its task's environment, and its own installs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.version import InvalidVersion, Version

from mlcheck.flow.facts import Caller, EntryFacts, Facts, Installed
from mlcheck.flow.values import Value, parts_of
from mlcheck.knowledge.distributions import brought_by
from mlcheck.knowledge.runtimes import Runtime, cluster_runtime, serverless_runtime
from mlcheck.project.compute import Compute, compute_of
from mlcheck.project.installed import exact, satisfies, whole
from mlcheck.project.model import Environment, Requirement
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlMap, at

_VARIABLE = re.compile(r"[${]")
# What a cluster's specification may have that installs more, or makes it another runtime.
_MORE = {
    "init_scripts": "its init scripts may install more",
    "docker_image": "it runs an image of one's own",
    "policy_id": "its policy may install more",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that installs: where it stands, and all that it comes to.

    `of_model`: it installs what a registered model requires too, MLflow at its version among it.
    """

    place: Place
    environment: Environment
    of_model: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What an entry point holds where one task runs it, or where nobody is known to.

    `runtime` is None where it is not known, `why` then says why. `before` is
    what the task has before the code starts. `more` says what else may be in
    it that nothing shows, "" where nothing may.
    """

    caller: Caller | None
    compute: Compute | None
    runtime: Runtime | None
    why: str
    before: tuple[Step, ...]
    more: str = ""

    @property
    def task(self) -> str:
        return self.caller.task.key if self.caller is not None and self.caller.task is not None else ""

    @property
    def place(self) -> Place | None:
        return self.compute.place if self.compute is not None else None


def environments_of(facts: Facts, entry: EntryFacts) -> Iterator[Held]:
    """What each task that runs an entry point gives it; where none is known, one that says so."""
    tasks = [caller for caller in entry.callers if caller.task is not None]
    for caller in tasks:
        yield held(facts, caller)
    if not tasks:
        why = "another notebook runs it, on what is not known" if entry.callers else "no task is known to run it"
        yield Held(None, None, None, why, ())


def held(facts: Facts, caller: Caller) -> Held:
    """What a task has installed before its code starts."""
    assert caller.task is not None
    target = caller.in_target
    libraries = caller.task.libraries
    before = () if libraries is None else (Step(caller.task.place, whole(libraries, facts.project)),)
    if target is None or caller.job is None:
        return Held(caller, None, None, "what it runs on is not known", before)
    compute = compute_of(target, caller.job, caller.task)
    runtime, why = _runtime(compute)
    return Held(caller, compute, runtime, why, before, _more(compute))


def installs_of(facts: Facts, entry: EntryFacts) -> tuple[Step, ...]:
    """What the code itself installs, in order; a model's own requirements, which MLflow pins, are left out."""
    of_model = model_requirements(entry) is not None
    return tuple(
        Step(
            one.place,
            whole(_named(one.environment, of_model), facts.project),
            of_model and any(_VARIABLE.search(named.path) for named in one.environment.includes),
        )
        for one in entry.of(Installed)
    )


def _named(environment: Environment, of_model: bool) -> Environment:
    if not of_model:
        return environment
    return replace(environment, includes=tuple(one for one in environment.includes if not _VARIABLE.search(one.path)))


def model_requirements(entry: EntryFacts) -> Place | None:
    """Where code gets the file of what a model requires, to install it."""
    for call in entry.calls("get_model_dependencies"):
        return call.place
    for call in entry.calls("download_artifacts"):
        if any(_names_requirements(one) for one in (*call.positional, *call.keywords.values())):
            return call.place
    return None


def _names_requirements(value: Value) -> bool:
    return any(isinstance(part, str) and part.endswith("requirements.txt") for part in parts_of(value))


def _runtime(compute: Compute) -> tuple[Runtime | None, str]:
    if compute.kind == "serverless" and compute.environment is not None:
        return _serverless(compute)
    if compute.kind == "serverless":
        return None, "the environment of a serverless notebook is its own, and not in the bundle"
    if compute.kind == "classic" and compute.spark_version is not None:
        runtime = cluster_runtime(_ml_version(compute))
        return runtime, "" if runtime else f"what the runtime {compute.spark_version} ships is not known"
    return None, f"its runtime is not known: {compute.why}"


def _serverless(compute: Compute) -> tuple[Runtime | None, str]:
    if at(compute.environment, "spec", "base_environment") is not None:
        return None, "what a base environment holds is not known"
    version = compute.environment_version
    if version is None:
        return None, "the version of its serverless environment is not known"
    runtime = serverless_runtime(version)
    return runtime, "" if runtime else f"what the serverless environment {version} ships is not known"


def _ml_version(compute: Compute) -> str:
    """The runtime's version, with the ML that `use_ml_runtime` asks for."""
    version = compute.spark_version or ""
    asked = at(compute.cluster, "use_ml_runtime")
    if asked is not None and getattr(asked, "value", None) is True and "-ml-" not in version:
        return version.replace(".x-", ".x-cpu-ml-", 1)
    return version


def _more(compute: Compute) -> str:
    cluster = compute.cluster
    if isinstance(cluster, YamlMap):
        return next((why for key, why in _MORE.items() if at(cluster, key) is not None), "")
    return ""


@dataclass(frozen=True, slots=True)
class Found:
    """What is installed of a package in the end: its version where one is certain, and the requirement that says so.

    No requirement: the runtime has it. No version: whichever pip takes then.
    """

    version: Version | None
    requirement: Requirement | None


def versions_of(held: Held, installs: Iterable[Step]) -> dict[str, Found]:
    """What is installed of each package after all that a task and its code install, by name."""
    found: dict[str, Found] = {}
    if held.runtime is not None and not held.more:
        found = {name: Found(_version(text), None) for name, text in held.runtime.packages.items()}
    for step in (*held.before, *installs):
        for requirement in step.environment.requirements:
            if requirement.name is not None:
                found[requirement.name] = _after(requirement, found.get(requirement.name), step.environment.upgrades)
    return found


def _after(requirement: Requirement, known: Found | None, upgrades: bool) -> Found:
    version = exact(requirement.specifier)
    if requirement.conditional or requirement.pinned is None:
        return Found(None, requirement)
    if version is not None:
        return Found(version, requirement)
    stays = known is not None and known.version is not None and not upgrades
    if stays and known is not None and satisfies(f"=={known.version}", requirement.specifier):
        return known
    return Found(None, requirement)


def may_move(name: str, held: Held, installs: Iterable[Step]) -> bool:
    """Whether an install of something else may bring another version of a package that the runtime has."""
    names = {
        one.name or "?" for step in (*held.before, *installs) for one in step.environment.requirements if not one.target
    }
    brought, unknown = brought_by(names - {name})
    return name in brought or bool(unknown - set(held.runtime.packages if held.runtime else ()))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
