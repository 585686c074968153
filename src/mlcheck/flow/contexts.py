"""`with`: what is entered, what it binds, and what is closed at its end."""

from __future__ import annotations

import ast

from mlcheck.flow import handlers
from mlcheck.flow.attributes import class_attribute
from mlcheck.flow.blocks import LEAVES, ON, run_block
from mlcheck.flow.entering import enter
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.failures import Around
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.runs import after_with, is_run
from mlcheck.flow.store import assign
from mlcheck.flow.values import NONE, Context, Function, Instance, Obj, Value


def with_(it: Interpreter, node: ast.With | ast.AsyncWith) -> int:
    outer_run, outer_protected = it.state.run, it.state.protected
    closes = False
    suppresses: Value | None = None
    entered: list[tuple[Instance, ast.expr]] = []
    around: list[ast.Try] = []  # the `try` bodies of generators that this body runs in
    for item in node.items:
        value = evaluate(it, item.context_expr)
        bound = value
        if is_run(value):
            closes, outer_run = True, after_with(item.context_expr, value, outer_run)
        elif isinstance(value, Context):
            closes = closes or value.run != outer_run
            it.state.run, bound = value.run, value.value
            around += value.tries
        elif isinstance(value, Instance):
            bound = _method(it, value, "__enter__", [], item.context_expr) or value
            entered.append((value, item.context_expr))
        elif isinstance(value, Obj) and value.cls == "contextlib.ExitStack":
            closes = True  # what is entered on it ends with it
        elif isinstance(value, Obj) and value.cls == "contextlib.suppress":
            suppresses = value.data["caught"]
            it.state.protected += 1
        if item.optional_vars is not None:
            assign(it, item.optional_vars, bound)
    start = len(it.facts)
    ended = run_block(it, node.body)
    it.state.protected = outer_protected
    body = tuple(it.facts[start:])
    for instance, at in reversed(entered):
        handlers.left_by_exit(it, node, class_attribute(instance.cls, "__exit__"), body)
        _method(it, instance, "__exit__", [NONE, NONE, NONE], at)
    if around:
        it.facts.append(Around(tuple(around), body))
    if closes:
        it.state.run = outer_run
    if suppresses is None:
        return ended
    handlers.suppressed(it, node, suppresses, body)
    return ON if ended == LEAVES else ended


def _method(it: Interpreter, instance: Instance, name: str, arguments: list[Value], node: ast.expr) -> Value | None:
    """What a method of the project's own context manager gives, or None where it has none."""
    found = class_attribute(instance.cls, name)
    if not isinstance(found, Function):
        return None
    return enter(it, found.to(instance, instance.cls), arguments, {}, node)
