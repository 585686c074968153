"""A parameter is read that nobody gives and nobody declares, or given and not taken.

`dbutils.widgets.get(name)` raises where the name is neither among the task's
parameters nor declared by a `widgets.*` call before. A script's argparse ends
the process where a required option is missing, or where it is given one that
it doesn't know.

Breaks with: InputWidgetNotDefined: No input widget named … is defined
Breaks with: error: the following arguments are required: --…
Breaks with: error: unrecognized arguments: --…
Source: Databricks' documentation of widgets; Python's argparse, executed.

Fix: dbutils.widgets.text("catalog", "dev")
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import Caller, EntryFacts, Facts, ParserRead, WidgetRead
from mlcheck.flow.values import constant_text
from mlcheck.printable import nearest

NAME = "parameter-undeclared"
WORDS = ("getArgument", "widgets", "parse_args")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, _instance(entry))
        for fact in entry.facts:
            if isinstance(fact, WidgetRead):
                verdict = _widget(entry, fact)
                named = {"parameter": constant_text(fact.name) or ""}
                yield verdict if isinstance(verdict, Finding) else replace(verdict, subject=named)
            elif isinstance(fact, ParserRead):
                yield from _parser(entry, fact)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _instance(entry: EntryFacts) -> Instance:
    return Instance("job", entry.job or entry.path)


def _widget(entry: EntryFacts, fact: WidgetRead) -> Verdict:
    name = constant_text(fact.name)
    instance = _instance(entry)
    if name is None:
        return Unknown(NAME, "a parameter whose name is not known is read", fact.place, entry.role, instance)
    if fact.declared or fact.given:
        return Seen(NAME, fact.place, f"`{name}` is {'declared' if fact.declared else 'given'}", entry.role, instance)
    if fact.tolerated:
        return Unknown(NAME, f"`{name}` is read where its absence may be handled", fact.place, entry.role, instance)
    gap = next((one for one in entry.gaps if one.words is None), None)
    if gap is not None:
        why = f"`{name}` may be declared in what was not followed ({gap.place.shown()})"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    if not entry.callers:
        return Unknown(NAME, f"`{name}` is read, and who runs this is not known", fact.place, entry.role, instance)
    if not all(_complete(caller) for caller in entry.callers):
        return Unknown(
            NAME, f"`{name}`: the caller's parameters could not all be read", fact.place, entry.role, instance
        )
    return _undeclared(entry, fact, name, instance)


def _complete(caller: Caller) -> bool:
    """Whether all that a caller gives was seen."""
    if caller.task is None or caller.job is None:
        return False
    return caller.job.complete and caller.task.parameters_complete


def _undeclared(entry: EntryFacts, fact: WidgetRead, name: str, instance: Instance) -> Finding:
    given = sorted({p.name for caller in entry.callers if caller.task for p in caller.task.parameters})
    tasks = sorted({caller.task.key for caller in entry.callers if caller.task})
    near = nearest(name, given)
    hint = f"; the task gives `{near}`" if near else ""
    related = tuple((caller.task.place, f"task `{caller.task.key}`") for caller in entry.callers[:3] if caller.task)
    subject = {"parameter": name, "task": ", ".join(tasks)}
    if near:
        subject["suggestion"] = near
    return Finding(
        NAME,
        "error",
        fact.place,
        f"`{name}` is read, and task {', '.join(f'`{task}`' for task in tasks)} does not give it{hint}",
        f"InputWidgetNotDefined: No input widget named {name} is defined",
        f'dbutils.widgets.get("{near}")' if near else f'dbutils.widgets.text("{name}", "")',
        subject,
        entry.role,
        instance,
        entry.targets,
        related,
    )


def _parser(entry: EntryFacts, fact: ParserRead) -> Iterator[Verdict]:
    instance = _instance(entry)
    tasks = [caller for caller in entry.callers if caller.task is not None]
    if not tasks:
        yield Unknown(NAME, "options are parsed, and who runs this is not known", fact.place, entry.role, instance)
        return
    if not fact.complete or not all(_complete(caller) for caller in tasks):
        yield Unknown(NAME, "the options of this parser could not all be followed", fact.place, entry.role, instance)
        return
    for caller in tasks:
        yield from _task_options(entry, fact, caller, instance)


def _task_options(entry: EntryFacts, fact: ParserRead, caller: Caller, instance: Instance) -> Iterator[Verdict]:
    assert caller.task is not None
    given = _given_options(caller)
    known = {name for names in fact.options for name in names}
    if given is None or fact.positionals or any(_abbreviates(name, known) for name in given):
        yield Unknown(NAME, "which options the task gives could not be told", fact.place, entry.role, instance)
        return
    wrong = False
    for name in given:
        if name not in known and fact.strict:
            wrong = True
            yield _option(
                entry, fact, caller, name, f"unrecognized arguments: {name}", "is given, and not taken", known
            )
    for name in fact.required:
        if not any(alias in given for names in fact.options if name in names for alias in names):
            wrong = True
            why = f"the following arguments are required: {name}"
            yield _option(entry, fact, caller, name, why, "is required, and not given", set(given))
    if not wrong:
        yield Seen(NAME, fact.place, "the task's options are those parsed", entry.role, instance)


def _given_options(caller: Caller) -> list[str] | None:
    """The options among a task's arguments, None where an argument may be one unseen."""
    assert caller.task is not None
    arguments = list(caller.task.arguments or ())
    names: list[str] = [f"--{parameter.name}" for parameter in caller.task.parameters]
    for argument in arguments:
        if argument.startswith("--"):
            names.append(argument.partition("=")[0])
        elif argument.startswith("-") and not argument[1:2].isdigit():
            return None
    return names


def _abbreviates(name: str, known: set[str]) -> bool:
    """argparse takes a prefix of an option for the option."""
    return name not in known and any(option.startswith(name) for option in known)


def _option(
    entry: EntryFacts, fact: ParserRead, caller: Caller, name: str, why: str, what: str, others: set[str]
) -> Finding:
    assert caller.task is not None
    near = nearest(name, others)
    subject = {"parameter": name, "task": caller.task.key}
    if near:
        subject["suggestion"] = near
    hint = f"; `{near}` is" if near else ""
    return Finding(
        NAME,
        "error",
        caller.task.place,
        f"task `{caller.task.key}`: `{name}` {what}{hint}",
        f"error: {why}",
        f'parameters: ["{near or name}=…"]' if "required" in why else f'parser.add_argument("{name}")',
        subject,
        entry.role,
        _instance(entry),
        entry.targets,
        ((fact.place, "the options are parsed here"),),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: train.py
            base_parameters: {catalog: main}
# file: train.py
# Databricks notebook source
catalog = dbutils.widgets.get("catalogue")  # error: [parameter-undeclared] `catalogue` is read
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: train.py
            base_parameters: {catalog: main}
# file: train.py
# Databricks notebook source
catalog = dbutils.widgets.get("catalog")
""",
    mentions=WORDS,
)
