"""A parameter is read that nobody gives and nobody declares, or given and not taken.

`dbutils.widgets.get(name)` raises where the name is neither among the task's
parameters nor declared by a `widgets.*` call before; a notebook that another
one runs has those that it is given there. A script's argparse, click or typer
ends the process where a required option is missing, where it is given one that
it doesn't know, or a value that its type or its choices refuse. `sys.argv[n]`
raises where there are fewer.

Breaks with: InputWidgetNotDefined: No input widget named … is defined
Breaks with: error: the following arguments are required: --…
Breaks with: error: unrecognized arguments: --…
Breaks with: IndexError: list index out of range
Source: Databricks' documentation of widgets; Python's argparse, click 8.5 and typer 0.28, executed.

Fix: dbutils.widgets.text("catalog", "dev")
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlcheck.checks.base import Check, Finding, Seen, Unknown, Verdict
from mlcheck.checks.job_instances import job_instances
from mlcheck.checks.lost_jobs import lost_jobs
from mlcheck.checks.task_arguments import argument_texts, is_complete, names_given, place_of_option
from mlcheck.flow.facts import ArgvRead, Caller, EntryFacts, Facts, ParserRead, Refusal, WidgetRead
from mlcheck.flow.values import constant_text
from mlcheck.printable import nearest
from mlcheck.project.model import Task
from mlcheck.project.place import Place

NAME = "parameter-undeclared"
WORDS = ("getArgument", "widgets", "parse_args", "parse_known_args", "argv")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    of_jobs = frozenset(one.name for _, _, job in facts.jobs() for one in job.parameters)
    names = facts.job_names()
    by_hand = _all_jobs_known(facts)
    for entry in facts.entries:
        for verdict in _entry(facts, entry, words, of_jobs, by_hand):
            for instance in job_instances(names, entry):
                yield replace(verdict, instance=instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(
    facts: Facts, entry: EntryFacts, words: frozenset[str], of_jobs: frozenset[str], by_hand: bool
) -> Iterator[Verdict]:
    for place, why in facts.unfollowed(entry, words):
        yield Unknown(NAME, why, place, entry.role)
    if not any(isinstance(fact, (WidgetRead, ParserRead, ArgvRead)) for fact in entry.facts):
        yield Seen(NAME, entry.place, "no parameter is read", entry.role)
    for fact in entry.facts:
        if isinstance(fact, WidgetRead):
            verdict = _widget(entry, fact, of_jobs)
            named = {"parameter": constant_text(fact.name) or ""}
            yield verdict if isinstance(verdict, Finding) else replace(verdict, subject=named)
        elif isinstance(fact, (ParserRead, ArgvRead)) and by_hand and entry.kind == "script" and not entry.callers:
            why = "no job runs this: who does, by hand, is told what is missing"
            yield Seen(NAME, fact.place, why, entry.role)
        elif isinstance(fact, ParserRead):
            yield from _parser(entry, fact)
        elif isinstance(fact, ArgvRead):
            yield from _argv(entry, fact)


def _all_jobs_known(facts: Facts) -> bool:
    """Whether the project has its jobs in bundles, and all of them were read: a script that none runs is a tool."""
    jobs = [job for _, _, job in facts.jobs()]
    return bool(jobs) and not any(lost_jobs(facts)) and all(job.complete for job in jobs)


# --- widgets


def _widget(entry: EntryFacts, fact: WidgetRead, of_jobs: frozenset[str]) -> Verdict:
    name = constant_text(fact.name)
    if name is None:
        return Unknown(NAME, "a parameter whose name is not known is read", fact.place, entry.role)
    if fact.declared or fact.given:
        return Seen(NAME, fact.place, f"`{name}` is {'declared' if fact.declared else 'given'}", entry.role)
    if fact.handled:
        return Seen(NAME, fact.place, f"where `{name}` is missing, the code goes on without", entry.role)
    doubt = _doubt(entry, fact, name, of_jobs)
    if doubt is not None:
        return Unknown(NAME, doubt, fact.place, entry.role)
    return _undeclared(entry, fact, name)


def _doubt(entry: EntryFacts, fact: WidgetRead, name: str, of_jobs: frozenset[str]) -> str | None:
    """Why a name that is neither declared nor given may be there all the same."""
    if fact.tolerated:
        return f"`{name}` is read where its absence may be handled"
    gap = next((one for one in entry.gaps if one.hides_code), None)
    if gap is not None:
        return f"`{name}` may be declared in what was not followed ({gap.place.shown()})"
    if not entry.callers:
        return f"`{name}` is read, and who runs this is not known"
    if not all(is_complete(caller) for caller in entry.callers):
        return f"`{name}`: the caller's parameters could not all be read"
    if name in of_jobs and any(not _is_notebook_task(caller) for caller in entry.callers):
        return f"`{name}` is a parameter of a job: whether it arrives here is not known"
    return None


def _is_notebook_task(caller: Caller) -> bool:
    return caller.task is not None and caller.task.kind == "notebook_task"


def _undeclared(entry: EntryFacts, fact: WidgetRead, name: str) -> Finding:
    given = sorted({one for caller in entry.callers for one in names_given(caller)})
    tasks = sorted({caller.task.key for caller in entry.callers if caller.task})
    notebooks = sorted({caller.notebook for caller in entry.callers if caller.notebook})
    giver = f"task {', '.join(f'`{task}`' for task in tasks)}" if tasks else ", ".join(notebooks)
    near = nearest(name, given)
    hint = f"; {'the task' if tasks else 'it'} gives `{near}`" if near else ""
    subject = {"parameter": name, "task": ", ".join(tasks or notebooks)}
    if near:
        subject["suggestion"] = near
    return Finding(
        NAME,
        "error",
        fact.place,
        f"`{name}` is read, and {giver} does not give it{hint}",
        f"InputWidgetNotDefined: No input widget named {name} is defined",
        f'dbutils.widgets.get("{near}")' if near else f'dbutils.widgets.text("{name}", "")',
        subject,
        entry.role,
        None,
        entry.targets,
        tuple(_givers(entry)),
    )


def _givers(entry: EntryFacts) -> Iterator[tuple[Place, str]]:
    for caller in entry.callers[:3]:
        if caller.task is not None:
            yield caller.task.place, f"task `{caller.task.key}`"
        elif caller.place is not None:
            yield caller.place, "it is run here"


# --- the command line


def _parser(entry: EntryFacts, fact: ParserRead) -> Iterator[Verdict]:
    tasks = [caller for caller in entry.callers if caller.task is not None]
    doubt = fact.unsure
    if not tasks:
        doubt = "options are parsed, and who runs this is not known"
    elif doubt is None and not all(is_complete(caller) for caller in tasks):
        doubt = "the task's parameters could not all be read"
    if doubt is not None:
        yield Unknown(NAME, doubt, fact.place, entry.role)
        return
    for caller in tasks:
        assert caller.task is not None
        for refusal in fact.refusals:
            yield _refused(entry, fact, caller.task, refusal)
        if not fact.refusals:
            yield Seen(NAME, fact.place, "the task's options are those parsed", entry.role)


_SAID = {
    "required": "is required, and not given",
    "unrecognized": "is given, and not taken",
    "value": "is given in a way that is refused",
}


def _refused(entry: EntryFacts, fact: ParserRead, task: Task, refusal: Refusal) -> Finding:
    given = [text.partition("=")[0] for text in argument_texts(task)]
    others = given if refusal.kind == "required" else refusal.known
    near = nearest(refusal.name, others) if refusal.kind != "value" else None
    named = refusal.name.startswith("-") or refusal.kind == "required"  # else it is a value, which a target may set
    subject = {"parameter": refusal.name if named else "argument", "task": task.key, "kind": refusal.kind}
    if near:
        subject["suggestion"] = near
    place = task.place if refusal.kind == "required" else place_of_option(task, refusal.name)
    said = f": {refusal.says}" if refusal.kind == "value" else f"; `{near}` is" if near else ""
    return Finding(
        NAME,
        "error",
        place,
        f"task `{task.key}`: `{refusal.name}` {_SAID[refusal.kind]}{said}",
        f"error: {refusal.says}",
        _fix(refusal, near),
        subject,
        entry.role,
        None,
        entry.targets,
        ((fact.place, "the options are parsed here"),),
    )


def _fix(refusal: Refusal, near: str | None) -> str:
    if refusal.kind == "value":
        return refusal.says
    if refusal.kind == "required" or near:
        name = refusal.name if refusal.kind == "required" else near
        return f'parameters: ["{name}=…"]'
    return f'parser.add_argument("{refusal.name}")'


def _argv(entry: EntryFacts, fact: ArgvRead) -> Iterator[Verdict]:
    tasks = [caller.task for caller in entry.callers if caller.task is not None]
    if not tasks or fact.given is None:
        why = "arguments are read by their number, and who runs this is not known"
        yield Unknown(NAME, why, fact.place, entry.role)
    elif not all(is_complete(caller) for caller in entry.callers):
        yield Unknown(NAME, "the task's arguments could not all be read", fact.place, entry.role)
    elif fact.first < fact.given or fact.tolerated:
        yield Seen(NAME, fact.place, "the arguments read are given", entry.role)
    else:
        yield from (_beyond(entry, fact, task) for task in tasks)


def _beyond(entry: EntryFacts, fact: ArgvRead, task: Task) -> Finding:
    number = fact.first + 1
    return Finding(
        NAME,
        "error",
        fact.place,
        f"`sys.argv[{number}]` is read, and task `{task.key}` gives {fact.given or 'no'} arguments",
        "IndexError: list index out of range",
        "parameters: [" + ", ".join(['"…"'] * number) + "]",
        {"parameter": f"sys.argv[{number}]", "task": task.key, "kind": "argv"},
        entry.role,
        None,
        entry.targets,
        ((task.place, f"task `{task.key}`"),),
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
