"""Statements: one forward pass over each path, joined where paths meet."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mlcheck.flow import contexts, handlers, loops, modules, pandas_stores
from mlcheck.flow.blocks import LEAVES, ON, run_block
from mlcheck.flow.call import Arguments
from mlcheck.flow.entering import Ends, defaults_of
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.filled_columns import note_filled_in_branch
from mlcheck.flow.folders import change_path
from mlcheck.flow.gates import Words, words_of
from mlcheck.flow.guards import note_look
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.names import is_quiet
from mlcheck.flow.narrowing import narrow
from mlcheck.flow.nodes import children, nodes_in
from mlcheck.flow.runs import narrow_run
from mlcheck.flow.scope import CONDITION, NO_GATE, Handler, Scope, State, meet_names
from mlcheck.flow.store import append, assign, blur
from mlcheck.flow.values import (
    Class,
    Const,
    Function,
    Lib,
    ListValue,
    Obj,
    Text,
    Top,
    Value,
    parts_of,
    text_of,
    truth,
)


def body_of(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Run a function's body; True where a path falls off its end."""
    if isinstance(node, ast.Lambda):
        it.returns.append((evaluate(it, node.body), it.state.copy()))
        return False
    return run_block(it, node.body) != LEAVES


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
            for one in list(added.items) if isinstance(added, ListValue) else ():
                append(it, old, one)
            old.open = old.open or not isinstance(added, ListValue) or added.open
        elif isinstance(node.op, ast.Add) and isinstance(old, (Const, Text)) and _is_text(old):
            it.scope.bind(target.id, text_of([*parts_of(old), *parts_of(added)]))
        else:
            it.scope.bind(target.id, it.top(node, "the result of an operation"))
    else:
        added = evaluate(it, node.value)
        if isinstance(target, ast.Attribute) and target.attr == "path" and evaluate(it, target.value) == Lib("sys"):
            change_path(it, added, it.place(node))
            return ON
        made = pandas_stores.augmented(it, target, node.op, added, node) if isinstance(target, ast.Subscript) else None
        assign(it, target, made or it.top(node, "the result of an operation"))
    return ON


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Const) and isinstance(value.value, str))


def _if(it: Interpreter, node: ast.If) -> int:
    value = evaluate(it, node.test)
    known = truth(value)
    if known is None and _is_main_guard(node.test):
        known = True
    if known is None:
        note_filled_in_branch(it, node)
        note_look(it, node.test, value)
    if known is not None:
        return run_block(it, node.body if known else node.orelse)
    return _branches(it, node.test, [node.body, node.orelse])


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


_OF_MATCH = Words(frozenset(), frozenset(), frozenset(), CONDITION, NO_GATE)


def _branches(it: Interpreter, test: ast.expr | None, blocks: Sequence[Sequence[ast.stmt]]) -> int:
    """Run blocks of which one is taken; what follows starts from all that go on."""
    before_names, before = it.scope.names, it.state
    inner = before.copy()
    words = it.sources.once(test, words_of) if test is not None else _OF_MATCH
    inner.within = max(before.within, words.gate)
    if test is not None:
        inner.guards = before.guards | words.constants
        if before.handler is not None and before.handler.name in words.names:
            inner.handler = _decided(before.handler)
    ended: list[tuple[int, dict[str, Value], State]] = []
    raises = returns = False
    for index, block in enumerate(blocks):
        it.scope.names, it.state = dict(before_names), inner.copy()
        it.state.branch = it.sources.new_branch()
        if test is not None:
            narrow(it.scope.names, test, index == 0)
            narrow_run(it, test, index == 0)
        returned = len(it.returns)
        signal = run_block(it, block)
        ended.append((signal, it.scope.names, it.state))
        raises = raises or (signal == LEAVES and len(it.returns) == returned)
        returns = returns or (signal != ON and not raises)
    going = [(names, state) for signal, names, state in ended if signal == ON]
    it.state = before
    if not going:
        it.scope.names = ended[0][1]
        return min(signal for signal, _, _ in ended)
    names, met = going[0]
    for other_names, other_state in going[1:]:
        names = meet_names(before_names, names, other_names)
        met.meet(met, other_state)
    it.scope.names = names
    it.state.take(met)
    if raises:
        it.state.passed = max(it.state.passed, words.leaving)
    elif returns:
        it.state.within = max(it.state.within, words.leaving)
    return ON


def _decided(handler: Handler) -> Handler:
    return Handler(handler.kind, handler.place, handler.caught, handler.name, True)


def _return(it: Interpreter, node: ast.Return) -> int:
    value: Value = evaluate(it, node.value) if node.value is not None else Const(None)
    it.returns.append((value, it.state.copy()))
    return LEAVES


def _raise(it: Interpreter, node: ast.Raise) -> int:
    if node.exc is not None:
        evaluate(it, node.exc)
    it.raises += 1
    return LEAVES


def _function(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert it.code is not None
    value: Value = Function(node, it.code, it.closed_over(), defaults_of(it, node.args), None, None, _yields(it, node))
    for decorator in reversed(node.decorator_list):
        value = _decorated(it, decorator, value)
    it.scope.bind(node.name, value)
    return ON


def _decorated(it: Interpreter, decorator: ast.expr, value: Value) -> Value:
    """What a decorator of the project, or one that is known, makes of a function; others leave it as it is."""
    from mlcheck.flow.calls import dispatch, is_known_decorator

    made = evaluate(it, decorator)
    if isinstance(made, Function) or is_known_decorator(made):
        result = dispatch(it, made, Arguments([value], {}), decorator)
        if isinstance(value, Obj) and isinstance(result, Function):  # what was noted on it stays on its wrapper
            return Obj(value.cls, {**value.data, "*function": result}, it.birth())
        return value if isinstance(result, Top) else result
    library = made.name if isinstance(made, Lib) else made.cls if isinstance(made, Obj) else None
    if isinstance(value, Function) and (isinstance(made, Top) or (library is not None and not is_quiet(library))):
        value.strange = True
    return value


def _yields(it: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if it.code is None or not it.sources.may_yield(it.code):
        return False
    stack: list[ast.AST] = list(node.body)
    while stack:
        one = stack.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack.extend(children(one))
    return False


def _class(it: Interpreter, node: ast.ClassDef) -> int:
    bases = tuple(evaluate(it, base) for base in node.bases)
    outer = it.closed_over()
    own = it.scope = Scope(outer, part=True)
    try:
        run_block(it, node.body)
        names = own.names
    finally:
        it.scope = outer
    for value in names.values():  # methods close over the module, not over the class body
        if isinstance(value, Function) and value.scope is own:
            value.scope = outer
    annotated = [s for s in node.body if isinstance(s, ast.AnnAssign)]
    fields = {s.target.id: s.annotation for s in annotated if isinstance(s.target, ast.Name)}
    it.scope.bind(node.name, Class(node.name, names, bases, fields, outer))
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
            owner = evaluate(it, target.value)
            if not pandas_stores.deleted(it, owner, target):
                blur(it, owner)
    return ON


def _match(it: Interpreter, node: ast.Match) -> int:
    evaluate(it, node.subject)
    for case in node.cases:
        for pattern in nodes_in(case.pattern):
            name = getattr(pattern, "name", None)
            if isinstance(name, str):
                it.scope.bind(name, it.top(node.subject, "a part of what is matched"))
    last = node.cases[-1]
    exhaustive = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
    blocks: list[Sequence[ast.stmt]] = [case.body for case in node.cases]
    return _branches(it, None, blocks if exhaustive else [*blocks, []])


def _assert(it: Interpreter, node: ast.Assert) -> int:
    value = evaluate(it, node.test)
    known = truth(value)
    if known is None:
        note_look(it, node.test, value)
        it.state.passed = max(it.state.passed, it.sources.once(node.test, words_of).leaving)
    it.raises += known is not True
    return LEAVES if known is False else ON


STATEMENTS: dict[type[ast.stmt], Callable[[Interpreter, Any], int]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: loops.for_,
    ast.AsyncFor: loops.for_,
    ast.While: loops.while_,
    ast.Break: loops.jump,
    ast.Continue: loops.jump,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Try: handlers.try_,
    ast.With: contexts.with_,
    ast.AsyncWith: contexts.with_,
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
    STATEMENTS[ast.TryStar] = handlers.try_
