"""A failure ends the job as a success: an exit in a handler, or an exit that says FAILED.

An uncaught exception fails a task. `dbutils.notebook.exit` always ends it as a
success, whatever text it is given, so an exit in an `except` is the silent
failure, and so is `exit("FAILED: …")` after a check. `sys.exit(0)` in a
handler of a script does the same.

Breaks with: nothing: the job reports SUCCESS, and its notifications stay silent
Source: Databricks' documentation of dbutils.notebook.exit; the case study's error 11 and silent failure S3.

Fix: except Exception as error:
         print(f"training failed: {error}")
         raise
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, ExitCall, Facts, HandlerSeen, NotebookRun, ResultSeen
from mlcheck.flow.failures import Fate
from mlcheck.flow.values import Const, OneOf, Value, parts_of, shown
from mlcheck.project.place import Place

NAME = "exit-hides-failure"
WORDS = ("exit", "_exit")

_WHY = "`dbutils.notebook.exit` always ends the task as a success, so the job reports SUCCESS and nobody is told"
_WHY_PROCESS = "the process ends with code 0, so the job reports SUCCESS and nobody is told"
_FAILED = re.compile(
    r"^\W*(partial[ _-]?)?(fail|error|exception)|[\"'](status|result|state)[\"']: *[\"'](fail|error)", re.I
)
_SKIPPED = re.compile(
    r"skip|no (new )?(data|rows|files)|nothing to|already|not (yet )?(ready|available|found|exist)", re.I
)


class _World(NamedTuple):
    """What is known around one entry point's exits."""

    entry: EntryFacts
    instance: Instance
    handlers: Mapping[Place, Fate]
    asked: Sequence[ResultSeen]  # where other notebooks run it, and what they do with its value
    lost_runs: bool  # some notebook is run whose path is not known


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    lost_runs = any(run.path is None for entry in facts.entries for run in entry.of(NotebookRun))
    asked: dict[str, list[ResultSeen]] = {}
    for entry in facts.entries:
        for result in entry.of(ResultSeen):
            asked.setdefault(result.name if result.kind == "notebook" else "", []).append(result)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        handlers = {one.place: one.fate for one in entry.of(HandlerSeen)}
        yield from _entry(_World(entry, instance, handlers, asked.get(entry.path, ()), lost_runs))
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(world: _World) -> Iterator[Verdict]:
    entry, instance = world.entry, world.instance
    seen = False
    for fact in entry.facts:
        if isinstance(fact, ExitCall):
            seen = True
            verdict = _exit(world, fact)
            yield verdict if isinstance(verdict, Finding) else replace(verdict, subject={"exit": shown(fact.value)})
        elif isinstance(fact, HandlerSeen) and not fact.exits:
            seen = True
            yield Seen(NAME, fact.place, "a handler that does not exit", entry.role, instance)
    if not seen:
        yield Seen(NAME, entry.place, "no exit and no handler: an exception fails the task", entry.role, instance)


def _exit(world: _World, fact: ExitCall) -> Verdict:
    entry, instance = world.entry, world.instance
    if fact.how == "process":
        return _process_exit(entry, fact, instance)
    says_failed = not isinstance(fact.value, OneOf) and bool(_FAILED.search(_text(fact.value)))
    handler = fact.handler
    if handler is None:
        return _outside(world, fact, says_failed)
    if handler.kind == "finally":
        return _finding(entry, fact, instance, "an exit in `finally` hides the exception on its way out", "finally")
    skipped = bool(_SKIPPED.search(_text(fact.value))) and not says_failed
    if handler.decided or skipped or (not handler.broad and not says_failed):
        why = "an exit in a handler, for a case that it picks out: whether that is a failure is a person's call"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    fate = world.handlers.get(handler.place)
    if fate is not None and fate.kind in ("picks", "lost"):
        why = "an exit in a handler that raises by a condition: whether what is left is a failure is a person's call"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    message = "an exit in a handler: the caught failure ends as a success"
    return _as_asked(world, fact, "an exit in a handler", message, "handler")


def _outside(world: _World, fact: ExitCall, says_failed: bool) -> Verdict:
    """An exit outside of a handler: a success, unless its text says otherwise."""
    entry, instance = world.entry, world.instance
    if says_failed:
        message = f"exits with `{shown(fact.value)}`, as a success"
        return _as_asked(world, fact, "an exit that says it failed", message, "says-failed")
    if isinstance(fact.value, OneOf) and any(_FAILED.search(_text(one)) for one in fact.value.options):
        if _raised_on(world):
            return Seen(NAME, fact.place, "the notebook that runs it raises on its value", entry.role, instance)
        why = "the exit's text may say that the run failed; whether that path raises before is not known"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    return Seen(NAME, fact.place, "an exit outside a handler", entry.role, instance)


def _as_asked(world: _World, fact: ExitCall, what: str, message: str, kind: str) -> Verdict:
    """A failure that ends as a success: that is one unless the notebook that runs this one looks at its value."""
    entry, instance = world.entry, world.instance
    run_by_others = any(caller.notebook for caller in entry.callers)
    if not run_by_others and (kind == "says-failed" or not (world.lost_runs and not entry.callers)):
        return _finding(entry, fact, instance, message, kind)
    if _raised_on(world):
        return Seen(NAME, fact.place, f"{what}: the notebook that runs it raises on its value", entry.role, instance)
    if world.asked and all(one.fate.kind == "goes-on" and one.fate.tested is None for one in world.asked):
        place = world.asked[0].place.shown()
        return _finding(entry, fact, instance, f"{message}, and {place} does not look at its value", kind)
    why = f"{what}: the notebook that runs this one may look at what it exits with"
    return Unknown(NAME, why, fact.place, entry.role, instance)


def _raised_on(world: _World) -> bool:
    """Whether every notebook that runs this one raises on what it exits with."""
    tasks = any(caller.task is not None for caller in world.entry.callers)
    return not tasks and bool(world.asked) and all(one.fate.kind in ("leads", "later") for one in world.asked)


def _process_exit(entry: EntryFacts, fact: ExitCall, instance: Instance) -> Verdict:
    code = fact.value
    succeeds = isinstance(code, Const) and (code.value is None or (code.value == 0 and isinstance(code.value, int)))
    handler = fact.handler
    if handler is None or (isinstance(code, Const) and not succeeds):
        return Seen(NAME, fact.place, "an exit that tells how the process ended", entry.role, instance)
    if not succeeds or handler.decided or not handler.broad or entry.kind == "notebook":
        why = "an exit in a handler: whether it hides the failure is not known"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    return _finding(entry, fact, instance, "the process exits with 0 in a handler", "process")


def _text(value: Value) -> str:
    return "".join(part if isinstance(part, str) else "" for part in parts_of(value))


def _finding(entry: EntryFacts, fact: ExitCall, instance: Instance, message: str, kind: str) -> Finding:
    handler = fact.handler
    related = ((handler.place, "the handler"),) if handler is not None else ()
    raised = f"raise RuntimeError({fact.written})" if fact.written else "raise"
    return Finding(
        NAME,
        "error",
        fact.place,
        message,
        _WHY if fact.how == "notebook" else _WHY_PROCESS,
        "raise" if handler is not None else raised,
        {"kind": kind},
        entry.role,
        instance,
        entry.targets,
        related,
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
try:
    train()
except Exception as e:
    dbutils.notebook.exit(f"FAILED: {e}")  # error: [exit-hides-failure] an exit in a handler
dbutils.notebook.exit("SUCCESS")
""",
    good="""\
# Databricks notebook source
try:
    train()
except Exception as e:
    print(f"FAILED: {e}")
    raise
dbutils.notebook.exit("SUCCESS")
""",
    mentions=WORDS,
)
