"""Imports, `%run` and notebooks that run notebooks: from a name to the project's code, entered once."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from mlcheck.flow import argv
from mlcheck.flow.facts import Imported, OwnImport
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Bound, Lib, ModuleValue, Obj, Value
from mlcheck.knowledge.distributions import GONE_IN_3_12, is_standard
from mlcheck.knowledge.name_sources import star_names

_SUFFIXES = (".py", "/__init__.py", ".ipynb", ".sql", ".r", ".scala", "")


def import_(it: Interpreter, node: ast.Import) -> int:
    for alias in node.names:
        own = _own(it, node, alias.name, alias.name)
        module = it.sources.module(it, alias.name, node) if own else None
        if module is None:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            it.scope.bind(alias.asname or name, Lib(name))
            if not own:
                _imported(it, alias.name, (), node)
        elif alias.asname:
            it.scope.bind(alias.asname, module)
        else:
            _bind_dotted(it, alias.name, module, node)
    return 0


def _own(it: Interpreter, node: ast.Import | ast.ImportFrom, name: str | None, written: str) -> bool:
    """Note an import of what may be the project's own, before it is entered; False where it is none."""
    assert it.code is not None
    path = it.sources.module_path(it.code.path, name) if name is not None else None
    level = node.level if isinstance(node, ast.ImportFrom) else 0
    if path is None and not level and not (name is not None and it.sources.is_own(name)):
        return False
    names = tuple([alias.name for alias in node.names]) if isinstance(node, ast.ImportFrom) else ()
    tolerated = bool(it.state.protected or it.state.branch)
    it.found(OwnImport(it.place(node), it.code.path, written, level, names, path, tolerated))
    return True


def _bind_dotted(it: Interpreter, name: str, module: ModuleValue, node: ast.Import) -> None:
    """`import a.b.c` binds `a`; its submodules hang on it."""
    first, _, rest = name.partition(".")
    if not rest:
        it.scope.bind(first, module)
        return
    owner: Value | None = it.sources.module(it, first, node)
    it.scope.bind(first, owner if owner is not None else module)
    if isinstance(owner, ModuleValue):
        walked = first
        for segment in rest.split("."):
            walked = f"{walked}.{segment}"
            inner = it.sources.module(it, walked, node)
            if inner is None or not isinstance(owner, ModuleValue):
                return
            owner.scope.names.setdefault(segment, inner)
            owner = inner


def import_from(it: Interpreter, node: ast.ImportFrom) -> int:
    name = _absolute(it, node)
    own = _own(it, node, name, node.module or "")
    module = it.sources.module(it, name, node) if name is not None and own else None
    if module is None and own:
        words = it.sources.behind.name(name) if name is not None and not node.level else None
        it.gap(
            node, f"`{'.' * node.level}{node.module or ''}` is not among the project's files", words, words is not None
        )
    elif module is None and name is not None:
        _imported(it, name, tuple([alias.name for alias in node.names]), node)
    for alias in node.names:
        bound = alias.asname or alias.name
        if alias.name == "*":
            _star(it, module, name)
        elif module is None:
            path = f"{name}.{alias.name}" if name else alias.name
            it.scope.bind(bound, argv.library_name(it, path, node))
        else:
            value = module.scope.names.get(alias.name)
            it.scope.bind(
                bound, value if value is not None else it.sources.submodule(it, module.path, alias.name, node)
            )
    return 0


def _imported(it: Interpreter, name: str, names: tuple[str, ...], node: ast.Import | ast.ImportFrom) -> None:
    """Note an import of what is not the project's, but for the standard library's."""
    if (is_standard(name) and name not in GONE_IN_3_12) or it.code is None:
        return
    tolerated = bool(it.state.protected or it.state.branch)
    end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    it.facts.append(Imported(name, names, tolerated, it.code.lines, node.lineno, node.col_offset, *end))


def _star(it: Interpreter, module: ModuleValue | None, name: str | None) -> None:
    if module is None:
        _brings(it, name)
        return
    for star in module.scope.stars:
        _brings(it, star)
    for key, value in module.scope.names.items():
        if not key.startswith("_"):
            it.scope.bind(key, value)


def _brings(it: Interpreter, library: str | None) -> None:
    """A library whose names are brought: the last one of all."""
    stars = it.scope.top.stars
    if library:
        stars[:] = [*(one for one in stars if one != library), library]


def of_stars(it: Interpreter, name: str, node: ast.Name) -> Value | None:
    """A name that `import *` of libraries brings: by what each exports, the last first; None where none surely does.

    Where what several export is not known, it may be any of theirs.
    """
    unknown: list[str] = []
    for library in reversed(it.scope.top.stars):
        exported = star_names(library)
        if exported is None:
            unknown.append(library)
        elif name in exported:
            unknown.append(library)
            break
    if len(unknown) == 1:
        return Lib(f"{unknown[0]}.{name}")
    if not unknown:
        return None
    libraries = " or ".join(f"`{one}`" for one in unknown)
    owner = it.top(node, f"`{name}`, which {libraries} may bring", foreign=True)
    return Bound(Obj("?", {"lost": owner}), name)  # so that a call of it is one on what is not known


def shadows(it: Interpreter, name: str) -> bool:
    """Whether `import *` of a library surely brings a name, whatever else has it."""
    return any(name in (star_names(library) or ()) for library in it.scope.top.stars)


def _absolute(it: Interpreter, node: ast.ImportFrom) -> str | None:
    """The module's dotted name; of a relative import, by the importing file's own folder."""
    if not node.level:
        return node.module
    assert it.code is not None
    folder = posixpath.dirname(it.code.path)
    for _ in range(node.level - 1):
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    package = folder.replace("/", ".")
    parts = [part for part in (package, node.module) if part]
    return ".".join(parts) or None


def notebook_candidates(from_path: str, given: str) -> Iterator[str]:
    """The project's paths that a notebook path may mean, given in a notebook at `from_path`."""
    text = given.strip().strip("\"'").rstrip("/")
    if text.startswith("/"):
        tail = text.lstrip("/").split("/")
        bases = ["/".join(tail[start:]) for start in range(len(tail))]
    else:
        bases = [posixpath.normpath(posixpath.join(posixpath.dirname(from_path), text))]
    for base in bases:
        for suffix in _SUFFIXES:
            yield base + suffix
