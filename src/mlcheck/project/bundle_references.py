"""`${…}` in a bundle: variables, and references to its own configuration, resolved as far as they go.

Source: the CLI's `libs/dyn/dynvar` and `ResolveVariableReferences`, read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from mlcheck.printable import nearest, suggestion
from mlcheck.project.bundle_merge import kind_of
from mlcheck.project.bundle_variables import Variable
from mlcheck.project.model import BundleProblem, ProblemKind
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import MAX_NODES, YamlList, YamlMap, YamlNode, YamlScalar

_PART = r"[^\W\d_](?:[\w-]*[^\W_])?"
REFERENCE = re.compile(rf"\$\{{({_PART}(?:\.{_PART}(?:\[[0-9]+\])*)*(?:\[[0-9]+\])*)\}}")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[([0-9]+)\]")
# `/Workspace` before a path of the workspace, which has it already.
_DOUBLED = re.compile(r"/Workspace/?(?=\$\{workspace\.(?:root|file|artifact|state|resource)_path\})")
_NESTED = re.compile(r"\$\{[^{}]*\$\{")  # `${var.x_${var.y}}`: the inner one makes the outer
_MAX_TEXT = 64 * 1024
_MAX_CHAIN = 20
_MAX_DEPTH = 96

# What a bundle may be asked for beside what its files say: None where everything below is only known outside.
_GIT = frozenset({"branch", "origin_url", "commit", "bundle_root_path", "actual_branch"})
_FIELDS: dict[str, dict[str, frozenset[str] | None]] = {
    "bundle": {
        **dict.fromkeys(("name", "target", "environment", "mode", "cluster_id", "compute_id", "uuid"), frozenset()),
        **dict.fromkeys(("engine", "force", "databricks_cli_version"), frozenset()),
        **dict.fromkeys(("terraform", "deployment"), None),
        "git": _GIT,
    },
    "workspace": {
        **dict.fromkeys(("root_path", "file_path", "artifact_path", "state_path", "resource_path"), frozenset()),
        **dict.fromkeys(("snapshot_path", "host", "profile", "auth_type", "client_id", "account_id"), frozenset()),
        **dict.fromkeys(("metadata_service_url", "google_service_account", "workspace_id"), frozenset()),
        **dict.fromkeys(("azure_workspace_resource_id", "azure_use_msi", "azure_client_id"), frozenset()),
        **dict.fromkeys(("azure_tenant_id", "azure_environment", "azure_login_app_id"), frozenset()),
        **dict.fromkeys(("experimental_is_unified_host",), frozenset()),
        "current_user": None,
    },
}


def written(scalar: YamlScalar) -> str:
    """A scalar as the text that the CLI makes of it: an unquoted 3.10 is the number 3.1."""
    match scalar.value:
        case bool():
            return "true" if scalar.value else "false"
        case int():
            return str(scalar.value)
        case float() if scalar.value - scalar.value == 0:  # neither infinite nor NaN
            shown = format(Decimal(repr(scalar.value)), "f")
            return shown.rstrip("0").rstrip(".") if "." in shown else shown
        case _:
            return scalar.text


class Resolver:
    """Resolves references within one target's configuration.

    `prefixes` are the parts of it that are resolved: `var` and `variables`,
    `bundle`, `workspace`; `resources` once they are as they will be deployed.
    What stays unresolved keeps its text. `problems` are those met so far.
    """

    def __init__(
        self, config: YamlMap, variables: Mapping[str, Variable], prefixes: frozenset[str], complete: bool = True
    ) -> None:
        self.config = config
        self.variables = variables
        self.prefixes = prefixes
        self.complete = complete
        self.problems: dict[tuple[Place, str], BundleProblem] = {}
        self._known: dict[str, YamlNode | None] = {}
        self._not_there: dict[str, BundleProblem] = {}  # what each reference to nothing was found to be
        self._open: list[str] = []
        self._measured: dict[int, tuple[YamlNode, tuple[int, int]]] = {}
        self._depth = self._deeper = 0
        self._spent = 0

    def resolved(self, node: YamlNode) -> YamlNode:
        """The node with its references resolved; itself where there are none."""
        if isinstance(node, YamlScalar):
            return self._scalar(node) if "${" in node.text else node
        if self._depth >= _MAX_DEPTH:
            self._problem(node.place, "nested too deep when its variables are put in", "size")
            return node
        self._depth += 1
        children = node.items if isinstance(node, YamlList) else tuple([value for _, value in node.entries])
        changed = tuple([self.resolved(child) for child in children])
        self._depth -= 1
        if all(one is other for one, other in zip(changed, children)):
            return node
        if isinstance(node, YamlList):
            return YamlList(changed, node.place)
        return YamlMap(tuple((key, value) for (key, _), value in zip(node.entries, changed)), node.place)

    def _scalar(self, scalar: YamlScalar) -> YamlNode:
        before = _DOUBLED.sub("", scalar.text) if "/Workspace" in scalar.text else scalar.text
        whole = REFERENCE.fullmatch(before)
        if whole:
            found = self._reference(whole.group(1), scalar.place)
            if isinstance(found, YamlScalar):
                return YamlScalar(found.value, found.text, scalar.place)
            if found is None or not self._afford(found, scalar.place):
                return scalar
            return found
        text = REFERENCE.sub(lambda match: self._text(match, scalar.place), before)
        if len(text) > _MAX_TEXT:
            self._problem(scalar.place, "the text grows too long when its variables are put in", "size")
            return scalar
        if text == scalar.text:
            return scalar
        put_in = YamlScalar(text, text, scalar.place)
        if self._deeper < _MAX_CHAIN and _NESTED.search(before):
            self._deeper += 1
            further = self._scalar(put_in)
            self._deeper -= 1
            return further
        return put_in

    def _text(self, match: re.Match[str], place: Place) -> str:
        found = self._reference(match.group(1), place)
        if found is None:
            return match.group()
        if isinstance(found, YamlScalar):
            return written(found) if found.value is not None else "<nil>"
        error = f"cannot interpolate non-primitive value of type {kind_of(found)} into string"
        self._problem(place, f"{match.group()} is a list or mapping within a text", "reference", error)
        return match.group()

    def _reference(self, path: str, place: Place) -> YamlNode | None:
        """What a path stands for, resolved itself, or None where that is not known here."""
        if path.split(".", 1)[0].split("[", 1)[0] not in self.prefixes:
            return None
        if path in self._known:
            again = self._not_there.get(path)
            if again is not None:
                self.problems.setdefault((place, again.what), replace(again, place=place))
            return self._known[path]
        if path in self._open or len(self._open) > _MAX_CHAIN:
            cycle = " -> ".join([*self._open, path])
            self._problem(
                place, f"${{{path}}} refers to itself", "cycle", f"cycle detected in field resolution: {cycle}"
            )
            return None
        self._open.append(path)
        found = self._find(path, place)
        found = self.resolved(found) if found is not None else None
        self._open.pop()
        if not self._open or found is not None:
            self._known[path] = found
        return found

    def _find(self, path: str, place: Place) -> YamlNode | None:
        steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(path)]
        if steps[0] in ("var", "variables"):
            return self._variable(path, steps, place)
        found = self._walk(self.config, steps)
        if found is None:
            self._unknown_field(path, steps, place)
        return found

    def _variable(self, path: str, steps: list[str | int], place: Place) -> YamlNode | None:
        name = str(steps[1]) if len(steps) > 1 else ""
        variable = self.variables.get(name)
        if variable is None:
            hint = suggestion(name, self.variables) if self.variables else "the bundle declares none"
            what = f"unknown variable `{name}`; {hint}"
            self._missing(place, path, what, "variable", name, nearest(name, self.variables), "var.")
            return None
        rest = steps[2:]
        if steps[0] == "variables":
            if not rest or rest[0] not in ("value", "default"):
                return None
            rest = rest[1:]
        if variable.value is None or not rest:
            return variable.value
        found = self._walk(variable.value, rest)
        if found is None and REFERENCE.search(getattr(variable.value, "text", "")) is None:
            what = f"variable `{name}` has no `{'.'.join(map(str, rest))}`"
            self._missing(place, path, what, "variable", path, None, "")
        return found

    def _unknown_field(self, path: str, steps: list[str | int], place: Place) -> None:
        """Note a reference to what no bundle has: the fields of `bundle`, `workspace` and the resources are known."""
        first, second = str(steps[0]), str(steps[1]) if len(steps) > 1 else ""
        if first == "resources":
            self._unknown_resource(path, steps, place)
            return
        fields = _FIELDS.get(first)
        if fields is None:
            return
        below = fields.get(second)
        if second not in fields:
            what = f"`{first}` has no field `{second}`; {suggestion(second, fields)}"
            self._missing(place, path, what, "reference", second, nearest(second, fields), f"{first}.")
        elif below is not None and len(steps) > 2 and steps[2] not in below:
            what = f"`{first}.{second}` has no field `{steps[2]}`"
            self._missing(place, path, what, "reference", str(steps[2]), nearest(str(steps[2]), below), "")

    def _unknown_resource(self, path: str, steps: list[str | int], place: Place) -> None:
        if len(steps) < 3 or not self.complete:
            return
        kind, key = str(steps[1]), str(steps[2])
        held = self._walk(self.config, ["resources"])
        kinds = held.get(kind) if isinstance(held, YamlMap) else None
        known = kinds.keys() if isinstance(kinds, YamlMap) else ()
        if kinds is not None and not isinstance(kinds, YamlMap):
            return
        if key not in known:
            what = f"the bundle has no {kind} `{key}`; {suggestion(key, known) if known else 'it has none'}"
            self._missing(place, path, what, "resource", key, nearest(key, known), f"resources.{kind}.")

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

    # --- bounds and problems ---------------------------------------------------------

    def _afford(self, node: YamlNode, place: Place) -> bool:
        """Whether one more use of a list or mapping stays within the bounds on nodes and nesting."""
        size, depth = self._measure(node)
        self._spent += size
        if self._spent > MAX_NODES or depth > _MAX_DEPTH:
            self._problem(place, "the bundle grows too large when its variables are put in", "size")
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

    def _missing(
        self, place: Place, path: str, what: str, kind: ProblemKind, name: str, near: str | None, before: str
    ) -> None:
        """Note a reference to what isn't there, with what the CLI prints."""
        help = f"${{{before}{near}}}" if near and before else ""
        error = f'cannot resolve "${{{path}}}"' if kind == "resource" else f"reference does not exist: ${{{path}}}"
        problem = self._not_there[path] = BundleProblem(place, what, kind, error, help, name, near)
        self.problems.setdefault((place, what), problem)

    def _problem(self, place: Place, what: str, kind: ProblemKind, error: str = "") -> None:
        self.problems.setdefault((place, what), BundleProblem(place, what, kind, error))
