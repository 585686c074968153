"""Building a developer's record from a decision and its answers. Pure: bytes out of values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from mlcheck.errors import CouldNotError
from mlcheck.packs.model import (
    Answer,
    Coverage,
    Decision,
    Evidence,
    InstanceOutcome,
    ItemOutcome,
    Pack,
    ReportedFinding,
)
from mlcheck.printable import printable
from mlcheck.record import statement
from mlcheck.record.model import (
    DEVELOPER_MEANING,
    Change,
    Cited,
    Computed,
    DeveloperRecord,
    Engine,
    Given,
    PackUsed,
    RecordItem,
    Searched,
    Shown,
    Signer,
    Silenced,
    Statement,
    Subject,
    Understood,
)
from mlcheck.record.refusal import Refused
from mlcheck.record.standing import Standing
from mlcheck.record.strict_json import canonical
from mlcheck.record.trust import Trust

AnswerKey = tuple[str, str]  # an item's id, an instance's name

MAX_CITED = 20  # places kept for an instance; the rest are counted
MAX_LINE = 400  # characters of a line that evidence keeps
MAX_SNIPPET = 200  # characters
MAX_SHOWN = 64 * 1024  # characters of an exhibit's data; its digest binds it either way
MAX_PLACES = 100  # places not understood that are named


@dataclass(frozen=True, slots=True)
class Carried:
    """An answer from an earlier record: whose, when, and the SHA-256 of the record that first gave it."""

    answer: Answer
    checked: bool
    signer: str
    from_: str


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs what, when: what a record holds beside the decision and its answers."""

    change: Change
    engine: Engine
    signer: Signer
    time: str
    previous: str | None = None
    merges: tuple[str, ...] = ()


def developer_record(
    decision: Decision,
    answers: Mapping[AnswerKey, Answer],
    carried: Mapping[AnswerKey, Carried],
    signing: Signing,
    *,
    subjects: Sequence[Subject],
    content: str,
) -> bytes:
    """The payload of a developer's record, to be signed.

    An answer wins over one that is carried; an instance with neither is given
    what was computed, by the tool. Raises CouldNotError where a text, or the
    whole, is what `verify` would refuse.
    """
    record = developer_values(decision, answers, carried, signing, content=content)
    try:
        return statement.write(Statement(tuple(subjects), record))
    except Refused as refused:
        raise CouldNotError(
            f"the record would be refused ({refused.refusal.code.value if refused.refusal.code else ''}):"
            f" {refused.refusal.message}"
        ) from None


def developer_values(
    decision: Decision,
    answers: Mapping[AnswerKey, Answer],
    carried: Mapping[AnswerKey, Carried],
    signing: Signing,
    *,
    content: str,
) -> DeveloperRecord:
    """The record as values: what `developer_record` writes, and what an unsigned report renders."""

    def given(item: ItemOutcome, instance: InstanceOutcome) -> Given:
        key = item.item.id, instance.name
        if key in answers:
            return _answered(answers[key], signing)
        return _carried(carried[key]) if key in carried else by_tool(instance)

    return DeveloperRecord(
        role="developer",
        change=signing.change,
        engine=signing.engine,
        packs=packs_used(decision.packs),
        coverage=understood(decision),
        content=content,
        items=tuple(
            record_item(item, instance, given(item, instance)) for item in decision.items for instance in item.instances
        ),
        silenced=silenced(decision.findings),
        signer=signing.signer,
        time=signing.time,
        previous=signing.previous,
        merges=signing.merges,
    )


def change_of(standing: Standing, trust: Trust) -> Change:
    """The change as records name it."""
    return Change(
        repository=trust.repository,
        url=trust.url,
        folder=printable(standing.prefix),
        id=standing.id,
        ref=standing.ref,
        base_ref=standing.base_ref,
        base=standing.base,
        head=standing.head,
    )


def developer_signer(principal: str, name: str = "") -> Signer:
    """The signer of a developer's record, with what signing means."""
    return Signer(principal, name, DEVELOPER_MEANING)


def paths_rested_on(decision: Decision) -> frozenset[str]:
    """The files that become subjects: those of the exhibits and of the evidence kept."""
    instances = [instance for item in decision.items for instance in item.instances]
    of_exhibits = {path for instance in instances for path in instance.exhibit.paths}
    return frozenset(of_exhibits | {each.place.path for one in instances for each in one.evidence[:MAX_CITED]})


# --- what was given -----------------------------------------------------------


def by_tool(instance: InstanceOutcome) -> Given:
    """The computed outcome and nothing else."""
    return Given(instance.outcome, "tool", None, False, "", None, None, None, None)


def _answered(answer: Answer, signing: Signing) -> Given:
    return Given(
        outcome=answer.outcome,
        by=answer.by,
        value=answer.value,
        checked=False,
        note=answer.note,
        waiver=answer.waiver,
        signer=signing.signer.principal,
        at=answer.at or signing.time,
        from_=None,
    )


def _carried(carried: Carried) -> Given:
    answer = carried.answer
    return Given(
        outcome=answer.outcome,
        by=answer.by,
        value=answer.value,
        checked=carried.checked,
        note=answer.note,
        waiver=answer.waiver,
        signer=carried.signer,
        at=answer.at,
        from_=carried.from_,
    )


# --- what was computed: made in one way, so that it can be made again and compared ---------


def record_item(item: ItemOutcome, instance: InstanceOutcome, given: Given) -> RecordItem:
    """One item for one instance, as the record holds it."""
    return RecordItem(
        id=item.item.id,
        pack=item.item.pack,
        title=printable(item.item.title),
        scope=item.item.scope,
        name=printable(instance.name),
        text=item.item.digest,
        killer=item.item.killer,
        computed=Computed(instance.outcome, printable(instance.reason)),
        given=given,
        exhibit=Shown(instance.exhibit.digest, None if given.by == "tool" else shown_data(instance)),
        evidence=tuple(cited(each) for each in islice(instance.evidence, MAX_CITED)),
        evidence_count=len(instance.evidence),
        searched=searched(item.searched),
    )


def shown_data(instance: InstanceOutcome) -> str | None:
    """An exhibit's data as text, or None where it is too long to keep."""
    text = canonical(instance.exhibit.data).decode("ascii")
    return text if len(text) <= MAX_SHOWN else None


def cited(evidence: Evidence) -> Cited:
    """A piece of evidence, as the record holds it."""
    place = evidence.place
    snippet, digest = cited_line(evidence.snippet)
    return Cited(
        path=printable(place.path),
        line=place.line,
        end_line=place.end_line or place.line,
        cell=place.cell,
        snippet=snippet,
        digest=digest,
        note=printable(evidence.note),
    )


def cited_line(text: str) -> tuple[str, str]:
    """A line as the record holds it (printable, cut), and the digest of the whole.

    The whole is the first MAX_LINE characters without the blanks around them, as evidence has it.
    """
    line = printable(text)[:MAX_LINE].strip()
    snippet = line if len(line) <= MAX_SNIPPET else line[: MAX_SNIPPET - 1] + "…"
    return snippet, hashlib.sha256(line.encode()).hexdigest()


def searched(globs: Sequence[str]) -> Searched:
    """What was searched, with its digest."""
    shown = tuple(printable(glob) for glob in globs)
    return Searched(shown, hashlib.sha256(canonical(list(shown))).hexdigest())


def packs_used(packs: Sequence[Pack]) -> tuple[PackUsed, ...]:
    """The packs in force, as the record holds them."""
    return tuple(PackUsed(pack.name, printable(pack.title), pack.version, pack.digest, pack.extends) for pack in packs)


def understood(decision: Decision) -> Understood:
    """How much of the code was understood, as the record holds it."""
    coverage: Coverage = decision.coverage
    places = (f"{each.place.shown()}: {each.what}" for each in decision.not_understood[:MAX_PLACES])
    return Understood(
        files=coverage.files,
        column_references=coverage.column_references,
        decided=coverage.decided,
        open=coverage.open,
        calls=coverage.calls,
        calls_resolved=coverage.calls_resolved,
        not_understood=len(decision.not_understood),
        places=tuple(printable(place) for place in places),
    )


def silenced(findings: Sequence[ReportedFinding]) -> tuple[Silenced, ...]:
    """The findings that a comment or the baseline silenced, as the record holds them."""
    return tuple(
        Silenced(
            check=each.finding.check,
            items=each.items,
            path=printable(each.finding.place.path),
            line=each.finding.place.line,
            message=printable(each.finding.message),
            how="suppressed" if each.suppressed is not None else "baselined",
            reason=printable(each.suppressed if each.suppressed is not None else each.baselined or ""),
            fingerprint=each.fingerprint,
        )
        for each in findings
        if each.suppressed is not None or each.baselined is not None
    )
