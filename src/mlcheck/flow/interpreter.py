"""One entry point's evaluation: the path that it is on, the calls that it is in, what it has found.

`expressions` and `statements` work on this; library calls are in a file of
their own for each library. The engine never raises out of `run`: where a bound
is reached the rest is a Gap with its place.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from mlcheck.flow.facts import Fact, Gap
from mlcheck.flow.scope import ANY_FOLDER, IMPLICIT_RUN, MAYBE_RUN, NO_RUN, Scope, State
from mlcheck.flow.values import Birth, DictValue, Instance, ListValue, Obj, Top, Value
from mlcheck.project.model import Code
from mlcheck.project.place import Place

if TYPE_CHECKING:
    from mlcheck.flow.entering import Remembered
    from mlcheck.flow.frames.values import Cell, Frame
    from mlcheck.flow.sources import Sources

MOST_STATEMENTS = 40_000  # of one entry point
MOST_IN_ALL = 600_000  # of a project; once they are used up each entry point has LEAST_STATEMENTS
LEAST_STATEMENTS = 1_000
MOST_CALLS_DEEP = 24
MOST_UNROLLED = 32

# Facts found in a call are kept as one tuple, shared by all who make that call.
Rope = list[object]
Container = ListValue | DictValue | Instance | Obj
# Outer names that a call read: by the scope that they were found from, None for the function's own.
Reads = dict[tuple[Scope | None, str], Value]
# What each type of statement does: given the interpreter and the statement, how it ends.
Runners = Mapping[type[ast.stmt], Callable[["Interpreter", Any], int]]
# What each type of expression gives.
Evaluators = Mapping[type[ast.expr], Callable[["Interpreter", Any], Value]]


class Bound(Exception):
    """The evaluation's bound was reached; the entry point ends here, with a Gap."""


class Interpreter:
    """The mutable heart of one evaluation. One entry point, one tuple of parameters."""

    def __init__(
        self,
        sources: Sources,
        runners: Runners,
        evaluators: Evaluators,
        parameters: Mapping[str, Value],
        arguments: tuple[Value, ...] | None,
    ) -> None:
        self.sources = sources
        self.runners = runners
        self.evaluators = evaluators
        self.parameters = parameters
        self.arguments = arguments
        self.argv: ListValue | None = None  # `sys.argv`, once it was looked at
        self.slices: list[tuple[ListValue, int]] = []  # it and parts of it, by the argument that they start at
        self.scope = Scope()
        self.state = State()
        self.code: Code | None = None
        self.facts: Rope = []
        self.widgets: dict[str, Value] = {}
        self.reached: set[str] = set()
        self.role_words: set[str] = set()
        self.returns: list[tuple[Value, State]] = []
        self.jumps: list[tuple[dict[str, Value], Mapping[Cell, Frame]]] = []
        self.breaks = 0  # of the innermost loop
        self.yields: list[tuple[Value, str, tuple[ast.Try, ...]]] = []
        self.reads: Reads = {}
        self.cells: dict[Cell, Frame | None] = {}  # frames from outside that a call looked at, as they were then
        self.calls: list[ast.AST] = []
        self.frame: ast.AST | None = None  # the function whose statements run, None: a file's
        self.handed = ""  # the library's function that the next one entered is handed to
        self.raises = 0  # how often something raised, or ended the process as a failure
        self.tries: list[tuple[ast.AST | None, ast.Try]] = []  # `try` bodies that the path is in, with their frames
        self.running: list[str] = []  # notebooks that `%run` is in
        self.call_id = 0
        self.oldest_write = 1 << 60
        self.written: list[Container] = []  # what the innermost loop has changed
        self.statements = 0
        self.bound = sources.bound()
        self.notebook = False
        self.itself = object()  # to tell evaluations apart without holding them
        self.memo: dict[object, list[Remembered]] = {}

    # --- places and facts

    def place(self, node: ast.expr | ast.stmt | ast.excepthandler) -> Place:
        assert self.code is not None
        return self.code.lines.node(node)

    def found(self, fact: Fact) -> None:
        self.facts.append(fact)
        if isinstance(fact, Gap) and fact.hides_code:
            self.lose()

    def lose(self) -> None:
        """Something ran that was not followed: it may have opened a run, and made folders."""
        if self.state.run in (NO_RUN, IMPLICIT_RUN):
            self.state.run = MAYBE_RUN
        self.lose_folders()

    def lose_folders(self) -> None:
        """Another process ran: it may have made folders, and opens no run here."""
        self.state.made |= {ANY_FOLDER}

    def gap(self, node: ast.expr | ast.stmt, why: str, words: frozenset[str] | None = None, broad: bool = False) -> Top:
        """Note a place that can't be followed, and give the Top that comes of it."""
        place = self.place(node)
        self.found(Gap(place, why, words, broad))
        return Top(place, why)

    def top(self, node: ast.expr | ast.stmt, why: str, foreign: bool = False) -> Top:
        assert self.code is not None
        return Top(self.code.lines, why, foreign, node)

    def birth(self) -> Birth:
        """The branch and the call in which a container made now is born."""
        return (self.state.branch, self.call_id)

    def wrote(self, owner: Container) -> bool:
        """Note a change to a container; True where it surely happens (no undecided branch since its birth)."""
        self.oldest_write = min(self.oldest_write, owner.birth[1])
        self.written.append(owner)
        owner.version += 1
        return owner.birth[0] == self.state.branch

    # --- names

    def name(self, name: str) -> Value | None:
        """What a name holds; a name from outside the function's own scope is noted as read."""
        scope = self.scope
        value = scope.names.get(name)
        if value is not None:
            return value
        while scope is not scope.whole and scope.parent is not None:
            scope = scope.parent
            value = scope.names.get(name)
            if value is not None:
                return value
        if scope.parent is not None:
            value = scope.parent.find(name)
            if value is not None:
                self.reads[None, name] = value
        return value

    def closed_over(self) -> Scope:
        """The scope of the path, for what closes over it: noted, since the two then hold each other."""
        self.sources.closed_over.add(self.scope)
        return self.scope

    def step(self) -> None:
        self.statements += 1
        if self.statements > self.bound:
            raise Bound


def flatten(rope: Rope) -> tuple[Fact, ...]:
    """The facts of a rope in the order in which they were found, each once."""
    seen: set[int] = set()
    facts: dict[Fact, None] = {}
    stack: list[object] = [rope]
    while stack:
        top = stack.pop()
        if isinstance(top, (list, tuple)):
            if id(top) not in seen:
                seen.add(id(top))
                stack.extend(reversed(top))
        else:
            facts.setdefault(cast(Fact, top), None)
    return tuple(facts)
