"""Places in code that are computed when they are asked for."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from mlcheck.project.place import LineMap, Place


@dataclass(frozen=True, slots=True)
class CodeSpot:
    """A node's place: lines of the code's own text, columns in bytes from 0."""

    lines: LineMap
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def place(self) -> Place:
        return self.lines.span(self.line, self.column, self.end_line, self.end_column)


def spot_of(lines: LineMap, node: ast.expr | ast.stmt) -> CodeSpot:
    """Where a node stands."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return CodeSpot(lines, node.lineno, node.col_offset, end_line, end_column)
