"""The bundle defines an experiment, and code sets it by the same plain name.

In development mode the bundle's experiment is deployed as `/Shared/[dev user]
name`, and a preset can give it another prefix. Code that sets `/Shared/name`
then makes a second one, and the runs are split between the two. Code that is
handed the name from the bundle follows it in every target.

Breaks with: nothing: the bundle's experiment stays empty
Source: the Databricks CLI's `ApplyPresets`, read; the case study's attempt 7.3.

Fix: base_parameters:
       experiment: ${resources.experiments.churn.name}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.entry import template
from mlcheck.flow.facts import EntryFacts, ExperimentSet, Facts
from mlcheck.flow.values import Const, Hole, Value, options_of, parts_of, shown
from mlcheck.project.bundle_effects import presets_of
from mlcheck.project.model import Bundle, Target
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import text_at

NAME = "experiment-in-bundle"
WORDS = ("set_experiment", "create_experiment")
_USER = "\ue000"  # stands for the current user's name


@dataclass(frozen=True, slots=True)
class _Experiment:
    """An experiment of a bundle in one target, as it is deployed and as it is written."""

    key: str
    place: Place
    deployed: str
    plain: str
    known: bool  # its name is resolved, but for the user's


def run(facts: Facts) -> Iterator[Verdict]:
    for bundle in facts.bundles:
        instance = Instance("bundle", bundle.path)
        held = [(target, experiment) for target in bundle.targets for experiment in _experiments(target)]
        if held:
            yield from _beside(facts, bundle, held, instance)
        else:
            yield from _none(facts, bundle, instance)


def _none(facts: Facts, bundle: Bundle, instance: Instance) -> Iterator[Verdict]:
    for one in facts.project.not_understood:
        if one.place.path.endswith((".yml", ".yaml")) and _owner(facts, one.place.path) == bundle.path:
            yield Unknown(NAME, f"an experiment may be there that was not read: {one.what}", one.place, None, instance)
    place = bundle.targets[0].place if bundle.targets else Place(bundle.path, 1)
    yield Seen(NAME, place, "the bundle defines no experiment", None, instance)


def _owner(facts: Facts, path: str) -> str | None:
    """The bundle that a YAML file belongs to: the one that reads it, else the innermost one around it."""
    reads = next((bundle.path for bundle in facts.bundles if path in bundle.files), None)
    around = [bundle for bundle in facts.bundles if not bundle.root or path.startswith(f"{bundle.root}/")]
    innermost = max(around, key=lambda bundle: len(bundle.root), default=None)
    return reads or (innermost.path if innermost is not None else None)


def _experiments(target: Target) -> Iterator[_Experiment]:
    prefix = presets_of(target.config).prefix
    for resource in target.resources:
        if resource.kind == "experiments":
            name = text_at(resource.node, "name") or ""
            folder, slash, base = name.rpartition("/")
            plain = f"{folder}{slash}{base.removeprefix(prefix)}"
            texts = [_text(template(one, resource.place)) for one in (name, plain)]
            known = "\ue001" not in texts[1] and name != ""
            yield _Experiment(resource.key, resource.place, texts[0], texts[1], known)


def _text(value: Value) -> str:
    """A name as one text: the user's name is one sign, and what is not known another."""
    parts = (part if isinstance(part, str) else _USER if part.kind == "user" else "\ue001" for part in parts_of(value))
    return "".join(parts)


def _beside(
    facts: Facts, bundle: Bundle, held: list[tuple[Target, _Experiment]], instance: Instance
) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for target, experiment in held:
        if not experiment.known:
            why = f"the name of the experiment `{experiment.key}` in `{target.name}` could not be resolved"
            yield Unknown(NAME, why, experiment.place, None, instance)
    seen = False
    for entry in facts.entries:
        targets = _targets_of(entry, bundle)
        mine = [(target, experiment) for target, experiment in held if target.name in targets]
        if mine:
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
            for fact in entry.of(ExperimentSet):
                seen = True
                yield from _compared(facts, entry, fact, mine, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place, None, instance)
    if not seen:
        yield Seen(NAME, held[0][1].place, "no code sets an experiment by its name", None, instance)


def _targets_of(entry: EntryFacts, bundle: Bundle) -> frozenset[str]:
    """The bundle's targets in which an entry point runs; all, where no task of any bundle is known to run it."""
    tasks = [caller for caller in entry.callers if caller.bundle is not None]
    if not tasks:
        inside = not bundle.root or entry.path.startswith(f"{bundle.root}/")
        return frozenset(target.name for target in bundle.targets) if inside else frozenset()
    return frozenset(
        caller.target for caller in tasks if caller.bundle and caller.bundle.path == bundle.path and caller.target
    )


def _compared(
    facts: Facts, entry: EntryFacts, fact: ExperimentSet, held: list[tuple[Target, _Experiment]], instance: Instance
) -> Iterator[Verdict]:
    if fact.name is None:
        yield Seen(NAME, fact.place, "the experiment is named by its id", entry.role, instance)
        return
    for option in options_of(fact.name):
        text = _text(option)
        clash = next(((t, e) for t, e in held if e.known and e.plain != e.deployed and text == e.plain), None)
        near = next((e for _, e in held if _may_be(text, e.plain)), None)
        if clash is not None:
            targets = tuple(sorted(t.name for t, e in held if e.plain != e.deployed and text == e.plain))
            yield _finding(facts, entry, fact, option, clash[1], targets, instance)
        elif any(text == e.deployed for _, e in held if e.known):
            yield Seen(NAME, fact.place, "the name is the one that the bundle deploys", entry.role, instance)
        elif near is not None:
            why = f"the name that is set could not be resolved: it may be that of the bundle's `{near.key}`"
            yield Unknown(NAME, why, fact.place, entry.role, instance)
        else:
            note = f"`{shown(option)}` is another experiment than the bundle's"
            yield Seen(NAME, fact.place, note, entry.role, instance)


def _may_be(text: str, plain: str) -> bool:
    """Whether a name with unknown parts may be the bundle's, or the other way round."""
    for one, other in ((text, plain), (plain, text)):
        if "\ue001" in one:
            pattern = ".*".join(re.escape(part) for part in one.split("\ue001"))
            if re.fullmatch(pattern, other, re.DOTALL):
                return True
    return False


def _finding(
    facts: Facts,
    entry: EntryFacts,
    fact: ExperimentSet,
    name: Value,
    experiment: _Experiment,
    targets: tuple[str, ...],
    instance: Instance,
) -> Finding:
    text = shown(name) if isinstance(name, Const) or not any(isinstance(p, Hole) for p in parts_of(name)) else ""
    given, parameter = _given(entry, _text(name))
    related = [(experiment.place, "the bundle's experiment")]
    if given is not None:
        related.append((fact.place, "the experiment is set here"))
    written = text or experiment.plain.replace(_USER, "{user}")
    return Finding(
        NAME,
        "warning",
        given or fact.place,
        f"`{written}` is set by its plain name beside the bundle's experiment `{experiment.key}`",
        f"in {', '.join(targets)} the bundle deploys it with a prefix: this makes a second one, and its runs are split",
        f"base_parameters:\n  {parameter}: ${{resources.experiments.{experiment.key}.name}}",
        {"experiment": experiment.key},
        entry.role,
        instance,
        targets,
        tuple(related),
    )


def _given(entry: EntryFacts, name: str) -> tuple[Place | None, str]:
    """Where a task gives the name as a parameter of its own, for that is where to mend it, and the parameter."""
    for caller in entry.callers:
        for parameter in caller.task.parameters if caller.task is not None and name else ():
            if parameter.value is not None and _text(template(parameter.value, parameter.place)) == name:
                return parameter.place, parameter.name
    return None, "experiment"


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
targets:
  dev: {mode: development}
  prod: {mode: production}
resources:
  experiments:
    churn: {name: /Shared/churn}
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
import mlflow
mlflow.set_experiment("/Shared/churn")  # error: [experiment-in-bundle] beside the bundle's experiment `churn`
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
targets:
  dev: {mode: development}
  prod: {mode: production}
resources:
  experiments:
    churn: {name: /Shared/churn}
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: train.py
            base_parameters: {experiment: "${resources.experiments.churn.name}"}
# file: train.py
# Databricks notebook source
import mlflow
mlflow.set_experiment(dbutils.widgets.get("experiment"))
""",
    mentions=WORDS,
)
