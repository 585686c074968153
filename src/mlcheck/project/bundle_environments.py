"""What a job's tasks have installed: `libraries`, and the environments that `environment_key` names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.project.environment import requirement_list
from mlcheck.project.model import Environment, NamedFile, NotUnderstood
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

_NOT_PYTHON = frozenset({"jar", "maven", "cran"})


@dataclass(frozen=True, slots=True)
class BundleEnvironments:
    """The environments of one job, by their key."""

    by_key: dict[str, YamlMap]

    def of_task(self, task: YamlMap) -> Environment | None:
        """What a task says that it has installed, or None where it says nothing."""
        libraries = task.get("libraries")
        key = task.get("environment_key")
        if libraries is None and key is None:
            return None
        found: list[Environment] = []
        if isinstance(key, YamlScalar):
            found.append(self._named(key))
        if libraries is not None:
            found.append(_libraries(libraries))
        first = found[0] if found else Environment("environment", task.place.path, ())
        if len(found) < 2:
            return first
        return Environment(
            first.source,
            first.path,
            first.requirements + found[1].requirements,
            first.not_understood + found[1].not_understood,
            first.includes + found[1].includes,
        )

    def _named(self, key: YamlScalar) -> Environment:
        environment = self.by_key.get(key.text)
        if environment is None:
            what = NotUnderstood(key.place, f"the job has no environment `{key.text}`")
            return Environment("environment", key.place.path, (), (what,))
        spec = environment.get("spec")
        if spec is None or (isinstance(spec, YamlScalar) and spec.value is None):
            return Environment("environment", environment.place.path, ())
        if not isinstance(spec, YamlMap):
            return _unread(spec, "the environment's `spec`")
        dependencies = spec.get("dependencies")
        base = spec.key("base_environment")
        unread = (NotUnderstood(base.place, "what a base environment holds"),) if base else ()
        if dependencies is None or (isinstance(dependencies, YamlScalar) and dependencies.value is None):
            return Environment("environment", spec.place.path, (), unread)
        if not isinstance(dependencies, YamlList):
            return _unread(dependencies, "the environment's `dependencies`")
        path = dependencies.place.path
        read = requirement_list(_scalars(dependencies), "environment", path)
        return Environment("environment", path, read.requirements, read.not_understood + unread, read.includes)


def read_environments(node: YamlNode | None) -> BundleEnvironments:
    """A job's list of environments."""
    found: dict[str, YamlMap] = {}
    for element in node if isinstance(node, YamlList) else ():
        key = element.get("environment_key") if isinstance(element, YamlMap) else None
        if isinstance(element, YamlMap) and isinstance(key, YamlScalar):
            found[key.text] = element
    return BundleEnvironments(found)


def _libraries(node: YamlNode) -> Environment:
    if not isinstance(node, YamlList):
        return _unread(node, "`libraries`")
    given: list[tuple[str, Place]] = []
    includes: list[NamedFile] = []
    unread: list[NotUnderstood] = []
    for element in node:
        if not isinstance(element, YamlMap):
            unread.append(NotUnderstood(element.place, "a library is not a mapping"))
            continue
        for key, value in element.entries:
            named = value.get("package") if isinstance(value, YamlMap) else value
            if key.text in _NOT_PYTHON:
                continue
            if not isinstance(named, YamlScalar) or key.text not in ("pypi", "whl", "egg", "requirements"):
                unread.append(NotUnderstood(key.place, f"a library of kind `{key.text}`"))
            elif key.text == "requirements":
                includes.append(NamedFile(named.text, named.place))
            else:
                given.append((_as_path(named.text) if key.text != "pypi" else named.text, named.place))
    read = requirement_list(given, "libraries", node.place.path)
    return Environment(
        "libraries", node.place.path, read.requirements, (*unread, *read.not_understood), tuple(includes)
    )


def _as_path(text: str) -> str:
    """A wheel's path, so written that it is not taken for a name."""
    return text if text.startswith((".", "/", "~", "$", "{")) or "://" in text or ":/" in text else f"./{text}"


def _unread(node: YamlNode, what: str) -> Environment:
    return Environment("environment", node.place.path, (), (NotUnderstood(node.place, f"{what} is not resolved"),))


def _scalars(nodes: YamlList) -> Iterator[tuple[str, Place]]:
    for node in nodes:
        if isinstance(node, YamlScalar) and node.value is not None:
            yield node.text, node.place
