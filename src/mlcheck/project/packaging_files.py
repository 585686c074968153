"""Python packages of a project: what `pyproject.toml` and `setup.py` say of dependencies and scripts."""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.utils import canonicalize_name

from mlcheck.errors import ConfigurationError
from mlcheck.project.environment import requirement_list
from mlcheck.project.file_index import FileIndex
from mlcheck.project.model import Environment, NotUnderstood, Requirement
from mlcheck.project.place import Place
from mlcheck.project.settings import read_toml

_SCRIPT = re.compile(r"\s*([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_]\w*)")
_SETUP_SCRIPT = re.compile(r"\s*([\w.-]+)\s*=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its name (PEP 503), its scripts as `module:function`, and what it depends on."""

    name: str
    scripts: Mapping[str, str]
    environment: Environment | None


def read_pyproject(text: str, path: str) -> Package | NotUnderstood:
    """What a pyproject.toml says, or why it can't be read."""
    try:
        document = read_toml(text, path)
    except ConfigurationError as error:
        line = error.where.rpartition(":")[2]
        return NotUnderstood(Place(path, int(line) if line.isdigit() else 1), error.what)
    project, poetry = _table(document, "project"), _table(document, "tool", "poetry")
    name = project.get("name") or poetry.get("name")
    scripts: dict[str, str] = {}
    for holder in (_table(poetry, "scripts"), _table(project, "scripts")):
        scripts |= {key: value for key, value in holder.items() if isinstance(value, str)}
    for group in _table(project, "entry-points").values():
        if isinstance(group, dict):
            scripts |= {key: value for key, value in group.items() if isinstance(value, str)}
    return Package(
        canonicalize_name(name) if isinstance(name, str) else "", scripts, _environment(project, poetry, text, path)
    )


def _table(document: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _environment(project: dict[str, Any], poetry: dict[str, Any], text: str, path: str) -> Environment | None:
    listed = project.get("dependencies")
    dependencies = _table(poetry, "dependencies")
    if not isinstance(listed, list) and not dependencies:
        return None
    given = [(one, _place_of(text, path, one)) for one in listed or () if isinstance(one, str)]
    read = requirement_list(given, "pyproject", path)
    more = tuple(_poetry(dependencies, text, path))
    return replace(read, requirements=read.requirements + more)


def _poetry(dependencies: dict[str, Any], text: str, path: str) -> Iterator[Requirement]:
    for name, given in dependencies.items():
        if name == "python":
            continue
        version = given.get("version") if isinstance(given, dict) else given
        found = re.search(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*[=.]", text, re.MULTILINE)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        written = f"{name} {version}" if isinstance(version, str) else name
        yield Requirement(written, canonicalize_name(name), _poetry_pinned(given, version), Place(path, line))


def _poetry_pinned(given: Any, version: Any) -> bool | None:
    """Whether Poetry's constraint has an upper bound: `^1.2`, `~1.2`, `1.2.*` and `1.2` have one."""
    if not isinstance(version, str):
        return True if isinstance(given, dict) and {"git", "path", "url", "file"} & given.keys() else None
    bounds = [part.strip() for part in version.split(",")]
    return any(bound[:1] in "^~=<" or bound[:1].isdigit() for bound in bounds if bound)


def _place_of(text: str, path: str, written: str) -> Place:
    """Where a string of a TOML list stands; the file keeps no positions."""
    found = re.search(rf"[\"']({re.escape(written)})[\"']", text)
    if found is None:
        return Place(path, 1)
    line = text.count("\n", 0, found.start(1)) + 1
    column = found.start(1) - text.rfind("\n", 0, found.start(1))
    return Place(path, line, column, line, column + len(written))


def read_setup_py(text: str) -> Package | None:
    """The name and the scripts that a setup.py gives as literals, or None where it has none."""
    if "entry_points" not in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(keyword.arg == "entry_points" for keyword in node.keywords):
            given = {keyword.arg: _literal(keyword.value) for keyword in node.keywords}
            scripts = dict(_setup_scripts(given.get("entry_points")))
            name = given.get("name")
            return Package(canonicalize_name(name) if isinstance(name, str) else "", scripts, None)
    return None


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _setup_scripts(groups: Any) -> Iterator[tuple[str, str]]:
    for group in groups.values() if isinstance(groups, dict) else ():
        for entry in group if isinstance(group, (list, tuple)) else (group,):
            found = _SETUP_SCRIPT.match(entry) if isinstance(entry, str) else None
            if found:
                yield found.group(1), found.group(2).strip()


def script_files(package: Package, path: str, index: FileIndex) -> Iterator[tuple[str, tuple[str, str]]]:
    """The package's scripts whose modules are in the project: name, (module's path, function)."""
    folder = posixpath.dirname(path)
    for name, target in package.scripts.items():
        found = _SCRIPT.match(target)
        if not found:
            continue
        module = found.group(1).replace(".", "/")
        for below in ("", "src"):
            start = posixpath.normpath(posixpath.join(folder, below, module))
            file = index.find(f"{start}.py") or index.find(f"{start}/__init__.py")
            if file is not None:
                yield name, (file, found.group(2))
                break
