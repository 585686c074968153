"""YAML as nodes with positions, bounded: no bombs, no cycles, no deep nesting, no constructors.

Built from libyaml's events with an explicit stack. Scalars follow YAML 1.2's
core schema (`yes` and dates stay strings), as the Databricks CLI reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union

import yaml

from mlcheck.errors import MlcheckError
from mlcheck.project.place import Place

MAX_DEPTH = 64
MAX_NODES = 400_000

NOT_YAML = "not YAML"
GO_TEMPLATE = " (Go template syntax)"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class YamlError(MlcheckError):
    """The file is not YAML that can be read; `where` has its line."""

    def __init__(self, what: str, *, place: Place) -> None:
        super().__init__(what, where=place.shown(), help="mend the YAML there")
        self.place = place


def is_broken(what: str) -> bool:
    """Whether what is said of a file is that no parser of YAML takes it, and it is no template of YAML."""
    return what.startswith(NOT_YAML) and not what.endswith(GO_TEMPLATE)


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A scalar: `value` by the core schema, `text` as written."""

    value: str | int | float | bool | None
    text: str
    place: Place
    anchored: bool = False


@dataclass(frozen=True, slots=True)
class YamlList:
    """A sequence."""

    items: tuple[YamlNode, ...]
    place: Place
    anchored: bool = False

    def __iter__(self) -> Iterator[YamlNode]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class YamlMap:
    """A mapping in the file's order; merge keys (`<<`) are taken in, own keys winning."""

    entries: tuple[tuple[YamlScalar, YamlNode], ...]
    place: Place
    anchored: bool = False

    def get(self, key: str) -> YamlNode | None:
        """The value under a key (the last, where it is given twice), or None."""
        for name, node in reversed(self.entries):
            if name.text == key:
                return node
        return None

    def key(self, key: str) -> YamlScalar | None:
        """The key itself, for its place."""
        for name, _ in reversed(self.entries):
            if name.text == key:
                return name
        return None

    def keys(self) -> tuple[str, ...]:
        return tuple(name.text for name, _ in self.entries)

    def duplicate(self) -> YamlScalar | None:
        """The first key given a second time, or None."""
        seen: set[str] = set()
        for name, _ in self.entries:
            if name.text in seen:
                return name
            seen.add(name.text)
        return None


YamlNode = Union[YamlScalar, YamlList, YamlMap]


def read_yaml(text: str, path: str) -> YamlNode | None:
    """The first document of a YAML text, or None where it is empty.

    Raises YamlError with the place: syntax, a key that is not a scalar, an
    unknown or cyclic alias, nesting over MAX_DEPTH, more than MAX_NODES nodes
    with aliases counted at each use.
    """
    try:
        return _Builder(path).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = error.problem or error.context
        line = min(line, text.count("\n") + (not text.endswith("\n"))) or 1
        conflict = _CONFLICT.search(text)
        if conflict is not None:
            line, column, what = text.count("\n", 0, conflict.start()) + 1, 1, "markers of a merge are left in it"
        raise YamlError(f"{NOT_YAML}: {what}", place=Place(path, line, column)) from None
    except yaml.YAMLError as error:  # a reader error: a character that YAML does not allow
        reason = getattr(error, "reason", None) or "unreadable"
        line = text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
        raise YamlError(f"{NOT_YAML}: {reason}", place=Place(path, line)) from None


def plain(node: YamlNode | None) -> Any:
    """The node as Python data: dicts, lists and scalars."""
    match node:
        case YamlMap(entries=entries):
            return {key.text: plain(value) for key, value in entries}
        case YamlList(items=items):
            return [plain(item) for item in items]
        case YamlScalar(value=value):
            return value
        case _:
            return None


def at(node: YamlNode | None, *steps: str) -> YamlNode | None:
    """The node below, key by key, or None; an explicit null is None."""
    for step in steps:
        node = node.get(step) if isinstance(node, YamlMap) else None
    return None if isinstance(node, YamlScalar) and node.value is None else node


def text_at(node: YamlNode | None, *steps: str) -> str | None:
    """The text of the scalar below, key by key, or None where there is none."""
    found = at(node, *steps)
    return found.text if isinstance(found, YamlScalar) else None


class _Open:
    """A collection being built."""

    __slots__ = ("anchor", "children", "is_map", "start")

    def __init__(self, is_map: bool, start: Any, anchor: str | None) -> None:
        self.is_map, self.start, self.anchor = is_map, start, anchor
        self.children: list[YamlNode] = []


class _Builder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.anchors: dict[str, tuple[YamlNode, int]] = {}  # node, how many nodes it stands for
        self.opened: set[str] = set()
        self.sizes: dict[int, int] = {}
        self.count = 0

    def build(self, text: str) -> YamlNode | None:
        stack: list[_Open] = []
        for event in yaml.parse(text, Loader=_Loader):
            node = self._node(event, stack)
            if node is None:
                continue
            if not stack:
                return node
            stack[-1].children.append(node)
        return None

    def _node(self, event: Any, stack: list[_Open]) -> YamlNode | None:
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(stack) >= MAX_DEPTH:
                raise YamlError(f"nested deeper than {MAX_DEPTH}", place=self._place(event))
            self._count(1, event)
            stack.append(_Open(isinstance(event, yaml.MappingStartEvent), event, event.anchor))
            if event.anchor:
                self.opened.add(event.anchor)
            return None
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            return self._close(stack.pop(), event)
        if isinstance(event, yaml.ScalarEvent):
            self._count(1, event)
            scalar = YamlScalar(_value(event), event.value, self._place(event), event.anchor is not None)
            return self._anchored(event.anchor, scalar)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        return None

    def _close(self, opened: _Open, event: Any) -> YamlNode:
        place = self._place(opened.start, event)
        named = opened.anchor is not None
        if not opened.is_map:
            return self._anchored(opened.anchor, YamlList(tuple(opened.children), place, named))
        entries: list[tuple[YamlScalar, YamlNode]] = []
        merged: list[tuple[YamlScalar, YamlNode]] = []
        for key, value in zip(opened.children[::2], opened.children[1::2]):
            if not isinstance(key, YamlScalar):
                raise YamlError("a key that is not a scalar", place=key.place)
            if key.text == "<<":
                merged.extend(self._merged(value))
            else:
                entries.append((key, value))
        own = {key.text for key, _ in entries}
        entries.extend(entry for entry in merged if entry[0].text not in own)
        return self._anchored(opened.anchor, YamlMap(tuple(entries), place, named))

    def _merged(self, value: YamlNode) -> Iterator[tuple[YamlScalar, YamlNode]]:
        """What `<<` takes in: of a list of mappings the last one wins, as the CLI has it (YAML says the first)."""
        maps = value.items if isinstance(value, YamlList) else (value,)
        taken: dict[str, tuple[YamlScalar, YamlNode]] = {}
        for one in maps:
            if not isinstance(one, YamlMap):
                raise YamlError("`<<` merges mappings only", place=one.place)
            taken.update((key.text, (key, node)) for key, node in one.entries)
        yield from taken.values()

    def _alias(self, event: Any) -> YamlNode:
        known = self.anchors.get(event.anchor)
        if known is None:
            what = "an alias within its own anchor" if event.anchor in self.opened else "an unknown alias"
            raise YamlError(f"{what}: *{event.anchor}", place=self._place(event))
        self._count(known[1], event)
        return known[0]

    def _anchored(self, anchor: str | None, node: YamlNode) -> YamlNode:
        if anchor:
            self.anchors[anchor] = (node, _size(node, self.sizes))
            self.opened.discard(anchor)
        return node

    def _count(self, nodes: int, event: Any) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            raise YamlError(f"more than {MAX_NODES:,} nodes, aliases counted", place=self._place(event))

    def _place(self, start: Any, end: Any = None) -> Place:
        first, last = start.start_mark, (end or start).end_mark
        return Place(self.path, first.line + 1, first.column + 1, last.line + 1, last.column + 1)


def _size(node: YamlNode, sizes: dict[int, int]) -> int:
    """How many nodes a node stands for with each alias written out (shared ones counted once to compute)."""
    if isinstance(node, YamlScalar):
        return 1
    known = sizes.get(id(node))
    if known is None:
        children = node.items if isinstance(node, YamlList) else tuple(value for _, value in node.entries)
        known = sizes[id(node)] = 1 + sum(_size(child, sizes) for child in children)
    return known


def _value(event: Any) -> str | int | float | bool | None:
    text: str = event.value
    if not event.implicit[0] or event.style in ("'", '"', "|", ">"):
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.match(text) and len(text) < 40:
        return int(text)
    if _FLOAT.match(text) and len(text) < 40:
        return float(text)
    return text
