"""Functions of the project, entered with their arguments: bounded, memoised, their facts shared."""

from __future__ import annotations

import ast
from typing import NamedTuple

from mlcheck.flow.interpreter import MOST_CALLS_DEEP, Interpreter, Rope
from mlcheck.flow.scope import Scope, State
from mlcheck.flow.values import (
    NONE,
    Bound,
    Class,
    Const,
    Context,
    DictValue,
    Function,
    Instance,
    Lib,
    ListValue,
    ModuleValue,
    Obj,
    OneOf,
    Text,
    Top,
    Value,
    merge,
)


class Ends(Exception):
    """The path ends here: `raise`, an exit, or a call that always does."""


class Remembered(NamedTuple):
    """A call's outcome: good for any caller with the same arguments, state, and names read."""

    node: ast.AST  # held, as the names are: the memo's key has their ids
    names: dict[str, Value]
    reads: dict[str, Value]
    facts: tuple[object, ...]
    value: Value
    effects: State
    ends: bool
    role_words: frozenset[str]


def defaults_of(it: Interpreter, arguments: ast.arguments) -> dict[str, Value]:
    """The values of a function's defaults, by parameter."""
    from mlcheck.flow.expressions import evaluate

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
    if function.node in it.calls:
        return it.top(node, f"`{function.name}` calls itself")
    if len(it.calls) >= MOST_CALLS_DEEP:
        return it.gap(node, f"calls nested deeper than {MOST_CALLS_DEEP}")
    names = _bind(it, function, positional, keywords, node, is_open)
    memo = it.sources.memo_for(it, function.code)
    key = (id(function.node), tuple((name, _key(value)) for name, value in names.items()), it.state.key())
    for known in memo.get(key, ()):
        if all(function.scope.find(name) == value for name, value in known.reads.items()):
            return _recall(it, known)
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


def _recall(it: Interpreter, known: Remembered) -> Value:
    it.facts.append(known.facts)
    it.state.take(known.effects)
    it.role_words |= known.role_words
    it.reads.update(known.reads)
    if known.ends:
        raise Ends
    return known.value


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
    it.scope, it.code = Scope(function.scope), function.code
    it.scope.names = names
    it.facts, it.returns, it.yields, it.reads, it.role_words, it.jumps = Rope(), [], [], {}, set(), []
    it.call_id = it.sources.new_call()
    it.oldest_write = 1 << 60
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
        pure = it.oldest_write >= it.call_id and it.sources.taints == taints
        it.calls.pop()
        it.scope, it.code, it.facts, it.returns, it.yields, it.reads, it.role_words, it.jumps = outer
        it.call_id, it.oldest_write = outer_call, min(outer_write, it.oldest_write)
        it.facts.append(facts)
        it.role_words |= words
        it.reads.update(reads)
    it.state.handler, it.state.protected = before.handler, before.protected
    it.state.branch, it.state.guards = before.branch, before.guards
    if pure and not _is_mutable(value):
        known = Remembered(function.node, dict(names), reads, facts, value or NONE, it.state.copy(), ends, words)
        memo.setdefault(key, []).append(known)
    if value is None:
        raise Ends
    return value


def _result(it: Interpreter, function: Function, falls_through: bool) -> Value | None:
    """What the call gives, with the state that its ways out leave; None where no way out returns."""
    if function.is_generator:
        value, run = it.yields[0] if it.yields else (NONE, it.state.run)
        return Context(value, run)
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


def _is_mutable(value: Value | None) -> bool:
    return isinstance(value, (ListValue, DictValue, Instance, Obj, Context)) or (
        isinstance(value, OneOf) and any(_is_mutable(option) for option in value.options)
    )


def _key(value: Value) -> object:
    """What a memo compares of an argument: content where it can't change, else identity and version."""
    match value:
        case Const() | Text() | Lib() | Function():
            return value
        case Top():
            return "top"
        case Bound(receiver=receiver, method=method):
            return (_key(receiver), method)
        case Obj(cls=cls, data=data) if not data:
            return cls
        case Obj() | ListValue() | DictValue() | Instance():
            return (id(value), value.version)
        case OneOf(options=options):
            return tuple(_key(option) for option in options)
        case Class() | ModuleValue() | Context():
            return id(value)
    return id(value)
