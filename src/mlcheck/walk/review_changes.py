"""What changed since the last signature: of an answer, and of the code that it rests on, before beside now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from mlcheck.record.model import Key, RecordItem
from mlcheck.walk.code_lines import Numbered
from mlcheck.walk.highlight import highlighted
from mlcheck.walk.text import Line, Lines, Pair, Span, line

_MOST_ROWS = 12  # of changed lines for an item
_LONGEST = 20_000  # lines of a file that are compared


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line as it was and as it is, each with its number; None where there is no such line."""

    before: tuple[int, str] | None
    now: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Since:
    """What a review looks back to: the last signature, or where the change left its base.

    `items` are those of the last signed record, `changed` the lines of each
    file that differ since, `code` the lines around each place as they are now.
    """

    words: str = ""  # `since dev@example.com signed on 2026-11-20`
    items: Mapping[Key, RecordItem] = field(default_factory=dict)
    changed: Mapping[str, tuple[ChangedLine, ...]] = field(default_factory=dict)
    code: Mapping[tuple[str, int], Numbered] = field(default_factory=dict)


def changed_lines(before: Sequence[str], now: Sequence[str]) -> tuple[ChangedLine, ...]:
    """The lines that differ between two texts, those that took another's place beside it."""
    if before == now or max(len(before), len(now)) > _LONGEST:
        return ()
    found: list[ChangedLine] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for offset in range(max(i2 - i1, j2 - j1)):
            old, new = i1 + offset, j1 + offset
            found.append(
                ChangedLine(
                    (old + 1, before[old]) if old < i2 else None,
                    (new + 1, now[new]) if new < j2 else None,
                )
            )
    return tuple(found)


def changed_since(since: Since, item: RecordItem) -> bool:
    """Whether an item is new, or anything of it differs."""
    before = since.items.get(item.key)
    return before is None or any(then != here for _, then, here in _compared(before, item))


def answer_since(since: Since, item: RecordItem) -> Iterator[Lines]:
    """Whether an item's outcome and answer are new, as they were, or other ones; then both, side by side."""
    if not since.items:
        return
    before = since.items.get(item.key)
    if before is None:
        yield line(Span("New       ", "label"), f"it was not there {since.words}", indent=10)
        return
    differ = [name for name, then, here in _compared(before, item) if then != here]
    if not differ:
        yield line(Span("As before ", "label"), f"nothing of it changed {since.words}", indent=10)
        return
    yield line(Span("Changed   ", "label"), f"{', '.join(differ)}, {since.words}", indent=10)
    for name, then, here in _compared(before, item):
        if then != here and name != "what it rests on":
            yield Pair(line(Span(f"before  {name}: "), then, indent=8), line(Span(f"now     {name}: "), here, indent=8))


def _compared(before: RecordItem, now: RecordItem) -> tuple[tuple[str, str, str], ...]:
    return (
        ("found", _found(before), _found(now)),
        ("answer", _answer(before), _answer(now)),
        ("what it rests on", before.exhibit.digest, now.exhibit.digest),
    )


def _found(item: RecordItem) -> str:
    return f"{item.computed.outcome}, {item.computed.reason}"


def _answer(item: RecordItem) -> str:
    given = item.given
    waiver = f"{given.waiver.risk} risk until {given.waiver.until}: {given.waiver.reason}" if given.waiver else ""
    return " · ".join(part for part in (given.outcome, given.value or "", waiver, given.note) if part)


def code_since(since: Since, paths: Sequence[str]) -> Iterator[Lines]:
    """The changed lines of the files that an answer rests on, before beside now."""
    left = _MOST_ROWS
    for path in paths:
        changed = since.changed.get(path, ())
        if not changed:
            continue
        count = f"{len(changed)} changed {'line' if len(changed) == 1 else 'lines'}"
        yield line(Span(path, "place", f"{path}:{_first(changed)}"), f"  {count} {since.words}", indent=2)
        shown = changed[: max(left, 1)]
        yield from (Pair(_side("-", each.before), _side("+", each.now)) for each in shown)
        if len(shown) < len(changed):
            yield line(Span(f"   and {len(changed) - len(shown)} more", "dim"))
        left -= len(shown)


def _first(changed: Sequence[ChangedLine]) -> int:
    return next((each.now[0] for each in changed if each.now), 1)


def _side(mark: str, numbered: tuple[int, str] | None) -> Line:
    if numbered is None:
        return line("")
    number, text = numbered
    style = "removed" if mark == "-" else "added"
    return line(Span(f" {mark} {number:4} | ", style), *highlighted(text.rstrip()), cut=True)
