"""What a condition tells of a name in the branch that it guards: options that it rules out are gone."""

from __future__ import annotations

import ast
from collections.abc import Callable

from mlcheck.flow.marks import compared, fits
from mlcheck.flow.values import Const, ListValue, OneOf, Value, truth

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
    elif isinstance(test, ast.Call):
        _narrow_prefix(names, test, taken)


def _narrow_compared(names: dict[str, Value], name: str, op: ast.cmpop, right: ast.expr, taken: bool) -> None:
    wanted = _constant(right)
    if wanted is not None:
        kind = type(op).__name__
        _narrow_name(names, name, lambda option: compared(option, kind, wanted) is not (not taken))


def _constant(node: ast.expr) -> Value | None:
    """A constant as it is written, or a list of constants; None where it is neither."""
    if isinstance(node, ast.Constant):
        return Const(node.value if node.value is not Ellipsis else None)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)) and all(isinstance(one, ast.Constant) for one in node.elts):
        return ListValue([one for one in map(_constant, node.elts) if one is not None])
    return None


def _narrow_prefix(names: dict[str, Value], test: ast.Call, taken: bool) -> None:
    """`status.startswith("FAILED")`."""
    func, wanted = test.func, _constant(test.args[0]) if len(test.args) == 1 else None
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and isinstance(wanted, Const):
        text = wanted.value
        if func.attr in ("startswith", "endswith") and isinstance(text, str):
            word = func.attr
            _narrow_name(names, func.value.id, lambda option: truth(fits(option, word, text)) is not (not taken))


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
