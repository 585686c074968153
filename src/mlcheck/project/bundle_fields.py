"""Where a bundle's files don't fit the format: unknown fields, wrong kinds of values, keys given twice.

Source: the CLI's `libs/dyn/convert/normalize.go` and `bundle/config/validate`, read: what doesn't fit is
dropped with a warning, and the rest is deployed without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mlcheck.knowledge.bundle_schema import ROOT, Shape, bundle_types
from mlcheck.printable import nearest
from mlcheck.project.bundle_merge import kind_of
from mlcheck.project.bundle_references import REFERENCE, written
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

MisfitKind = Literal["unknown-field", "wrong-type", "wrong-value", "empty", "given-twice", "required"]
_MAX_DEPTH = 64
_TRUE = ("true", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON")
_FALSE = ("false", "n", "N", "no", "No", "NO", "off", "Off", "OFF")


@dataclass(frozen=True, slots=True)
class Misfit:
    """One place that doesn't fit: what is there, what the CLI says, and what was probably meant.

    `path` is where it stands, as the CLI names it. `near` is the right name;
    `belongs` says where the field has a meaning, where that is another level.
    """

    place: Place
    kind: MisfitKind
    path: tuple[str, ...]
    name: str
    error: str
    near: str | None = None
    belongs: str | None = None

    @property
    def resource(self) -> tuple[str, str] | None:
        """The kind and key of the resource that it stands in."""
        steps = self.path[2:] if self.path[:1] in (("targets",), ("environments",)) else self.path
        return (steps[1], steps[2]) if steps[:1] == ("resources",) and len(steps) > 2 else None


def misfits(node: YamlMap) -> Iterator[Misfit]:
    """What does not fit in one file of a bundle."""
    yield from _Fitting(bundle_types()).whole(node, ROOT, (), ())


def missing_fields(node: YamlNode, kind: str, path: tuple[str, ...]) -> Iterator[Misfit]:
    """Required fields that a resolved part of a configuration does not have."""
    yield from _Fitting(bundle_types()).required(node, kind, path)


@dataclass(frozen=True, slots=True)
class _Fitting:
    types: Mapping[str, Shape]

    def whole(self, node: YamlNode, kind: str, path: tuple[str, ...], above: Sequence[str]) -> Iterator[Misfit]:
        """What does not fit below a node of a kind; `above` are the kinds that it stands in, the nearest last."""
        if len(path) > _MAX_DEPTH or (isinstance(node, YamlScalar) and REFERENCE.fullmatch(node.text)):
            return
        if isinstance(node, YamlMap):
            yield from _given_twice(node, path)
        if kind == "any" or kind == "variable.TargetVariable" or (kind not in self.types and kind[:1] not in "[{"):
            yield from self._scalar(node, kind, path)
        elif kind.startswith("["):
            yield from self._list(node, kind[1:], path, above)
        elif kind.startswith("{"):
            yield from self._map(node, kind[1:], path, above)
        elif self.types[kind].values:
            yield from self._value(node, self.types[kind].values, path)
        elif self.types[kind].fields:
            yield from self._fields(node, kind, path, above)

    def _fields(self, node: YamlNode, kind: str, path: tuple[str, ...], above: Sequence[str]) -> Iterator[Misfit]:
        if not isinstance(node, YamlMap):
            yield from _mismatch(node, "map", path)
            return
        shape = self.types[kind]
        for key, value in node.entries:
            held = shape.fields.get(key.text)
            if held is not None:
                yield from self.whole(value, held, (*path, key.text), (*above, kind))
            elif not _holds_anchors(value):
                yield self._unknown(key, kind, path, above)

    def _unknown(self, key: YamlScalar, kind: str, path: tuple[str, ...], above: Sequence[str]) -> Misfit:
        name = key.text
        belongs = self._higher(name, above) or self._lower(name, kind)
        near = None if belongs else nearest(name, self.types[kind].offered())
        return Misfit(key.place, "unknown-field", path, name, f"unknown field: {name}", near, belongs)

    def _higher(self, name: str, above: Sequence[str]) -> str | None:
        """The enclosing part that has a field of this name: it was indented too far."""
        for kind in reversed(above):
            if kind != ROOT and name in self.types[kind].fields:
                return f"belongs to {_shown(kind)} around it, less indented"
        return None

    def _lower(self, name: str, kind: str) -> str | None:
        """The part below that has a field of this name: it was indented too little."""
        shape = self.types[kind]
        found = [
            field
            for field in shape.offered()
            if shape.fields[field] in self.types and name in self.types[shape.fields[field]].fields
        ]
        return f"belongs below `{found[0]}`" if len(found) == 1 else None

    def _list(self, node: YamlNode, kind: str, path: tuple[str, ...], above: Sequence[str]) -> Iterator[Misfit]:
        if not isinstance(node, YamlList):
            yield from _mismatch(node, "sequence", path)
            return
        for index, item in enumerate(node.items):
            yield from self.whole(item, kind, (*path[:-1], f"{path[-1] if path else ''}[{index}]"), above)

    def _map(self, node: YamlNode, kind: str, path: tuple[str, ...], above: Sequence[str]) -> Iterator[Misfit]:
        if not isinstance(node, YamlMap):
            yield from _mismatch(node, "map", path)
            return
        for key, value in node.entries:
            yield from self.whole(value, kind, (*path, key.text), above)

    def _value(self, node: YamlNode, values: tuple[str, ...], path: tuple[str, ...]) -> Iterator[Misfit]:
        if not isinstance(node, YamlScalar):
            yield from _mismatch(node, "string", path)
        elif node.text and node.value is not None and "${" not in node.text and not _fits(node, values, path):
            error = f'invalid value "{node.text}" for enum field. Valid values are [{" ".join(values)}]'
            yield Misfit(node.place, "wrong-value", path, node.text, error, _spelled(node.text, values))

    def _scalar(self, node: YamlNode, kind: str, path: tuple[str, ...]) -> Iterator[Misfit]:
        if kind not in ("string", "bool", "int", "float"):
            return
        if isinstance(node, YamlScalar) and node.value is None:
            yield Misfit(node.place, "empty", path, path[-1] if path else "", f"expected a {kind} value, found null")
        elif not isinstance(node, YamlScalar):
            yield from _mismatch(node, kind, path)
        elif kind == "bool" and not isinstance(node.value, bool) and node.text not in _TRUE + _FALSE:
            yield from _mismatch(node, "bool", path)
        elif kind in ("int", "float") and not _is_number(node, kind):
            number = "an integer" if kind == "int" else "a floating point number"
            error = f'cannot parse "{node.text}" as {number}' if isinstance(node.value, str) else ""
            yield from _mismatch(node, kind, path, error)

    # --- what must be there ------------------------------------------------------------

    def required(self, node: YamlNode, kind: str, path: tuple[str, ...]) -> Iterator[Misfit]:
        """The required fields that are not there, below a node of a kind."""
        if kind.startswith("[") and isinstance(node, YamlList):
            for index, item in enumerate(node.items):
                yield from self.required(item, kind[1:], (*path[:-1], f"{path[-1] if path else ''}[{index}]"))
        elif kind.startswith("{") and isinstance(node, YamlMap):
            for key, value in node.entries:
                yield from self.required(value, kind[1:], (*path, key.text))
        elif isinstance(node, YamlMap) and kind in self.types:
            shape = self.types[kind]
            for name in shape.required:
                held = node.get(name)
                if held is None or (isinstance(held, YamlScalar) and held.value is None):
                    yield Misfit(node.place, "required", path, name, f'required field "{name}" is not set')
            for key, value in node.entries:
                below = shape.fields.get(key.text)
                if below is not None:
                    yield from self.required(value, below, (*path, key.text))


def _given_twice(node: YamlMap, path: tuple[str, ...]) -> Iterator[Misfit]:
    seen: set[str] = set()
    for key, _ in node.entries:
        if key.text in seen:
            yield Misfit(key.place, "given-twice", path, key.text, "")
        seen.add(key.text)


def _mismatch(node: YamlNode, expected: str, path: tuple[str, ...], error: str = "") -> Iterator[Misfit]:
    found = kind_of(node)
    if found != "nil":
        name = path[-1] if path else ""
        yield Misfit(node.place, "wrong-type", path, name, error or f"expected {expected}, found {found}", expected)


def _is_number(node: YamlScalar, kind: str) -> bool:
    """Whether the CLI reads a scalar as a number of a kind."""
    if isinstance(node.value, bool):
        return False
    if isinstance(node.value, int):
        return True
    if isinstance(node.value, float):
        return kind == "float" or node.value == int(node.value)
    try:
        return (int(node.text) if kind == "int" else float(node.text)) is not None
    except ValueError:
        return False


def _holds_anchors(node: YamlNode) -> bool:
    """Whether a value only defines anchors: it stands there to be used elsewhere."""
    if node.anchored:
        return True
    if isinstance(node, YamlScalar):
        return False
    items = node.items if isinstance(node, YamlList) else tuple(value for _, value in node.entries)
    return bool(items) and all(_holds_anchors(item) for item in items)


def _fits(node: YamlScalar, values: Sequence[str], path: tuple[str, ...]) -> bool:
    if path[-1:] == ("git_provider",):  # in any case, as the Jobs API says
        return written(node).casefold() in {one.casefold() for one in values}
    return written(node) in values


def _spelled(text: str, values: Sequence[str]) -> str | None:
    return next((one for one in values if one.casefold() == text.casefold()), None) or nearest(text, values)


def _shown(kind: str) -> str:
    """A type as people speak of it."""
    name = kind.rpartition(".")[2]
    return {"Job": "the job", "Task": "the task", "Pipeline": "the pipeline", "Target": "the target"}.get(
        name, f"the {name}"
    )
