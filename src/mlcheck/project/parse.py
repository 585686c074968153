"""The syntax tree of a code text: the whole at once, or each cell where the whole does not parse."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.project.breaks import Break, kind_of, merge_markers
from mlcheck.project.model import Cell, Code, NotUnderstood

# What a newer Python's grammar reads, by the release that brought it and a sign on the line
# where an older one gives up.
_NEWER: tuple[tuple[tuple[int, int], re.Pattern[str]], ...] = (
    ((3, 11), re.compile(r"\s*except\s*\*")),
    ((3, 12), re.compile(r"\s*type\s+\w+\s*(?:\[[^=]*\])?\s*=(?!=)")),
    ((3, 12), re.compile(r"\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[")),
    ((3, 14), re.compile(r"""(?:.*[^\w"'])?[rR]?[tT][rR]?["']""")),
)
_NESTED_QUOTES = re.compile(r"""[fF][rR]?(["'])(?:(?!\1).)*\{[^}]*\1[^}]*\}""")
_OLD_FSTRING = re.compile(r"f-string expression part cannot include")  # a backslash, a comment


@dataclass(frozen=True, slots=True)
class Parsed:
    """The statements that parse, in order, at the text's own lines, and what does not."""

    body: list[ast.stmt]
    breaks: tuple[Break, ...]

    @property
    def failures(self) -> tuple[NotUnderstood, ...]:
        return tuple(NotUnderstood(one.place, one.what) for one in self.breaks)

    @property
    def complete(self) -> bool:
        """Whether all of the code is in `body`."""
        return not self.breaks


def parse(code: Code) -> Parsed:
    """The tree of a file's code. Nothing raises: what can't be read is a failure with its place."""
    if not code.text.strip():
        return Parsed([], ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = _statements(code.text)
        if isinstance(whole, list):
            if not _spans_cells(code, whole):
                return Parsed(whole, ())
        elif code.kind == "module":
            markers = merge_markers(code.text.split("\n"))
            return Parsed([], (_conflict(code, whole, markers[0]) if markers else _break(code, whole, code.text, 1),))
        return _by_cell(code, _blocks(code))


def _statements(text: str) -> list[ast.stmt] | Exception:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error.with_traceback(None)  # whose frames would hold the error, and all that their callers hold


def _spans_cells(code: Code, body: list[ast.stmt]) -> bool:
    """Whether a statement goes on in the next cell, which a notebook runs on its own."""
    starts = iter([cell.first for cell in code.cells[1:] if not _continues(code, cell)])
    start = next(starts, None)
    for statement in body:
        while start is not None and start <= statement.lineno:
            start = next(starts, None)
        if start is None:
            return False
        if start <= (statement.end_lineno or statement.lineno):
            return True
    return False


def _blocks(code: Code) -> list[tuple[int, int]]:
    """Lines, from 1, inclusive, that parse on their own: cells, an indented separator joining two."""
    blocks: list[tuple[int, int]] = []
    for cell in code.cells:
        if blocks and _continues(code, cell):
            blocks[-1] = (blocks[-1][0], cell.last)
        else:
            blocks.append((cell.first, cell.last))
    return blocks


def _continues(code: Code, cell: Cell) -> bool:
    """Whether the separator above a cell stands inside a block."""
    above = code.lines.text_lines[cell.first - 2] if cell.first >= 2 and not code.lines.lines else ""
    return above[:1].isspace() and "COMMAND" in above


def _by_cell(code: Code, blocks: list[tuple[int, int]]) -> Parsed:
    body: list[ast.stmt] = []
    breaks: list[Break] = []
    conflicts: set[int] = set()  # markers of conflicts that are told
    lines = code.text.split("\n")
    markers = merge_markers(lines)
    for first, last in blocks:
        # Empty lines put the cell at its own line numbers.
        text = "\n" * (first - 1) + "\n".join(lines[first - 1 : last])
        result = _statements(text)
        if isinstance(result, IndentationError):
            result = _indented(text) or result
        if not isinstance(result, Exception):
            body += result
            continue
        inside = [index for index, line in enumerate(markers) if first <= line + 1 <= last]
        if not inside:
            breaks.append(_break(code, result, text, first))
        elif inside[0] // 3 not in conflicts:
            breaks.append(_conflict(code, result, markers[inside[0]]))
        conflicts.update(index // 3 for index in inside)
    return Parsed(body, tuple(breaks))


def _conflict(code: Code, error: Exception, marker: int) -> Break:
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return Break(
        code.lines.at(marker + 1), f"does not parse: {message}", "merge-marker", f"{type(error).__name__}: {message}"
    )


def _indented(text: str) -> list[ast.stmt] | None:
    """A cell whose lines are all indented, as notebooks allow; None where that is not it."""
    stripped = text.lstrip("\n")
    start = len(text) - len(stripped)
    if start == 0 or not stripped[:1].isspace():
        return None
    # The empty line above the cell takes the `if` that its indentation wants.
    opened = "\n" * (start - 1) + "if 1:\n" + stripped
    result = _statements(opened)
    if isinstance(result, Exception) or len(result) != 1 or not isinstance(result[0], ast.If):
        return None
    return result[0].body


def _break(code: Code, error: Exception, text: str, first: int) -> Break:
    """What breaks a text whose own lines start at `first`; the lines above it are empty."""
    if isinstance(error, (RecursionError, MemoryError)):
        return Break(code.lines.at(first), "nested too deep for Python's parser", "too-deep")
    if not isinstance(error, SyntaxError):
        return Break(code.lines.at(first), f"does not parse: {error}", "syntax", f"{type(error).__name__}: {error}")
    lines = text.split("\n")
    line = min(max(error.lineno or 1, first, 1), len(code.lines.text_lines))
    place = code.lines.at(line, max(error.offset or 1, 1))
    newer = _newer_python(error, lines[line - 1 : line])
    if newer:
        return Break(place, newer, "newer-python")
    kind = kind_of(error, lines[first - 1 :], line - first)
    return Break(place, f"does not parse: {error.msg}", kind, f"{type(error).__name__}: {error.msg}")


def _newer_python(error: SyntaxError, lines: list[str]) -> str | None:
    """What to say where a newer Python reads what this one doesn't, or None."""
    for version in _versions(error, lines[0] if lines else ""):
        if sys.version_info < version:
            running = f"{sys.version_info[0]}.{sys.version_info[1]}"
            return f"needs Python {version[0]}.{version[1]} to be read, this is {running}"
    return None


def _versions(error: SyntaxError, line: str) -> Iterator[tuple[int, int]]:
    """The releases whose grammar may read the line."""
    if _OLD_FSTRING.match(error.msg or "") or _NESTED_QUOTES.search(line[:400]):
        yield (3, 12)
    for version, sign in _NEWER:
        if sign.match(line):
            yield version
