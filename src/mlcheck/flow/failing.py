"""The path that a failure takes once a handler has it: statements walked with what the failure left.

Only names, attributes and results that depend on the failure have values
here. A condition on one of them whose branch raises answers the failure; one
that its value decides is followed; all others are walked both ways.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mlcheck.flow.looking import look
from mlcheck.flow.marks import ANY, SOME, Marks, met
from mlcheck.flow.nodes import end_of, nodes_in
from mlcheck.flow.told import EXITED, NOT, RAISED, Leaves, Told
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Value
from mlcheck.project.model import Code
from mlcheck.project.place import Place

ON, RETURNED, BROKE, CONTINUED = "on", "returned", "broke", "continued"
_RECORDS: dict[str, str] = {
    **dict.fromkeys(("set_tag", "set_tags", "set_model_version_tag", "set_registered_model_tag"), "a tag"),
    **dict.fromkeys(("log_param", "log_params", "log_metric", "log_metrics", "log_dict", "log_text"), "the run"),
    "end_run": "the run's status",
    "set_terminated": "the run's status",
    **dict.fromkeys(("saveAsTable", "insertInto", "write_table"), "a table"),
    **dict.fromkeys(("dump", "write_text"), "a file"),
}
_COUNTS = re.compile(r"retr(y|ies)|attempt|(^|_)tries", re.I)
_MOST_STEPS = 4_000
_DEEPEST = 8
Signals = frozenset[str]
GOES_ON: Signals = frozenset((ON,))


class Callee(NamedTuple):
    node: ast.AST
    code: Code
    handed: str


@dataclass(slots=True)
class Trace:
    """What was met on the way: who answers the failure, who may, and where it was only written down."""

    answered: list[Place] = field(default_factory=list)
    if_all: list[Place] = field(default_factory=list)  # raises only where all failed
    picked: list[Place] = field(default_factory=list)  # the handler raises what it does not expect
    flagged: list[Place] = field(default_factory=list)  # it raises by a condition that says nothing of the failure
    lost: list[tuple[Place, str]] = field(default_factory=list)
    doubts: list[tuple[Place, str]] = field(default_factory=list)
    told: list[Place] = field(default_factory=list)  # the notebook's exit value speaks of it
    tested: list[Place] = field(default_factory=list)  # a condition looks at it, and nothing raises
    records: dict[str, Place] = field(default_factory=dict)
    gates: bool = False  # a condition that looks at it has work in one of its branches
    dropped: Place | None = None  # the handler on the way that takes what a result raises
    steps: int = 0


class World:
    """Who calls whom, and what is known of calls, in one entry point."""

    def __init__(
        self,
        steps: Mapping[type[ast.stmt], Callable[[Walk, Any], Signals]],
        callees: Mapping[int, Sequence[Callee]],
        strange: Mapping[str, AbstractSet[tuple[int, int]]],
        reads_tags: bool,
        works: Callable[[ast.AST, Code], bool],
    ) -> None:
        self.steps = steps  # what each type of statement does to the path
        self.has_work = works  # whether a statement does, or calls what does, the work of the pipeline
        self.reads_tags = reads_tags  # whether the project's code reads tags somewhere
        self._callees = callees
        self._strange = strange
        self._speaks: dict[int, frozenset[str]] = {}
        self._locals: dict[int, frozenset[str]] = {}

    def callees_of(self, node: ast.AST) -> Sequence[Callee]:
        return self._callees.get(id(node), ())

    def is_strange(self, code: Code, node: ast.expr) -> bool:
        """Whether a call is of something that nothing is known of."""
        return end_of(node) in self._strange.get(code.path, ())

    def speaks_of(self, function: ast.AST, seen: frozenset[int] = frozenset()) -> frozenset[str]:
        """Every name and attribute that a function, and those that it calls, mention."""
        known = self._speaks.get(id(function))
        if known is not None or id(function) in seen:
            return known or frozenset()
        words: set[str] = set()
        for node in nodes_in(function):
            if isinstance(node, ast.Name):
                words.add(node.id)
            elif isinstance(node, ast.Attribute):
                words.add(node.attr)
            for callee in self._callees.get(id(node), ()):
                words |= self.speaks_of(callee.node, seen | {id(function)})
        self._speaks[id(function)] = frozenset(words)
        return self._speaks[id(function)]

    def locals_of(self, function: ast.AST | None) -> frozenset[str]:
        """The names that are a function's own; of a file's statements none."""
        if function is None:
            return frozenset()
        known = self._locals.get(id(function))
        if known is None:
            known = self._locals[id(function)] = frozenset(_local_names(function))
        return known


def _local_names(function: ast.AST) -> set[str]:
    names: set[str] = set()
    outer: set[str] = set()
    for node in nodes_in(function):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            outer.update(node.names)
    return names - outer


class Walk:
    """One frame's statements on the failure's path. `under`: all that runs here runs because it failed."""

    def __init__(
        self, world: World, trace: Trace, code: Code, frame: ast.AST | None, marks: Marks, *, handling: bool
    ) -> None:
        self.world = world
        self.trace = trace
        self.code = code
        self.frame = frame
        self.marks = marks
        self.handling = handling
        self.under = handling
        self.controlled = handling
        self.depth = 0
        self.returned: list[Told] = []
        self.counters: frozenset[str] = frozenset()  # names that count a loop's rounds

    def look(self, node: ast.expr | None) -> Told:
        return look(self, node)

    # --- what is met

    def place(self, node: ast.AST) -> Place:
        assert isinstance(node, (ast.expr, ast.stmt, ast.excepthandler))
        return self.code.lines.node(node)

    def answer(self, node: ast.AST) -> None:
        (self.trace.picked if self.handling else self.trace.answered).append(self.place(node))

    def tell(self, node: ast.AST) -> None:
        self.trace.told.append(self.place(node))

    def lose(self, node: ast.AST, why: str) -> None:
        self.trace.lost.append((self.place(node), why))

    def doubt(self, node: ast.AST, why: str) -> None:
        self.trace.doubts.append((self.place(node), why))

    def test(self, node: ast.stmt) -> None:
        """A condition looks at the failure, and nothing raises."""
        self.trace.tested.append(self.place(node))
        self.trace.gates = self.trace.gates or self.world.has_work(node, self.code)

    def note_record(self, node: ast.Call, word: str, depends: bool) -> None:
        """Where a failure is written down."""
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if word == "set" and getattr(owner, "attr", "") == "taskValues" and (self.under or depends):
            self.lose(node, "a later task may read what is set here")
        if not self.under and not (depends and self.marks.touched & _names_in(node)):
            return
        kind = _RECORDS.get(word)
        if kind == "a tag" and self.world.reads_tags:
            self.lose(node, "the tag that is set here may be read elsewhere")
        elif kind is not None:
            self.trace.records.setdefault(kind, self.place(node))

    # --- marks

    def assign(self, target: ast.expr, value: Value, depends: bool) -> None:
        """Bind a target: it depends on the failure now, or no longer."""
        match target:
            case ast.Name(id=name):
                if depends:
                    self.marks.names[name] = value
                else:
                    self.marks.names.pop(name, None)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                if depends and value == NONE:
                    raise Leaves(RAISED)
                items = value.items if isinstance(value, ListValue) and not value.open else []
                for index, one in enumerate(elts):
                    self.assign(one, items[index] if len(items) == len(elts) else ANY, depends)
            case ast.Attribute(attr=attr):
                if depends:
                    self.marks.attributes[attr] = value
            case ast.Subscript(value=owner, slice=index):
                if depends:
                    self._set_item(owner, look(self, index)[1], value)
            case ast.Starred(value=inner):
                self.assign(inner, ANY, depends)
            case _:
                pass

    def _set_item(self, owner: ast.expr, key: Value, value: Value) -> None:
        old = self._held(owner)
        entries = dict(old.entries) if isinstance(old, DictValue) else {}
        if isinstance(key, Const):
            entries[key.value] = value
        else:
            entries["…"] = value
        self._hold(owner, DictValue(entries, is_open=True))

    def change(self, owner: ast.expr, value: Value) -> None:
        """A container is changed in place: it holds the value now."""
        old = self._held(owner)
        items = list(old.items) if isinstance(old, ListValue) else []
        self._hold(owner, ListValue([*items, value], is_open=True))

    def _held(self, owner: ast.expr) -> Value | None:
        if isinstance(owner, ast.Name):
            return self.marks.names.get(owner.id)
        return self.marks.attributes.get(owner.attr) if isinstance(owner, ast.Attribute) else None

    def _hold(self, owner: ast.expr, value: Value) -> None:
        while isinstance(owner, (ast.Subscript, ast.Call)):  # `by_name[x].append(…)`, `d.setdefault(k, []).append(…)`
            inner = owner.value if isinstance(owner, ast.Subscript) else owner.func
            called = isinstance(owner, ast.Call) and isinstance(inner, ast.Attribute)
            owner, value = (inner.value if called and isinstance(inner, ast.Attribute) else inner), SOME
        if isinstance(owner, ast.Name):
            self.marks.names[owner.id] = value
            self.marks.touched.add(owner.id)
        elif isinstance(owner, ast.Attribute):
            self.marks.attributes[owner.attr] = value

    # --- calls of the project's functions

    def enter(
        self, node: ast.expr, callees: Sequence[Callee], given: Sequence[Told], named: Mapping[str | None, Told]
    ) -> Told:
        """What the project's function does with what the failure left: it may raise on it, or change it."""
        depends = any(one for one, _ in (*given, *named.values()))
        results: list[Told] = []
        left: set[str] = set()
        for callee in callees:
            if callee.handed or not (self.under or depends or self._concerns(callee)):
                results.append((depends, ANY))
                left.add(ON)
                continue
            signals, result = self._inside(node, callee, given, named)
            left |= signals
            results.append(result)
        if left and left <= {RAISED, EXITED}:
            raise Leaves(RAISED if RAISED in left else EXITED)
        value = results[0][1]
        for _, other in results[1:]:
            value = met(value, other)
        return any(one for one, _ in results), value

    def _concerns(self, callee: Callee) -> bool:
        outer = self.world.locals_of(self.frame)
        words = {*self.marks.attributes, *(name for name in self.marks.names if name not in outer)}
        return bool(words) and not words.isdisjoint(self.world.speaks_of(callee.node))

    def _inside(
        self, node: ast.expr, callee: Callee, given: Sequence[Told], named: Mapping[str | None, Told]
    ) -> tuple[Signals, Told]:
        if self.depth >= _DEEPEST or not isinstance(callee.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return GOES_ON, (True, ANY)
        bound = bind(callee.node, node, given, named)
        outer, inner = self.world.locals_of(self.frame), self.world.locals_of(callee.node)
        names = {name: value for name, value in self.marks.names.items() if name not in outer and name not in inner}
        names.update({name: told[1] for name, (told, _) in bound.items() if told[0]})
        marks = Marks(names, self.marks.attributes, self.marks.nodes)
        child = Walk(self.world, self.trace, callee.code, callee.node, marks, handling=self.handling)
        child.under, child.controlled, child.depth = self.under, self.under, self.depth + 1
        signals = child.body_of(callee.node)
        self.marks.attributes = child.marks.attributes
        for name, (_, argument) in bound.items():
            if name in child.marks.touched and argument is not None:
                self._hold(argument, child.marks.names.get(name, SOME))
        for name, value in child.marks.names.items():
            if name not in inner:
                self.marks.names[name] = value
                if name in child.marks.touched:
                    self.marks.touched.add(name)
        return signals, child.result(signals)

    def body_of(self, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Signals:
        if not isinstance(function, ast.Lambda):
            return self.block(function.body)
        try:
            self.returned.append(look(self, function.body))
        except Leaves as left:
            return frozenset((left.signal,))
        return frozenset((RETURNED,))

    def result(self, signals: Signals) -> Told:
        """What the frame gives where the failure happened."""
        ways = [*self.returned]
        if ON in signals:
            ways.append((self.controlled, NONE))
        if not ways:
            return NOT
        value = ways[0][1]
        for _, other in ways[1:]:
            value = met(value, other)
        return any(one for one, _ in ways), value

    # --- statements

    def block(self, statements: Iterable[ast.stmt]) -> Signals:
        """Walk statements in order; the ways in which they end."""
        ended: set[str] = set()
        for statement in statements:
            signals = self.statement(statement)
            ended |= signals - {ON}
            if ON not in signals:
                return frozenset(ended)
        return frozenset(ended | {ON})

    def statement(self, node: ast.stmt) -> Signals:
        self.trace.steps += 1
        if self.trace.steps > _MOST_STEPS:
            self.lose(node, f"more than {_MOST_STEPS:,} statements follow this failure")
            return frozenset((EXITED,))
        walked = self.world.steps.get(type(node))
        if walked is None:
            return GOES_ON
        try:
            return walked(self, node)
        except Leaves as left:
            return frozenset((left.signal,))

    def branches(self, node: ast.stmt, blocks: Sequence[Sequence[ast.stmt]], depends: bool) -> Signals:
        """Blocks of which one is taken. Where that depends on the failure, one that raises answers it."""
        before, outer = self.marks, self.under
        self.under = self.under or depends
        ended: list[tuple[Signals, Marks]] = []
        for block in blocks:
            self.marks = before.copy()
            ended.append((self.block(block), self.marks))
        signals = frozenset().union(*(one for one, _ in ended))
        self.marks = before
        self.marks.meet([marks for one, marks in ended if ON in one] or [marks for _, marks in ended])
        self._met(node, [one for one, _ in ended], depends)
        leaves = depends and any(ON not in one for one, _ in ended)
        self.under = outer or (leaves and not self.handling)
        return signals

    def _met(self, node: ast.stmt, ended: Sequence[Signals], depends: bool) -> None:
        raising = [RAISED in one for one in ended]
        if depends and any(raising):
            self.answer(node)
        elif any(raising) and not all(one == {RAISED} for one in ended) and self.under:
            words = _names_in(getattr(node, "test", node))
            counts = self.counters & words or any(_COUNTS.search(word) for word in words)
            (self.trace.picked if self.handling and counts else self.trace.flagged).append(self.place(node))
        elif depends and not self.handling:
            self.test(node)


def _names_in(node: ast.AST) -> set[str]:
    return {getattr(one, "id", getattr(one, "attr", "")) for one in nodes_in(node)} - {""}


def bind(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    node: ast.expr,
    given: Sequence[Told],
    named: Mapping[str | None, Told],
) -> dict[str, tuple[Told, ast.expr | None]]:
    """Which parameter gets which argument, as it is told and as it is written."""
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if names and names[0] in ("self", "cls"):
        names = names[1:]
    bound: dict[str, tuple[Told, ast.expr | None]] = {}
    if not isinstance(node, ast.Call):
        return bound
    for index, (told, written) in enumerate(zip(given, node.args)):
        if index < len(names):
            bound[names[index]] = (told, written)
        elif arguments.vararg is not None and told[0]:
            bound[arguments.vararg.arg] = ((True, ListValue([told[1]], is_open=True)), None)
    written_by = {keyword.arg: keyword.value for keyword in node.keywords}
    for name, told in named.items():
        if name is not None:
            bound[name] = (told, written_by.get(name))
    return bound
