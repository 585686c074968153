"""The content of configuration files as values: what a reader of Python would make of them.

A scalar that readers take differently (`yes`, `0123`, a date) is anything. Sources: PyYAML 6 and tomllib, executed.
"""

from __future__ import annotations

import re
from typing import Any

from mlcheck.errors import MlcheckError
from mlcheck.flow.values import Birth, Const, DictValue, ListValue, Scalar, Top, Value
from mlcheck.project.json_nodes import read_json
from mlcheck.project.settings import read_toml
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, read_yaml

KINDS = {
    ".yml": "yaml",
    ".yaml": "yaml",
    ".json": "json",
    ".toml": "toml",
    ".ini": "ini",
    ".cfg": "ini",
    ".conf": "ini",
}
MOST_NODES = 4_000  # of a file that is followed
_TAG = re.compile(r"(?m)(?:^|[\s\[{,])![\w!<]")
# What YAML 1.1, which PyYAML reads, takes for something else than 1.2 does, or than it is where it stands in quotes.
_OTHERWISE = re.compile(
    r"(?i)(?:y|n|yes|no|on|off|[-+]?0[0-9_]+|[-+]?0[box][0-9a-f_]+|[-+]?[0-9][0-9_]*_[0-9_]*|[-+]?[0-9]+(?::[0-9]+)+"
    r"|[-+]?\.(?:inf|nan)|[-+]?[0-9.]+e[-+]?[0-9]+|\d{4}-\d\d?-\d\d?.*|=|<<)\Z"
)


class Unreadable(Exception):
    """The content can't be told, and why."""


Node = YamlNode | dict[str, Any] | None


def content(text: str, path: str, kind: str) -> Node:
    """A text of one kind (yaml, json, toml) as nodes. Raises Unreadable."""
    try:
        if kind == "json":
            return read_json(text, path)
        if kind == "toml":
            return read_toml(text, path)
        if kind != "yaml":
            raise Unreadable("its kind is not known")
        if _TAG.search(text):
            raise Unreadable("it has tags of its own")
        return read_yaml(text, path)
    except MlcheckError as error:
        raise Unreadable(error.what) from None


def values_of(node: Node, kind: str, birth: Birth) -> Value:
    """A new value of the nodes, with containers of its own. Raises Unreadable where it is too large."""
    return _Reading(kind == "yaml", birth).value(node)


class _Reading:
    def __init__(self, yaml: bool, birth: Birth) -> None:
        self.yaml, self.birth = yaml, birth
        self.count = 0

    def value(self, node: object) -> Value:
        self.count += 1
        if self.count > MOST_NODES:
            raise Unreadable(f"it has more than {MOST_NODES:,} values")
        match node:
            case YamlMap(entries=entries):
                rows = {self._key(key): self.value(one) for key, one in entries}
                unsure = self.yaml and any(_OTHERWISE.match(key.text) for key, _ in entries)
                return DictValue(rows, is_open=unsure, birth=self.birth)
            case YamlList(items=items):
                return ListValue([self.value(one) for one in items], birth=self.birth)
            case YamlScalar():
                return self._scalar(node)
            case dict():
                return DictValue({key: self.value(one) for key, one in node.items()}, birth=self.birth)
            case list():
                return ListValue([self.value(one) for one in node], birth=self.birth)
            case str() | int() | float() | None:
                return Const(node)
            case _:
                return Top(None, "a value of a configuration file")

    def _scalar(self, node: YamlScalar) -> Value:
        if self.yaml and _OTHERWISE.match(node.text):
            return Top(node.place, f"`{node.text}`, which YAML's readers take differently")
        return Const(node.value)

    def _key(self, node: YamlScalar) -> Scalar:
        return node.value if self.yaml else node.text
