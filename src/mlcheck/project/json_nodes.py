"""JSON as the nodes that YAML is read as, with positions, bounded in size and depth."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from json import JSONDecodeError
from typing import Any

from mlcheck.errors import UsageError
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import MAX_DEPTH, MAX_NODES, YamlList, YamlMap, YamlNode, YamlScalar

_BLANK = re.compile(r"[ \t\n\r]*")


def read_json(text: str, path: str) -> YamlNode:
    """The one value of a JSON text. Raises UsageError with the line where it is no JSON, or more than is read."""
    reader = _Reader(text, path)
    try:
        node, end = reader.node(reader.blank(0), 0)
        if reader.blank(end) != len(text):
            raise JSONDecodeError("text after its end", text, reader.blank(end))
    except JSONDecodeError as error:
        raise _error(f"not JSON: {error.msg}", reader.place(error.pos)) from None
    except (ValueError, RecursionError):
        raise _error("not JSON that can be read: a number is too long", reader.place(0)) from None
    return node


def _error(what: str, place: Place) -> UsageError:
    return UsageError(what, where=place.shown(), help="give what `databricks bundle validate -o json` printed")


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.scan: Any = getattr(json.JSONDecoder(), "scan_once")  # noqa: B009 (unknown to the typing stubs)
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.count = 0

    def node(self, position: int, depth: int) -> tuple[YamlNode, int]:
        """The value at an offset, and where it ends."""
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            what = f"nested deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else f"more than {MAX_NODES:,} values"
            raise _error(what, self.place(position))
        sign = self.text[position : position + 1]
        if sign == "{":
            return self._object(position, depth)
        if sign == "[":
            return self._array(position, depth)
        return self._scalar(position)

    def _object(self, start: int, depth: int) -> tuple[YamlNode, int]:
        entries: list[tuple[YamlScalar, YamlNode]] = []
        position = self.blank(start + 1)
        while self.text[position : position + 1] != "}":
            if entries:
                position = self._expect(position, ",")
            if self.text[position : position + 1] != '"':
                raise JSONDecodeError("a key in double quotes is missing", self.text, position)
            key, end = self._scalar(position)
            value, end = self.node(self._expect(end, ":"), depth + 1)
            entries.append((key, value))
            position = self.blank(end)
        return YamlMap(tuple(entries), self.place(start, position + 1)), position + 1

    def _array(self, start: int, depth: int) -> tuple[YamlNode, int]:
        items: list[YamlNode] = []
        position = self.blank(start + 1)
        while self.text[position : position + 1] != "]":
            if items:
                position = self._expect(position, ",")
            item, end = self.node(position, depth + 1)
            items.append(item)
            position = self.blank(end)
        return YamlList(tuple(items), self.place(start, position + 1)), position + 1

    def _scalar(self, position: int) -> tuple[YamlScalar, int]:
        try:
            value, end = self.scan(self.text, position)
        except StopIteration:
            raise JSONDecodeError("a value is missing", self.text, position) from None
        text = value if isinstance(value, str) else self.text[position:end]
        return YamlScalar(value, text, self.place(position, end)), end

    def _expect(self, position: int, sign: str) -> int:
        position = self.blank(position)
        if self.text[position : position + 1] != sign:
            raise JSONDecodeError(f"`{sign}` is missing", self.text, position)
        return self.blank(position + 1)

    def blank(self, position: int) -> int:
        match = _BLANK.match(self.text, position)
        return match.end() if match else position

    def place(self, start: int, end: int | None = None) -> Place:
        first, last = bisect_right(self.starts, start), bisect_right(self.starts, start if end is None else end)
        column = start - self.starts[first - 1] + 1
        last_column = (start if end is None else end) - self.starts[last - 1] + 1
        return Place(self.path, first, column, last, last_column)
