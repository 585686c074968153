"""Functions of the project, entered with their arguments: bounded, memoised, their facts shared."""

from __future__ import annotations

import ast
from typing import NamedTuple

from mlcheck.flow.copies import can_be_copied, copied
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.failures import Entered
from mlcheck.flow.frame_cells import lose, nested_key
from mlcheck.flow.frames.values import Cell, Frame
from mlcheck.flow.interpreter import MOST_CALLS_DEEP, Interpreter, Reads, Rope
from mlcheck.flow.keys import key_of
from mlcheck.flow.scope import Scope, State
from mlcheck.flow.values import (
    NONE,
    Context,
    DictValue,
    Function,
    ListValue,
    Value,
    merge,
)


class Ends(Exception):
    """The path ends here: `raise`, an exit, or a call that always does."""


class Remembered(NamedTuple):
    """A call's outcome: good for any caller with the same arguments, state, and names read."""

    node: ast.AST  # held, as the names are: the memo's key has their ids
    names: dict[str, Value]
    reads: Reads
    read_keys: dict[tuple[Scope | None, str], object]
    facts: tuple[object, ...]
    value: Value
    effects: State
    ends: bool
    role_words: frozenset[str]
    raises: int
    cells: dict[Cell, Frame | None]  # frames from outside that it looked at, as they were


def defaults_of(it: Interpreter, arguments: ast.arguments) -> dict[str, Value]:
    """The values of a function's defaults, by parameter."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[str, Value] = {}
    for parameter, default in zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults):
        defaults[parameter.arg] = evaluate(it, default)
    for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        if keyword_default is not None:
            defaults[parameter.arg] = evaluate(it, keyword_default)
    return defaults


def enter(
    it: Interpreter,
    function: Function,
    positional: list[Value],
    keywords: dict[str, Value],
    node: ast.expr | ast.stmt,
    is_open: bool = False,
) -> Value:
    """The result of a call of a function of the project. `is_open`: other arguments may be given."""
    if function.node in it.calls or len(it.calls) >= MOST_CALLS_DEEP:
        lose(it, [*positional, *keywords.values()], "a function that was not followed", None)
    if function.node in it.calls:
        return it.top(node, f"`{function.name}` calls itself")
    if len(it.calls) >= MOST_CALLS_DEEP:
        return it.gap(node, f"calls nested deeper than {MOST_CALLS_DEEP}")
    assert it.code is not None
    handed, it.handed = it.handed, ""
    it.facts.append(Entered(function.node, function.code, node, it.frame, it.code, handed))
    names = _bind(it, function, positional, keywords, node, is_open)
    memo = it.sources.memo_for(it, function.code)
    given = tuple((name, key_of(value)) for name, value in names.items())
    key = (id(function.node), given, it.state.key(), nested_key(it, names))
    for known in memo.get(key, ()):
        if all(
            _key_of(scope or function.scope, name) == read for (scope, name), read in known.read_keys.items()
        ) and _same_frames(it, known):
            return _recall(it, function, known)
    return _evaluate(it, function, names, memo, key)


def _bind(
    it: Interpreter,
    function: Function,
    positional: list[Value],
    keywords: dict[str, Value],
    node: ast.expr | ast.stmt,
    is_open: bool,
) -> dict[str, Value]:
    arguments = function.node.args
    parameters = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
    given = [function.bound, *positional] if function.bound is not None else list(positional)
    names: dict[str, Value] = dict(zip(parameters, given))
    rest = dict(keywords)
    for parameter in (*parameters, *(one.arg for one in arguments.kwonlyargs)):
        if parameter in rest and parameter not in names:
            names[parameter] = rest.pop(parameter)
        elif parameter not in names:
            default = function.defaults.get(parameter)
            lost = it.top(node, f"`{parameter}` of `{function.name}`, called where it can't be followed")
            if default is None or is_open:
                names[parameter] = lost if default is None else merge(default, lost)
            else:
                names[parameter] = default
    if arguments.vararg is not None:
        extra = given[len(parameters) :]
        names[arguments.vararg.arg] = ListValue(extra, "tuple", is_open=is_open, birth=it.birth())
    if arguments.kwarg is not None:
        names[arguments.kwarg.arg] = DictValue(rest, is_open=is_open, birth=it.birth())
    return names


def _key_of(scope: Scope, name: str) -> object:
    value = scope.find(name)
    return None if value is None else key_of(value)


def _same_frames(it: Interpreter, known: Remembered) -> bool:
    """Whether the frames from outside that a call looked at are as they were."""
    for cell, was in known.cells.items():
        now = it.state.frames.get(cell)
        if now is not was and (now is None or was is None or now.content_key() != was.content_key()):
            return False
    return True


def _read_too(it: Interpreter, function: Function, reads: Reads) -> None:
    """What a callee read, the caller read too: from its own scope where both are of one module.

    What a function within the caller's reads of the caller's own names is not read from outside.
    """
    together = function.scope.top is it.scope.top
    own = it.scope.whole
    within = function.scope.is_in(own)
    for (scope, name), value in reads.items():
        if within and scope is None and function.scope.finds_within(name, own):
            continue
        it.reads[scope if scope is not None or together else function.scope, name] = value


def _recall(it: Interpreter, function: Function, known: Remembered) -> Value:
    it.facts.append(known.facts)
    frames = it.state.frames
    it.state.take(known.effects)
    it.state.frames = frames
    for cell, was in known.cells.items():
        if cell.call < it.call_id:
            it.cells.setdefault(cell, was)
    it.role_words |= known.role_words
    it.raises += known.raises
    _read_too(it, function, known.reads)
    if known.ends:
        raise Ends
    return copied(known.value, it.birth(), known.effects.frames)


def _evaluate(
    it: Interpreter,
    function: Function,
    names: dict[str, Value],
    memo: dict[object, list[Remembered]],
    key: object,
) -> Value:
    from mlcheck.flow.statements import body_of

    outer = (it.scope, it.code, it.facts, it.returns, it.yields, it.reads, it.role_words, it.jumps)
    outer_call, outer_write, taints = it.call_id, it.oldest_write, it.sources.taints
    outer_frame, raised, outer_cells = it.frame, it.raises, it.cells
    it.frame = function.node
    it.scope, it.code = Scope(function.scope), function.code
    it.scope.names = names
    it.facts, it.returns, it.yields, it.reads, it.role_words, it.jumps = Rope(), [], [], {}, set(), []
    it.call_id = it.sources.new_call()
    it.oldest_write = 1 << 60
    it.cells = {}
    it.calls.append(function.node)
    before = it.state.copy()
    it.reached.add(function.code.path)
    ends = False
    try:
        falls_through = body_of(it, function.node)
        value = _result(it, function, falls_through)
        ends = value is None
    finally:
        facts, reads, words = tuple(it.facts), it.reads, frozenset(it.role_words)
        this_call, scope = it.call_id, it.scope
        pure = it.oldest_write >= this_call and it.sources.taints == taints
        it.calls.pop()
        it.scope, it.code, it.facts, it.returns, it.yields, it.reads, it.role_words, it.jumps = outer
        it.call_id, it.oldest_write = outer_call, min(outer_write, it.oldest_write)
        it.frame = outer_frame
        cells, it.cells = it.cells, outer_cells
        it.cells.update((cell, was) for cell, was in cells.items() if cell.call < it.call_id)
        it.facts.append(facts)
        it.role_words |= words
        _read_too(it, function, reads)
        if scope not in it.sources.closed_over:
            scope.leave()
    it.state.handler, it.state.protected = before.handler, before.protected
    it.state.branch, it.state.guards, it.state.within = before.branch, before.guards, before.within
    if pure and can_be_copied(value, this_call):
        keys = {where: key_of(read) for where, read in reads.items()}
        known = Remembered(
            function.node,
            dict(names),
            reads,
            keys,
            facts,
            value or NONE,
            it.state.copy(),
            ends,
            words,
            it.raises - raised,
            cells,
        )
        memo.setdefault(key, []).append(known)
    if value is None:
        raise Ends
    return value


def _result(it: Interpreter, function: Function, falls_through: bool) -> Value | None:
    """What the call gives, with the state that its ways out leave; None where no way out returns."""
    if function.is_generator:
        value, run, tries = it.yields[0] if it.yields else (NONE, it.state.run, ())
        return Context(value, run, tries)
    ways = list(it.returns)
    if falls_through:
        ways.append((NONE, it.state.copy()))
    if not ways:
        return None
    value, state = ways[0]
    for other, other_state in ways[1:]:
        value = merge(value, other)
        met = state.copy()
        met.meet(state, other_state)
        state = met
    it.state.take(state)
    return value
