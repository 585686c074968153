"""Python packages of a project: what `pyproject.toml` and `setup.py` say of dependencies and scripts."""

from __future__ import annotations

import ast
import configparser
import posixpath
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from packaging.utils import canonicalize_name

from mlcheck.errors import ConfigurationError
from mlcheck.project.environment import requirement_list
from mlcheck.project.file_index import FileIndex
from mlcheck.project.model import Environment, NamedFile, NotUnderstood, OwnPackage
from mlcheck.project.place import Place
from mlcheck.project.poetry import poetry_requirements
from mlcheck.project.settings import read_toml

_SCRIPT = re.compile(r"\s*([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_]\w*)")
_SETUP_SCRIPT = re.compile(r"\s*([\w.-]+)\s*=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its name (PEP 503), its scripts as `module:function`, and what it depends on.

    `environment` is what it installs, None where the file doesn't say; `extras`
    by their names; `python` what it requires of Python.
    """

    name: str
    scripts: Mapping[str, str]
    environment: Environment | None
    extras: Mapping[str, Environment] = field(default_factory=dict)
    python: str = ""
    python_place: Place | None = None
    all_scripts: bool = False  # whether `scripts` has every name that it declares

    def own(self, path: str) -> OwnPackage:
        """The package as the project's own, by the file that says so."""
        folder = posixpath.dirname(path)
        scripts = tuple(self.scripts) if self.all_scripts else None
        return OwnPackage(
            path, folder, self.name, self.environment, self.extras, self.python, self.python_place, scripts
        )


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
    groups = [*_table(project, "entry-points").values(), *_table(poetry, "plugins").values()]
    for group in groups:
        if isinstance(group, dict):
            scripts |= {key: value for key, value in group.items() if isinstance(value, str)}
    python = project.get("requires-python")
    return Package(
        canonicalize_name(name) if isinstance(name, str) else "",
        scripts,
        _environment(document, text, path),
        dict(_extras(project, text, path)),
        python if isinstance(python, str) else "",
        _place_of(text, path, python) if isinstance(python, str) else None,
        not {"scripts", "entry-points"} & set(_names(project.get("dynamic"))),
    )


def _names(listed: Any) -> list[str]:
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _table(document: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _environment(document: Any, text: str, path: str) -> Environment | None:
    project, poetry = _table(document, "project"), _table(document, "tool", "poetry")
    listed = project.get("dependencies")
    dependencies = _table(poetry, "dependencies")
    dynamic = project.get("dynamic")
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        files = tuple(_dynamic_files(document, text, path))
        unread = () if files else (NotUnderstood(_place_of(text, path, "dependencies"), "dependencies are computed"),)
        return Environment("pyproject", path, (), unread, files)
    if not isinstance(listed, list) and not dependencies:
        return Environment("pyproject", path, ()) if project else None
    given = [(one, _place_of(text, path, one)) for one in listed or () if isinstance(one, str)]
    read = requirement_list(given, "pyproject", path)
    more = tuple(poetry_requirements(dependencies, text, path))
    return replace(read, requirements=read.requirements + more)


def _dynamic_files(document: Any, text: str, path: str) -> Iterator[NamedFile]:
    """The requirements files that setuptools takes the dependencies from."""
    files = _table(document, "tool", "setuptools", "dynamic", "dependencies").get("file")
    for one in files if isinstance(files, list) else [files]:
        if isinstance(one, str):
            yield NamedFile(one, _place_of(text, path, one))


def _extras(project: dict[str, Any], text: str, path: str) -> Iterator[tuple[str, Environment]]:
    for name, listed in _table(project, "optional-dependencies").items():
        if isinstance(listed, list):
            given = [(one, _place_of(text, path, one)) for one in listed if isinstance(one, str)]
            yield name, requirement_list(given, "pyproject", path)


def _place_of(text: str, path: str, written: str) -> Place:
    """Where a string of a TOML list stands; the file keeps no positions."""
    found = re.search(rf"[\"']({re.escape(written)})[\"']", text)
    if found is None:
        return Place(path, 1)
    line = text.count("\n", 0, found.start(1)) + 1
    column = found.start(1) - text.rfind("\n", 0, found.start(1))
    return Place(path, line, column, line, column + len(written))


# --- setup.py -------------------------------------------------------------------


def read_setup_py(text: str, path: str = "setup.py") -> Package | None:
    """What a setup.py gives as literals, or None where it calls no `setup`."""
    if "setup" not in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_setup(node.func):
            return _setup_package(node, _constants(tree), path)
    return None


def _is_setup(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return name == "setup"


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The names that the file binds once, at its top, and what to."""
    bound: dict[str, list[ast.expr]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                bound.setdefault(target.id, []).append(statement.value)
    return {name: values[0] for name, values in bound.items() if len(values) == 1}


def _setup_package(call: ast.Call, constants: dict[str, ast.expr], path: str) -> Package:
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    values = {name: _literal(_resolved(node, constants)) for name, node in given.items()}
    name, python = values.get("name"), values.get("python_requires")
    return Package(
        canonicalize_name(name) if isinstance(name, str) else "",
        dict(_setup_scripts(values.get("entry_points"))),
        _setup_environment(given.get("install_requires"), constants, path),
        {},
        python if isinstance(python, str) else "",
        _place(given["python_requires"], path) if isinstance(python, str) else None,
        isinstance(values.get("entry_points"), dict),
    )


def _setup_environment(node: ast.expr | None, constants: dict[str, ast.expr], path: str) -> Environment | None:
    if node is None:
        return None
    listed = _resolved(node, constants)
    if not isinstance(listed, (ast.List, ast.Tuple)):
        return Environment(
            "pyproject", path, (), (NotUnderstood(_place(node, path), "`install_requires` is computed"),)
        )
    given: list[tuple[str, Place]] = []
    unread: list[NotUnderstood] = []
    for element in listed.elts:
        value = _literal(element)
        if isinstance(value, str):
            given.append((value, _place(element, path)))
        else:
            unread.append(NotUnderstood(_place(element, path), "a requirement that is computed"))
    read = requirement_list(given, "pyproject", path)
    return replace(read, not_understood=(*read.not_understood, *unread))


def _place(node: ast.expr, path: str) -> Place:
    return Place(path, node.lineno)


def _resolved(node: ast.expr, constants: dict[str, ast.expr]) -> ast.expr:
    return constants.get(node.id, node) if isinstance(node, ast.Name) else node


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


# --- setup.cfg ------------------------------------------------------------------


def read_setup_cfg(text: str, path: str) -> Package | None:
    """What a setup.cfg says of a package, or None where it says nothing of one."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    if not (parser.has_section("options") or parser.has_section("metadata")):
        return None
    name = parser.get("metadata", "name", fallback="")
    required = parser.get("options", "install_requires", fallback=None)
    python = parser.get("options", "python_requires", fallback="")
    scripts = parser.get("options.entry_points", "console_scripts", fallback="")
    return Package(
        canonicalize_name(name) if name and ":" not in name else "",
        dict(_setup_scripts({"console_scripts": scripts.splitlines()})),
        None if required is None else _listed(required, text, path),
        {},
        python,
        _line_of(text, path, python) if python else None,
    )


def _listed(required: str, text: str, path: str) -> Environment:
    if required.strip().startswith("file:"):
        files = [one.strip() for one in required.strip().removeprefix("file:").split(",")]
        named = tuple(NamedFile(one, _line_of(text, path, one)) for one in files if one)
        return Environment("pyproject", path, (), (), named)
    lines = [re.sub(r"(?:^|\s)#.*", "", line).strip() for line in required.splitlines()]
    return requirement_list([(line, _line_of(text, path, line)) for line in lines if line], "pyproject", path)


def _line_of(text: str, path: str, written: str) -> Place:
    at = text.find(written)
    return Place(path, text.count("\n", 0, at) + 1 if at >= 0 else 1)


# --- scripts --------------------------------------------------------------------


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


def own_packages(packages: list[tuple[str, Package]]) -> tuple[OwnPackage, ...]:
    """The packages that the project builds, one for a folder: of two files, what each says."""
    found: dict[str, OwnPackage] = {}
    for path, package in sorted(packages, key=lambda one: one[0]):
        own = package.own(path)
        known = found.get(own.folder)
        found[own.folder] = own if known is None else _both(known, own)
    return tuple(one for one in found.values() if one.name or one.requirements is not None)


def _both(one: OwnPackage, two: OwnPackage) -> OwnPackage:
    said = one if one.requirements is not None and one.requirements != Environment("pyproject", one.path, ()) else two
    return replace(
        said,
        name=one.name or two.name,
        extras={**one.extras, **two.extras},
        python=one.python or two.python,
        python_place=one.python_place or two.python_place,
        scripts=None if one.scripts is None or two.scripts is None else one.scripts + two.scripts,
    )
