"""Styled text in terminal cells: lines of spans, wrapped and cut by the width that characters really have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from mlcheck.printable import printable


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style; a style adds to what the words say, it never says it alone."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a row. What doesn't fit is wrapped to `indent`; code is cut instead."""

    spans: tuple[Span, ...] = ()
    indent: int = 0
    cut: bool = False

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


Row = tuple[Span, ...]
BLANK = Line()
TIED = "\u00a0"  # a blank at which no row breaks


def line(*parts: str | Span, indent: int = 0, cut: bool = False) -> Line:
    """A line of plain strings and spans, made printable, tabs as four spaces."""
    return Line(tuple(_clean(part) for part in parts), indent, cut)


def _clean(part: str | Span) -> Span:
    span = part if isinstance(part, Span) else Span(part)
    return Span(printable(span.text).replace("\t", "    "), span.style)


def entry(label: str, words: str, wide: int) -> Iterator[Line]:
    """A label and its words; where the words have several lines, those after the first stand below."""
    first, *others = words.strip("\n").split("\n")
    label = padded(label, wide)
    yield line(Span(label if label.endswith(" ") else f"{label} ", "label"), first, indent=wide)
    for other in others:
        blanks = len(other) - len(other.lstrip(" "))
        yield line(" " * wide + other, indent=wide + blanks)


def rows(lines: Iterable[Line], width: int) -> tuple[Row, ...]:
    """The lines as rows of at most `width` cells."""
    broken = (row for each in lines for row in _rows(each, max(width, 10)))
    return tuple(tuple(Span(span.text.replace(TIED, " "), span.style) for span in row) for row in broken)


def _rows(each: Line, width: int) -> Iterator[Row]:
    if cell_len(each.text) <= width:
        yield each.spans
    elif each.cut:
        yield _cut(each.spans, width)
    else:
        yield from _wrapped(each, width)


def _cut(spans: tuple[Span, ...], width: int) -> Row:
    kept: list[Span] = []
    left = width - 1
    for span in spans:
        head = _head(span.text, left)
        kept.append(Span(head, span.style))
        left -= cell_len(head)
        if head != span.text:
            break
    return (*kept, Span("…", "dim"))


def _head(text: str, cells: int) -> str:
    """The longest beginning of the text within so many cells."""
    low, high = 0, min(len(text), max(cells, 0) * 8)  # eight code points a cell: combining ones have none
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cell_len(text[:middle]) <= cells else (low, middle - 1)
    return text[:low]


def _wrapped(each: Line, width: int) -> Iterator[Row]:
    """Rows broken at blanks; a word longer than a row is broken where the row ends."""
    indent = min(each.indent, width // 2)
    row: list[Span] = []
    used = 0
    for word, style in _words(each.spans):
        while True:
            if used + cell_len(word.rstrip(" ")) <= width:
                row.append(Span(word, style))
                used += cell_len(word)
                break
            if used > indent or (row and not indent):
                yield _trimmed(row)
                row, used = _margin(indent), indent
                word = word.lstrip(" ")
                continue
            head = _head(word, width - used) or word[:1]
            row.append(Span(head, style))
            yield _trimmed(row)
            row, used, word = _margin(indent), indent, word[len(head) :]
    if used > indent:
        yield _trimmed(row)


def _margin(indent: int) -> list[Span]:
    return [Span(" " * indent)] if indent else []


def _words(spans: tuple[Span, ...]) -> Iterator[tuple[str, str]]:
    """The words with the blanks after them, each with its style."""
    for span in spans:
        start = 0
        for end in range(1, len(span.text) + 1):
            if end == len(span.text) or (span.text[end - 1] == " " and span.text[end] != " "):
                yield span.text[start:end], span.style
                start = end


def _trimmed(row: list[Span]) -> Row:
    if not row:
        return ()
    return (*row[:-1], Span(row[-1].text.rstrip(" "), row[-1].style))


def padded(text: str, cells: int) -> str:
    """The text filled up with blanks to so many cells."""
    return text + " " * max(0, cells - cell_len(text))
