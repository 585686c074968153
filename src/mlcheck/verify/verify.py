"""Verifying a change: open its records, apply the rules in order, name every difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Union

from mlcheck.packs.baseline import read_baseline
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.progress import Progress
from mlcheck.project.settings import read_settings
from mlcheck.record.build import by_tool, record_item
from mlcheck.record.chain import current, reviews_of
from mlcheck.record.codes import PAGES, Code, Family
from mlcheck.record.model import Engine
from mlcheck.record.opening import RecordFile, VerifiedRecord, open_record
from mlcheck.record.reading import RememberedTree
from mlcheck.record.refusal import Refusal
from mlcheck.record.store import file_named, record_files, record_paths
from mlcheck.record.trust import read_trust
from mlcheck.record.verification import Verification
from mlcheck.verify.case import Judged, Opened, Signed
from mlcheck.verify.inputs import Inputs
from mlcheck.verify.rules import OF_CHANGE, OF_OUTCOMES, OF_RECORD, OF_TREE
from mlcheck.verify.rules.report import rendered_by_another
from mlcheck.verify.rules.staleness import changed_files
from mlcheck.verify.rules.waivers import ending_soon


def verify(inputs: Inputs, *, recheck: bool = True, progress: Progress | None = None) -> Verification:
    """Everything that speaks against a change, in the order of the steps.

    Without `recheck` nothing is decided again, and nothing is called valid.
    Raises ConfigurationError where the base's own files can't be read.
    """
    trust = read_trust(inputs.base)
    files = record_files(inputs.head, inputs.standing.id)
    results = [open_record(file, trust, inputs.now) for file in files]
    records = tuple(one for one in results if isinstance(one, VerifiedRecord))
    opened = Opened(inputs, trust, load_packs(inputs.base), files, records)
    refused, notes = _settled(files, results, records)
    findings = [*refused, *(found for step in OF_CHANGE for found in step.rule(opened))]
    signed = _signed(opened)
    if signed is None:
        findings.append(_no_signoff(opened))
        return Verification(inputs.standing.id, False, tuple(findings), not recheck, notes=tuple(notes))
    findings += [found for step in OF_RECORD for found in step.rule(signed)]
    notes += _notes(signed)
    could_not = not recheck
    if recheck:
        judged = judge_again(signed, progress)
        findings += [found for step in OF_TREE for found in step.rule(judged)]
        differences = [found for step in OF_OUTCOMES for found in step.rule(judged)]
        if differences and signed.record.engine != inputs.engine:
            could_not, differences = True, [_other_engine(signed, differences)]
        findings += differences
    return Verification(
        change=inputs.standing.id,
        rechecked=recheck,
        findings=tuple(dict.fromkeys(findings)),
        could_not=could_not,
        developer=signed.developer,
        reviews=signed.reviews,
        notes=tuple(notes),
    )


def blocking_review(verification: Verification) -> tuple[Refusal, ...]:
    """What stands in the way of a review: every finding that a review would not settle."""
    settled = {Code.E_NO_REVIEW, Code.E_DISPUTED}
    return tuple(found for found in verification.findings if found.code not in settled)


def judge_again(signed: Signed, progress: Progress | None = None) -> Judged:
    """HEAD's tree decided by the base's rules, with nothing from inside the repository but its files."""
    inputs = signed.inputs
    tree = RememberedTree(inputs.head)
    decision = judge(
        tree,
        settings=read_settings(inputs.base),
        packs=signed.opened.packs,
        baseline=read_baseline(inputs.base),
        progress=progress,
    )
    pairs = [
        (record_item(item, instance, by_tool(instance)), instance)
        for item in decision.items
        for instance in item.instances
    ]
    return Judged(
        signed=signed,
        decision=decision,
        items={item.key: item for item, _ in pairs},
        instances={item.key: instance for item, instance in pairs},
        as_signed=tree.content() == signed.record.content,
        read=tree.paths_read(),
    )


def _signed(opened: Opened) -> Signed | None:
    found = current(opened.records)
    if not found:
        return None
    developer = found[0]
    return Signed(opened, developer, reviews_of(opened.records, developer), dict(_sources(opened, developer)))


def _sources(opened: Opened, developer: VerifiedRecord) -> Iterator[tuple[str, VerifiedRecord]]:
    """The verified records that answers are carried from: of this change, or on the base."""
    here = {one.sha256: one for one in opened.records}
    wanted = {item.given.from_ for item in developer.developer.items if item.given.from_ is not None}
    for sha256 in sorted(wanted):
        found: Union[VerifiedRecord, Refusal, None] = here.get(sha256)
        if found is None:
            file = file_named(opened.inputs.base, sha256)
            found = open_record(file, opened.trust, opened.inputs.now) if file else None
        if not isinstance(found, VerifiedRecord) or found.record.role != "developer":
            continue
        if found.record.change.repository == opened.trust.repository:
            yield sha256, found


def _settled(
    files: Iterable[RecordFile],
    results: Iterable[Union[VerifiedRecord, Refusal]],
    records: tuple[VerifiedRecord, ...],
) -> tuple[list[Refusal], list[str]]:
    """The refusals of files, and notes on those that a later record follows.

    A record whose signer left since is history: the one that follows it names
    its bytes. An altered one stays a finding.
    """
    followed = {sha256 for one in records for sha256 in _followed(one)}
    refused: list[Refusal] = []
    notes: list[str] = []
    for file, result in zip(files, results):
        if not isinstance(result, Refusal):
            continue
        by_signer = result.code is not None and PAGES[result.code].family is Family.WRONG_SIGNER
        if by_signer and file.sha256 in followed:
            notes.append(f"{file.path} is followed by a later record; by itself: {result.message}")
        else:
            refused.append(result)
    return refused, notes


def _followed(one: VerifiedRecord) -> tuple[str | None, ...]:
    if one.record.role == "developer":
        return (one.record.previous, *one.developer.merges)
    return one.review.earlier


def _no_signoff(opened: Opened) -> Refusal:
    on_disk = set(record_paths(opened.inputs.work, opened.change))
    if on_disk - {file.path for file in opened.files}:
        return Refusal(
            Code.E_NO_SIGNOFF,
            "the record on the disk is not in HEAD, which is what is judged",
            path=min(on_disk),
            help="commit it: `git add .mlcheck/signoffs && git commit`",
        )
    return Refusal(
        Code.E_NO_SIGNOFF,
        f"there is no valid developer's record of the change `{opened.change}`",
        help="run `mlcheck run`",
    )


def _notes(signed: Signed) -> list[str]:
    notes = [f"changed since the signature: {path}" for path in changed_files(signed)]
    if signed.inputs.fork is None or signed.inputs.cut:
        notes.append("the history here is cut (a shallow clone?): who made its earlier commits is not known")
    head, repository = signed.record.change.head, signed.inputs.standing.repository
    if not repository.is_ancestor(head, signed.inputs.standing.head):
        notes.append(f"the signed head {head[:12]} is not in the history; its files are compared by content")
    if signed.record.engine != signed.inputs.engine:
        notes.append(f"signed with {_shown(signed.record.engine)}; here {_shown(signed.inputs.engine)}")
    if rendered_by_another(signed):
        notes.append("the markdown beside the record is another version's, and was not compared")
    if signed.trust.policy.forbid_author_review and signed.reviews:
        notes.append("who made a commit is what the commit says of itself: its author is no proof")
    return [*notes, *ending_soon(signed)]


def _other_engine(signed: Signed, differences: list[Refusal]) -> Refusal:
    """Another engine decides otherwise: neither a pass nor a contradiction."""
    then = signed.record.engine
    items = ", ".join(dict.fromkeys(found.item for found in differences if found.item)) or "its coverage"
    return Refusal(
        None,
        f"signed with {_shown(then)}, decided otherwise with {_shown(signed.inputs.engine)}: {items};"
        f" {differences[0].message}",
        path=signed.developer.path,
        help=f"with Python {then.python}: `pip install mlcheck=={then.mlcheck} sqlglot=={then.sqlglot}`,"
        " then `mlcheck verify`",
    )


def _shown(engine: Engine) -> str:
    return f"mlcheck {engine.mlcheck}, Python {engine.python}, sqlglot {engine.sqlglot}"
