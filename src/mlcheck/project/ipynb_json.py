"""The JSON of a notebook, walked key by key so that the offset of each source string is known.

The standard library's scanner reads each value, so that what is not wanted
(outputs, images) is passed over at its speed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any

_BLANK = re.compile(r"[ \t\n\r]*")


@dataclass(slots=True)
class CellSource:
    """A cell: its number, from 1, its type, and its source's strings, each with its offset in the file."""

    number: int
    type: str = ""
    strings: list[tuple[int, str]] = field(default_factory=list)


class NotebookError(Exception):
    """The text is no notebook that can be read; `position` is the offset."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(what)
        self.position = position


def read_cells(text: str) -> tuple[list[CellSource], Any]:
    """The cells of a notebook of nbformat 4 or 3, and its metadata. Raises NotebookError."""
    walk = _Walk(text)
    try:
        walk.notebook()
    except JSONDecodeError as error:
        raise NotebookError(error.pos, f"not JSON: {error.msg}") from None
    except RecursionError:
        raise NotebookError(0, "not JSON that can be read: nested too deep") from None
    except ValueError:
        raise NotebookError(0, "not JSON that can be read: a number is too long") from None
    return walk.cells, walk.metadata


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.scan: Any = getattr(json.JSONDecoder(), "scan_once")  # noqa: B009 (unknown to the typing stubs)
        self.cells: list[CellSource] = []
        self.metadata: Any = {}
        self.has_cells = False

    def notebook(self) -> None:
        start = self._blank(0)
        if self._at(start) != "{":
            raise NotebookError(start, "not a notebook: no JSON object")
        end = self._blank(self._object(start, self._notebook_member))
        if end != len(self.text):
            raise NotebookError(end, "not JSON: text after its end")
        if not self.has_cells:
            raise NotebookError(start, "not a notebook of nbformat 4 or 3: it has no cells")

    def _notebook_member(self, key: str, position: int) -> int:
        if key == "worksheets" and self._at(position) == "[":  # nbformat 3
            return self._array(position, self._worksheet)
        if key == "cells" and self._at(position) == "[":
            self.cells, self.has_cells = [], True
            return self._array(position, self._cell)
        value, end = self._value(position)
        if key == "metadata":
            self.metadata = value
        return end

    def _worksheet(self, position: int) -> int:
        if self._at(position) != "{":
            raise NotebookError(position, "a worksheet is not an object")

        def member(key: str, at: int) -> int:
            if key == "cells" and self._at(at) == "[":
                self.has_cells = True
                return self._array(at, self._cell)
            return self._value(at)[1]

        return self._object(position, member)

    def _cell(self, position: int) -> int:
        if self._at(position) != "{":
            raise NotebookError(position, "a cell is not an object")
        cell = CellSource(len(self.cells) + 1)
        self.cells.append(cell)

        def member(key: str, at: int) -> int:
            if key in ("source", "input"):  # `input` in nbformat 3
                return self._source(cell, at)
            value, end = self._value(at)
            if key == "cell_type" and isinstance(value, str):
                cell.type = value
            return end

        return self._object(position, member)

    def _source(self, cell: CellSource, position: int) -> int:
        cell.strings = []

        def item(at: int) -> int:
            if self._at(at) != '"':
                raise NotebookError(at, "a cell's source is not text")
            string, end = self._value(at)
            cell.strings.append((at, string))
            return end

        return self._array(position, item) if self._at(position) == "[" else item(position)

    # --- JSON -----------------------------------------------------------

    def _object(self, position: int, member: Callable[[str, int], int]) -> int:
        """Walk an object; `member` gets each key with the offset of its value, and gives the value's end."""
        position = self._blank(position + 1)
        while self._at(position) != "}":
            if self._at(position) != '"':
                raise JSONDecodeError("a key in double quotes is missing", self.text, position)
            key, position = self._value(position)
            position = self._expect(position, ":")
            position = self._next(member(key, position), "}")
        return position + 1

    def _array(self, position: int, item: Callable[[int], int]) -> int:
        position = self._blank(position + 1)
        while self._at(position) != "]":
            position = self._next(item(position), "]")
        return position + 1

    def _next(self, position: int, close: str) -> int:
        """The offset of the next entry, or of the bracket that closes."""
        position = self._blank(position)
        if self._at(position) == close:
            return position
        following = self._expect(position, ",")
        if self._at(following) == close:
            raise JSONDecodeError("a comma before the end", self.text, position)
        return following

    def _expect(self, position: int, sign: str) -> int:
        position = self._blank(position)
        if self._at(position) != sign:
            raise JSONDecodeError(f"`{sign}` is missing", self.text, position)
        return self._blank(position + 1)

    def _value(self, position: int) -> tuple[Any, int]:
        try:
            value, end = self.scan(self.text, position)
        except StopIteration as stop:
            raise JSONDecodeError("a value is missing", self.text, stop.value) from None
        return value, int(end)

    def _at(self, position: int) -> str:
        return self.text[position : position + 1]

    def _blank(self, position: int) -> int:
        match = _BLANK.match(self.text, position)
        return match.end() if match else position
