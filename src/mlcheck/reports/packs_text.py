"""Packs and items as plain text, in columns that fit 80 characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mlcheck.packs.overview import ItemRow, PackRow, PacksView
from mlcheck.packs.vocabulary import ANSWER_KINDS, APPLIES_TO, SCOPES
from mlcheck.printable import printable

WIDTH = 80
_LABEL = 12

_OWN_PACK = (
    "format: mlcheck/pack/1",
    "name: ops",
    "title: Operations",
    'version: "1"',
    "items:",
    "  - {id: OPS-01, title: …, question: …, why: …, how: …, scope: project,",
    "     answer: text}    # try it: mlcheck packs --validate FILE",
)


def render(view: PacksView) -> str:
    """A table of the packs, then each pack's items with how they are decided."""
    return "\n".join([*_table(view), *(line for row in view.packs for line in _pack(row)), *_legend()]) + "\n"


def _table(view: PacksView) -> Iterator[str]:
    rows = [("PACK", "VERSION", "ITEMS", "KILLERS", "CHECKED", "FROM")]
    rows += [_pack_row(row) for row in view.packs]
    checked = sum(row.count("check") + row.count("partly") for row in view.packs)
    rows.append(("all", "", str(view.items), str(view.killers), str(checked), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if column in (2, 3, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        yield "  ".join(cells).rstrip()


def _pack_row(row: PackRow) -> tuple[str, str, str, str, str, str]:
    pack = row.pack
    checked = row.count("check") + row.count("partly")
    return (pack.name, pack.version, str(len(row.items)), str(row.killers), str(checked), printable(pack.source))


def _pack(row: PackRow) -> Iterator[str]:
    yield ""
    base = f", extends {row.pack.extends}" if row.pack.extends else ""
    yield f"{printable(row.pack.title)} ({row.pack.name}{base})"
    width = max((len(one.item.id) for one in row.items), default=0)
    for one in row.items:
        head = f"  {one.item.id.ljust(width)}  {'K' if one.item.killer else ' '}  {one.decided.ljust(7)}  "
        yield from _wrapped(printable(one.item.title), head)


def _legend() -> Iterator[str]:
    yield ""
    yield "K: a killer. check: decided by checks; partly: by some of its checks so far;"
    yield "not yet: its checks don't exist yet, so a person is asked; person: asked always."
    yield "One item in full: mlcheck packs --item PRE-01"
    yield "A pack of your own: .mlcheck/packs/NAME.yaml on the base branch; it may begin as"
    yield from (f"    {text}" for text in _OWN_PACK)


def item_text(row: ItemRow) -> str:
    """One item in full."""
    return "\n".join(_item(row)) + "\n"


def _item(row: ItemRow) -> Iterator[str]:
    item = row.item
    yield f"{item.id}  {item.pack}{', a killer' if item.killer else ''}"
    yield from _wrapped(printable(item.title), "")
    yield ""
    yield from _entry("Question", item.question)
    yield from _entry("Why", item.why)
    yield "How"
    yield from (f"    {printable(line)}".rstrip() for line in item.how.split("\n"))
    yield ""
    yield from _entry("Answer", f"{item.answer}: {ANSWER_KINDS[item.answer]}")
    yield from (line for choice in item.choices for line in _entry("", f"- {choice}"))
    yield from _entry("Evidence", item.evidence)
    yield from _entry("Decided by", _decided_by(row))
    yield from _entry("Asked", f"{SCOPES[item.scope]}{f', of {item.role}' if item.role else ''}")
    yield from _entry("Applies to", "; ".join(APPLIES_TO[word] for word in item.applies_to) or "every project")
    yield from _entry("Prevents", ", ".join(item.prevents))
    for reference in item.references:
        yield from _entry("See", reference.title)
        yield f"{' ' * _LABEL}{printable(reference.url)}"


def _decided_by(row: ItemRow) -> str:
    names = [*row.existing, *(f"{name} (not yet)" for name in row.missing)]
    narrowed = [
        f"{name} where {key} is {value}" for name, subject in row.item.narrow.items() for key, value in subject.items()
    ]
    return "; ".join([", ".join(names) or "a person", *narrowed])


def _entry(label: str, text: str) -> Iterator[str]:
    if text:
        yield from _wrapped(printable(text), label.ljust(_LABEL))


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
