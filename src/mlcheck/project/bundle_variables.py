"""`${…}` in a bundle: variables, and references to its own configuration, resolved as far as they go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.printable import suggestion
from mlcheck.project.model import BundleProblem
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import MAX_NODES, YamlList, YamlMap, YamlNode, YamlScalar

REFERENCE = re.compile(r"\$\{([A-Za-z][\w-]*(?:\.[A-Za-z_][\w-]*|\[[0-9]+\])*)\}")
_STEP = re.compile(r"\.?([\w-]+)|\[([0-9]+)\]")
_MAX_TEXT = 64 * 1024
_MAX_CHAIN = 20
_MAX_DEPTH = 96
_VARIABLE_KEYS = frozenset({"default", "lookup", "type", "description"})

# Where the workspace's folders lie below `root_path`, if they are not given.
_BELOW_ROOT = {
    "file_path": "files",
    "artifact_path": "artifacts",
    "state_path": "state",
    "resource_path": "resources",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable; `value` is None where only the one who deploys gives it."""

    name: str
    value: YamlNode | None


def read_variables(
    declared: YamlNode | None, overrides: YamlNode | None, problems: list[BundleProblem]
) -> dict[str, Variable]:
    """The variables of a bundle as one target sets them."""
    variables: dict[str, Variable] = {}
    complex_ones = set()
    for node in (declared, overrides):
        if isinstance(node, YamlList) or (isinstance(node, YamlScalar) and node.value is not None):
            problems.append(BundleProblem(node.place, "`variables` is not a mapping"))
    for key, node in _entries(declared):
        if isinstance(node, YamlMap):
            variables[key.text] = Variable(key.text, _declared_value(node))
            kind = node.get("type")
            if isinstance(kind, YamlScalar) and kind.text == "complex":
                complex_ones.add(key.text)
        elif isinstance(node, YamlScalar) and node.value is None:
            variables[key.text] = Variable(key.text, None)
        else:
            variables[key.text] = Variable(key.text, node)
            what = f"variable `{key.text}` is not a mapping with `default` or `description`"
            problems.append(BundleProblem(key.place, what))
    for key, node in _entries(overrides):
        if key.text not in variables:
            what = f"variable `{key.text}` is not declared; {suggestion(key.text, variables)}"
            problems.append(BundleProblem(key.place, what))
        value = node
        if isinstance(node, YamlMap) and _is_declaration(node, key.text in complex_ones):
            held = variables.get(key.text)
            given = _declared_value(node)
            unset = node.get("lookup") is not None and node.get("default") is None
            value_of = None if unset else (given if given is not None else held.value if held else None)
            variables[key.text] = Variable(key.text, value_of)
        else:
            variables[key.text] = Variable(key.text, value)
    return variables


def _is_declaration(node: YamlMap, is_complex: bool) -> bool:
    keys = set(node.keys())
    return "default" in keys or "lookup" in keys or (not is_complex and keys <= _VARIABLE_KEYS)


def _declared_value(node: YamlMap) -> YamlNode | None:
    return node.get("default")


def _entries(node: YamlNode | None) -> Iterator[tuple[YamlScalar, YamlNode]]:
    if isinstance(node, YamlMap):
        yield from node.entries


class Resolver:
    """Resolves references within one target's configuration.

    What stays unresolved keeps its text. `problems` are those met so far.
    """

    def __init__(self, config: YamlMap, variables: dict[str, Variable], target: str) -> None:
        self.config = config
        self.variables = variables
        self.target = target
        self.problems: dict[tuple[Place, str], BundleProblem] = {}
        self.originals: dict[tuple[Place, str], YamlScalar] = {}  # by place and resolved text
        self._known: dict[str, YamlNode | None] = {}
        self._open: list[str] = []
        self._measured: dict[int, tuple[YamlNode, tuple[int, int]]] = {}
        self._depth = 0
        self._spent = 0

    def resolved(self, node: YamlNode) -> YamlNode:
        """The node with its references resolved; itself where there are none."""
        if isinstance(node, YamlScalar):
            return self._scalar(node) if "${" in node.text else node
        if self._depth >= _MAX_DEPTH:
            self._problem(node.place, "nested too deep when its variables are put in")
            return node
        self._depth += 1
        children = node.items if isinstance(node, YamlList) else tuple(value for _, value in node.entries)
        changed = tuple([self.resolved(child) for child in children])
        self._depth -= 1
        if all(one is other for one, other in zip(changed, children)):
            return node
        if isinstance(node, YamlList):
            return YamlList(changed, node.place)
        return YamlMap(tuple((key, value) for (key, _), value in zip(node.entries, changed)), node.place)

    def _scalar(self, scalar: YamlScalar) -> YamlNode:
        whole = REFERENCE.fullmatch(scalar.text)
        if whole:
            found = self._reference(whole.group(1), scalar.place)
            if isinstance(found, YamlScalar):
                self.originals[scalar.place, found.text] = scalar
                return YamlScalar(found.value, found.text, scalar.place)
            return scalar if found is None or not self._afford(found, scalar.place) else found
        text = REFERENCE.sub(lambda match: self._text(match, scalar.place), scalar.text)
        if len(text) > _MAX_TEXT:
            self._problem(scalar.place, "the text grows too long when its variables are put in")
            return scalar
        if text == scalar.text:
            return scalar
        self.originals[scalar.place, text] = scalar
        return YamlScalar(text, text, scalar.place)

    def _text(self, match: re.Match[str], place: Place) -> str:
        found = self._reference(match.group(1), place)
        if found is None:
            return match.group()
        if isinstance(found, YamlScalar):
            return found.text if found.value is not None else ""
        self._problem(place, f"{match.group()} is a list or mapping within a text")
        return match.group()

    def _reference(self, path: str, place: Place) -> YamlNode | None:
        """What a path stands for, resolved itself, or None where that is not known here."""
        if path in self._known:
            return self._known[path]
        if path in self._open or len(self._open) > _MAX_CHAIN:
            self._problem(place, f"${{{path}}} refers to itself")
            return None
        self._open.append(path)
        found = self._find(path, place)
        found = self.resolved(found) if found is not None else None
        self._open.pop()
        if not self._open or found is not None:
            self._known[path] = found
        return found

    def _find(self, path: str, place: Place) -> YamlNode | None:
        steps = [name or int(index) for name, index in _STEP.findall(path)]
        if steps[0] in ("var", "variables"):
            return self._variable(steps, place)
        if path in ("bundle.target", "bundle.environment"):
            return YamlScalar(self.target, self.target, place)
        found = self._walk(self.config, steps)
        if found is None and len(steps) == 2 and steps[0] == "workspace" and steps[1] in _BELOW_ROOT:
            root = self._walk(self.config, ["workspace", "root_path"])
            if isinstance(root, YamlScalar):
                text = f"{root.text.rstrip('/')}/{_BELOW_ROOT[str(steps[1])]}"
                return YamlScalar(text, text, root.place)
        return found

    def _variable(self, steps: list[str | int], place: Place) -> YamlNode | None:
        name = str(steps[1]) if len(steps) > 1 else ""
        variable = self.variables.get(name)
        if variable is None:
            self._problem(place, f"unknown variable `{name}`; {suggestion(name, self.variables)}")
            return None
        rest = steps[2:]
        if steps[0] == "variables" and rest and rest[0] in ("value", "default"):
            rest = rest[1:]
        if variable.value is None or not rest:
            return variable.value
        found = self._walk(variable.value, rest)
        if found is None and REFERENCE.search(getattr(variable.value, "text", "")) is None:
            self._problem(place, f"variable `{name}` has no `{'.'.join(map(str, rest))}`")
        return found

    def _walk(self, node: YamlNode, steps: list[str | int]) -> YamlNode | None:
        current: YamlNode | None = node
        for step in steps:
            if isinstance(current, YamlScalar) and REFERENCE.fullmatch(current.text):
                current = self._reference(current.text[2:-1], current.place)
            if isinstance(current, YamlMap) and isinstance(step, str):
                current = current.get(step)
            elif isinstance(current, YamlList) and isinstance(step, int) and step < len(current.items):
                current = current.items[step]
            else:
                return None
        if isinstance(current, YamlScalar) and current.value is None:
            return None
        return current

    def _afford(self, node: YamlNode, place: Place) -> bool:
        """Whether one more use of a list or mapping stays within the bounds on nodes and nesting."""
        size, depth = self._measure(node)
        self._spent += size
        if self._spent > MAX_NODES or depth > _MAX_DEPTH:
            self._problem(place, "the bundle grows too large when its variables are put in")
            return False
        return True

    def _measure(self, node: YamlNode) -> tuple[int, int]:
        """How many nodes a node is, and how deep."""
        if isinstance(node, YamlScalar):
            return 1, 1
        known = self._measured.get(id(node))
        if known is not None:
            return known[1]
        children = node.items if isinstance(node, YamlList) else [value for _, value in node.entries]
        sizes = [self._measure(child) for child in children]
        measure = (1 + sum(size for size, _ in sizes), 1 + max((depth for _, depth in sizes), default=0))
        self._measured[id(node)] = (node, measure)  # the node is held so that its id stays its own
        return measure

    def _problem(self, place: Place, what: str) -> None:
        self.problems.setdefault((place, what), BundleProblem(place, what))
