"""What becomes of a failure that a handler took: whether it raises in the end, there, later, or in a caller."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from mlcheck.flow.failing import (
    BROKE,
    CONTINUED,
    GOES_ON,
    ON,
    RETURNED,
    Callee,
    Signals,
    Trace,
    Walk,
    World,
)
from mlcheck.flow.failing_steps import STEPS, caught_again, finally_of
from mlcheck.flow.failures import Caught, Entered, Fate, Included
from mlcheck.flow.looking import look
from mlcheck.flow.marks import ABSENT, ANY, DOUBTFUL, SUCCESSES, Marks, Some, met, truth_of
from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.paths import Level, bound, changed, counters, is_loop, keeps_the_best, levels
from mlcheck.flow.told import EXITED, RAISED, Leaves
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Text, Value, options_of, parts_of
from mlcheck.project.model import Code
from mlcheck.project.place import Place

_STATUS = frozenset(["status", "state", "error", "errors", "success", "ok", "succeeded", "failed", "result"])
_FAILED = re.compile(r"\W*(fail|error|exception)", re.I)
_NEXT_CANDIDATE = "the next candidate"
_MOST_CALLERS = 40
# Functions of libraries that run what they are handed, and give its results back to who asks.
_CONCURRENT = ("submit", "map", "apply_async", "starmap", "imap", "imap_unordered", "Parallel", "delayed", "filter")
_THREADS = ("Thread", "Timer", "Process", "start_new_thread")


_WORST = ("goes-on", "all", "told", "lost", "exits", "picks", "retries", "leads", "later", "raises")


class Aftermath:
    """The fates of the failures of one entry point."""

    def __init__(
        self,
        entered: Sequence[Entered],
        included: Sequence[Included],
        bodies: Mapping[str, Sequence[ast.stmt]],
        strange: Mapping[str, AbstractSet[tuple[int, int]]],
        reads_tags: bool,
        works: Callable[[ast.AST, Code], bool],
    ) -> None:
        self._callers: dict[int, dict[int, Entered]] = {}
        callees: dict[int, dict[int, Callee]] = {}
        for one in entered:
            self._callers.setdefault(id(one.callee), {})[id(one.node)] = one
            known = callees.setdefault(id(one.node), {})
            known[id(one.callee)] = Callee(one.callee, one.callee_code, one.handed)
        self._included: dict[str, list[Included]] = {}
        for inclusion in included:
            self._included.setdefault(inclusion.path, []).append(inclusion)
        self._bodies = bodies
        self.world = World(
            STEPS, {node: tuple(found.values()) for node, found in callees.items()}, strange, reads_tags, works
        )

    def fate(self, caught: Caught, last: int) -> Fate:
        """What becomes of a failure; `last` is the line of the body's last call that may fail, 0 if it isn't seen."""
        if caught.raises:
            return Fate("raises", caught.place)
        trace = Trace()
        marks = Marks()
        walk = Walk(self.world, trace, caught.code, caught.frame, marks, handling=True)
        path = levels(self._frame(caught.frame, caught.code), caught.node)
        if not path:
            return Fate("lost", caught.place, "where this stands was not found")
        walk.counters = counters(path, caught.node)
        signals = self._handle(walk, caught)
        if signals == {RAISED}:
            return Fate("raises", caught.place)
        if signals <= {EXITED, RAISED}:
            return Fate("picks" if RAISED in signals else "exits", caught.place)
        left, replaces = _left_by_handler(walk, caught)
        lost = tuple(trace.lost)
        in_loop = any(is_loop(level.owner) for level in path)
        self._left_by_body(caught, last, marks, in_loop)
        _until_done(path, caught, marks)
        walk.handling = walk.under = False
        fate = self._on(walk, path, signals - {RAISED}, inclusive=False)
        fate = self._with_handler(fate, trace, caught, signals, lost)
        older = any(value is not None for value in caught.before.values())
        instead = _NEXT_CANDIDATE if in_loop and keeps_the_best(path) else ""
        instead = instead or ("the next element" if in_loop else ("an older value" if older else ""))
        return replace(fate, left=left, replaces=replaces, instead=instead, gates=trace.gates)

    def of_result(self, node: ast.AST, frame: ast.AST | None, code: Code, value: Value) -> Fate:
        """What becomes of a failure that a call's result alone tells of; `value`: what the call gives then."""
        path = levels(self._frame(frame, code), node)
        if not path:
            return Fate("lost", None, "where this call's result goes was not found")
        trace = Trace()
        marks = Marks()
        marks.nodes[id(node)] = value
        walk = Walk(self.world, trace, code, frame, marks, handling=False)
        fate = self._on(walk, path, GOES_ON, inclusive=True)
        if fate.kind == "goes-on" and trace.dropped is not None:
            fate = replace(fate, place=trace.dropped)
        tested = trace.tested[0] if trace.tested else None
        return replace(fate, tested=tested, records=tuple(trace.records.items()), gates=trace.gates)

    def of_path(self, node: ast.AST, frame: ast.AST | None, code: Code, named: str = "") -> Fate:
        """What becomes of a failure that is written down here: in a container by its name, or where nobody asks."""
        path = levels(self._frame(frame, code), node)
        if not path:
            return Fate("lost", None, "where this stands was not found")
        trace = Trace()
        errors = ListValue([ANY], is_open=True)
        marks = Marks({named: errors}, {named: errors}, touched={named}) if named else Marks()
        walk = Walk(self.world, trace, code, frame, marks, handling=False)
        fate = self._on(walk, path, GOES_ON, inclusive=False)
        owner = path[-1].owner
        gates = trace.gates or (not named and isinstance(owner, ast.If) and self.world.has_work(owner, code))
        return replace(fate, tested=trace.tested[0] if trace.tested else None, gates=gates)

    def _handle(self, walk: Walk, caught: Caught) -> Signals:
        if caught.handler is None:
            return frozenset((RETURNED,)) if caught.kind == "finally" else GOES_ON
        if caught.handler.name:
            walk.marks.names[caught.handler.name] = ANY
        signals = walk.block(caught.handler.body)
        if caught.handler.name:
            walk.marks.names.pop(caught.handler.name, None)
        return signals

    def _with_handler(
        self, fate: Fate, trace: Trace, caught: Caught, signals: Signals, lost: Sequence[tuple[Place, str]]
    ) -> Fate:
        """The fate of the path that goes on, seen with the ways out of the handler that don't."""
        records = tuple(trace.records.items())
        tested = trace.tested[0] if trace.tested else None
        if fate.kind not in ("goes-on", "all", "told"):
            return Fate(fate.kind, fate.place, fate.why, tested, records)
        if trace.picked and caught.may_raise:
            return Fate("picks", trace.picked[0], "", tested, records)
        if EXITED in signals:
            return Fate("exits", caught.place, "", tested, records)
        if lost:
            return Fate("lost", lost[0][0], lost[0][1], tested, records)
        if _calls_itself(caught):
            return Fate("retries", caught.place, "", tested, records)
        if trace.flagged:
            return Fate("lost", trace.flagged[0], "it raises by a condition that says nothing of the failure")
        return Fate(fate.kind, fate.place, fate.why, tested, records)

    def _frame(self, frame: ast.AST | None, code: Code) -> Sequence[ast.stmt]:
        if frame is None:
            return self._bodies.get(code.path, ())
        body = getattr(frame, "body", ())
        return body if isinstance(body, list) else ()

    # --- what the body left

    def _left_by_body(self, caught: Caught, last: int, marks: Marks, in_loop: bool) -> None:
        """What the body would have bound or changed from its last work on is as before, or not bound at all."""
        handled = frozenset(marks.names)
        body = list(caught.node.body)
        if isinstance(caught.node, ast.Try):
            body += caught.node.orelse
        unbound: Value = DOUBTFUL if in_loop or not last else ABSENT
        for statement in body:
            for name, line in bound(statement):
                if name not in handled and line >= last:
                    before = caught.before.get(name)
                    value = before if before is not None else unbound
                    known = marks.names.get(name)
                    marks.names[name] = value if known is None else met(known, value)
            for owner, line in changed(statement):
                if line < last:
                    continue
                if isinstance(owner, ast.Name) and owner.id not in handled:
                    marks.names[owner.id] = SUCCESSES if in_loop else ANY
                    marks.touched.add(owner.id)
                elif isinstance(owner, ast.Attribute):
                    marks.attributes.setdefault(owner.attr, SUCCESSES if in_loop else ANY)

    # --- from the handler outwards

    def _on(self, walk: Walk, path: list[Level], signals: Signals, *, inclusive: bool, budget: int = 0) -> Fate:
        """Follow a failure's path to the end of its frame, then in all who call it."""
        trace = walk.trace
        answered, lost, doubts, told, if_all = (
            len(one) for one in (trace.answered, trace.lost, trace.doubts, trace.told, trace.if_all)
        )
        signals = self._to_the_end(walk, path, signals, inclusive)
        if len(trace.answered) > answered:
            return Fate("leads", trace.answered[answered])
        if not signals:
            return Fate("retries", walk.place(path[-1].block[path[-1].at]))
        if signals == {RAISED}:
            return Fate("later", walk.place(path[-1].block[path[-1].at]))
        if len(trace.lost) > lost:
            return Fate("lost", *trace.lost[lost])
        if len(trace.if_all) > if_all:
            return Fate("all", trace.if_all[if_all])
        if EXITED in signals and not signals & {ON, RETURNED}:
            if len(trace.told) > told:
                return Fate("told", trace.told[told])
            return Fate("goes-on")
        fate = self._in_callers(walk, signals, budget)
        if fate.kind == "goes-on" and len(trace.told) > told:
            return Fate("told", trace.told[told])
        if fate.kind == "goes-on" and len(trace.doubts) > doubts:
            return Fate("lost", *trace.doubts[doubts])
        return fate

    def _to_the_end(self, walk: Walk, path: list[Level], signals: Signals, inclusive: bool) -> Signals:
        for depth, level in enumerate(reversed(path)):
            statement = level.block[level.at]
            if depth == 0 and inclusive:
                signals = walk.statement(statement)
            elif depth == 0 and isinstance(statement, ast.Try) and signals:
                signals = finally_of(walk, statement, signals)
            if ON in signals:
                signals = (signals - {ON}) | walk.block(level.block[level.at + 1 :])
            if level.owner is not None:
                signals = self._out_of(walk, level.owner, level.part, signals)
        return signals

    def _out_of(self, walk: Walk, owner: ast.stmt, part: str, signals: Signals) -> Signals:
        """The failure's path leaves a block of a compound statement."""
        if isinstance(owner, ast.Try):
            if part == "body":
                if ON in signals and owner.orelse:
                    signals = (signals - {ON}) | walk.block(owner.orelse)
                signals = caught_again(walk, owner, signals, len(walk.trace.answered))
            return finally_of(walk, owner, signals) if part != "finalbody" else signals
        if isinstance(owner, (ast.For, ast.AsyncFor, ast.While)) and part == "body":
            return _next_rounds(walk, owner, signals)
        return signals

    def _in_callers(self, walk: Walk, signals: Signals, budget: int) -> Fate:
        """The path leaves its frame without a raise: every caller goes on with what it gives."""
        if budget >= _MOST_CALLERS:
            return Fate("lost", None, "too many callers to follow")
        fates: list[Fate] = []
        if walk.frame is None:
            for inclusion in self._included.get(walk.code.path, ()):
                fates.append(self._after_inclusion(walk, inclusion, budget))
        else:
            result = walk.result(signals)
            for caller in self._callers.get(id(walk.frame), {}).values():
                fate = self._in_caller(walk, caller, result[1] if result[0] or ON in signals else ANY, budget)
                if fate is not None:
                    fates.append(fate)
        return min(fates, key=lambda one: _WORST.index(one.kind)) if fates else Fate("goes-on")

    def _in_caller(self, walk: Walk, caller: Entered, value: Value, budget: int) -> Fate | None:
        handed = caller.handed.rpartition(".")[2]
        if handed and handed not in (*_CONCURRENT, *_THREADS):
            return Fate("lost", None, f"`{caller.handed}` calls it, and gets what it gives")
        path = levels(self._frame(caller.frame, caller.code), caller.node)
        inner = self.world.locals_of(walk.frame)
        outer = self.world.locals_of(caller.frame)
        marks = Marks({}, dict(walk.marks.attributes))
        marks.nodes[id(caller.node)] = ANY if handed else value
        for name, held in walk.marks.names.items():
            if name not in inner and (caller.frame is None or name not in outer or name in walk.marks.touched):
                marks.names[name] = held
        self._handed_in(walk, caller, marks)
        following = Walk(self.world, walk.trace, caller.code, caller.frame, marks, handling=False)
        if isinstance(caller.frame, ast.Lambda):
            told = following.body_of(caller.frame)
            return self._in_callers(following, told, budget + 1)
        if not path:  # who starts the entry point
            return None
        return self._on(following, path, GOES_ON, inclusive=True, budget=budget + 1)

    def _handed_in(self, walk: Walk, caller: Entered, marks: Marks) -> None:
        """Containers that the caller handed in, and that were changed: they are marked under its own names."""
        arguments = getattr(walk.frame, "args", None)
        if not isinstance(caller.node, ast.Call) or not isinstance(arguments, ast.arguments):
            return
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        names = names[1:] if names and names[0] in ("self", "cls") else names
        given = {**dict(zip(names, caller.node.args)), **{k.arg: k.value for k in caller.node.keywords if k.arg}}
        for name in walk.marks.touched:
            written = given.get(name)
            if isinstance(written, ast.Name):
                marks.names[written.id] = walk.marks.names.get(name, ANY)
                marks.touched.add(written.id)
            elif isinstance(written, ast.Attribute):
                marks.attributes[written.attr] = walk.marks.names.get(name, ANY)

    def _after_inclusion(self, walk: Walk, inclusion: Included, budget: int) -> Fate:
        """A notebook that was taken in by `%run` ends: the one that took it in goes on, with its names."""
        body = [one for one in self._bodies.get(inclusion.code.path, ()) if one.lineno > inclusion.line]
        following = Walk(self.world, walk.trace, inclusion.code, None, walk.marks.copy(), handling=False)
        if not body:
            return self._in_callers(following, GOES_ON, budget + 1)
        return self._on(following, [Level(body, 0, None, "")], GOES_ON, inclusive=True, budget=budget + 1)


def _left_by_handler(walk: Walk, caught: Caught) -> tuple[str, bool]:
    """The list, count or status that a handler sets or returns, and whether it gives another value in its place."""
    names = walk.marks.names
    values = [names[name] for name in caught.before if name in names]
    returned = [value for _, value in walk.returned]
    replaces = any(one != NONE and not _tells(one) for one in (*values, *returned))
    for name, value in names.items():
        is_status = isinstance(value, Const) and (isinstance(value.value, (bool, str)) and name not in caught.before)
        if name in walk.counters:
            continue
        if name in walk.marks.touched or isinstance(value, (Some, DictValue)) or is_status:
            return name, replaces
    if any(isinstance(one, DictValue) and _tells(one) for one in returned):
        return "the value that it returns", replaces
    return next((f".{name}" for name in walk.marks.attributes), ""), replaces


def _calls_itself(caught: Caught) -> bool:
    """Whether the handler calls the function that it stands in: it tries again."""
    name = getattr(caught.frame, "name", None)
    handled = caught.handler.body if caught.handler is not None else ()
    calls = (one.func for part in handled for one in nodes_in(part) if isinstance(one, ast.Call))
    return name is not None and any(getattr(one, "attr", getattr(one, "id", "")) == name for one in calls)


def _tells(value: Value) -> bool:
    """Whether a value says that something failed: a status or an error in a dict, False, a text that begins so."""
    if isinstance(value, DictValue):
        return any(isinstance(key, str) and key.lower() in _STATUS for key in value.entries)
    if isinstance(value, ListValue):
        return any(_tells(one) for one in value.items)
    first = parts_of(value)[0] if isinstance(value, (Const, Text)) else None
    return value == Const(False) or (isinstance(first, str) and bool(_FAILED.match(first)))


def _until_done(path: Sequence[Level], caught: Caught, marks: Marks) -> None:
    """`while not done`: a name that the loop asks for, and that only a success sets, is as it was before the loop."""
    loop = next((level.owner for level in reversed(path) if is_loop(level.owner)), None)
    if not isinstance(loop, ast.While):
        return
    for node in nodes_in(loop.test):
        before = caught.before.get(node.id) if isinstance(node, ast.Name) else None
        first = [one for one in options_of(before) if isinstance(one, Const)] if before is not None else []
        if isinstance(node, ast.Name) and node.id in marks.names and len(first) == 1:
            marks.names[node.id] = first[0]


def _next_rounds(walk: Walk, loop: ast.For | ast.AsyncFor | ast.While, signals: Signals) -> Signals:
    """A failure's path goes into the next round, and past the loop's end.

    A round that then succeeds is no failure's path; what counts is a condition
    that the rounds, or the code after them, put on what the failure left.
    """
    ends = signals - {ON, CONTINUED, BROKE}
    if not signals & {ON, CONTINUED}:
        return (ends | GOES_ON) if BROKE in signals else ends
    forever = isinstance(loop, ast.While) and _holds(walk, loop.test)
    outer, before = walk.marks, walk.marks.copy()
    rebound = {name for statement in loop.body for name, _ in bound(statement)}
    walk.marks = Marks(
        {name: value for name, value in before.names.items() if name not in rebound or name in before.touched},
        before.attributes,
        before.nodes,
        set(before.touched),
    )
    returned = len(walk.returned)
    walk.block(loop.body)
    del walk.returned[returned:]
    walk.marks = outer
    if forever:
        return ends | (GOES_ON if BROKE in signals else frozenset())
    after = walk.block(loop.orelse) if loop.orelse else GOES_ON
    return ends | after | (GOES_ON if BROKE in signals else frozenset())


def _holds(walk: Walk, test: ast.expr) -> bool:
    """Whether a loop's condition surely holds where the failure happened."""
    try:
        depends, value = look(walk, test)
    except Leaves:
        return False
    return (depends or isinstance(test, ast.Constant)) and truth_of(value) is True
