"""What a condition tells of a name in the branch that it guards: options that it rules out are gone."""

from __future__ import annotations

import ast
from collections.abc import Callable

from mlcheck.flow.values import Const, OneOf, Value, truth

Predicate = Callable[[Value], bool]


def narrow(names: dict[str, Value], test: ast.expr, taken: bool) -> None:
    """Rule out, among the options of the names that a condition looks at, those that it can't be."""
    if isinstance(test, ast.Name):
        _narrow_name(names, test.id, lambda option: truth(option) is not (not taken))
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        narrow(names, test.operand, not taken)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is taken:
        for operand in test.values:
            narrow(names, operand, taken)
    elif isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        _narrow_compared(names, test.left.id, test.ops[0], test.comparators[0], taken)


def _narrow_compared(names: dict[str, Value], name: str, op: ast.cmpop, right: ast.expr, taken: bool) -> None:
    if not isinstance(right, ast.Constant):
        return
    equal = isinstance(op, (ast.Eq, ast.Is))
    if equal or isinstance(op, (ast.NotEq, ast.IsNot)):
        wanted = Const(right.value if right.value is not Ellipsis else None)
        same = equal is taken
        _narrow_name(names, name, lambda option: not isinstance(option, Const) or (option == wanted) is same)


def _narrow_name(names: dict[str, Value], name: str, possible: Predicate) -> None:
    value = names.get(name)
    if isinstance(value, OneOf):
        options = tuple(option for option in value.options if possible(option))
        if options:
            names[name] = options[0] if len(options) == 1 else OneOf(options)


def keep(value: Value, wanted: bool) -> Value:
    """The options of a value whose truth is, or may be, as wanted."""
    if not isinstance(value, OneOf):
        return value
    options = tuple(option for option in value.options if truth(option) is not (not wanted))
    if not options:
        return value
    return options[0] if len(options) == 1 else OneOf(options)
