"""A conda environment's file, with its pip part, as requirements with places.

Source: conda's documentation, "Managing environments" and "Package match specifications".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlcheck.project.environment import requirement_list
from mlcheck.project.model import Environment, NotUnderstood
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

IS_CONDA = re.compile(r"(?:.*/)?[^/]*(?:conda|environment|env)[^/]*\.ya?ml\Z")

_SPEC = re.compile(r"(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)\s*(?:(==?|[<>!~]=?)?\s*(\S.*))?\Z")
# No packages of Python's: the interpreter, and what installs.
_NOT_ASKED = frozenset({"python", "pip"})


def read_conda(node: YamlNode | None, path: str) -> Environment | None:
    """What a conda environment's file installs, None where the YAML is no such file."""
    dependencies = node.get("dependencies") if isinstance(node, YamlMap) else None
    if not isinstance(dependencies, YamlList):
        return None
    listed: list[tuple[str, Place]] = []
    unread: list[NotUnderstood] = []
    for element in dependencies:
        if isinstance(element, YamlScalar):
            listed.append((element.text, element.place))
        elif isinstance(element, YamlMap) and isinstance(element.get("pip"), YamlList):
            listed += _pip(element)
        else:
            unread.append(NotUnderstood(element.place, "a dependency of conda's that is not read"))
    read = requirement_list(as_pip(listed), "requirements", path)
    return Environment("requirements", path, read.requirements, (*read.not_understood, *unread), read.includes)


def _pip(element: YamlMap) -> Iterator[tuple[str, Place]]:
    pip = element.get("pip")
    for one in pip if isinstance(pip, YamlList) else ():
        if isinstance(one, YamlScalar):
            yield f"pip:{one.text}", one.place


def as_pip(listed: Iterable[tuple[str, Place]]) -> Iterator[tuple[str, Place]]:
    """Conda's specifications as pip would write them; those of its pip part, marked by `pip:`, as they are."""
    for text, place in listed:
        if text.startswith("pip:"):
            yield text.removeprefix("pip:"), place
            continue
        match = _SPEC.match(text.strip())
        if match is None:
            yield text, place
        elif match.group(1) not in _NOT_ASKED:
            yield f"{match.group(1)}{_versions(match.group(2) or '', match.group(3) or '')}", place


def _versions(operator: str, rest: str) -> str:
    """`=1.2` is any 1.2; a build string after it says no more of the version."""
    if not rest:
        return ""
    version = rest.split("=")[0].split(" ")[0] if operator in ("=", "==", "") else rest
    if operator in ("=", "") and version[:1].isdigit():
        return f"=={version.rstrip('.*')}.*"
    return f"{operator}{version}"
