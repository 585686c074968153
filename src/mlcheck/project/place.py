"""Places in files: the one module that knows how parsers count."""

from __future__ import annotations

import ast
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span in a file: lines and columns from 1, in characters, the end exclusive.

    `path` is relative to the project, with `/`. In an `.ipynb`, `line` is the
    file's own and `cell` counts from 1; columns count in the cell's line,
    which is its `cell_line` (several share one line of the file in compact JSON).
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    cell: int | None = None
    cell_line: int | None = None

    def shown(self) -> str:
        """`path:line`, as editors and terminals open it."""
        return f"{self.path}:{self.line}"

    def seen_from(self, other: Place) -> str:
        """`line 12` where `other` is in the same file, the cell with it in an `.ipynb`; else `path:12`."""
        if self.path != other.path:
            return self.shown()
        return f"line {self.line}" if self.cell is None else f"cell {self.cell}, line {self.cell_line}"


@lru_cache(maxsize=32)
def split_lines(text: str) -> tuple[str, ...]:
    """A text's lines, kept for the places that are looked at next in the same file."""
    return tuple(text.split("\n"))


@dataclass(frozen=True, slots=True)
class LineMap:
    """Which line (and cell) of the file each line of a code text is.

    `lines[i]` is the file's line of the text's line i + 1; empty where the
    text is the file. `cells[i]` is its cell, from 1. `shifts[i]` says by how
    many characters the text's line starts later in the file (a `# MAGIC ` that
    was taken off); empty where by none.
    """

    path: str
    text: str
    lines: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()

    @property
    def text_lines(self) -> tuple[str, ...]:
        """The text's lines; kept for the files that were looked at last alone."""
        return split_lines(self.text)

    def at(self, line: int, column: int = 1, end_line: int = 0, end_column: int = 0) -> Place:
        """The place of a span given in the text's own lines, from 1."""
        end_line = end_line or line
        end_column = end_column or column
        if self.shifts:
            column += self.shifts[min(line, len(self.shifts)) - 1]
            end_column += self.shifts[min(end_line, len(self.shifts)) - 1]
        if not self.lines:
            return Place(self.path, line, column, end_line, end_column)
        index = min(line, len(self.lines)) - 1
        end = self.lines[min(end_line, len(self.lines)) - 1]
        if not self.cells:
            return Place(self.path, self.lines[index], column, end, end_column)
        cell = self.cells[index]
        cell_line = index - bisect_left(self.cells, cell) + 1
        return Place(self.path, self.lines[index], column, end, end_column, cell, cell_line)

    def index_of(self, place: Place) -> int | None:
        """The text's line of a place, from 0, or None where the place is in none of its lines."""
        if place.cell is not None and place.cell_line is not None:
            index = bisect_left(self.cells, place.cell) + place.cell_line - 1
            return index if index < len(self.cells) and self.cells[index] == place.cell else None
        if self.lines:
            return self.lines.index(place.line) if place.line in self.lines else None
        return place.line - 1 if 1 <= place.line <= len(self.text_lines) else None

    def node(self, node: ast.expr | ast.stmt | ast.excepthandler) -> Place:
        """The place of a node of the text's tree (`ast` counts columns in bytes from 0)."""
        end_line = node.end_lineno or node.lineno
        return self.span(node.lineno, node.col_offset, end_line, node.end_col_offset or node.col_offset)

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Place:
        """The place of a span as `ast` counts it: lines from 1, columns in bytes from 0."""
        start, end = self._characters(line, column), self._characters(end_line, end_column)
        return self.at(line, start + 1, end_line, end + 1)

    def _characters(self, line: int, offset: int) -> int:
        lines = self.text_lines
        if line > len(lines):
            return offset
        text = lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))
