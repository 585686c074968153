"""Places in files: the one module that knows how parsers count."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span in a file: lines and columns from 1, in characters, the end exclusive.

    `path` is relative to the project, with `/`. In an `.ipynb`, `line` is the
    file's own and `cell` counts from 1; columns count in the cell's line.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    cell: int | None = None

    def shown(self) -> str:
        """`path:line`, as editors and terminals open it."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class LineMap:
    """Which line (and cell) of the file each line of a code text is.

    `lines[i]` is the file's line of the text's line i + 1; empty where the
    text is the file. `cells[i]` is its cell, from 1.
    """

    path: str
    text_lines: tuple[str, ...]
    lines: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()

    def at(self, line: int, column: int = 1, end_line: int = 0, end_column: int = 0) -> Place:
        """The place of a span given in the text's own lines, from 1."""
        if not self.lines:
            return Place(self.path, line, column, end_line or line, end_column or column)
        index = min(line, len(self.lines)) - 1
        end_index = min(end_line or line, len(self.lines)) - 1
        cell = self.cells[index] if self.cells else None
        return Place(self.path, self.lines[index], column, self.lines[end_index], end_column or column, cell)

    def node(self, node: ast.expr | ast.stmt | ast.excepthandler) -> Place:
        """The place of a node of the text's tree (`ast` counts columns in bytes from 0)."""
        end_line = node.end_lineno or node.lineno
        start = self._characters(node.lineno, node.col_offset)
        end = self._characters(end_line, node.end_col_offset or node.col_offset)
        return self.at(node.lineno, start + 1, end_line, end + 1)

    def _characters(self, line: int, offset: int) -> int:
        if line > len(self.text_lines):
            return offset
        text = self.text_lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))
