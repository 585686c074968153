"""What the pass over an entry point notes of failures: handlers as they were run, and who called whom.

These stand among the facts in their order, and are taken out when the entry
point is done: `flow.aftermath` makes `HandlerSeen` facts of them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from mlcheck.flow.values import Value
from mlcheck.project.model import Code
from mlcheck.project.place import Place


@dataclass(slots=True, eq=False)
class Entered:
    """A function of the project is called by an expression of a frame.

    A frame is a function's node, or None for the statements of a file.
    `handed` names the library's function that it is handed to, which calls it.
    """

    callee: ast.AST
    callee_code: Code
    node: ast.AST
    frame: ast.AST | None
    code: Code
    handed: str = ""


@dataclass(slots=True, eq=False)
class Included:
    """A file's statements run within another's, by `%run`, after a line of it."""

    path: str
    line: int
    code: Code


@dataclass(slots=True, eq=False)
class Around:
    """The body of a `with` runs at the `yield` of a generator, within its `try` statements: `body` are its facts."""

    tries: tuple[ast.Try, ...]
    body: tuple[object, ...]


@dataclass(slots=True, eq=False)
class Watched:
    """A call that alone tells of a failure: a future, a command's code, another notebook's exit, a list of errors.

    `body`: the facts of what it runs, where that is the project's own.
    """

    kind: str
    name: str
    node: ast.expr
    frame: ast.AST | None
    code: Code
    body: tuple[object, ...] = ()


@dataclass(slots=True, eq=False)
class Caught:
    """A place that takes a failure, as the path met it: `except`, `suppress`, a `return` in `finally`, `__exit__`.

    `body` and `within` are the facts of what it stands around, and of itself.
    `before`: the names that the body binds, as they were before it (None: not bound).
    `raises`: each way out of it raises; `may_raise`: something in it does.
    """

    kind: str
    node: ast.Try | ast.With | ast.AsyncWith
    handler: ast.ExceptHandler | None
    frame: ast.AST | None
    code: Code
    place: Place
    caught: tuple[str, ...]
    before: Mapping[str, Value | None]
    body: tuple[object, ...]
    within: tuple[object, ...]
    raises: bool
    may_raise: bool

    @property
    def broad(self) -> bool:
        return not self.caught or any(name in ("Exception", "BaseException") for name in self.caught)


@dataclass(frozen=True, slots=True)
class Fate:
    """How it ends, where that is decided, and why it can't be told.

    `kind`: raises (each way out of the handler does) · picks (it raises what it
    does not expect) · leads (a condition on what it left raises) · later (what
    follows raises) · retries · exits (the handler ends the run) · all (raises
    only where all failed) · told (the exit's value alone speaks of it) ·
    lost (it can't be told) · goes-on (`place`: the handler that takes what a result raises).
    `tested`: a condition looks at it, and nothing raises. `records`: where it was written down.
    `left`: the list, count or status that the handler sets. `replaces`: it gives
    what the body would have given another value. `instead`: what the run goes
    on with, where it has that from before: an older value, or the next element or candidate.
    `gates`: a condition that looks at it keeps the run from some of its work.
    """

    kind: str
    place: Place | None = None
    why: str = ""
    tested: Place | None = None
    records: tuple[tuple[str, Place], ...] = ()
    left: str = ""
    replaces: bool = False
    instead: str = ""
    gates: bool = False
