"""Where a part of a text of SQL stands: in a `%sql` cell, a file, or a string of Python; computed when asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from mlcheck.flow.frames.schema import Spot
from mlcheck.project.place import LineMap, Place

_NEWLINE = re.compile("\n")


class Origin(Protocol):
    """Where a text comes from."""

    def place(self, start: int, end: int) -> Place:
        """The place of a span of the text, in characters from 0, the end exclusive."""
        ...


@dataclass(frozen=True, slots=True)
class SqlSpot:
    """A span of a text of SQL."""

    origin: Origin
    start: int
    end: int

    @property
    def place(self) -> Place:
        return self.origin.place(self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class TextOrigin:
    """A text whose first character stands at a line and a column of some code, and that goes on line by line."""

    lines: LineMap
    text: str
    line: int  # of the code, from 1
    column: int = 1

    def place(self, start: int, end: int) -> Place:
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return self.lines.at(line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        above = self.text.count("\n", 0, offset)
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        return self.line + above, column + (self.column - 1 if not above else 0)


@dataclass(frozen=True, slots=True, eq=False)
class StringOrigin:
    """A text that a string of Python gives; `parts` are what is written of it, in order, with what is not between.

    It is looked for as it is written: in the argument, then in the whole code;
    else the argument is the place.
    """

    lines: LineMap
    text: str
    argument: Spot
    parts: tuple[tuple[int, str], ...] = field(default=())  # each with its offset in the text

    def place(self, start: int, end: int) -> Place:
        whole = self.argument.place
        found = self._found(start, whole)
        if found is None:
            return whole
        offset, length = found, end - start
        code = "\n".join(self.lines.text_lines)
        origin = TextOrigin(self.lines, code, 1)
        return origin.place(offset, min(offset + length, len(code)))

    def _found(self, start: int, whole: Place) -> int | None:
        """The offset in the code of what stands at an offset of the text."""
        part = next((one for one in reversed(self.parts) if one[0] <= start), None)
        if part is None:
            return None
        code = "\n".join(self.lines.text_lines)
        first = self.lines.index_of(whole)
        last = self.lines.index_of(_end_of(whole))
        if first is None or last is None:
            return None
        starts = _line_starts(code)
        begin, finish = starts[first], starts[last + 1] if last + 1 < len(starts) else len(code)
        for candidate, within in _pieces(part, start):
            for low, high in ((begin, finish), (0, len(code))):
                at = code.find(candidate, low, high)
                if at >= 0 and code.find(candidate, at + 1, high) < 0:
                    return at + within
        return None


def _pieces(part: tuple[int, str], start: int) -> list[tuple[str, int]]:
    """What to look for, the longest first, each with where the offset is in it: the part, its line, its line's rest."""
    offset, text = part
    within = start - offset
    if within >= len(text):
        return []
    low = text.rfind("\n", 0, within) + 1
    high = text.find("\n", within)
    line = text[low : high if high >= 0 else len(text)]
    return [(text, within), (line, within - low)]


def _end_of(place: Place) -> Place:
    if place.cell is not None and place.cell_line is not None:
        more = (place.end_line or place.line) - place.line
        return Place(place.path, place.end_line, 1, 0, 0, place.cell, place.cell_line + more)
    return Place(place.path, place.end_line or place.line)


@lru_cache(maxsize=4)
def _line_starts(code: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in _NEWLINE.finditer(code)))
