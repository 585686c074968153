"""Statements: one forward pass over each path, joined where paths meet."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from mlcheck.flow import modules
from mlcheck.flow.entering import Ends, defaults_of
from mlcheck.flow.expressions import evaluate
from mlcheck.flow.facts import HandlerSeen
from mlcheck.flow.interpreter import MOST_UNROLLED, Interpreter
from mlcheck.flow.narrowing import narrow
from mlcheck.flow.scope import Handler, Scope, State, meet_names
from mlcheck.flow.store import append, assign, blur
from mlcheck.flow.values import (
    Class,
    Const,
    Context,
    DictValue,
    Function,
    Lib,
    ListValue,
    Obj,
    Text,
    Top,
    Value,
    merge,
    options_of,
    parts_of,
    text_of,
    truth,
)

# How a statement ends: it goes on, it jumps within a loop, it leaves the function or the path.
ON, JUMPS, LEAVES = 0, 1, 2


def body_of(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Run a function's body; True where a path falls off its end."""
    if isinstance(node, ast.Lambda):
        it.returns.append((evaluate(it, node.body), it.state.copy()))
        return False
    return run_block(it, node.body) != LEAVES


def run_block(it: Interpreter, statements: Sequence[ast.stmt]) -> int:
    """Run statements in order until one of them ends the path."""
    for statement in statements:
        ended = run_statement(it, statement)
        if ended:
            return ended
    return ON


def run_statement(it: Interpreter, statement: ast.stmt) -> int:
    """Run one statement, by a table on its type."""
    it.step()
    runner = _STATEMENTS.get(type(statement))
    if runner is None:
        return ON
    try:
        return runner(it, statement)
    except Ends:
        return LEAVES


@contextmanager
def in_branch(it: Interpreter) -> Iterator[None]:
    """A path that may not be taken: names and effects meet with those of the path around it."""
    names, state = dict(it.scope.names), it.state.copy()
    outer = it.state.branch
    it.state.branch = it.sources.new_branch()
    try:
        yield
    except Ends:
        it.scope.names, it.state = names, state
        return
    it.state.branch = outer
    it.scope.names = meet_names(names, it.scope.names, names)
    it.state.meet(state, it.state.copy())


def _expression(it: Interpreter, node: ast.Expr) -> int:
    if not isinstance(node.value, ast.Constant):
        evaluate(it, node.value)
    return ON


def _assign(it: Interpreter, node: ast.Assign) -> int:
    value = evaluate(it, node.value)
    for target in node.targets:
        assign(it, target, value)
    return ON


def _annotated(it: Interpreter, node: ast.AnnAssign) -> int:
    if node.value is not None:
        assign(it, node.target, evaluate(it, node.value))
    return ON


def _augmented(it: Interpreter, node: ast.AugAssign) -> int:
    target = node.target
    if isinstance(target, ast.Name):
        old = it.name(target.id) or it.top(node, "a name that is not bound")
        added = evaluate(it, node.value)
        if isinstance(node.op, ast.Add) and isinstance(old, ListValue):
            for one in added.items if isinstance(added, ListValue) else ():
                append(it, old, one)
            old.open = old.open or not isinstance(added, ListValue) or added.open
        elif isinstance(node.op, ast.Add) and isinstance(old, (Const, Text)) and _is_text(old):
            it.scope.bind(target.id, text_of([*parts_of(old), *parts_of(added)]))
        else:
            it.scope.bind(target.id, it.top(node, "the result of an operation"))
    else:
        evaluate(it, node.value)
        assign(it, target, it.top(node, "the result of an operation"))
    return ON


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Const) and isinstance(value.value, str))


def _if(it: Interpreter, node: ast.If) -> int:
    known = truth(evaluate(it, node.test))
    if known is None and _is_main_guard(node.test):
        known = True
    if known is not None:
        return run_block(it, node.body if known else node.orelse)
    return _branches(it, node.test, [node.body, node.orelse])


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _branches(it: Interpreter, test: ast.expr | None, blocks: Sequence[Sequence[ast.stmt]]) -> int:
    """Run blocks of which one is taken; what follows starts from all that go on."""
    before_names, before = it.scope.names, it.state.copy()
    inner = before.copy()
    if test is not None:
        words = it.sources.once(test, _words)
        inner.guards = before.guards | words.constants
        if before.handler is not None and before.handler.name in words.names:
            inner.handler = _decided(before.handler)
    ended: list[tuple[int, dict[str, Value], State]] = []
    for index, block in enumerate(blocks):
        it.scope.names, it.state = dict(before_names), inner.copy()
        it.state.branch = it.sources.new_branch()
        if test is not None:
            narrow(it.scope.names, test, index == 0)
        signal = run_block(it, block)
        ended.append((signal, it.scope.names, it.state))
    going = [(names, state) for signal, names, state in ended if signal == ON]
    it.state = before.copy()
    if not going:
        it.scope.names = ended[0][1]
        return min(signal for signal, _, _ in ended)
    names, state = going[0]
    met = state.copy()
    for other_names, other_state in going[1:]:
        names = meet_names(before_names, names, other_names)
        met.meet(met.copy(), other_state)
    it.scope.names = names
    it.state.take(met)
    return ON


def _decided(handler: Handler) -> Handler:
    return Handler(handler.kind, handler.place, handler.caught, handler.name, True)


class _Words(NamedTuple):
    """What a condition looks at: string constants (a guard on a name is one of them), and names."""

    constants: frozenset[str]
    names: frozenset[str]


def _words(test: ast.AST) -> _Words:
    nodes = list(ast.walk(test))
    constants = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return _Words(frozenset(constants), frozenset(node.id for node in nodes if isinstance(node, ast.Name)))


def _for(it: Interpreter, node: ast.For | ast.AsyncFor) -> int:
    source = evaluate(it, node.iter)
    elements = _elements(source)
    if elements is None:
        return _loop(it, node, lambda: assign(it, node.target, it.top(node.iter, "an element of what is looped over")))
    outer_jumps, it.jumps = it.jumps, []
    for element in elements:
        assign(it, node.target, element)
        ended = run_block(it, node.body)
        if ended == LEAVES:
            it.jumps = outer_jumps
            return LEAVES
    _end_loop(it, outer_jumps)
    return run_block(it, node.orelse)


def _elements(source: Value) -> list[Value] | None:
    if isinstance(source, ListValue) and not source.open and len(source.items) <= MOST_UNROLLED:
        return list(source.items)
    if isinstance(source, DictValue) and not source.open and len(source.entries) <= MOST_UNROLLED:
        return [Const(key) for key in source.entries]
    return None


def _while(it: Interpreter, node: ast.While) -> int:
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
    before_names, before = it.scope.names, it.state.copy()
    outer_written, it.written = it.written, []
    ended = _round(it, node, begin, surely)
    if it.written:
        for owner in dict.fromkeys(it.written):
            blur(it, owner)
        it.scope.names, it.state = before_names, before.copy()
        ended = _round(it, node, begin, surely)
    it.written = [*outer_written, *it.written]
    names, state = it.scope.names, it.state
    it.state = before.copy()
    jumped = bool(it.jumps)
    if ended != LEAVES or jumped:
        it.state.meet(before, state)
        it.scope.names = meet_names(before_names, before_names, names)
        _end_loop(it, outer_jumps)
    else:
        it.scope.names = before_names
        it.jumps = outer_jumps
    if ended == LEAVES and surely and not jumped:
        return LEAVES
    return run_block(it, node.orelse)


def _round(it: Interpreter, node: ast.For | ast.AsyncFor | ast.While, begin: Callable[[], None], surely: bool) -> int:
    it.scope.names = dict(it.scope.names)
    if not surely:
        it.state.branch = it.sources.new_branch()
    _widen(it, node)
    begin()
    return run_block(it, node.body)


def _end_loop(it: Interpreter, outer_jumps: list[dict[str, Value]]) -> None:
    for names in it.jumps:
        it.scope.names = meet_names(it.scope.names, it.scope.names, names)
    it.jumps = outer_jumps


def _widen(it: Interpreter, loop: ast.stmt) -> None:
    """Names that a loop binds may hold what an earlier round left."""
    for node in it.sources.once(loop, _bound_names):
        held = it.scope.names.get(node.id)
        if held is not None:
            it.scope.names[node.id] = merge(held, it.top(node, "what an earlier round of the loop left"))


def _bound_names(loop: ast.AST) -> tuple[ast.Name, ...]:
    return tuple(node for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _jump(it: Interpreter, node: ast.Break | ast.Continue) -> int:
    it.jumps.append(dict(it.scope.names))
    return JUMPS


def _return(it: Interpreter, node: ast.Return) -> int:
    value: Value = evaluate(it, node.value) if node.value is not None else Const(None)
    it.returns.append((value, it.state.copy()))
    return LEAVES


def _raise(it: Interpreter, node: ast.Raise) -> int:
    if node.exc is not None:
        evaluate(it, node.exc)
    return LEAVES


def _try(it: Interpreter, node: ast.Try) -> int:
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
    ended = run_block(it, node.body)
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


def _with(it: Interpreter, node: ast.With | ast.AsyncWith) -> int:
    outer_run, outer_protected = it.state.run, it.state.protected
    closes = suppresses = False
    for entered in node.items:
        value = evaluate(it, entered.context_expr)
        bound = value
        if isinstance(value, Obj) and value.cls == "mlflow.ActiveRun":
            closes = True
        elif isinstance(value, Context):
            closes = closes or value.run != outer_run
            it.state.run, bound = value.run, value.value
        elif isinstance(value, Obj) and value.cls == "contextlib.suppress":
            suppresses = True
            it.state.protected += 1
        if entered.optional_vars is not None:
            assign(it, entered.optional_vars, bound)
    ended = run_block(it, node.body)
    it.state.protected = outer_protected
    if closes:
        it.state.run = outer_run
    return ON if suppresses and ended == LEAVES else ended


def _function(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert it.code is not None
    value: Value = Function(node, it.code, it.scope, defaults_of(it, node.args), None, None, _yields(it, node))
    for decorator in reversed(node.decorator_list):
        value = _decorated(it, decorator, value)
    it.scope.bind(node.name, value)
    return ON


def _decorated(it: Interpreter, decorator: ast.expr, value: Value) -> Value:
    """What a decorator of the project makes of a function; one of a library leaves it as it is."""
    from mlcheck.flow.entering import enter

    made = evaluate(it, decorator)
    if isinstance(made, Function):
        result = enter(it, made, [value], {}, decorator)
        return value if isinstance(result, Top) else result
    return value


def _yields(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if it.code is None or "yield" not in it.code.text:
        return False
    stack: list[ast.AST] = list(node.body)
    while stack:
        one = stack.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(one))
    return False


def _class(it: Interpreter, node: ast.ClassDef) -> int:
    bases = tuple(evaluate(it, base) for base in node.bases)
    outer = it.scope
    it.scope = Scope(outer)
    try:
        run_block(it, node.body)
        names = it.scope.names
    finally:
        it.scope = outer
    for value in names.values():  # methods close over the module, not over the class body
        if isinstance(value, Function) and value.scope.parent is outer:
            value.scope = outer
    fields = tuple(s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name))
    it.scope.bind(node.name, Class(node.name, names, bases, fields))
    return ON


def _global(it: Interpreter, node: ast.Global | ast.Nonlocal) -> int:
    if isinstance(node, ast.Global):
        it.scope.globals_.update(node.names)
        it.oldest_write = 0  # a call that rebinds a module's names is not remembered
    return ON


def _delete(it: Interpreter, node: ast.Delete) -> int:
    for target in node.targets:
        if isinstance(target, ast.Name):
            it.scope.names.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            blur(it, evaluate(it, target.value))
    return ON


def _match(it: Interpreter, node: ast.Match) -> int:
    evaluate(it, node.subject)
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            name = getattr(pattern, "name", None)
            if isinstance(name, str):
                it.scope.bind(name, it.top(node.subject, "a part of what is matched"))
    last = node.cases[-1]
    exhaustive = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
    blocks: list[Sequence[ast.stmt]] = [case.body for case in node.cases]
    return _branches(it, None, blocks if exhaustive else [*blocks, []])


def _assert(it: Interpreter, node: ast.Assert) -> int:
    known = truth(evaluate(it, node.test))
    return LEAVES if known is False else ON


_STATEMENTS: dict[type[ast.stmt], Callable[[Interpreter, Any], int]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Break: _jump,
    ast.Continue: _jump,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: modules.import_,
    ast.ImportFrom: modules.import_from,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.Delete: _delete,
    ast.Match: _match,
    ast.Assert: _assert,
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _try
