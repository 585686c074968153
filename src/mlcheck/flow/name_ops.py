"""What a file does with names, in order: the small program that `defined_names` runs instead of its tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal, Union

# How surely a read happens where it stands: always, on some paths, or at another time (a lambda, a generator).
SURE, MAYBE, LATER = 0, 1, 2


@dataclass(slots=True)
class Read:
    """A name is read; `called`: its value is called at once, with nothing else between."""

    name: str
    node: ast.expr
    mode: int
    called: bool = False


@dataclass(slots=True)
class Bind:
    """A name is bound; `line` is that of the file's text."""

    name: str
    line: int


@dataclass(slots=True)
class Delete:
    """`del name`, and the end of `except … as name`."""

    name: str
    line: int


@dataclass(slots=True)
class Block:
    """Operations in order; `binds` are all names bound in it, `leaves` says whether something in it may leave."""

    ops: list[Op] = field(default_factory=list)
    binds: set[str] = field(default_factory=set)
    leaves: bool = False


@dataclass(slots=True)
class Branch:
    """One of several blocks runs; `main` where the first runs only in a program, not in a module."""

    blocks: list[Block]
    main: bool = False


@dataclass(slots=True)
class Loop:
    """A body that runs any number of times; `endless` where only a `break` ends it."""

    body: Block
    orelse: Block
    endless: bool = False


@dataclass(slots=True)
class Try:
    """A body that may break off, its handlers with the names that they bind, and what follows."""

    body: Block
    handlers: list[tuple[str | None, int, Block]]  # with the line
    orelse: Block
    final: Block


@dataclass(slots=True)
class Define:
    """A function is defined; a method binds no name of its own outside its class."""

    function: FunctionNames
    line: int
    method: bool


@dataclass(slots=True)
class ClassBody:
    """A class's body runs in a namespace of its own, then its name is bound."""

    name: str
    block: Block
    line: int


@dataclass(slots=True)
class Import:
    """Names from a module: `names` are None for all of them (`*`); `tolerated` where a handler stands around."""

    module: str
    level: int
    names: tuple[tuple[str, str], ...] | None  # (name there, name here)
    node: ast.stmt
    tolerated: bool = False


@dataclass(slots=True)
class Run:
    """`%run`: another notebook's names, here."""

    given: str
    line: int


@dataclass(slots=True)
class Restart:
    """Python starts again: every name is gone."""

    line: int


@dataclass(slots=True)
class Leave:
    """The path ends: return, break or continue; `raise` and an exit are a return."""

    how: Literal["return", "break", "continue"]


@dataclass(slots=True)
class Open:
    """Any name may be bound from here on."""

    why: str
    line: int


Op = Union[Read, Bind, Delete, Branch, Loop, Try, Define, ClassBody, Import, Run, Restart, Leave, Open]


@dataclass(slots=True)
class Free:
    """A name that a function reads and doesn't bind: the surest read of it."""

    node: ast.expr
    mode: int
    called: bool


@dataclass(slots=True)
class Unbound:
    """A local that is read where no path has bound it; `gone` where it was deleted before, in that line."""

    name: str
    node: ast.expr
    gone: int
    caught: bool  # it was an exception's name
    sure: bool  # not only in a part of an expression that may not be evaluated
    bound: int  # a line that binds it, 0 for none


@dataclass(slots=True)
class FunctionNames:
    """A function's own names, and what it reads from outside. `plain`: a call runs its body at once."""

    name: str
    line: int
    plain: bool
    free: dict[str, Free] = field(default_factory=dict)
    globals_bound: set[str] = field(default_factory=set)
    nonlocals_bound: set[str] = field(default_factory=set)
    locals_: frozenset[str] = frozenset()
    unbound: list[Unbound] = field(default_factory=list)
    inner: list[FunctionNames] = field(default_factory=list)
    opens: str = ""


@dataclass(slots=True)
class FileNames:
    """A file's program of names.

    `probed` are names that the file asks for before it reads them; `broken`
    says why names may be missing here (a cell that doesn't parse).
    """

    path: str
    block: Block
    imports: list[Import]
    functions: list[FunctionNames]
    probed: set[str]
    reads: int
    broken: str = ""
    all_: tuple[str, ...] | None = None
    all_open: bool = False  # `__all__` is made at run time
    class_names: dict[str, str] = field(default_factory=dict)  # names bound in a class's body, by class
    stored: set[str] = field(default_factory=set)  # attributes of modules and other objects that are assigned to
    misplaced: tuple[tuple[ast.expr | ast.stmt, str], ...] = ()  # what Python refuses though it parses
