"""Loops: unrolled over what is known, else run as any of their rounds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from mlcheck.flow import frame_cells, pandas_access
from mlcheck.flow.blocks import JUMPS, LEAVES, ON, run_block
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.expressions import element_of
from mlcheck.flow.filled_columns import note_filled_in_loop
from mlcheck.flow.frames.values import Cell, Frame
from mlcheck.flow.interpreter import MOST_UNROLLED, Interpreter
from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.scope import State, meet_names
from mlcheck.flow.store import assign, blur
from mlcheck.flow.values import Const, DictValue, ListValue, OneOf, Value, merge, truth

Jumps = list[tuple[dict[str, Value], Mapping[Cell, Frame]]]


def for_(it: Interpreter, node: ast.For | ast.AsyncFor) -> int:
    source = pandas_access.looped(it, evaluate(it, node.iter))
    note_filled_in_loop(it, node, source)
    elements = _elements(source)
    if elements is None:
        return _loop(it, node, lambda: assign(it, node.target, element_of(it, source, node.iter)))
    outer_jumps, it.jumps = it.jumps, []
    outer_breaks, it.breaks = it.breaks, 0
    for element in elements:
        assign(it, node.target, element)
        jumped = len(it.jumps)
        ended = run_block(it, node.body)
        if ended == LEAVES:
            it.jumps, it.breaks = outer_jumps, outer_breaks
            return LEAVES
        it.state.frames = _frames_after(it, jumped)
    _end_loop(it, outer_jumps)
    return _else(it, node.orelse, outer_breaks)


def _elements(source: Value) -> list[Value] | None:
    if isinstance(source, ListValue) and not source.open and len(source.items) <= MOST_UNROLLED:
        return list(source.items)
    if isinstance(source, DictValue) and not source.open and len(source.entries) <= MOST_UNROLLED:
        return [Const(key) for key in source.entries]
    return None


def while_(it: Interpreter, node: ast.While) -> int:
    known = truth(evaluate(it, node.test))
    if known is False:
        return run_block(it, node.orelse)
    return _loop(it, node, lambda: None, surely=known is True)


def _loop(
    it: Interpreter, node: ast.For | ast.AsyncFor | ast.While, begin: Callable[[], None], surely: bool = False
) -> int:
    """A loop whose rounds aren't known: what it assigns may be anything before the body runs.

    What the body changes in containers is blurred, and the body runs once more
    on that, since a later round sees it.
    """
    outer_jumps, it.jumps = it.jumps, []
    outer_breaks, it.breaks = it.breaks, 0
    before_names, before = it.scope.names, it.state.copy()
    outer_written, it.written = it.written, []
    first = it.sources.new_branch()
    earlier: list[Value] = []
    ended = _round(it, node, begin, surely, earlier, before_names)
    held = [owner for owner in dict.fromkeys(it.written) if surely or owner.birth[0] < first]
    if held:  # containers that were there before the loop; those that a round makes are new in each
        for owner in held:
            blur(it, owner)
    ended = _later_rounds(it, before, bool(held), ended, lambda: _round(it, node, begin, surely, earlier, before_names))
    it.written = [*outer_written, *it.written]
    names, state = it.scope.names, it.state
    it.state = before.copy()
    jumped = bool(it.jumps)
    if ended != LEAVES or jumped:
        it.state.meet(before, state)
        it.scope.names = meet_names(before_names, before_names, names)
        _end_loop(it, outer_jumps)
        _forget(it.scope.names, earlier)
    else:
        it.scope.names = before_names
        it.jumps = outer_jumps
    if ended == LEAVES and surely and not jumped:
        it.breaks = outer_breaks
        return LEAVES
    return _else(it, node.orelse, outer_breaks)


def _later_rounds(it: Interpreter, before: State, held: bool, ended: int, again: Callable[[], int]) -> int:
    """Another round, on what one before it may have changed; a frame that it changes still more may be anything."""
    start = frame_cells.widened(before.frames, before.frames, _frames_after(it))
    if not held and start is before.frames:
        return ended
    for wholly in (False, True):
        it.state = before.copy()
        it.state.frames = start
        ended = again()
        if wholly or frame_cells.settles(start, _frames_after(it)):
            break
        start = frame_cells.widened(before.frames, start, _frames_after(it), wholly=True)
    return ended


def _frames_after(it: Interpreter, first: int = 0) -> Mapping[Cell, Frame]:
    """The frames where a round ends, or was broken off."""
    frames = it.state.frames
    for _, others in it.jumps[first:]:
        frames = frames if others is frames else frame_cells.met_frames(frames, others)
    return frames


def _else(it: Interpreter, orelse: list[ast.stmt], outer_breaks: int) -> int:
    """A loop's `else`: it runs, or where a `break` was met, may not."""
    broke, it.breaks = it.breaks > 0, outer_breaks
    if not orelse or not broke:
        return run_block(it, orelse)
    names, state = it.scope.names, it.state.copy()
    it.scope.names = dict(names)
    it.state.branch = it.sources.new_branch()
    ended = run_block(it, orelse)
    if ended == LEAVES:
        it.scope.names, it.state = names, state
        return ON
    it.scope.names = meet_names(names, names, it.scope.names)
    met = state.copy()
    met.meet(state, it.state)
    it.state = met
    return ended


def _round(
    it: Interpreter,
    node: ast.For | ast.AsyncFor | ast.While,
    begin: Callable[[], None],
    surely: bool,
    earlier: list[Value],
    names: dict[str, Value],
) -> int:
    it.scope.names = dict(names)
    if not surely:
        it.state.branch = it.sources.new_branch()
    _widen(it, node, earlier)
    begin()
    return run_block(it, node.body)


def _end_loop(it: Interpreter, outer_jumps: Jumps) -> None:
    it.state.frames = _frames_after(it)
    for names, _ in it.jumps:
        it.scope.names = meet_names(it.scope.names, it.scope.names, names)
    it.jumps = outer_jumps


def _widen(it: Interpreter, loop: ast.stmt, earlier: list[Value]) -> None:
    """Names that a loop binds may hold what an earlier round left."""
    for node in it.sources.once(loop, _bound_names):
        held = it.scope.names.get(node.id)
        if held is not None:
            left: Value = it.top(node, "what an earlier round of the loop left")
            if isinstance(held, Frame):  # still a frame, if the loop makes one of it
                left = held.widened()
                it.scope.names[node.id] = left
                continue
            it.scope.names[node.id] = merge(held, left)
            earlier.append(left)


def _forget(names: dict[str, Value], earlier: list[Value]) -> None:
    """After a loop, what an earlier round left is among what a name held before it and what a round binds."""
    for name, value in names.items():
        if isinstance(value, OneOf):
            options = tuple(one for one in value.options if not any(one is left for left in earlier))
            if 0 < len(options) < len(value.options):
                names[name] = options[0] if len(options) == 1 else OneOf(options)


def _bound_names(loop: ast.AST) -> tuple[ast.Name, ...]:
    return tuple(node for node in nodes_in(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def jump(it: Interpreter, node: ast.Break | ast.Continue) -> int:
    it.jumps.append((dict(it.scope.names), it.state.frames))
    it.breaks += isinstance(node, ast.Break)
    return JUMPS
