"""`try`: the body, then each handler from where the body may have broken off, then `finally`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from mlcheck.flow.blocks import LEAVES, ON, run_block
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.facts import ExitCall
from mlcheck.flow.failures import Caught
from mlcheck.flow.interpreter import Interpreter, flatten
from mlcheck.flow.model_versions import note_fallback
from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.scope import Handler, meet_names
from mlcheck.flow.system import ends_well
from mlcheck.flow.values import Class, Function, Lib, ListValue, Value, options_of


def try_(it: Interpreter, node: ast.Try) -> int:
    before_names, before = dict(it.scope.names), it.state.copy()
    start_of_body, first_return = len(it.facts), len(it.returns)
    it.state.protected += 1 if node.handlers else 0
    it.tries.append((it.frame, node))
    try:
        ended = run_block(it, node.body)
    finally:
        it.tries.pop()
    it.state.protected = before.protected
    body = tuple(it.facts[start_of_body:])
    if ended == ON:
        ended = run_block(it, node.orelse)
    after_names, after = it.scope.names, it.state
    ways = [(ended, after_names, after)]
    start = before.copy()
    start.meet(before, after)
    names_there = meet_names(before_names, dict(before_names), after_names)
    bound = bound_before(it, node, before_names)
    for handler in node.handlers:
        it.scope.names, it.state = dict(names_there), start.copy()
        ways.append((_handler(it, node, handler, bound, body), it.scope.names, it.state))
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
    returned = it.returns[first_return:] if node.finalbody else []
    for _, state in returned:  # what `finally` does is done before they return
        it.state.meet(it.state.copy(), state)
    final = _finally(it, node, bound, body)
    for _, state in returned:
        state.take(it.state)
    if final != ON:
        return final
    return ON if going else min(signal for signal, _, _ in ways)


def _handler(
    it: Interpreter,
    whole: ast.Try,
    node: ast.ExceptHandler,
    bound: Mapping[str, Value | None],
    body: tuple[object, ...],
) -> int:
    caught = _caught(it, node.type)
    assert it.code is not None
    it.sources.pass_line(it.code.path, node.lineno)
    place = it.place(node)
    it.state.handler = Handler("except", place, caught, node.name)
    it.state.branch = it.sources.new_branch()
    if node.name:
        it.scope.bind(node.name, it.top(node.body[0], "the exception that was caught"))
    before, returns, raises = len(it.facts), len(it.returns), it.raises
    ended = run_block(it, node.body)
    note_fallback(it, node, body)
    within = tuple(it.facts[before:])
    sure = ended == LEAVES and len(it.returns) == returns and not exits_well(within)
    assert it.code is not None
    it.facts.append(
        Caught("except", whole, node, it.frame, it.code, place, caught, bound, body, within, sure, it.raises > raises)
    )
    return ended


def exits_well(facts: tuple[object, ...]) -> bool:
    """Whether one of the facts is an exit that may end the run as a success."""
    exits = [one for one in flatten(list(facts)) if isinstance(one, ExitCall)]
    return any(one.how == "notebook" or ends_well(one.value) for one in exits)


def bound_before(
    it: Interpreter, node: ast.Try | ast.With | ast.AsyncWith, names: Mapping[str, Value]
) -> Mapping[str, Value | None]:
    """The names that a body binds, with what they held before it; None where they were not bound."""
    bound = it.sources.once(node, _bound_names)
    return {name: names.get(name) if name not in it.scope.globals_ else it.scope.top.names.get(name) for name in bound}


def _bound_names(node: ast.AST) -> frozenset[str]:
    parts: list[ast.stmt] = [*getattr(node, "body", ()), *getattr(node, "orelse", ())]
    return frozenset(
        one.id
        for part in parts
        for one in nodes_in(part)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    )


def suppressed(it: Interpreter, node: ast.With | ast.AsyncWith, caught: Value, body: tuple[object, ...]) -> None:
    """`with suppress(…)`: what it stands around fails without a word."""
    assert it.code is not None
    names = _names_of(caught)
    bound = bound_before(it, node, {})
    it.facts.append(
        Caught("suppress", node, None, it.frame, it.code, it.place(node), names, bound, body, (), False, False)
    )


def left_by_exit(
    it: Interpreter, node: ast.With | ast.AsyncWith, found: Value | None, body: tuple[object, ...]
) -> None:
    """A project's context manager whose `__exit__` returns True: what it stands around fails without a word."""
    if not isinstance(found, Function):
        return
    takes = it.sources.once(found.node, _taken_by_exit)
    if takes is not None:
        assert it.code is not None
        place = found.code.lines.node(found.node)
        bound = bound_before(it, node, {})
        it.facts.append(Caught("exit", node, None, it.frame, it.code, place, takes, bound, body, (), False, False))


def _taken_by_exit(function: ast.AST) -> tuple[str, ...] | None:
    """What an `__exit__` takes: all () where it returns True whatever came, some ("?",), or nothing."""
    body: list[ast.stmt] = list(getattr(function, "body", ()))
    given = [one for part in body for one in nodes_in(part) if isinstance(one, ast.Return)]
    true = [one for one in given if isinstance(one.value, ast.Constant) and one.value.value is True]
    if true:
        return () if true[-1] in body and true == given else ("?",)
    unsure = [one for one in given if one.value is not None and not isinstance(one.value, ast.Constant)]
    return ("?",) if unsure else None


def _caught(it: Interpreter, node: ast.expr | None) -> tuple[str, ...]:
    return () if node is None else _names_of(evaluate(it, node))


def _names_of(value: Value) -> tuple[str, ...]:
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


def _finally(it: Interpreter, node: ast.Try, bound: Mapping[str, Value | None], body: tuple[object, ...]) -> int:
    if not node.finalbody:
        return ON
    outer = it.state.handler
    place = it.place(node.finalbody[0])
    it.state.handler = Handler("finally", place, (), None)
    returns = len(it.returns)
    ended = run_block(it, node.finalbody)
    it.state.handler = outer
    if ended != ON and (len(it.returns) > returns or ended != LEAVES):
        assert it.code is not None
        it.facts.append(Caught("finally", node, None, it.frame, it.code, place, (), bound, body, (), False, False))
    return ended
