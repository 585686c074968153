"""The report that a reviewer reads in the pull request: GitHub-flavoured Markdown, the same bytes each time.

Everything that people typed stands in code spans, so that a note can't forge
a heading, a link, a row, a tick or HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlcheck.packs.model import Decision
from mlcheck.record.build import Signing, developer_values
from mlcheck.record.engine import running_engine
from mlcheck.record.model import Change, Cited, DeveloperRecord, PackUsed, RecordItem, Signer, Verdict
from mlcheck.record.opening import VerifiedRecord
from mlcheck.reports.forge import line_address
from mlcheck.reports.gfm import cell, code, link, plain

LIMIT = 65_000  # GitHub takes 65,536 characters in a comment
_SPARE = 2000  # for headings, and for saying what is cut
_LINKS = 3  # places linked for an item; the rest are counted
_NOWHERE = Change("", "", "", "", None, "", "", "")
_COUNTED = ("pass", "fail", "unknown", "manual", "waived", "disputed", "baselined", "n/a")


@dataclass(frozen=True, slots=True)
class Report:
    """What is rendered. `sha256` and `key` are None where nobody signed."""

    record: DeveloperRecord
    sha256: str | None
    key: str | None
    grade: str = "key"
    reviews: tuple[VerifiedRecord, ...] = ()


def of_record(developer: VerifiedRecord, reviews: Iterable[VerifiedRecord] = ()) -> Report:
    """The report of a verified record, with reviews of it."""
    return Report(developer.developer, developer.sha256, developer.key, developer.grade, tuple(reviews))


def of_decision(decision: Decision, change: Change = _NOWHERE) -> Report:
    """The report of outcomes that nobody signed."""
    signing = Signing(change, running_engine(), Signer("", "", ""), "")
    return Report(developer_values(decision, {}, {}, signing, content=""), None, None)


def render(report: Report) -> str:
    """The Markdown. Under GitHub's limit: what is cut is counted."""
    record = report.record
    head = [
        f"## {_verdict(report)}",
        *_change(report),
        _packs(record),
        _understood(record),
        *_signatures(report),
    ]
    attention = [item for item in record.items if _needs_attention(item)]
    settled = [item for item in record.items if not _needs_attention(item)]
    tail = [*_silenced(record), *_unread(record)]
    room = LIMIT - sum(len(block) + 2 for block in [*head, *tail]) - _SPARE
    disputes = _disputes(report)
    entries = [
        (_heading(item), _entry(item, record, disputes.get(item.key, ())))
        for item in sorted(attention, key=_worst_first)
    ]
    shown, room = _fitting(entries, room)
    folded, _ = _fitting([("", _line(item, record)) for item in settled], room)
    sections = [*_sections(shown, len(attention)), *tail, *_folded(folded, len(settled))]
    return "\n\n".join([*head, *sections]) + "\n"


# --- the top --------------------------------------------------------------------


def _verdict(report: Report) -> str:
    record = report.record
    still_open = _count(record, "unknown", "manual")
    failed = _count(record, "fail")
    waived = _count(record, "waived", "disputed", "baselined")
    counts = f"{_counted(len(record.items), 'item')}, {failed} failed, {still_open} open, {waived} waived or disputed"
    if report.key is None:
        return f"UNSIGNED: {counts}"
    names = dict.fromkeys(code(one.signer.principal) for one in report.reviews)
    disputed = sum(one.verdict == "dispute" for review in report.reviews for one in review.review.verdicts)
    if failed or still_open:
        verdict = "NOT DONE: signed by"
    elif disputed:
        verdict = f"DISPUTED ({disputed}): signed by"
    else:
        verdict = "Signed by"
    reviewed = f", reviewed by {', '.join(names)}" if names else ", review not in this report"
    return f"{verdict} {code(record.signer.principal)}{reviewed}: {counts}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _count(record: DeveloperRecord, *outcomes: str) -> int:
    return sum(item.given.outcome in outcomes for item in record.items)


def _change(report: Report) -> Iterator[str]:
    change = report.record.change
    if not change.head:
        return
    rows = [
        f"| change | {cell(change.id)} of {cell(change.repository)} |",
        f"| branch | {cell(change.ref) if change.ref else 'detached'} |",
        f"| commits | {cell(change.base[:12])} ({cell(change.base_ref)}) to {cell(change.head[:12])} |",
    ]
    if report.sha256:
        rows.append(f"| record | {cell(report.sha256)} |")
    yield "\n".join(["| | |", "|---|---|", *rows])


def _packs(record: DeveloperRecord) -> str:
    used = [name for name in _COUNTED if any(item.given.outcome == name for item in record.items)]
    rows = [_pack_row(pack, record, used) for pack in record.packs]
    titles = [*used, "by a person"]
    return "\n".join([f"| pack | version | {' | '.join(titles)} |", "|---|---|" + "---:|" * len(titles), *rows])


def _pack_row(pack: PackUsed, record: DeveloperRecord, used: Sequence[str]) -> str:
    items = [item for item in record.items if item.pack == pack.name]
    counts = [str(sum(item.given.outcome == name for item in items)) for name in used]
    answered = sum(item.given.by != "tool" for item in items)
    agents = sum(item.given.by == "agent" for item in items)
    by = f"{answered} ({agents} by an agent)" if agents else str(answered)
    return f"| {cell(pack.title or pack.name)} | {cell(pack.version)} | {' | '.join([*counts, by])} |"


def _understood(record: DeveloperRecord) -> str:
    seen = record.coverage
    parts = [f"{_counted(seen.files, 'file')} read", f"{seen.calls_resolved} of {seen.calls} calls resolved"]
    if seen.column_references:
        parts.append(f"{seen.decided} of {seen.column_references} column references decided")
    parts.append(f"{_counted(seen.not_understood, 'place')} not understood")
    return f"Understood: {', '.join(parts)}."


# --- who signed -------------------------------------------------------------------


def _signatures(report: Report) -> Iterator[str]:
    if report.key is None:
        yield "Nobody signed this. Sign it by `mlcheck run`."
        return
    record = report.record
    lines = [f"- {_signer('developer', record.signer, report.key, report.grade, record.time)}"]
    for review in report.reviews:
        given = review.review
        agreed = sum(one.verdict == "agree" for one in given.verdicts)
        said = f"agreed to {agreed}, disputed {len(given.verdicts) - agreed}"
        lines.append(f"- {_signer('reviewer', given.signer, review.key, review.grade, given.time)} · {said}")
    lines.append(f"- engine: {code(_engine(record))}")
    lines.append(f"- verify it: `mlcheck verify --change {record.change.id}`")
    yield "\n".join(lines)


def _signer(role: str, signer: Signer, key: str, grade: str, time: str) -> str:
    name = f" ({code(signer.name, limit=100)})" if signer.name else ""
    return (
        f"{role}: {code(signer.principal)}{name} · key {code(key)} · grade {grade} · {time} (claimed)"
        f" · {code(signer.meaning)}"
    )


def _engine(record: DeveloperRecord) -> str:
    engine = record.engine
    return f"mlcheck {engine.mlcheck}, Python {engine.python}, sqlglot {engine.sqlglot}"


# --- items ------------------------------------------------------------------------

_HEADINGS = ("Failed", "Open", "Disputed", "Waived", "In the baseline", "Answered by a person")


def _heading(item: RecordItem) -> str:
    match item.given.outcome:
        case "fail":
            return "Failed"
        case "unknown" | "manual":
            return "Open"
        case "disputed":
            return "Disputed"
        case "waived":
            return "Waived"
        case "baselined":
            return "In the baseline"
        case _:
            return "Answered by a person"


def _worst_first(item: RecordItem) -> tuple[int, bool]:
    return _HEADINGS.index(_heading(item)), not item.killer


def _needs_attention(item: RecordItem) -> bool:
    return item.given.by != "tool" or item.given.outcome not in ("pass", "n/a")


def _sections(shown: Sequence[tuple[str, str]], total: int) -> Iterator[str]:
    for heading in _HEADINGS:
        entries = [text for title, text in shown if title == heading]
        if entries:
            yield f"### {heading}\n\n" + "\n".join(entries)
    if len(shown) < total:
        yield (
            f"**{total - len(shown)} more of {total} are cut here:**"
            " `mlcheck review` shows them all, and the record holds them."
        )


def _entry(item: RecordItem, record: DeveloperRecord, disputes: Sequence[tuple[str, Verdict]]) -> str:
    given = item.given
    killer = " **killer**" if item.killer else ""
    lines = [f"- **{code(item.id)}**{killer} {plain(item.title)}{_instance(item)}"]
    lines.append(f"  - computed `{item.computed.outcome}`: {code(item.computed.reason)}")
    if given.by != "tool":
        lines += [f"  - {line}" for line in _given(item)]
    places = _places(item, record)
    if places:
        lines.append(f"  - evidence: {places}")
    for principal, one in disputes:
        lines.append(f"  - **disputed by** {code(principal)}: {code(one.note)}")
    return "\n".join(lines)


def _instance(item: RecordItem) -> str:
    return f" · {item.scope} {code(item.name)}" if item.name else ""


def _given(item: RecordItem) -> Iterator[str]:
    given = item.given
    who = "an agent of" if given.by == "agent" else "by"
    carried = f", carried over from {code(given.from_[:12])}" if given.from_ else ""
    yield f"given `{given.outcome}` {who} {code(given.signer or '')} at {given.at} (claimed){carried}"
    if given.value is not None:
        how = "claimed, and claimed to be looked up" if given.checked else "claimed, not checked"
        yield f"value {code(given.value)} ({how})"
    if given.waiver is not None:
        waiver = given.waiver
        yield (
            f"risk {code(waiver.risk)}, approver {code(waiver.approver)}, until {code(waiver.until)}:"
            f" {code(waiver.reason)}"
        )
    if given.note:
        yield f"note {code(given.note)}"


def _line(item: RecordItem, record: DeveloperRecord) -> str:
    places = _places(item, record)
    seen = f" · {places}" if places else ""
    return (
        f"- {code(item.id)} `{item.given.outcome}` {plain(item.title)}{_instance(item)}:"
        f" {code(item.computed.reason)}{seen}"
    )


def _places(item: RecordItem, record: DeveloperRecord) -> str:
    shown = [_place(each, record.change) for each in item.evidence[:_LINKS]]
    more = item.evidence_count - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _place(cited: Cited, change: Change) -> str:
    where = f"{cited.path}:{cited.line}" + (f" cell {cited.cell}" if cited.cell else "")
    line = f" {code(cited.snippet, limit=120)}" if cited.snippet else ""
    return link(where, line_address(change, cited.path, cited.line)) + line


def _disputes(report: Report) -> dict[tuple[str, str, str], list[tuple[str, Verdict]]]:
    found: dict[tuple[str, str, str], list[tuple[str, Verdict]]] = {}
    for review in report.reviews:
        for one in review.review.verdicts:
            if one.verdict == "dispute":
                found.setdefault(one.key, []).append((review.signer.principal, one))
    return found


# --- the rest ---------------------------------------------------------------------


def _silenced(record: DeveloperRecord) -> Iterator[str]:
    if not record.silenced:
        return
    rows = [
        f"- {code(one.check)} ({', '.join(map(code, one.items)) or 'no item'}) at"
        f" {link(f'{one.path}:{one.line}', line_address(record.change, one.path, one.line))}:"
        f" {one.how}, {code(one.reason, limit=200)}"
        for one in record.silenced[:50]
    ]
    if len(record.silenced) > len(rows):
        rows.append(f"- and {len(record.silenced) - len(rows)} more")
    yield "### Silenced in the code or by the baseline\n\n" + "\n".join(rows)


def _folded(shown: Sequence[tuple[str, str]], total: int) -> Iterator[str]:
    if not total:
        return
    rest = f"\n- and {total - len(shown)} more are cut here" if len(shown) < total else ""
    rows = "\n".join(text for _, text in shown)
    summary = f"{_counted(total, 'item')} decided without a person, passed or not applicable"
    yield f"<details>\n<summary>{summary}</summary>\n\n{rows}{rest}\n\n</details>"


def _unread(record: DeveloperRecord) -> Iterator[str]:
    seen = record.coverage
    if not seen.not_understood:
        return
    rows = [f"- {code(place, limit=200)}" for place in seen.places[:10]]
    more = seen.not_understood - len(rows)
    rows += [f"- and {more} more"] if more else []
    yield ("<details>\n<summary>What was not understood</summary>\n\n" + "\n".join(rows) + "\n\n</details>")


def _fitting(entries: Sequence[tuple[str, str]], room: int) -> tuple[list[tuple[str, str]], int]:
    """The entries that fit, in order, and the room left."""
    shown: list[tuple[str, str]] = []
    for heading, text in entries:
        room -= len(text) + 1
        if room < 0:
            break
        shown.append((heading, text))
    return shown, max(room, 0)
