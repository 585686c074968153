"""Styled text in terminal cells: lines of spans, wrapped and cut by the width that characters really have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Union

from rich.cells import cell_len

from mlcheck.printable import printable


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style; a style adds to what the words say, it never says it alone.

    `link` is where it leads, where a terminal can follow it: an address, or `path:line`.
    """

    text: str
    style: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a row. What doesn't fit is wrapped to `indent`; code is cut instead."""

    spans: tuple[Span, ...] = ()
    indent: int = 0
    cut: bool = False

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two lines side by side where the window is wide enough, else one below the other."""

    left: Line
    right: Line


Lines = Union[Line, Pair]
Row = tuple[Span, ...]
BLANK = Line()
TIED = "\u00a0"  # a blank at which no row breaks
SIDE_BY_SIDE = 100  # cells that two columns need
_BETWEEN = " │ "


def line(*parts: str | Span, indent: int = 0, cut: bool = False) -> Line:
    """A line of plain strings and spans, made printable, tabs as four spaces."""
    return Line(tuple(_clean(part) for part in parts), indent, cut)


def _clean(part: str | Span) -> Span:
    span = part if isinstance(part, Span) else Span(part)
    return replace(span, text=printable(span.text).replace("\t", "    "))


def entry(label: str, words: str, wide: int) -> Iterator[Line]:
    """A label and its words; where the words have several lines, those after the first stand below."""
    first, *others = words.strip("\n").split("\n")
    label = padded(label, wide)
    yield line(Span(label if label.endswith(" ") else f"{label} ", "label"), first, indent=wide)
    for other in others:
        blanks = len(other) - len(other.lstrip(" "))
        yield line(" " * wide + other, indent=wide + blanks)


def rows(lines: Iterable[Lines], width: int) -> tuple[Row, ...]:
    """The lines as rows of at most `width` cells."""
    broken = (row for each in lines for row in _rows(each, max(width, 10)))
    return tuple(tuple(replace(span, text=span.text.replace(TIED, " ")) for span in row) for row in broken)


def _rows(each: Lines, width: int) -> Iterator[Row]:
    if isinstance(each, Pair):
        yield from _beside(each, width)
    elif cell_len(each.text) <= width:
        yield each.spans
    elif each.cut:
        yield _cut(each.spans, width)
    else:
        yield from _wrapped(each, width)


def _beside(pair: Pair, width: int) -> Iterator[Row]:
    if width < SIDE_BY_SIDE:
        for each in stacked(pair):
            yield from _rows(each, width)
        return
    half = (width - len(_BETWEEN)) // 2
    for left, right in zip_longest(_rows(pair.left, half), _rows(pair.right, half), fillvalue=()):
        filling = half - cell_len("".join(span.text for span in left))
        yield (*left, Span(" " * filling), Span(_BETWEEN, "dim"), *right)


def stacked(pair: Pair) -> tuple[Line, ...]:
    """A pair's lines one below the other, those with nothing in them left out."""
    return tuple(each for each in (pair.left, pair.right) if each.text.strip())


def _cut(spans: tuple[Span, ...], width: int) -> Row:
    kept: list[Span] = []
    left = width - 1
    for span in spans:
        head = _head(span.text, left)
        kept.append(replace(span, text=head))
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
    for piece in _words(each.spans):
        word = piece.text
        while True:
            if used + cell_len(word.rstrip(" ")) <= width:
                row.append(replace(piece, text=word))
                used += cell_len(word)
                break
            if used > indent or (row and not indent):
                yield _trimmed(row)
                row, used = _margin(indent), indent
                word = word.lstrip(" ")
                continue
            head = _head(word, width - used) or word[:1]
            row.append(replace(piece, text=head))
            yield _trimmed(row)
            row, used, word = _margin(indent), indent, word[len(head) :]
    if used > indent:
        yield _trimmed(row)


def _margin(indent: int) -> list[Span]:
    return [Span(" " * indent)] if indent else []


def _words(spans: tuple[Span, ...]) -> Iterator[Span]:
    """The words with the blanks after them, each with its style."""
    for span in spans:
        start = 0
        for end in range(1, len(span.text) + 1):
            if end == len(span.text) or (span.text[end - 1] == " " and span.text[end] != " "):
                yield replace(span, text=span.text[start:end])
                start = end


def _trimmed(row: list[Span]) -> Row:
    if not row:
        return ()
    return (*row[:-1], replace(row[-1], text=row[-1].text.rstrip(" ")))


def padded(text: str, cells: int) -> str:
    """The text filled up with blanks to so many cells."""
    return text + " " * max(0, cells - cell_len(text))
