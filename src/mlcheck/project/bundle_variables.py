"""The variables of a bundle as one target sets them.

Source: the CLI's `MergeTargetOverrides`, `rewriteShorthands` and `SetVariables`, read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mlcheck.printable import nearest, suggestion
from mlcheck.project.model import BundleProblem
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

# The keys that make a target's mapping a definition of a variable, and not the value of one.
_DEFINITIONS = (
    {"default", "type", "description"},
    {"default", "type"},
    {"default", "description"},
    {"lookup", "description"},
    {"default"},
    {"lookup"},
)


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable; `value` is None where only the one who deploys, or the workspace, gives it."""

    name: str
    place: Place
    value: YamlNode | None = None
    lookup: YamlNode | None = None
    kind: str | None = None  # `complex`
    description: YamlNode | None = None

    @property
    def unset(self) -> bool:
        """Neither a value nor a way to find one: the CLI refuses, unless it is given when it is called."""
        return self.value is None and self.lookup is None

    def node(self) -> YamlMap:
        """The variable as `bundle validate` shows it."""
        parts = {"default": self.value, "description": self.description, "lookup": self.lookup, "value": self.value}
        kind = YamlScalar(self.kind, self.kind, self.place) if self.kind else None
        entries = [(_key(name, part.place), part) for name, part in parts.items() if part is not None]
        return YamlMap(tuple([*entries, (_key("type", self.place), kind)] if kind else entries), self.place)


def _key(name: str, place: Place) -> YamlScalar:
    return YamlScalar(name, name, place)


def declared_variables(node: YamlNode | None, problems: list[BundleProblem]) -> dict[str, Variable]:
    """The variables that a bundle declares."""
    _not_a_mapping(node, problems)
    found: dict[str, Variable] = {}
    for key, declared in _entries(node):
        if not isinstance(declared, YamlMap):
            found[key.text] = Variable(key.text, key.place)
            if not (isinstance(declared, YamlScalar) and declared.value is None):
                what = f"variable `{key.text}` is not a mapping with `default` or `description`"
                help = f"{key.text}: {{default: …}}"
                problems.append(BundleProblem(key.place, what, "shape", "expected map, found string", help, key.text))
            continue
        found[key.text] = Variable(
            key.text,
            key.place,
            at(declared, "value") or at(declared, "default"),
            at(declared, "lookup"),
            text_at(declared, "type"),
            at(declared, "description"),
        )
    return found


def overridden_variables(
    declared: Mapping[str, Variable], overrides: YamlNode | None, target: str, problems: list[BundleProblem]
) -> dict[str, Variable]:
    """The variables with a target's own values: a value in full or in short, or a lookup."""
    _not_a_mapping(overrides, problems)
    found = dict(declared)
    for key, node in _entries(overrides):
        held = found.get(key.text)
        if held is None:
            problems.append(_undeclared(key, declared, target))
            held = Variable(key.text, key.place)
        found[key.text] = _set(held, node)
    return found


def _set(held: Variable, node: YamlNode) -> Variable:
    if isinstance(node, YamlScalar) and node.value is None:
        return held
    if not isinstance(node, YamlMap) or set(node.keys()) not in _DEFINITIONS:
        return replace(held, value=node, lookup=None)
    value, lookup = at(node, "default"), at(node, "lookup")
    if lookup is not None:
        return replace(held, value=None, lookup=lookup)
    return replace(held, value=value, lookup=None) if value is not None else held


def _undeclared(key: YamlScalar, declared: Mapping[str, Variable], target: str) -> BundleProblem:
    near = nearest(key.text, declared)
    hint = suggestion(key.text, declared) if declared else "the bundle declares none"
    return BundleProblem(
        key.place,
        f"variable `{key.text}` is not declared; {hint}",
        "target",
        f"failed to perform target override for target={target}: "
        f"variable {key.text} is not defined but is assigned a value",
        f"{near}: …" if near else f"variables: {{{key.text}: {{default: …}}}}",
        key.text,
        near,
        (target,),
    )


def from_file(variables: Mapping[str, Variable], node: YamlNode | None) -> dict[str, Variable]:
    """The variables with the values of `.databricks/bundle/<target>/variable-overrides.json`, where it is there."""
    found = dict(variables)
    for key, value in _entries(node):
        held = found.get(key.text)
        if held is not None and held.lookup is None and not (isinstance(value, YamlScalar) and value.value is None):
            found[key.text] = replace(held, value=value)
    return found


def unset_variables(
    variables: Mapping[str, Variable], target: str, place: Place, set_elsewhere: frozenset[str]
) -> Iterator[BundleProblem]:
    """Variables that other targets set, and this one does not: the CLI refuses, unless it is given a value."""
    for name, variable in variables.items():
        if variable.unset and name in set_elsewhere:
            what = f"variable `{name}` has no value in target `{target}`, and no default"
            help = f"variables: {{{name}: …}}"
            yield BundleProblem(place, what, "variable", _unset(name), help, name, None, (target,))


def open_variables(
    variables: Mapping[str, Variable], target: str, set_elsewhere: frozenset[str]
) -> Iterator[BundleProblem]:
    """Variables whose value is only known when the bundle is deployed: given to the CLI, or looked up."""
    for name, variable in variables.items():
        if variable.lookup is not None:
            what = f"variable `{name}` is looked up in the workspace"
            yield BundleProblem(variable.place, what, "variable", "", "", name, None, (target,))
        elif variable.unset and name not in set_elsewhere:
            what = f"variable `{name}` has no default: it is given when the bundle is deployed"
            yield BundleProblem(variable.place, what, "variable", _unset(name), "", name, None, (target,))


def _unset(name: str) -> str:
    return (
        f"no value assigned to required variable {name}. Variables are usually assigned in databricks.yml, "
        f'and they can be overridden using "--var", the BUNDLE_VAR_{name} environment variable, '
        "or .databricks/bundle/<target>/variable-overrides.json"
    )


def _not_a_mapping(node: YamlNode | None, problems: list[BundleProblem]) -> None:
    if isinstance(node, YamlList) or (isinstance(node, YamlScalar) and node.value is not None):
        found = "sequence" if isinstance(node, YamlList) else "string"
        problems.append(
            BundleProblem(node.place, "`variables` is not a mapping", "shape", f"expected map, found {found}")
        )


def _entries(node: YamlNode | None) -> Iterator[tuple[YamlScalar, YamlNode]]:
    if isinstance(node, YamlMap):
        yield from node.entries
