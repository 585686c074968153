"""The names of a notebook, script or module as it runs from top to bottom, `%run` and restarts included."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, Union

from mlcheck.flow.name_ops import (
    LATER,
    SURE,
    Bind,
    Branch,
    Define,
    FileNames,
    Free,
    FunctionNames,
    Import,
    Open,
    Read,
    Restart,
    Run,
)
from mlcheck.flow.name_walk import NOTHING, NameWalk

Kind = Literal["notebook", "script", "module"]
Spot = tuple[str, int]  # a file, and a line of its text


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that is read where no path has bound it.

    `why`: never, below (bound only later), branch (only on another path),
    restarted, deleted, or called (by a call above the binding). `spot` is where it is bound, or was; `cause` the
    restart, `del` or call. `idle`: a function that nothing here calls reads it.
    """

    path: str
    node: ast.expr
    name: str
    why: str
    spot: Spot | None = None
    cause: Spot | None = None
    function: str = ""
    idle: bool = False
    owner: int = 0  # the function's identity


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A name that nothing seen binds, where what was not followed may."""

    path: str
    node: ast.expr
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Exports:
    """What a module of the project binds; `why` says why it may bind more."""

    names: frozenset[str]
    star: frozenset[str]
    why: str = ""
    star_why: str = ""


class Files(Protocol):
    """Where a namespace finds other files."""

    def notebook(self, from_path: str, given: str) -> FileNames | None: ...

    def exports(self, from_path: str, module: str, level: int) -> Exports | None: ...

    def star(self, module: str) -> frozenset[str] | None: ...


@dataclass(slots=True)
class _Known:
    """A function of the namespace: its file, and what its calls have met."""

    function: FunctionNames
    path: str
    later: bool  # it may run at any time
    called: bool = False
    met: set[str] = field(default_factory=set)
    surely: dict[str, Spot] = field(default_factory=dict)  # missing at a call that surely reads it
    missed: dict[str, Spot] = field(default_factory=dict)


_Late = Union[Read, Free]


class Namespace(NameWalk):
    """One evaluation: of an entry point, or of a module that is imported."""

    def __init__(self, files: Files, kind: Kind, given: frozenset[str], doubtful: Mapping[str, str]) -> None:
        """`given` are names that are there from the start, `doubtful` those that may be, with why."""
        super().__init__()
        self.files = files
        self.kind = kind
        self.given = given
        self.doubtful = doubtful
        self.missing: list[Missing] = []
        self.uncertain: list[Uncertain] = []
        self.met: set[tuple[int, str]] = set()  # what idle functions read, and is there
        self.seen: list[tuple[FunctionNames, str]] = []  # every function that was defined, with its file
        self.taken: set[str] = set()  # paths that `%run` took in
        self.running: list[FileNames] = []
        self.names: set[str] = set()
        self.open = ""
        self.probed: set[str] = set()
        self.main_only: set[str] = set()  # what a module binds only where it is run as a program
        self.before: dict[str, Spot] = {}  # what a restart took away
        self.restarted: Spot | None = None
        self.stars: list[frozenset[str]] = []
        self._segment()

    def _segment(self) -> None:
        self.ever: dict[str, Spot] = {}
        self.gone: dict[str, Spot] = {}
        self.functions: dict[str, list[_Known]] = {}
        self.defined: list[_Known] = []
        self.late: list[tuple[Read, str]] = []
        self.reported: set[str] = set()
        self.bound_inside: set[str] = set()  # by a function that says `global`

    @property
    def path(self) -> str:
        return self.running[-1].path

    def runs_main(self) -> bool:
        return self.kind != "module"

    def branch(self, op: Branch, names: set[str], extra: frozenset[str]) -> bool:
        if op.main and not self.runs_main():
            self.main_only |= op.blocks[0].binds
        return super().branch(op, names, extra)

    def go(self, file: FileNames) -> None:
        """Run a file to its end."""
        self._file(file, self.names)
        self.running.append(file)
        self.end()
        self.running.pop()

    def _file(self, file: FileNames, names: set[str]) -> None:
        self.running.append(file)
        self.probed |= file.probed
        self._broken()
        self.run(file.block, names, NOTHING, None)
        self.running.pop()

    def _broken(self) -> None:
        """What does not parse may bind names."""
        for file in self.running:
            if file.broken:
                self.open = self.open or f"{file.broken}: it may bind names"

    # --- reads

    def on_read(self, op: Read, names: set[str], bound: bool, sure: bool) -> None:
        if op.name in self.functions:
            for known in list(self.functions[op.name]):
                self._use(known, op.called and op.mode != LATER, sure, names, (self.path, op.node.lineno))
        if bound or self.has(op.name):
            return
        if op.mode == LATER:
            self.late.append((op, self.path))
        elif op.name not in self.reported:
            self.reported.add(op.name)
            self._missing(op.name, op.node, self.path)

    def has(self, name: str) -> bool:
        """Whether a name is there without a binding in the code."""
        return name in self.given or name in self.bound_inside or any(name in star for star in self.stars)

    def _missing(self, name: str, node: ast.expr, path: str) -> None:
        if self._tolerated(name, node, path):
            return
        if name in self.gone:
            self.missing.append(Missing(path, node, name, "deleted", None, self.gone[name]))
        elif name in self.before:
            self.missing.append(Missing(path, node, name, "restarted", self.before[name], self.restarted))
        else:
            # What binds it below is known at the end.
            self.missing.append(Missing(path, node, name, "never"))

    def _tolerated(self, name: str, node: ast.expr, path: str) -> bool:
        """Note a name as uncertain where it may be bound unseen."""
        why = self.open
        if name in self.probed:
            why = f"the code asks whether `{name}` is there"
        elif name in self.doubtful:
            why = self.doubtful[name]
        elif name in self.main_only:
            why = f"`{name}` is bound only where the file is run as a program"
        if why:
            self.uncertain.append(Uncertain(path, node, name, why))
        return bool(why)

    # --- functions

    def on_define(self, op: Define, names: set[str]) -> None:
        self._see(op.function)
        known = _Known(op.function, self.path, op.method or self.kind == "module")
        self.defined.append(known)
        self.bound_inside |= op.function.globals_bound
        for name in op.function.globals_bound:
            self._bound(name, op.line)
        if op.function.opens:
            self.open = self.open or op.function.opens
        if not op.method:
            alternatives = self.functions.get(op.function.name, []) if self.depth else []
            self.functions[op.function.name] = [*alternatives, known]

    def _see(self, function: FunctionNames) -> None:
        self.seen.append((function, self.path))
        for inner in function.inner:
            self._see(inner)

    def _use(self, known: _Known, direct: bool, sure: bool, names: set[str], at: Spot) -> None:
        """A function is called, or handed on, here: what it reads, and what it calls."""
        stack, visited = [(known, direct, sure)], {id(known)}
        while stack:
            one, direct, sure = stack.pop()
            at_once = direct and one.function.plain
            one.called = True
            one.later = one.later or not at_once
            for name, free in one.function.free.items():
                there = name in names or name in self.around or self.has(name)
                there = there or (name in self.ever and name not in self.gone)
                if at_once and free.mode != LATER:
                    _note(one, name, there, sure and free.mode == SURE, at)
                for inner in self.functions.get(name, ()):
                    if id(inner) not in visited:
                        visited.add(id(inner))
                        stack.append(
                            (inner, at_once and free.called and free.mode != LATER, sure and free.mode == SURE)
                        )

    # --- bindings

    def on_bind(self, op: Bind, names: set[str]) -> None:
        names.add(op.name)
        if not self.in_class:
            self._bound(op.name, op.line)
            known = self.functions.get(op.name)
            if known is not None and not self.depth and known[-1].function.line != op.line:
                del self.functions[op.name]

    def _bound(self, name: str, line: int) -> None:
        self.ever.setdefault(name, (self.path, line))
        self.gone.pop(name, None)

    def on_delete(self, name: str, line: int, caught: bool, names: set[str]) -> None:
        names.discard(name)
        if not self.in_class:
            self.gone[name] = (self.path, line)

    def on_other(self, op: Import | Run | Restart | Open, names: set[str]) -> None:
        match op:
            case Open(why=why):
                self.open = self.open or why
            case Restart(line=line):
                if not self.depth:
                    self._restart(line, names)
            case Run(given=given, line=line):
                self._take(given, line, names)
            case Import(names=None):
                self._star(op, names)

    def _restart(self, line: int, names: set[str]) -> None:
        self.end()
        self.before = {**self.before, **self.ever}
        self.restarted = (self.path, line)
        names.clear()
        self.stars.clear()
        self.open = ""
        self._broken()
        self._segment()

    def _take(self, given: str, line: int, names: set[str]) -> None:
        """`%run`: the other notebook's program, in this namespace."""
        file = self.files.notebook(self.path, given)
        if file is None:
            self.open = self.open or f"`%run {given}` takes in a notebook that is not among the project's files"
        elif not any(file.path == one.path for one in self.running):
            self.taken.add(file.path)
            self._file(file, names)

    def _star(self, op: Import, names: set[str]) -> None:
        exports = self.files.exports(self.path, op.module, op.level)
        if exports is not None:
            for name in exports.star:
                self._bound(name, op.node.lineno)
            names |= exports.star
            self.open = self.open or exports.star_why or exports.why
            return
        known = self.files.star(op.module) if not op.level else None
        if known is None:
            self.open = self.open or f"`from {'.' * op.level}{op.module} import *` brings names that are not known"
        else:
            self.stars.append(known)

    # --- the end of a segment

    def end(self) -> None:
        """Judge what runs at any time, now that all bindings are known."""
        for op, path in self.late:
            if op.name not in self.ever and not self.has(op.name):
                self._late(op.name, op.node, path, "", False)
        for known in self.defined:
            for name, free in known.function.free.items():
                self._settle(known, name, free)
        self.missing = [self._below(one) for one in self.missing]

    def _settle(self, known: _Known, name: str, free: Free) -> None:
        call = known.surely.get(name)
        if self.has(name) or (call is None and (name in known.met or name in self.ever)):
            self.met.add((id(known.function), name))
            if self.has(name) or name in known.met or known.later or free.mode == LATER or name not in known.missed:
                return
            call = known.missed[name]
        if call is None:
            self._late(name, free.node, known.path, known.function.name, not known.called, id(known.function))
        elif not self._tolerated(name, free.node, known.path):
            why = "called" if name in self.ever else "never"
            function = known.function.name
            self.missing.append(Missing(known.path, free.node, name, why, self.ever.get(name), call, function))

    def _late(self, name: str, node: ast.expr, path: str, function: str, idle: bool, owner: int = 0) -> None:
        if not self._tolerated(name, node, path):
            restarted = name in self.before
            self.missing.append(
                Missing(
                    path,
                    node,
                    name,
                    "restarted" if restarted else "never",
                    self.before.get(name),
                    self.restarted if restarted else None,
                    function,
                    idle,
                    owner,
                )
            )

    def _below(self, one: Missing) -> Missing:
        """A missing name that is bound further down, or on another path."""
        if one.why != "never" or one.function or one.name not in self.ever:
            return one
        path, line = self.ever[one.name]
        above = path == one.path and line < one.node.lineno
        return Missing(one.path, one.node, one.name, "branch" if above else "below", (path, line))


def _note(known: _Known, name: str, there: bool, sure: bool, at: Spot) -> None:
    """What a call met of a name that it reads."""
    if there:
        known.met.add(name)
    elif name not in known.met:
        (known.surely if sure else known.missed).setdefault(name, at)


def exported(namespace: Namespace, file: FileNames) -> Exports:
    """What others get from a module that was run to its end."""
    names = frozenset({*namespace.ever, *(name for star in namespace.stars for name in star)})
    public = (name for name in names if not name.startswith("_"))
    star: Iterable[str] = file.all_ if file.all_ is not None else public
    why = namespace.open and f"{file.path} may bind more: {namespace.open}"
    if "__getattr__" in names:
        why = why or f"{file.path} has a `__getattr__`"
    star_why = f"`__all__` of {file.path} is made at run time" if file.all_open else ""
    return Exports(names, frozenset(star), why, star_why)
