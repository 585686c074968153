"""Which names are read where nothing has bound them, for each entry point and each module that it imports.

Each file is read once into a program of names (`name_statements`); an entry
point's is run with those that `%run` takes in, a module's once for all.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from mlcheck.flow.facts import DoesNotParse, Fact, NamesRead, NameUncertain, UndefinedName
from mlcheck.flow.name_ops import FileNames, FunctionNames, Import, Unbound
from mlcheck.flow.name_statements import read_names
from mlcheck.flow.names import NOTEBOOK_GLOBALS
from mlcheck.flow.namespace import Exports, Kind, Missing, Namespace, Spot, Uncertain, exported
from mlcheck.flow.sources import Sources
from mlcheck.knowledge.distributions import distributions_of, is_standard
from mlcheck.knowledge.name_sources import import_line, star_names
from mlcheck.project.model import Code
from mlcheck.project.place import Place

_SESSION = frozenset(["spark", "dbutils", "sc", "sqlContext"])  # the notebook's own; an imported module has none
_IPYTHON = frozenset(["In", "Out", "exit", "quit", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "_sqldf"])
_NUMBERED = frozenset([f"_{prefix}{number}" for prefix in ("", "i") for number in range(1, 200)])
_MAYBE_THERE = {
    **dict.fromkeys(["SparkSession", "SQLContext", "HiveContext", "Row"], "some runtimes bring it to a notebook"),
    **dict.fromkeys(["ls", "pwd", "pip", "cd", "who", "whos", "history"], "IPython may take it for a magic"),
}
_GIVEN: dict[Kind, frozenset[str]] = {
    "notebook": frozenset(NOTEBOOK_GLOBALS) | _IPYTHON | _NUMBERED,
    "script": frozenset(),
    "module": frozenset(["__file__"]),
}
_DOUBTFUL: dict[Kind, dict[str, str]] = {
    "notebook": _MAYBE_THERE,
    "script": dict.fromkeys([*NOTEBOOK_GLOBALS, "__file__"], "whether it is there depends on what runs the script"),
    "module": dict.fromkeys(set(NOTEBOOK_GLOBALS) - _SESSION, "some runtimes bring it to every module"),
}
_NEAR = 0.8  # likeness of a name that is meant


@dataclass(slots=True)
class _Ran:
    """A namespace that was run: its files, and what it misses."""

    namespace: Namespace
    paths: tuple[str, ...]
    modules: frozenset[str] = field(default_factory=frozenset)


class DefinedNames:
    """The names of a project. Files and modules are read and run once."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.files: dict[str, FileNames] = {}
        self.modules: dict[str, _Ran] = {}
        self.entries: dict[tuple[str, Kind], _Ran] = {}
        self._exports: dict[str, Exports] = {}
        self._running: list[str] = []
        self._ours: dict[str, bool] = {}

    # --- reading and running

    def file(self, path: str) -> FileNames:
        """A file's program of names, read while its tree is at hand."""
        known = self.files.get(path)
        if known is None:
            code = self.sources.project.code[path]
            known = self.files[path] = read_names(code, self.sources.parse(code))
        return known

    def entry(self, path: str, kind: Kind) -> None:
        """Run an entry point, and all modules that it imports."""
        if (path, kind) in self.entries:
            return
        namespace = Namespace(self, kind, _GIVEN[kind], _DOUBTFUL[kind])
        self._running.append(path)
        namespace.go(self.file(path))
        self._running.pop()
        paths = (path, *sorted(namespace.taken))
        self.entries[path, kind] = _Ran(namespace, paths, frozenset(self._imported(paths)))

    def _imported(self, paths: tuple[str, ...]) -> Iterator[str]:
        """The project's modules that files import, directly or not."""
        waiting, seen = list(paths), set(paths)
        while waiting:
            path = waiting.pop()
            for op in self.file(path).imports:
                for module in self._paths(path, op):
                    if module not in seen:
                        seen.add(module)
                        waiting.append(module)
                        self.module(module)
                        yield module

    def _paths(self, from_path: str, op: Import) -> Iterator[str]:
        found = self.resolve(from_path, op.module, op.level)
        if found is not None:
            yield found
        for name, _ in op.names or ():
            dotted = f"{op.module}.{name}" if op.module else name
            inner = self.resolve(from_path, dotted, op.level)
            if inner is not None:
                yield inner

    def module(self, path: str) -> Exports:
        """What a module binds, by running it once; of one that is being run, what isn't known yet."""
        if path in self._running:
            return Exports(frozenset(), frozenset(), f"{path} is imported while it is being run")
        if path not in self.modules:
            given = _GIVEN["module"] | self._submodules(path)
            namespace = Namespace(self, "module", given, _DOUBTFUL["module"])
            self._running.append(path)
            namespace.go(self.file(path))
            self._running.pop()
            self.modules[path] = _Ran(namespace, (path, *sorted(namespace.taken)))
            self._exports[path] = exported(namespace, self.file(path))
        return self._exports[path]

    def _submodules(self, path: str) -> frozenset[str]:
        """What an `__init__.py` has in its folder: each is a name of the package once somebody imports it."""
        if not path.endswith("__init__.py"):
            return frozenset()
        folder = path.removesuffix("__init__.py")
        inside = (one.removeprefix(folder) for one in self.sources.project.files if one.startswith(folder))
        return frozenset(one.partition("/")[0].partition(".")[0] for one in inside)

    # --- what a namespace asks for

    def notebook(self, from_path: str, given: str) -> FileNames | None:
        code = self.sources.notebook(from_path, given)
        return self.file(code.path) if code is not None else None

    def exports(self, from_path: str, module: str, level: int) -> Exports | None:
        path = self.resolve(from_path, module, level)
        return self.module(path) if path is not None else None

    def star(self, module: str) -> frozenset[str] | None:
        return star_names(module)

    def resolve(self, from_path: str, module: str, level: int) -> str | None:
        """The project's file that an import finds, None where it is a library's, or not there."""
        if not level:
            path = self.sources.module_path(from_path, module) if module else None
        else:
            folder = posixpath.dirname(from_path)
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            base = posixpath.join(folder, module.replace(".", "/")) if module else folder
            candidates = (f"{base}.py", posixpath.join(base, "__init__.py"))
            path = next((one for one in candidates if one in self.sources.project.code), None)
        return path if path is not None and self.sources.project.code[path].language == "python" else None

    def let_go(self) -> None:
        """Drop what was run: namespaces and this hold each other, and through it every tree."""
        self.entries.clear()
        self.modules.clear()

    # --- facts

    def facts(self, path: str, kind: Kind) -> tuple[Fact, ...]:
        """What an entry point's names come to, its modules' included."""
        ran = self.entries[path, kind]
        found: dict[Fact, None] = {}
        for one in (ran, *(self.modules[module] for module in sorted(ran.modules))):
            found.update(dict.fromkeys(self._of(one)))
        return tuple(found)

    def _of(self, ran: _Ran) -> Iterator[Fact]:
        namespace = ran.namespace
        for missing in namespace.missing:
            if not (missing.idle and self._met_elsewhere(missing)):
                yield self._missing(namespace, missing)
        for uncertain in namespace.uncertain:
            yield self._uncertain(uncertain)
        for function, path in namespace.seen:
            for unbound in function.unbound:
                yield self._unbound(function, unbound, path)
        for path in ran.paths:
            yield from self._file(path)

    def _met_elsewhere(self, missing: Missing) -> bool:
        """Whether another entry point that takes the function in has the name."""
        key = (missing.owner, missing.name)
        return any(key in ran.namespace.met for ran in self.entries.values())

    def _file(self, path: str) -> Iterator[Fact]:
        file = self.files[path]
        yield NamesRead(self._code(path).lines.at(1), file.reads)
        for node, what in file.misplaced:
            yield DoesNotParse(self._place(path, node), f"does not parse: {what}", "statement", f"SyntaxError: {what}")
        for op in file.imports:
            yield from self._imports(path, op)

    def _imports(self, path: str, op: Import) -> Iterator[Fact]:
        """Names that a module of the project is asked for, and doesn't bind."""
        module = self.resolve(path, op.module, op.level)
        if not op.names or op.tolerated or module is None or module == path or not self._certain(op, module):
            return
        exports = self.module(module)
        for name, _ in op.names:
            if name in exports.names or name.startswith("__") or self._is_submodule(module, name):
                continue
            if not op.level and not self._is_ours(module, exports) and _nearest(name, exports.names) is None:
                continue
            place = self._place(path, op.node)
            if exports.why or self._is_given(module, name):
                yield NameUncertain(place, name, exports.why or f"`{name}` may be given to {module} from outside")
            else:
                near = _nearest(name, exports.names)
                yield UndefinedName(place, name, "import", self._code(module).lines.at(1), near=near)

    def _certain(self, op: Import, module: str) -> bool:
        """Whether no other file, and no library, may be meant by an import."""
        if op.level:
            return True
        first = op.module.partition(".")[0]
        library = is_standard(op.module) or distributions_of(op.module) or import_line(first)
        return self.sources.is_only(op.module, module) and not library

    def _is_ours(self, module: str, exports: Exports) -> bool:
        """Whether some import of the module finds a name in it: a library of the same name is not meant."""
        if module not in self._ours:
            self._ours[module] = any(
                name in exports.names and self.resolve(path, op.module, op.level) == module
                for path, file in self.files.items()
                for op in file.imports
                for name, _ in op.names or ()
            )
        return self._ours[module]

    def _is_submodule(self, module: str, name: str) -> bool:
        return name in self._submodules(module)

    def _missing(self, namespace: Namespace, missing: Missing) -> Fact:
        name, path = missing.name, missing.path
        place = self._place(path, missing.node)
        kind = missing.why
        if namespace.kind == "module" and kind == "never":
            if self._is_given(path, name):
                return NameUncertain(place, name, f"`{name}` may be given to the module from outside")
            kind = "notebook" if name in _SESSION else kind
        owner = self._owner(missing)
        return UndefinedName(
            place,
            name,
            kind,
            self._spot(missing.spot),
            self._spot(missing.cause),
            missing.function,
            owner,
            import_line(name) or (None if missing.spot else self._line_of(path, name)),
            None if missing.spot else _nearest(name, (set(namespace.ever) | self._locals(missing)) - {name}),
        )

    def _is_given(self, path: str, name: str) -> bool:
        """Whether somebody sets the name on the module, or what runs it brings its own session."""
        if any(name in file.stored for file in self.files.values()):
            return True
        return name in _SESSION and any(op.module.split(".")[0] == "dlt" for op in self.files[path].imports)

    def _owner(self, missing: Missing) -> str:
        """The class or function that has a name of its own which was meant: `self.X`, or a local."""
        file = self.files[missing.path]
        if missing.name in file.class_names:
            return file.class_names[missing.name]
        owners = [one.name for one in file.functions if missing.name in one.locals_ and one.name != missing.function]
        return f"{owners[0]}()" if len(owners) == 1 else ""

    def _locals(self, missing: Missing) -> set[str]:
        """The names, parameters too, of the function that reads the missing one."""
        functions = (one for one in self.files[missing.path].functions if one.name == missing.function)
        return {name for one in functions for name in one.locals_}

    def _line_of(self, path: str, name: str) -> str | None:
        """The import that brings a name from the one module of the project that defines it."""
        owners = [
            other
            for other, file in self.files.items()
            if other != path and self._code(other).kind == "module" and name in file.block.binds
        ]
        if len(owners) != 1:
            return None
        dotted = owners[0].removesuffix(".py").removesuffix("/__init__").removeprefix("src/").replace("/", ".")
        return f"from {dotted} import {name}"

    def _uncertain(self, uncertain: Uncertain) -> Fact:
        return NameUncertain(self._place(uncertain.path, uncertain.node), uncertain.name, uncertain.why)

    def _unbound(self, function: FunctionNames, unbound: Unbound, path: str) -> Fact:
        if not unbound.sure:
            why = "it is read in a part of an expression that may not be evaluated"
            return NameUncertain(self._place(path, unbound.node), unbound.name, why)
        lines = self._code(path).lines
        return UndefinedName(
            self._place(path, unbound.node),
            unbound.name,
            "exception" if unbound.caught else "local",
            lines.at(unbound.bound) if unbound.bound else None,
            lines.at(unbound.gone) if unbound.gone else None,
            function.name,
        )

    # --- places

    def _code(self, path: str) -> Code:
        return self.sources.project.code[path]

    def _place(self, path: str, node: ast.expr | ast.stmt) -> Place:
        return self._code(path).lines.node(node)

    def _spot(self, spot: Spot | None) -> Place | None:
        return self._code(spot[0]).lines.at(spot[1]) if spot is not None else None


def _nearest(name: str, known: set[str] | frozenset[str]) -> str | None:
    """A name so like another that it is most likely meant."""
    best, score = None, _NEAR
    for candidate in sorted(known):
        if abs(len(candidate) - len(name)) <= 4 and len(name) > 2:
            likeness = SequenceMatcher(None, name.casefold(), candidate.casefold()).ratio()
            if likeness >= score:
                best, score = candidate, likeness
    return best
