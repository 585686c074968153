"""`mlcheck review`: verify first, then agree with or dispute each answer, and sign."""

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
from mlcheck.commands.review_since import since_last_signature
from mlcheck.commands.signing import SigningKey, is_trusted, signed, signing_key
from mlcheck.commands.signoff_files import write_record
from mlcheck.commands.talking import converse
from mlcheck.commands.template_file import read_answers_file, write_template
from mlcheck.commands.walk_outside import WalkOutside
from mlcheck.errors import INTERRUPTED, CouldNotError, UsageError
from mlcheck.packs.load import load_packs
from mlcheck.printable import printable
from mlcheck.progress import Working, unseen
from mlcheck.record.build import change_of
from mlcheck.record.chain import reviews
from mlcheck.record.codes import Code
from mlcheck.record.model import Verdict
from mlcheck.record.opening import SIGNOFFS, VerifiedRecord, open_record
from mlcheck.record.refusal import Refusal
from mlcheck.record.reviewing import (
    ReviewPoint,
    carried_verdicts,
    review_record,
    reviewable,
    reviewer_signer,
)
from mlcheck.record.statement import stamp
from mlcheck.record.store import record_files
from mlcheck.record.trust import Trust, read_trust
from mlcheck.record.verification import Verification
from mlcheck.verify.inputs import Inputs, gather
from mlcheck.verify.verify import blocking_review
from mlcheck.verify.verify import verify as verify_inputs
from mlcheck.walk.draft import Spoken
from mlcheck.walk.review_screens import REVIEW
from mlcheck.walk.review_state import ReviewState, resumed
from mlcheck.walk.state import Over
from mlcheck.walk.terminal_kind import need_terminal
from mlcheck.walk.verdicts import read_verdicts, review_template

AGREED, NOT_AGREED = 0, 1
_LISTED = 10


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What the command line asks for. `answers_template` is a file's name, or `-`."""

    path: Path
    base: str | None = None
    change: str | None = None
    key: str | None = None
    principal: str | None = None
    plain: bool = False
    answers: Path | None = None
    answers_template: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """What to print, line by line, and the exit code."""

    lines: tuple[str, ...]
    exit_code: int


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """What is reviewed: a record that verification found nothing against but the missing review."""

    project: Path
    inputs: Inputs
    trust: Trust
    developer: VerifiedRecord
    records: tuple[VerifiedRecord, ...]  # all of the change that are verified
    points: tuple[ReviewPoint, ...]
    notes: tuple[str, ...]


def review(options: ReviewOptions, working: Working = unseen) -> ReviewResult:
    """Verify, show what must be agreed with, take the words, and sign.

    Exit 0 agreed, 1 disputed, left, or nothing to review, 130 interrupted.
    Raises UsageError where the reviewer may not be this one, without a
    terminal or a key; ConfigurationError for mistakes in answers; CouldNotError.
    """
    project = open_project(options.path).root
    now = datetime.now(timezone.utc)
    inputs = gather(project, base=options.base, change=options.change, environment=os.environ, now=now)
    with working("verifying") as progress:
        verification = verify_inputs(inputs, progress=progress)
    if options.key is not None:  # whose it is decides which waivers wait for this reviewer
        named = signing_key(inputs.standing.repository, options.key, options.principal, os.environ)
        if verification.developer is None or named.fingerprint != verification.developer.key:
            is_trusted(named, read_trust(inputs.base))
    principal = options.principal or inputs.standing.repository.config("user.email") or ""
    against = _against(verification, principal)
    if verification.developer is None or verification.could_not or against:
        return ReviewResult(_cannot(verification, against), NOT_AGREED)
    reviewed = _reviewed(project, inputs, verification, verification.developer)
    if options.answers_template is not None:
        text = review_template(inputs.standing.id, _open_points(reviewed, principal))
        return ReviewResult(write_template(options.answers_template, text), AGREED)
    signer = signing_key(inputs.standing.repository, options.key, options.principal, os.environ)
    _may_review(reviewed, signer)
    if _said_all(reviewed, signer.principal):
        line = f"{signer.principal} has reviewed {reviewed.developer.path} already: nothing to review"
        return ReviewResult((line,), NOT_AGREED)
    with DraftFile(draft_path(inputs.standing, ".review"), inputs.standing.id) as draft:
        return _held(options, reviewed, signer, draft)


def _held(options: ReviewOptions, reviewed: _Reviewed, signer: SigningKey, draft: DraftFile) -> ReviewResult:
    """The review once the reviewer is known: its words from the file or the walk, then the record."""
    state = resumed(_state(reviewed, signer), draft.entries())
    said: tuple[str, ...] = ()
    if options.answers is not None:
        state, said = _from_file(options.answers, reviewed, state, draft)
    else:
        need_terminal()
        watch = HeadWatch(reviewed.inputs.standing)
        outside = WalkOutside(reviewed.project, draft, os.environ, astray=watch.astray)
        state = converse(REVIEW, state, outside, reviewed.project, plain=options.plain)
        if state.screen != Over(signing=True):
            line = f"saved; {len(state.open_items())} left. Go on with: {_resume_command(options)}"
            return ReviewResult((line,), INTERRUPTED if state.screen == Over(False, True) else NOT_AGREED)
    if state.unspoken():
        return ReviewResult((*said, *_unspoken(state)), NOT_AGREED)
    standing = reviewed.inputs.standing
    if standing.repository.head() != standing.head:
        raise CouldNotError(
            "the branch or its commits changed during the review: nothing is signed",
            help="your words are kept; run the same command again on what is there now",
        )
    path = _write(reviewed, state.verdicts(), signer)
    draft.remove()
    return ReviewResult((*said, *_signed_lines(reviewed, state, path, signer)), _exit_code(state))


# --- what is reviewed, and by whom --------------------------------------------


def _against(verification: Verification, principal: str) -> tuple[Refusal, ...]:
    """What no review would settle. A waiver that waits for this reviewer's signature is settled by it."""
    waiting: set[str] = set()
    if verification.developer is not None:
        waiting = {
            item.id
            for item in verification.developer.developer.items
            if item.given.waiver and item.given.waiver.approver.casefold() == principal.casefold()
        }
    return tuple(
        found
        for found in blocking_review(verification)
        if not (found.code is Code.E_WAIVER_INCOMPLETE and found.item in waiting and verification.reviews)
    )


def _cannot(verification: Verification, against: tuple[Refusal, ...]) -> tuple[str, ...]:
    head = f"nothing to review yet: `{verification.change}` does not verify"
    lines = [f"  {_told(found)}" for found in against[:_LISTED]]
    more = [f"  and {len(against) - _LISTED} more; see `mlcheck verify`"] if len(against) > _LISTED else []
    return tuple(printable(line) for line in (head, *lines, *more))


def _told(found: Refusal) -> str:
    code = f"{found.code.value} " if found.code else ""
    help = f"; {found.help}" if found.help else ""
    return f"{code}{f'{found.path}: ' if found.path else ''}{found.message}{help}"


def _reviewed(project: Path, inputs: Inputs, verification: Verification, developer: VerifiedRecord) -> _Reviewed:
    trust = read_trust(inputs.base)
    opened = (open_record(file, trust, inputs.now) for file in record_files(inputs.head, inputs.standing.id))
    records = tuple(one for one in opened if isinstance(one, VerifiedRecord))
    points = reviewable(developer, open_one_pass=trust.policy.open_one_pass)
    return _Reviewed(project, inputs, trust, developer, records, points, verification.notes)


def _may_review(reviewed: _Reviewed, signer: SigningKey) -> None:
    """Raises UsageError where verification would refuse this reviewer: said before anything is asked."""
    developer, policy = reviewed.developer, reviewed.trust.policy
    another = "another person reviews: name their key by --key, and them by --principal"
    if signer.fingerprint == developer.key:
        raise UsageError(f"the key {signer.fingerprint} signed the record that is reviewed", help=another)
    trusted = is_trusted(signer, reviewed.trust)  # says whose the key is, where the principal is not given
    if signer.principal.casefold() == developer.signer.principal.casefold():
        raise UsageError(f"{signer.principal} signed the record that is reviewed", help=another)
    if not trusted:
        raise UsageError(
            f"the key {signer.fingerprint} is not in the base's .mlcheck/allowed_signers",
            help="add it there, on the base, in a change of its own",
        )
    chosen = {name.casefold() for name in policy.reviewers}
    if chosen and signer.principal.casefold() not in chosen:
        raise UsageError(f"the policy's reviewers are {', '.join(policy.reviewers)}", help=another)
    commit = _commit_by(reviewed.inputs, signer.principal)
    if policy.forbid_author_review and commit is not None:
        raise UsageError(f"{signer.principal} made the commit {commit[:12]} of this change", help=another)


def _commit_by(inputs: Inputs, principal: str) -> str | None:
    """A commit of the change that this person had a part in, records alone apart."""
    return next(
        (
            commit.id
            for commit in inputs.commits
            if principal.casefold() in commit.people and any(not path.startswith(SIGNOFFS) for path in commit.paths)
        ),
        None,
    )


def _held_verdicts(reviewed: _Reviewed, principal: str) -> Mapping[tuple[str, str, str], Verdict]:
    return carried_verdicts(reviewed.points, reviewed.records, principal)


def _said_all(reviewed: _Reviewed, principal: str) -> bool:
    """Whether this reviewer signed a complete review of this very record."""
    wanted = {point.key: point.binds for point in reviewed.points}
    return any(
        one.signer.principal == principal
        and one.review.reviews == reviewed.developer.sha256
        and {said.key: said.binds for said in one.review.verdicts} == wanted
        for one in reviews(reviewed.records)
    )


def _open_points(reviewed: _Reviewed, principal: str) -> tuple[ReviewPoint, ...]:
    """The points of which this reviewer has said nothing that holds, in records or in the draft."""
    state = ReviewState("", "", "", reviewed.points, _held_verdicts(reviewed, principal))
    state = resumed(state, read_draft(draft_path(reviewed.inputs.standing, ".review")))
    return tuple(state.points[number] for number in state.unspoken())


# --- the words, and the record ------------------------------------------------


def _state(reviewed: _Reviewed, signer: SigningKey) -> ReviewState:
    developer = reviewed.developer
    return ReviewState(
        change=reviewed.inputs.standing.id,
        developer=f"{developer.signer.principal}, {developer.record.time}, key {developer.key}",
        signer=signer.shown(),
        points=reviewed.points,
        held=_held_verdicts(reviewed, signer.principal),
        notes=reviewed.notes,
        since=since_last_signature(reviewed.inputs, developer, reviewed.records, reviewed.points),
        questions={item.id: item.question for pack in load_packs(reviewed.inputs.base) for item in pack.items},
    )


def _from_file(
    path: Path, reviewed: _Reviewed, state: ReviewState, draft: DraftFile
) -> tuple[ReviewState, tuple[str, ...]]:
    """The state with the file's verdicts, each on disk; and what to say of them."""
    items = tuple(dict.fromkeys(item.id for item in reviewed.developer.developer.items))
    at = stamp(datetime.now(timezone.utc))
    taken = read_verdicts(read_answers_file(path), str(path), reviewed.points, items, at=at)
    new = {key: said for key, said in taken.verdicts.items() if not _same(state.held.get(key), said)}
    for said in new.values():
        draft.append(Spoken(said.id, said.scope, said.name, said.binds, said.verdict, said.note, said.at))
    return replace(state, given={**state.given, **new}), taken.passed_over


def _same(before: Verdict | None, said: Verdict) -> bool:
    return before is not None and (before.verdict, before.note) == (said.verdict, said.note)


def _unspoken(state: ReviewState) -> tuple[str, ...]:
    numbers = state.unspoken()
    named = [f"  {point.item.id}  {point.item.title}" for point in (state.points[n] for n in numbers[:_LISTED])]
    more = [f"  and {len(numbers) - _LISTED} more"] if len(numbers) > _LISTED else []
    head = f"{len(numbers)} of {len(state.points)} not spoken of: nothing is signed, and the verdicts are kept"
    return tuple(printable(line) for line in (head, *named, *more))


def _write(reviewed: _Reviewed, verdicts: tuple[Verdict, ...], signer: SigningKey) -> str:
    standing = reviewed.inputs.standing
    payload = review_record(
        reviewed.developer,
        verdicts,
        change=change_of(standing, reviewed.trust),
        engine=reviewed.inputs.engine,
        signer=reviewer_signer(signer.principal, signer.name),
        time=stamp(datetime.now(timezone.utc)),
        earlier=reviews(reviewed.records),
    )
    return write_record(reviewed.project, standing.id, "review", signed(payload, signer))


def _signed_lines(reviewed: _Reviewed, state: ReviewState, path: str, signer: SigningKey) -> tuple[str, ...]:
    disputed = state.disputed()
    count = len(state.points)
    said = f"disputes {len(disputed)} of {count} answers" if disputed else f"agrees with all {count} answers"
    here = reviewed.project.resolve()
    folder = "" if here == Path.cwd() else f"-C {shlex.quote(str(here))} "
    committed = f'git {folder}add {path} && git {folder}commit -m "Review {state.change}"'
    then = "then the developer answers it: mlcheck run" if disputed else "then: mlcheck verify"
    lines = (f"{path}  {said}, signed by {signer.shown()}", "Next:", f"  {committed}", f"  {then}")
    return tuple(printable(line) for line in lines)


def _exit_code(state: ReviewState) -> int:
    return NOT_AGREED if state.disputed() else AGREED


def _resume_command(options: ReviewOptions) -> str:
    parts = ["mlcheck", "review"]
    parts += [str(options.path)] if options.path != Path() else []
    named = (
        ("--base", options.base),
        ("--change", options.change),
        ("--key", options.key),
        ("--principal", options.principal),
    )
    for name, value in named:
        parts += [name, value] if value else []
    return shlex.join([*parts, "--plain"] if options.plain else parts)
