"""An experiment's path does not resolve, or its parent folder does not exist.

An experiment's name on Databricks is an absolute path of the workspace. One
level below `/Shared/` always works, and so does an existing user's own folder.
A deeper path needs its folder, which nobody makes for it; a name without `/`
in front is refused; a path under `/Workspace/` works once and then fails.

Breaks with: BAD_REQUEST: For input string: "None"
Breaks with: Parent directory does not exist
Source: Databricks' documentation; mlflow issue 11077; the case study's errors 10 and 7.1.

Fix: mlflow.set_experiment("/Shared/churn-training")
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, ExperimentSet, Facts, FolderMade, RunOpened
from mlcheck.flow.mlflow import RUN_LOGS
from mlcheck.flow.scope import ANY_FOLDER, IMPLICIT_RUN, NO_RUN
from mlcheck.flow.values import Const, Hole, Text, Top, Value, options_of, parts_of, shown

NAME = "experiment-path"
WORDS = ("set_experiment", "create_experiment")
# What opens a run, by itself too, where one is not open.
_LOGS = frozenset(RUN_LOGS)
_RUNS = frozenset(["start_run", "autolog", "log_model", "evaluate", *WORDS, *RUN_LOGS])

_PARENT = "Parent directory does not exist"
_NONE = 'BAD_REQUEST: For input string: "None"'


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    elsewhere = frozenset(f.folder for entry in facts.entries for f in entry.facts if isinstance(f, FolderMade))
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        uses = [fact for fact in entry.facts if isinstance(fact, ExperimentSet)]
        for use in uses:
            yield from _judge(entry, use, instance, elsewhere)
        if not uses:
            yield from _none_set(facts, entry, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _none_set(facts: Facts, entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    """An entry point that sets no experiment: a person's call where it opens a run, or logs into one of MLflow's."""
    opened = next((one.place for one in entry.of(RunOpened) if not one.in_experiment), None)
    logs = (
        one for one in entry.of(CallSeen) if one.method in _LOGS and one.name.startswith("mlflow.") and not one.open
    )
    alone = next((one.place for one in logs if one.run in (NO_RUN, IMPLICIT_RUN)), None)
    place = opened or (alone if entry.role == "training" else None)
    if place is None:
        yield from nothing_of(NAME, facts, entry, "training", _RUNS, "it sets no experiment, and opens no run")
        return
    if entry.kind == "notebook":
        why = "no experiment is set: its runs land in the notebook's own; whether that is meant is a person's call"
    else:
        why = (
            "no experiment is set in a script: on Databricks its runs have none "
            '(BAD_REQUEST: For input string: "None"), unless the environment names one'
        )
    yield Unknown(NAME, why, place, entry.role, instance)


def _judge(entry: EntryFacts, use: ExperimentSet, instance: Instance, elsewhere: frozenset[Value]) -> Iterator[Verdict]:
    if use.name is None:
        yield Seen(NAME, use.place, "named by its id", entry.role, instance)
        return
    verdicts = [_with_path(_one(entry, use, option, instance), option) for option in options_of(use.name)]
    findings = [verdict for verdict in verdicts if isinstance(verdict, Finding)]
    if len(findings) == len(verdicts):
        yield _unless_made(findings[0], use, elsewhere)
        return
    for verdict in verdicts:
        if isinstance(verdict, Finding):  # a branch that was not decided: it may never run
            why = f"in one branch, {verdict.message}"
            yield Unknown(NAME, why, use.place, entry.role, instance, {"path": verdict.subject["path"]})
        else:
            yield verdict


def _with_path(verdict: Verdict, name: Value) -> Verdict:
    """The verdict with the path that it speaks of: a part of what a person is asked about."""
    if isinstance(verdict, Finding):
        return verdict
    path = shown(name)
    if isinstance(verdict, Seen):
        note = f"`{path}`, {verdict.note}" if verdict.note else f"`{path}`"
        return replace(verdict, note=note, subject={"path": path})
    return replace(verdict, subject={"path": path})


def _unless_made(finding: Finding, use: ExperimentSet, elsewhere: frozenset[Value]) -> Verdict:
    """A folder that another entry point makes may be there: in which order they run is not known."""
    if finding.subject["kind"] == "nested" and use.name is not None and _made(use.name, elsewhere):
        why = f"the folder of `{shown(use.name)}` is made by another entry point; which runs first is not known"
        return Unknown(NAME, why, use.place, finding.role, finding.instance)
    return finding


def _one(entry: EntryFacts, use: ExperimentSet, name: Value, instance: Instance) -> Verdict:
    if isinstance(name, Const) and not isinstance(name.value, str):
        if name.value is None:
            return _finding(entry, use, name, instance, "the experiment's name is None", _NONE, "none")
        return Unknown(NAME, "the experiment's name is not a string", use.place, entry.role, instance)
    if name in use.made:
        return Seen(NAME, use.place, "its folder is made first", entry.role, instance)
    if isinstance(name, Top) or not isinstance(name, (Const, Text)):
        why = name.why if isinstance(name, Top) else "the experiment's name is not a string"
        return Unknown(NAME, f"the experiment's name is not known: {why}", use.place, entry.role, instance)
    return _path(entry, use, name, instance)


def _path(entry: EntryFacts, use: ExperimentSet, name: Value, instance: Instance) -> Verdict:
    first = parts_of(name)[0] if parts_of(name) else ""
    if isinstance(first, Hole):
        return _unknown_start(entry, use, name, first, instance)
    if not first.startswith("/"):
        return _relative(entry, use, name, instance)
    if use.tracking != "databricks":
        return Seen(NAME, use.place, "a tracking server of its own", entry.role, instance)
    if first.startswith("/Workspace/"):
        why = "RESOURCE_ALREADY_EXISTS on the second run: experiments don't live under /Workspace (mlflow#11077)"
        return _finding(entry, use, name, instance, f"`{shown(name)}` is under /Workspace", why, "workspace")
    return _levels(entry, use, name, instance)


def _unknown_start(entry: EntryFacts, use: ExperimentSet, name: Value, hole: Hole, instance: Instance) -> Verdict:
    where = f" ({hole.place.shown()})" if hole.place else ""
    why = f"`{shown(name)}` begins with a part that is not known: {hole.what}{where}"
    return Unknown(NAME, why, use.place, entry.role, instance)


def _relative(entry: EntryFacts, use: ExperimentSet, name: Value, instance: Instance) -> Verdict:
    """A name without `/`: refused on Databricks, fine on a tracking server of one's own."""
    if use.tracking == "local":
        return Seen(NAME, use.place, "a local tracking store takes any name", entry.role, instance)
    if use.tracking == "databricks" and entry.on_databricks:
        why = "Databricks refuses it: an experiment's name is an absolute path of the workspace"
        return _finding(entry, use, name, instance, f"`{shown(name)}` is not an absolute path", why, "relative")
    why = f"`{shown(name)}` is not an absolute path, and it is not known whether this runs on Databricks"
    return Unknown(NAME, why, use.place, entry.role, instance)


def _levels(entry: EntryFacts, use: ExperimentSet, name: Value, instance: Instance) -> Verdict:
    segments = [segment for segment in _segments(name) if segment]
    root = segments[0] if segments else []
    if root == ["Shared"]:
        return _below(entry, use, name, segments, 2, "", instance)
    if root == ["Users"] and len(segments) > 1:
        owner = segments[1]
        placeholder = any(isinstance(part, str) and set(part) & set("<>{}[]") for part in owner)
        known = all(isinstance(part, str) or part.kind == "user" for part in owner)
        if placeholder:
            why = f"`{shown(name)}` names a user by a placeholder"
            return Unknown(NAME, why, use.place, entry.role, instance)
        if not known:
            hole = next(part for part in owner if isinstance(part, Hole))
            return Unknown(
                NAME,
                f"`{shown(name)}`: whose folder it is is not known: {hole.what}",
                use.place,
                entry.role,
                instance,
            )
        return _below(entry, use, name, segments, 3, "in a user's own folder, which must exist", instance)
    return Unknown(
        NAME,
        f"whether `{shown(name)}` can be made there is not known: it is under neither /Shared nor /Users",
        use.place,
        entry.role,
        instance,
    )


def _below(
    entry: EntryFacts,
    use: ExperimentSet,
    name: Value,
    segments: list[list[str | Hole]],
    levels: int,
    note: str,
    instance: Instance,
) -> Verdict:
    if len(segments) == 1 or (len(segments) == 2 and levels == 3):
        why = "a folder is no experiment: RESOURCE_ALREADY_EXISTS"
        return _finding(entry, use, name, instance, f"`{shown(name)}` is a folder", why, "folder")
    if len(segments) == levels:
        holes = [part for part in segments[-1] if isinstance(part, Hole) and part.kind != "user"]
        if not holes or _one_segment(holes):
            return Seen(NAME, use.place, note, entry.role, instance)
        why = f"`{shown(name)}` may be deeper than one level: {holes[0].what}"
        return Unknown(NAME, why, use.place, entry.role, instance)
    if _made(name, use.made):
        return Seen(NAME, use.place, "its folder is made first", entry.role, instance)
    if ANY_FOLDER in use.made:
        return Unknown(
            NAME, "something before it was not followed, and may have made its folder", use.place, entry.role, instance
        )
    return _finding(entry, use, name, instance, f"the folder of `{shown(name)}` is not made first", _PARENT, "nested")


def _one_segment(holes: list[Hole]) -> bool:
    return all(hole.kind == "parameter" and hole.what.startswith("${bundle.") for hole in holes)


def _segments(name: Value) -> list[list[str | Hole]]:
    segments: list[list[str | Hole]] = [[]]
    for part in parts_of(name):
        if isinstance(part, Hole):
            segments[-1].append(part)
            continue
        first, *others = part.split("/")
        if first:
            segments[-1].append(first)
        segments.extend([other] if other else [] for other in others)
    return segments


def _made(name: Value, made: frozenset[Value]) -> bool:
    """Whether the folder of a path is among those made, or above one: `mkdirs` makes those above too."""
    parent = shown(name).rpartition("/")[0]
    return any(f"{shown(folder)}/".startswith(f"{parent}/") for folder in made if folder != ANY_FOLDER)


def _flat(name: Value) -> str:
    """One name of a path's segments, for a path one level below `/Shared/`."""
    segments = [segment for segment in shown(name).split("/") if segment and "…" not in segment]
    if segments[:1] == ["Workspace"]:
        segments = segments[1:]
    if segments[:1] == ["Users"]:
        segments = segments[2:] if "@" in "".join(segments[1:2]) else segments[1:]
    kept = [segment for segment in segments if segment not in ("Shared", "None")]
    return "-".join(kept) or "model-training"


def _finding(
    entry: EntryFacts, use: ExperimentSet, name: Value, instance: Instance, message: str, why: str, kind: str
) -> Finding:
    severity: Severity = "error"
    call = "mlflow.create_experiment" if use.creates else "mlflow.set_experiment"
    return Finding(
        NAME,
        severity,
        use.place,
        message,
        why,
        f'{call}("/Shared/{_flat(name)}")',
        {"path": shown(name), "kind": kind},
        entry.role,
        instance,
        entry.targets,
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
mlflow.set_experiment("/Shared/pricing/train")  # error: [experiment-path] the folder of `/Shared/pricing/train`
with mlflow.start_run():
    mlflow.log_param("a", 1)
""",
    good="""\
# Databricks notebook source
import mlflow
mlflow.set_experiment("/Shared/pricing-train")
with mlflow.start_run():
    mlflow.log_param("a", 1)
""",
    mentions=WORDS,
)
