"""`mlcheck run`: the walk, or its answers from a file, ending in a signed record and its markdown."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from mlcheck.commands.draft_file import DraftFile, draft_path, read_draft
from mlcheck.commands.head_watch import HeadWatch
from mlcheck.commands.project_root import open_project
from mlcheck.commands.run_inputs import (
    JudgedFiles,
    RunInputs,
    carried_over,
    change_walked,
    disputes,
    earlier_of,
    ending,
    judge_files,
    trust_changed,
)
from mlcheck.commands.run_under_way import (
    Judging,
    Run,
    RunOptions,
    carried_of,
    inputs_of,
    refreshed,
    rejudged_of,
)
from mlcheck.commands.signing import is_trusted, signing_key
from mlcheck.commands.talking import converse
from mlcheck.commands.template_file import read_answers_file, write_template
from mlcheck.commands.walk_outside import WalkOutside
from mlcheck.errors import INTERRUPTED, UsageError
from mlcheck.packs.model import Answer
from mlcheck.printable import printable, suggestion
from mlcheck.progress import Working, unseen
from mlcheck.record.build import Carried
from mlcheck.record.statement import stamp
from mlcheck.walk.answers import read_answers
from mlcheck.walk.draft import Answered, bound, resume
from mlcheck.walk.screens import WALK
from mlcheck.walk.sheet import NEEDS_A_PERSON, Key, Rules, Sheet
from mlcheck.walk.state import End, Over, State
from mlcheck.walk.step import step
from mlcheck.walk.template import template
from mlcheck.walk.terminal_kind import need_terminal

DONE, OPEN_OR_FAILED = 0, 1
_LISTED = 10  # items that hold a signature up, named


@dataclass(frozen=True, slots=True)
class RunResult:
    """What to print, line by line, and the exit code."""

    lines: tuple[str, ...]
    exit_code: int


def run(options: RunOptions, working: Working = unseen) -> RunResult:
    """Walk the change, or take its answers from a file, and sign.

    Exit 0 signed or nothing new, 1 open or failed items or left before signing,
    130 interrupted. Raises UsageError without a terminal or a key,
    ConfigurationError for mistakes in answers, CouldNotError.
    """
    under_way = _begun(options)
    inputs = under_way.inputs
    with working("deciding") as progress:
        judged = judge_files(inputs, progress)
    options = under_way.options
    carried = carried_of(under_way, judged)
    sheet = _sheet(under_way, judged, carried)
    path = draft_path(inputs.standing)
    if options.answers_template is not None:
        state = State.begun(sheet, resume(read_draft(path), sheet), signer="", by=options.by)
        lines = write_template(options.answers_template, template(_still_open(state)))
        told = () if options.answers_template == "-" else trust_changed(inputs)
        return RunResult((*lines, *told), DONE)
    if options.renew and not sheet.only:
        return RunResult(("no waiver ends within six weeks: nothing to renew",), DONE)
    with DraftFile(path, inputs.standing.id) as draft:
        if options.restart:
            draft.start_over()
        state = State.begun(
            sheet,
            resume(draft.entries(), sheet),
            signer=_shown_signer(under_way),
            by=options.by,
            unable=_unable(under_way),
            notes=_notes(under_way, carried),
        )
        return _answered(under_way, judged, state, draft, working)


def _begun(options: RunOptions) -> Run:
    inputs = inputs_of(options, open_project(options.path).root)
    names = [pack.name for pack in inputs.packs]
    for name in options.packs:
        if name not in names:
            raise UsageError(f"no pack `{name}`", help=suggestion(name, names))
    ids = {item.id.casefold(): item.id for pack in inputs.packs for item in pack.items}
    for name in options.items:
        if name.casefold() not in ids:
            raise UsageError(f"no item `{name}`", help=suggestion(name, ids.values()))
    options = replace(options, items=tuple(ids[name.casefold()] for name in options.items))
    if options.by == "agent" and inputs.trust.policy.forbid_agent_answers:
        raise UsageError("the policy forbids answers by an agent", help="a person answers: leave --by out")
    try:
        signer = signing_key(inputs.standing.repository, options.key, options.principal, os.environ)
    except UsageError as error:
        if options.key is not None:
            raise
        return Run(options, inputs, None, error.line())
    return Run(options, inputs, signer, "")


def _answered(under_way: Run, judged: JudgedFiles, state: State, draft: DraftFile, working: Working) -> RunResult:
    """The run once its answers are there: from the file, or from the walk."""
    options, inputs = under_way.options, under_way.inputs
    said: tuple[str, ...] = ()
    if options.answers is not None:
        state, said = _from_file(options.answers, state, draft)
    if not state.answers and inputs.current and _nothing_new(inputs, judged, state):
        current = inputs.current[0].path
        return RunResult((*said, f"nothing is stale and nothing is new: {current} stands"), DONE)
    if options.answers is None:
        state = _walked(under_way, judged, state, draft)
        if state.screen != Over(signing=True):
            return _left(options, state)
        under_way = refreshed(under_way)
        inputs = under_way.inputs
        with working("deciding a last time") as progress:
            judged = judge_files(inputs, progress)
        state = step(replace(state, screen=End()), rejudged_of(under_way, judged))[0]
    if state.holding_up():
        return RunResult((*said, *_held_up(options, state)), OPEN_OR_FAILED)
    if under_way.signer is None and not options.unsigned:
        raise UsageError(under_way.why_nobody, help=f"the answers are kept; go on with: {_with_key(options)}")
    from mlcheck.commands.run_record import write_record_of  # what writes records is not waited for before

    lines = write_record_of(inputs, judged, state, None if options.unsigned else under_way.signer)
    if not options.unsigned:
        draft.remove()
    return RunResult((*said, *lines), DONE)


def _nothing_new(inputs: RunInputs, judged: JudgedFiles, state: State) -> bool:
    from mlcheck.commands.run_record import nothing_new

    return nothing_new(inputs, judged, state.sheet.carried)


# --- what is asked ------------------------------------------------------------


def _sheet(under_way: Run, judged: JudgedFiles, carried: Mapping[Key, Carried]) -> Sheet:
    inputs, options = under_way.inputs, under_way.options
    policy = inputs.trust.policy
    principal = under_way.signer.principal if under_way.signer else options.principal
    rules = Rules(
        today=inputs.today,
        signer=principal,
        forbid_waiver=policy.forbid_waiver,
        approvers=inputs.trust.signers.people(),
        max_waiver_days=policy.max_waiver_days,
        forbid_agent_answers=policy.forbid_agent_answers,
    )
    only = frozenset(options.items) or None
    if options.renew:
        every = carried_over(inputs, judged.decision)
        only = frozenset(key[0] for key, _ in ending(every, inputs.today))
    change = change_walked(inputs, judged)
    earlier = earlier_of(inputs, judged.decision)
    return Sheet(change, judged.decision, rules, carried, options.packs, only, earlier)


def _still_open(state: State) -> Sheet:
    """The sheet narrowed to what is open or failed, with the answers of the draft."""
    asked = (item for item in state.sheet.asked() if state.outcome(item) in NEEDS_A_PERSON)
    return replace(state.sheet, only=frozenset(item.item.id for item in asked))


def _shown_signer(under_way: Run) -> str:
    if under_way.options.unsigned:
        return "nobody: the record will be UNSIGNED, and verify refuses it"
    return under_way.signer.shown() if under_way.signer else f"nobody yet: {under_way.why_nobody}"


def _unable(under_way: Run) -> str:
    """Why nobody can sign, and the command to go on with; `""` where somebody can."""
    if under_way.signer is not None or under_way.options.unsigned:
        return ""
    return f"{under_way.why_nobody}. Go on with: {_with_key(under_way.options)}"


def _with_key(options: RunOptions) -> str:
    """The command that goes on, with a key in it."""
    command = resume_command(replace(options, key=options.key or "FILE"))
    return command if options.answers is None else f"{command} --answers {shlex.quote(str(options.answers))}"


def _notes(under_way: Run, carried: Mapping[Key, Carried]) -> tuple[str, ...]:
    """What is said before the first question: whom the base trusts, what is disputed, what ends."""
    inputs, signer = under_way.inputs, under_way.signer
    notes: list[str] = []
    if not inputs.from_base:
        notes.append(
            f"{inputs.standing.base_ref} holds no .mlcheck yet, so it trusts nobody: verify refuses until"
            " `mlcheck init` and your signers are committed there; the rules are this branch's meanwhile"
        )
    elif signer is not None and not is_trusted(signer, inputs.trust):
        notes.append(
            f"the key {signer.fingerprint} is not in the base's .mlcheck/allowed_signers: verify will refuse"
            " what it signs"
        )
    notes += trust_changed(inputs)
    notes += [
        f"{item}{f' ({name})' if name else ''} is disputed by {note}; it is asked again"
        for item, name, note in disputes(inputs)
    ]
    notes += [f"the waiver of {key[0]} ends on {until}" for key, until in ending(carried, inputs.today)]
    return tuple(notes)


# --- how it is answered -------------------------------------------------------


def _from_file(path: Path, state: State, draft: DraftFile) -> tuple[State, tuple[str, ...]]:
    """The state with the file's answers, each on disk; and what to say of them."""
    at = stamp(datetime.now(timezone.utc))
    data = read_answers_file(path)
    taken = read_answers(data, str(path), state.sheet, by=state.by, at=at, answered=state.answers)
    new = {key: answer for key, answer in taken.answers.items() if not _same(state.given(key), answer)}
    for item in state.sheet.decision.items:
        for instance in item.instances:
            answer = new.get((item.item.id, instance.name))
            if answer is not None:
                draft.append(Answered(bound(item, instance), answer))
    said = (*state.notes_of_start, *state.dropped, *taken.passed_over)
    return replace(state, answers={**state.answers, **new}), said


def _same(before: Answer | None, answer: Answer) -> bool:
    return before is not None and replace(before, at=answer.at) == answer


def _walked(under_way: Run, judged: JudgedFiles, state: State, draft: DraftFile) -> State:
    need_terminal()
    judging = Judging(under_way, judged)
    watch = HeadWatch(under_way.inputs.standing)
    outside = WalkOutside(
        under_way.inputs.project, draft, os.environ, judge=judging, astray=watch.astray, preview=judging.preview
    )
    outside.watch(judged.tree.paths_read())
    return converse(WALK, state, outside, under_way.inputs.project, plain=under_way.options.plain)


# --- what is said at the end --------------------------------------------------


def _left(options: RunOptions, state: State) -> RunResult:
    """Saved and quit, or interrupted."""
    left = len(state.todo())
    line = f"saved; {left} {'item' if left == 1 else 'items'} left. Go on with: {resume_command(options)}"
    return RunResult((line,), INTERRUPTED if state.screen == Over(False, True) else OPEN_OR_FAILED)


def _held_up(options: RunOptions, state: State) -> tuple[str, ...]:
    held = state.holding_up()
    count = len(held)
    are = "item is" if count == 1 else "items are"
    head = f"{count} {are} open or failed: nothing is signed, and the answers are kept"
    named = [f"  {item.item.id}  {state.outcome(item)}  {item.item.title}" for item in held[:_LISTED]]
    more = [f"  and {count - _LISTED} more"] if count > _LISTED else []
    on = f"Go on with: {resume_command(options)}"
    return (head, *(printable(line) for line in (*named, *more)), on)


def resume_command(options: RunOptions) -> str:
    """The command that goes on from here."""
    parts = ["mlcheck", "run"]
    if options.path != Path():
        parts.append(str(options.path))
    for name, value in (
        ("--base", options.base),
        ("--change", options.change),
        ("--key", options.key),
        ("--principal", options.principal),
    ):
        parts += [name, value] if value else []
    for pack in options.packs:
        parts += ["--pack", pack]
    for item in options.items:
        parts += ["--item", item]
    flags = (
        ("--all", options.all),
        ("--renew", options.renew),
        ("--unsigned", options.unsigned),
        ("--plain", options.plain),
    )
    parts += [name for name, on in flags if on]
    parts += ["--by", "agent"] if options.by == "agent" else []
    return shlex.join(parts)
