"""`try`: the body, then each handler from where the body may have broken off, then `finally`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from mlcheck.flow.blocks import ON, run_block
from mlcheck.flow.expressions import evaluate
from mlcheck.flow.facts import ExitCall, HandlerSeen
from mlcheck.flow.interpreter import Interpreter, flatten
from mlcheck.flow.scope import Handler, meet_names
from mlcheck.flow.values import Class, Lib, ListValue, Value, options_of


def try_(it: Interpreter, node: ast.Try) -> int:
    before_names, before = dict(it.scope.names), it.state.copy()
    it.state.protected += 1 if node.handlers else 0
    ended = run_block(it, node.body)
    it.state.protected = before.protected
    if ended == ON:
        ended = run_block(it, node.orelse)
    after_names, after = it.scope.names, it.state
    ways = [(ended, after_names, after)]
    start = before.copy()
    start.meet(before, after)
    names_there = meet_names(before_names, dict(before_names), after_names)
    for handler in node.handlers:
        it.scope.names, it.state = dict(names_there), start.copy()
        ways.append((_handler(it, handler), it.scope.names, it.state))
    going = [(names, state) for signal, names, state in ways if signal == ON]
    it.state = before.copy()
    if going:
        names, met = going[0][0], going[0][1].copy()
        for other_names, other_state in going[1:]:
            names = meet_names(before_names, names, other_names)
            met.meet(met.copy(), other_state)
        it.scope.names = names
        it.state.take(met)
    else:
        it.scope.names = after_names
        it.state.take(after)
    final = _finally(it, node.finalbody)
    if final != ON:
        return final
    return ON if going else min(signal for signal, _, _ in ways)


def _handler(it: Interpreter, node: ast.ExceptHandler) -> int:
    caught = _caught(it, node.type)
    place = it.place(node)
    it.state.handler = Handler("except", place, caught, node.name)
    it.state.branch = it.sources.new_branch()
    if node.name:
        it.scope.bind(node.name, it.top(node.body[0], "the exception that was caught"))
    before = len(it.facts)
    ended = run_block(it, node.body)
    if not any(isinstance(fact, ExitCall) for fact in flatten(it.facts[before:])):
        it.found(HandlerSeen(place))
    return ended


def _caught(it: Interpreter, node: ast.expr | None) -> tuple[str, ...]:
    if node is None:
        return ()
    value = evaluate(it, node)
    options = value.items if isinstance(value, ListValue) else list(options_of(value))
    return tuple(_exception_name(option) for option in options)


def _exception_name(value: Value) -> str:
    match value:
        case Lib(name=name):
            return name.rpartition(".")[2]
        case Class(name=name):
            return name
        case _:
            return "?"


def _finally(it: Interpreter, body: Sequence[ast.stmt]) -> int:
    if not body:
        return ON
    outer = it.state.handler
    first = body[0]
    it.state.handler = Handler("finally", it.place(first), (), None)
    ended = run_block(it, body)
    it.state.handler = outer
    return ended
