"""Names and the state of a path: what is bound, what is open, which handler it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcheck.flow.frames.schema import Schema, met, unknown
from mlcheck.flow.values import Const, Value, merge
from mlcheck.project.place import Place

if TYPE_CHECKING:
    from mlcheck.flow.frames.values import Cell, Frame


class Scope:
    """The names of a module, a notebook or a function call. `parent` is what it closes over.

    `whole` is the scope that it is a part of, as a comprehension or a class body is: else itself.
    """

    __slots__ = ("globals_", "names", "parent", "stars", "top", "whole")

    def __init__(self, parent: Scope | None = None, part: bool = False) -> None:
        self.names: dict[str, Value] = {}
        self.parent = parent
        self.whole: Scope = parent.whole if parent and part else self
        self.top: Scope = parent.top if parent else self
        self.globals_: set[str] = set()
        self.stars: list[str] = []  # libraries whose names `import *` brings

    def find(self, name: str) -> Value | None:
        """What a name holds, looked for outwards; None where nothing binds it."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.names.get(name)
            if value is not None:
                return value
            scope = scope.parent
        return None

    def finds_within(self, name: str, outer: Scope) -> bool:
        """Whether a name is bound in a scope that is passed on the way outwards to another, or in that one."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = None if scope is outer else scope.parent
        return False

    def is_in(self, outer: Scope) -> bool:
        """Whether it is another scope, or closes over it."""
        scope: Scope | None = self
        while scope is not None and scope is not outer:
            scope = scope.parent
        return scope is outer

    def leave(self) -> None:
        """Let go of the values; of a scope that has run, and that nothing closes over."""
        self.names, self.whole = {}, self.top  # it is no part of itself any more: that would keep it

    def bind(self, name: str, value: Value) -> None:
        """Bind a name here, or in the module where `global` says so."""
        target = self.top if name in self.globals_ else self
        target.names[name] = value


@dataclass(frozen=True, slots=True)
class Handler:
    """An `except` (or `finally`) that the path is in.

    `caught` are the exceptions named, empty for a bare one; `decided` where a
    condition that looks at the exception stands between handler and path.
    """

    kind: str  # except, finally
    place: Place
    caught: tuple[str, ...]
    name: str | None
    decided: bool = False

    @property
    def broad(self) -> bool:
        return not self.caught or any(name in ("Exception", "BaseException") for name in self.caught)


# A folder that was made, and which one is not known.
ANY_FOLDER: Value = Const("*")
# Whether a run is open: none, one that the code opened, maybe; or one that MLflow opened by itself, when
# something was logged and none was open. That one stays open until `end_run`, and `start_run` raises meanwhile.
NO_RUN, IN_RUN, MAYBE_RUN, IMPLICIT_RUN = "none", "active", "maybe", "implicit"
# What stands between a call and its running: nothing, a condition, or one that compares or validates.
NO_GATE, CONDITION, COMPARISON = 0, 1, 2


NO_VIEWS: Mapping[Value, Schema] = {}
NO_FRAMES: Mapping[Cell, Frame] = {}


class State:
    """What a path has done so far. Copied where paths part, merged where they meet."""

    __slots__ = (
        "branch",
        "frames",
        "guards",
        "handler",
        "made",
        "passed",
        "protected",
        "registry",
        "run",
        "tracking",
        "views",
        "within",
    )

    def __init__(self) -> None:
        self.run = NO_RUN
        self.made: frozenset[Value] = frozenset()  # folders that were made
        self.tracking = "databricks"  # databricks, local, unknown
        self.registry = "unset"  # where models are registered: unset, uc, workspace, local, unknown, uc-or-unset
        self.handler: Handler | None = None
        self.protected = 0  # how many try bodies with handlers the path is in
        self.branch = 0  # the innermost undecided branch that the path is in; 0: none
        self.guards: frozenset[str] = frozenset()  # constants that undecided conditions look at
        self.within = NO_GATE  # of the undecided conditions that the path is under, in this function and its callers
        self.passed = NO_GATE  # of those that it has passed, and that raise or end the run otherwise
        self.views: Mapping[Value, Schema] = NO_VIEWS  # temporary views, and tables that the run itself wrote
        self.frames: Mapping[Cell, Frame] = NO_FRAMES  # frames of pandas that were changed, as they are now

    def key(self) -> tuple[object, ...]:
        """What a function's outcome depends on beside its arguments."""
        return (
            self.run,
            self.made,
            self.tracking,
            self.registry,
            self.handler,
            self.protected,
            bool(self.branch),
            self.guards,
            self.within,
            self.passed,
            _views_key(self.views),
        )

    def copy(self) -> State:
        other = State.__new__(State)
        other.run, other.made, other.tracking = self.run, self.made, self.tracking
        other.handler, other.protected = self.handler, self.protected
        other.branch, other.guards = self.branch, self.guards
        other.registry, other.within, other.passed = self.registry, self.within, self.passed
        other.views, other.frames = self.views, self.frames
        return other

    def meet(self, one: State, two: State) -> None:
        """Take the effects of two paths that end here."""
        self.run = _met_runs(one.run, two.run)
        self.made = one.made & two.made
        self.tracking = one.tracking if one.tracking == two.tracking else "unknown"
        self.registry = _met_registries(one.registry, two.registry)
        self.passed = min(one.passed, two.passed)
        self.views = one.views if one.views is two.views else _met_views(one.views, two.views)
        if one.frames is not two.frames:
            from mlcheck.flow.frame_cells import met_frames

            self.frames = met_frames(one.frames, two.frames)
        else:
            self.frames = one.frames

    def take(self, other: State) -> None:
        self.run, self.made, self.tracking = other.run, other.made, other.tracking
        self.registry, self.passed = other.registry, other.passed
        self.views, self.frames = other.views, other.frames


def _views_key(views: Mapping[Value, Schema]) -> object:
    return tuple((name, schema.key()) for name, schema in views.items()) if views else None


def _met_views(one: Mapping[Value, Schema], two: Mapping[Value, Schema]) -> Mapping[Value, Schema]:
    """The views after two paths; one that only a path makes may be there, with whatever columns."""
    lost = unknown("a view that only a branch makes")
    return {name: met(one.get(name, lost), two.get(name, lost)) for name in (*one, *(n for n in two if n not in one))}


def _met_runs(one: str, two: str) -> str:
    """The run after two paths; where one has none and the other MLflow's own, none was opened on either."""
    if one == two:
        return one
    return IMPLICIT_RUN if {one, two} == {NO_RUN, IMPLICIT_RUN} else MAYBE_RUN


def _met_registries(one: str, two: str) -> str:
    """The registry after two paths: of Unity Catalog's and none that is set, Unity Catalog's or the default."""
    if one == two:
        return one
    return "uc-or-unset" if {one, two} <= {"uc", "unset", "uc-or-unset"} else "unknown"


def meet_names(before: dict[str, Value], one: dict[str, Value], two: dict[str, Value]) -> dict[str, Value]:
    """The names after two branches; one that only a branch binds may be undefined."""
    if one == before and two == before:
        return before
    names = dict(one)
    for name, value in two.items():
        other = one.get(name)
        names[name] = value if other is None or other is value else merge(other, value)
    return names
