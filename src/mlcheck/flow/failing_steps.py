"""What each statement does on the path of a failure: a part of `flow.failing`, by a table on the node's type."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from mlcheck.flow.failing import BROKE, CONTINUED, GOES_ON, ON, RETURNED, Signals, Walk
from mlcheck.flow.looking import look
from mlcheck.flow.looking_calls import exit_signal
from mlcheck.flow.marks import ANY, DOUBTFUL, SOME, Future, Successes, truth_of
from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.told import RAISED, elements
from mlcheck.flow.values import NONE, ListValue, Value


def _expression(walk: Walk, node: ast.Expr) -> Signals:
    look(walk, node.value)
    return GOES_ON


def _assign(walk: Walk, node: ast.Assign) -> Signals:
    depends, value = look(walk, node.value)
    for target in node.targets:
        walk.assign(target, value, depends or walk.under)
    return GOES_ON


def _annotated(walk: Walk, node: ast.AnnAssign) -> Signals:
    if node.value is not None:
        depends, value = look(walk, node.value)
        walk.assign(node.target, value, depends or walk.under)
    return GOES_ON


def _augmented(walk: Walk, node: ast.AugAssign) -> Signals:
    depends, value = look(walk, node.value)
    held = look(walk, node.target)[0] if not isinstance(node.target, ast.Subscript) else False
    if depends or walk.under:
        grown = value if isinstance(value, ListValue) and value.items else SOME
        walk.assign(node.target, grown if isinstance(node.op, ast.Add) else ANY, True)
    elif held:
        walk.assign(node.target, ANY, True)
    return GOES_ON


def _if(walk: Walk, node: ast.If) -> Signals:
    depends, value = look(walk, node.test)
    blocks = [node.body, node.orelse]
    if not depends:
        return walk.branches(node, blocks, False)
    walk.controlled = True
    known = truth_of(value)
    if known is None:
        return _unsure(walk, node, blocks, value)
    outer, walk.under = walk.under, True
    signals = walk.block(blocks[0 if known else 1])
    walk.under = outer
    if RAISED not in signals and not walk.handling:
        walk.test(node)
    return signals


def _unsure(walk: Walk, node: ast.If, blocks: Sequence[Sequence[ast.stmt]], value: Value) -> Signals:
    """A condition on the failure that it may or may not meet."""
    if isinstance(value, Successes) or _counts_all(walk, node.test):
        answered, outer = len(walk.trace.answered), walk.under
        signals = walk.branches(node, blocks, True)
        walk.under = outer  # what follows runs where only some failed
        walk.trace.if_all += walk.trace.answered[answered:]
        del walk.trace.answered[answered:]
        return signals
    return walk.branches(node, blocks, True)


def _counts_all(walk: Walk, test: ast.expr) -> bool:
    """Whether a condition asks if all failed: a count of failures that equals another count."""
    if isinstance(test, ast.Call) and getattr(test.func, "id", "") == "all":
        return True
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.GtE)):
        sides = (test.left, test.comparators[0])
        counts = [isinstance(look(walk, side)[1], type(SOME)) for side in sides]
        return any(counts) and not any(isinstance(side, ast.Constant) for side in sides)
    return False


def _for(walk: Walk, node: ast.For | ast.AsyncFor) -> Signals:
    depends, value = look(walk, node.iter)
    if depends and (value == NONE or isinstance(value, Future)):
        return frozenset((RAISED,))
    sure = depends and truth_of(value) is True
    depends, element = elements(depends, value)
    return _loop(walk, node, depends, sure, lambda: walk.assign(node.target, element, depends))


def _while(walk: Walk, node: ast.While) -> Signals:
    depends, value = look(walk, node.test)
    known = truth_of(value) if depends or isinstance(node.test, ast.Constant) else None
    if known is False:
        return walk.block(node.orelse)
    return _loop(walk, node, depends, known is True, lambda: None)


def _loop(
    walk: Walk, node: ast.For | ast.AsyncFor | ast.While, depends: bool, sure: bool, begin: Callable[[], None]
) -> Signals:
    before, outer = walk.marks.copy(), walk.under
    walk.under = walk.under or depends
    begin()
    signals = walk.block(node.body)
    walk.under = outer
    ends = signals - {ON, BROKE, CONTINUED}
    if not sure:
        walk.marks.meet([walk.marks.copy(), before])
        if depends and RAISED in ends:
            walk.answer(node)
    goes_on = not sure or signals & {ON, BROKE, CONTINUED}
    after = walk.block(node.orelse) if goes_on and node.orelse else (GOES_ON if goes_on else frozenset())
    if BROKE in signals:
        after |= GOES_ON
    return frozenset(ends | after)


def _try(walk: Walk, node: ast.Try) -> Signals:
    answered = len(walk.trace.answered)
    signals = walk.block(node.body)
    if ON in signals and node.orelse:
        signals = (signals - {ON}) | walk.block(node.orelse)
    signals = caught_again(walk, node, signals, answered)
    return finally_of(walk, node, signals)


def caught_again(walk: Walk, node: ast.Try, signals: Signals, answered: int) -> Signals:
    """A `raise` on the way that another handler takes: what that one does counts."""
    broad = next((one for one in node.handlers if takes_all(one)), None)
    if broad is None or (RAISED not in signals and len(walk.trace.answered) == answered):
        return signals
    outer, walk.under = walk.under, True
    if broad.name:
        walk.marks.names[broad.name] = ANY
    taken = walk.block(broad.body)
    walk.under = outer
    if broad.name:
        walk.marks.names.pop(broad.name, None)
    if len(walk.trace.answered) > answered and RAISED not in taken:
        walk.trace.dropped = walk.trace.dropped or walk.place(broad)
    if taken != {RAISED}:
        del walk.trace.answered[answered:]
    return (signals - {RAISED}) | taken


def takes_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or getattr(one, "id", "") in ("Exception", "BaseException") for one in kinds)


def finally_of(walk: Walk, node: ast.Try, signals: Signals) -> Signals:
    if not node.finalbody:
        return signals
    final = walk.block(node.finalbody)
    return (signals | final) - {ON} | (signals & {ON}) if ON in final else final


def _with(walk: Walk, node: ast.With | ast.AsyncWith) -> Signals:
    suppresses = False
    if any(id(item.context_expr) in walk.marks.nodes for item in node.items):
        return _left_with(walk, node)
    for item in node.items:
        depends, value = look(walk, item.context_expr)
        suppresses |= _is_suppress(item.context_expr)
        if item.optional_vars is not None:
            walk.assign(item.optional_vars, value if depends else ANY, depends or walk.under)
    signals = walk.block(node.body)
    return (signals - {RAISED}) | {ON} if suppresses and RAISED in signals else signals


def _left_with(walk: Walk, node: ast.With | ast.AsyncWith) -> Signals:
    """The failure came out of this body, and what is entered here took it: the body ended where it failed."""
    for statement in node.body:
        for one in nodes_in(statement):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                walk.marks.names[one.id] = DOUBTFUL
    return GOES_ON


def _is_suppress(node: ast.expr) -> bool:
    func = node.func if isinstance(node, ast.Call) else None
    return getattr(func, "attr", getattr(func, "id", "")) == "suppress"


def _return(walk: Walk, node: ast.Return) -> Signals:
    depends, value = look(walk, node.value)
    walk.returned.append((depends or walk.under or walk.controlled, value))
    return frozenset((RETURNED,))


def _raise(walk: Walk, node: ast.Raise) -> Signals:
    if _is_exit(node.exc):
        assert isinstance(node.exc, ast.Call)
        named = [keyword.value for keyword in node.exc.keywords if keyword.arg == "code"]
        code = next(iter([*node.exc.args, *named]), None)
        return frozenset((exit_signal(walk, node, *look(walk, code)),))
    if walk.under and not walk.handling:
        walk.answer(node)
    return frozenset((RAISED,))


def _is_exit(node: ast.expr | None) -> bool:
    """`SystemExit(code)`, and `typer.Exit(code)`, which ends as a success without one."""
    func = node.func if isinstance(node, ast.Call) else None
    return getattr(func, "attr", getattr(func, "id", "")) in ("SystemExit", "Exit")


def _assert(walk: Walk, node: ast.Assert) -> Signals:
    depends, value = look(walk, node.test)
    known = truth_of(value) if depends or isinstance(node.test, ast.Constant) else None
    if known is False:
        return frozenset((RAISED,))
    if depends and known is None:
        walk.answer(node)
    return GOES_ON


def _delete(walk: Walk, node: ast.Delete) -> Signals:
    for target in node.targets:
        if isinstance(target, ast.Name):
            walk.marks.names.pop(target.id, None)
    return GOES_ON


def _match(walk: Walk, node: ast.Match) -> Signals:
    depends, _ = look(walk, node.subject)
    walk.controlled = walk.controlled or depends
    blocks: list[Sequence[ast.stmt]] = [case.body for case in node.cases]
    return walk.branches(node, [*blocks, []], depends)


def _ends(signal: str) -> Callable[[Walk, ast.stmt], Signals]:
    return lambda walk, node: frozenset((signal,))


STEPS: dict[type[ast.stmt], Callable[[Walk, Any], Signals]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Match: _match,
    ast.Break: _ends(BROKE),
    ast.Continue: _ends(CONTINUED),
}
if hasattr(ast, "TryStar"):
    STEPS[ast.TryStar] = _try
