"""What an expression gives where the failure happened, and whether that depends on it.

A part of `flow.failing`: only what is marked has a value here, all else is
anything. What surely raises, as an attribute of None does, leaves by `Leaves`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlcheck.flow.looking_calls import AMOUNTS, call, consume
from mlcheck.flow.marks import ANY, SOME, Absent, Doubtful, Some, Successes, compared, met, truth_of
from mlcheck.flow.nodes import children
from mlcheck.flow.told import NOT, RAISED, Leaves, Told, elements, used
from mlcheck.flow.values import NONE, Const, DictValue, Hole, ListValue, Text, Value, parts_of, text_of

if TYPE_CHECKING:
    from mlcheck.flow.failing import Walk


def look(walk: Walk, node: ast.expr | None) -> Told:
    """Whether an expression depends on the failure, and its value there."""
    if node is None:
        return False, NONE
    marked = walk.marks.nodes.get(id(node))
    if marked is not None:
        return True, marked
    looked = _LOOKS.get(type(node))
    return looked(walk, node) if looked is not None else _any_part(walk, node)


def _any_part(walk: Walk, node: ast.AST) -> Told:
    """Any other expression: it depends on the failure where a part of it does."""
    depends = False
    for child in children(node):
        if isinstance(child, ast.expr):
            depends |= look(walk, child)[0]
        elif isinstance(child, ast.comprehension):
            depends |= _comprehended(walk, child)
    return depends, ANY


def _name(walk: Walk, node: ast.Name) -> Told:
    value = walk.marks.names.get(node.id)
    if value is None:
        return NOT
    if isinstance(value, Absent):
        raise Leaves(RAISED)
    if isinstance(value, Doubtful):
        walk.doubt(node, f"whether `{node.id}` is bound is not known")
        return NOT
    return True, value


def _attribute(walk: Walk, node: ast.Attribute) -> Told:
    value = walk.marks.attributes.get(node.attr)
    if value is not None:
        look(walk, node.value)
        return True, value if isinstance(node.value, ast.Name) and node.value.id == "self" else ANY
    callees = walk.world.callees_of(node)  # a property
    if callees:
        return walk.enter(node, callees, [], {})
    depends, owner = used(look(walk, node.value))
    if isinstance(owner, Successes):  # of what succeeded, how much there is alone tells of what did not
        return node.attr in AMOUNTS, owner if node.attr in AMOUNTS else ANY
    return depends, ANY


def _subscript(walk: Walk, node: ast.Subscript) -> Told:
    depends, owner = used(look(walk, node.value))
    if isinstance(owner, Successes):
        depends = False
    key_depends, key = look(walk, node.slice) if not isinstance(node.slice, ast.Slice) else _any_part(walk, node.slice)
    if depends and isinstance(key, Const):
        if isinstance(owner, DictValue) and key.value in owner.entries:
            return True, owner.entries[key.value]
        if isinstance(owner, ListValue) and not owner.open and isinstance(key.value, int):
            return True, owner.items[key.value] if -len(owner.items) <= key.value < len(owner.items) else ANY
    return depends or key_depends, ANY


def _joined(walk: Walk, node: ast.JoinedStr) -> Told:
    depends = False
    parts: list[str | Hole] = []
    for piece in node.values:
        if isinstance(piece, ast.FormattedValue):
            one, value = look(walk, piece.value)
            depends |= one
            parts += parts_of(value) if isinstance(value, (Const, Text)) else [Hole("unknown", "a value")]
        elif isinstance(piece, ast.Constant):
            parts.append(str(piece.value))
    return depends, text_of(parts)


def _sequence(walk: Walk, node: ast.List | ast.Tuple | ast.Set) -> Told:
    told = [look(walk, one.value if isinstance(one, ast.Starred) else one) for one in node.elts]
    is_open = any(isinstance(one, ast.Starred) for one in node.elts)
    return any(one for one, _ in told), ListValue([value for _, value in told], is_open=is_open)


def _dict(walk: Walk, node: ast.Dict) -> Told:
    depends = False
    entries: dict[Any, Value] = {}
    is_open = False
    for key_node, value_node in zip(node.keys, node.values):
        one, value = look(walk, value_node)
        depends |= one
        key = look(walk, key_node)[1] if key_node is not None else ANY
        if isinstance(key, Const):
            entries[key.value] = value
        elif key_node is None and isinstance(value, DictValue):
            entries.update(value.entries)
            is_open |= value.open
        else:
            is_open = True
    return depends, DictValue(entries, is_open=is_open)


def _bool(walk: Walk, node: ast.BoolOp) -> Told:
    """`and` and `or` stop where what is known decides."""
    stops = isinstance(node.op, ast.Or)
    depends = unsure = False
    value: Value = ANY
    for operand in node.values:
        one, value = _perhaps(walk, operand, node) if unsure else look(walk, operand)
        depends |= one
        known = truth_of(value) if one or isinstance(operand, ast.Constant) else None
        if known is stops:
            return depends, value if not unsure else Const(stops)
        unsure |= known is None
    return depends, ANY if unsure else value


def _perhaps(walk: Walk, node: ast.expr, whole: ast.expr) -> Told:
    """An operand that is evaluated only for some values of those before it."""
    try:
        return look(walk, node)
    except Leaves as left:
        if left.signal == RAISED:
            walk.answer(whole)
        return True, ANY


def _unary(walk: Walk, node: ast.UnaryOp) -> Told:
    depends, value = look(walk, node.operand)
    if isinstance(node.op, ast.Not):
        if isinstance(value, Successes):
            return depends, value
        known = truth_of(value) if depends else None
        return depends, ANY if known is None else Const(not known)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
        return depends, Const(-value.value)
    return depends, ANY


def _binary(walk: Walk, node: ast.BinOp) -> Told:
    left, right = look(walk, node.left), look(walk, node.right)
    formats = isinstance(node.op, ast.Mod) and isinstance(left[1], (Const, Text))
    if not formats:
        left, right = used(left), used(right)
    depends = left[0] or right[0]
    if isinstance(node.op, ast.Add):
        if any(isinstance(one[1], Text) or isinstance(getattr(one[1], "value", None), str) for one in (left, right)):
            return depends, text_of([*parts_of(left[1]), *parts_of(right[1])])
        if isinstance(left[1], ListValue) and isinstance(right[1], ListValue):
            return depends, ListValue([*left[1].items, *right[1].items], is_open=left[1].open or right[1].open)
        if any(isinstance(one[1], Some) for one in (left, right)):
            return depends, SOME
    return depends, ANY


def _compare(walk: Walk, node: ast.Compare) -> Told:
    told = [look(walk, one) for one in (node.left, *node.comparators)]
    depends = any(one for one, _ in told)
    ordered = any(isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for op in node.ops)
    if ordered:
        for one in told:
            used(one)
    if len(node.ops) != 1:
        return depends, ANY
    left, right = told[0][1], told[1][1]
    if isinstance(left, Successes) and _is_none_at_all(type(node.ops[0]).__name__, right):
        return depends, left
    known = compared(left, type(node.ops[0]).__name__, right) if depends else None
    return depends, ANY if known is None else Const(known)


def _is_none_at_all(op: str, right: Value) -> bool:
    """Whether a comparison asks if a container is empty, or a count 0."""
    if isinstance(right, (ListValue, DictValue)):
        return op in ("Eq", "NotEq")
    if not isinstance(right, Const):
        return False
    return (op in ("Eq", "NotEq", "Gt", "LtE", "Is", "IsNot") and right.value in (0, None)) or (
        op in ("Lt", "GtE") and right.value == 1
    )


def _conditional(walk: Walk, node: ast.IfExp) -> Told:
    depends, value = look(walk, node.test)
    known = truth_of(value) if depends else None
    if known is not None:
        return True, look(walk, node.body if known else node.orelse)[1]
    sides = [_perhaps(walk, side, node) if depends else look(walk, side) for side in (node.body, node.orelse)]
    return depends or any(one for one, _ in sides), met(sides[0][1], sides[1][1]) if depends else ANY


def _comprehended(walk: Walk, generator: ast.comprehension) -> bool:
    depends, value = used(look(walk, generator.iter))
    depends, element = elements(depends, value)
    walk.assign(generator.target, element, depends)
    for test in generator.ifs:
        depends |= look(walk, test)[0]
    return depends


def _comprehension(walk: Walk, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Told:
    """A list of what passes the tests: not empty where what the failure left surely does."""
    before = dict(walk.marks.names)
    depends = sure = False
    for generator in node.generators:
        one, value = used(look(walk, generator.iter))
        consume(walk, generator.iter, value)
        one, element = elements(one, value)
        depends |= one
        walk.assign(generator.target, element, one)
        if one:
            sure = len(node.generators) == 1 and isinstance(value, ListValue) and bool(value.items)
        for test in generator.ifs:
            test_depends, test_value = look(walk, test)
            depends |= test_depends
            sure = sure and truth_of(test_value) is True
    element_depends, element = look(walk, node.elt)
    walk.marks.names = before
    if sure:
        return True, ListValue([element], is_open=True)
    return depends or element_depends, ANY


def _dict_comprehension(walk: Walk, node: ast.DictComp) -> Told:
    before = dict(walk.marks.names)
    depends = False
    for generator in node.generators:
        depends |= _comprehended(walk, generator)
    depends |= look(walk, node.key)[0] | look(walk, node.value)[0]
    walk.marks.names = before
    return depends, ANY


def _named(walk: Walk, node: ast.NamedExpr) -> Told:
    told = look(walk, node.value)
    walk.assign(node.target, told[1], told[0])
    return told


def _inner(walk: Walk, node: ast.Await | ast.Starred | ast.FormattedValue) -> Told:
    return look(walk, node.value)


def _constant(walk: Walk, node: ast.Constant) -> Told:
    return False, Const(node.value) if node.value is not Ellipsis else ANY


def _lambda(walk: Walk, node: ast.Lambda) -> Told:
    return NOT


_LOOKS: dict[type[ast.expr], Callable[[Walk, Any], Told]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: call,
    ast.JoinedStr: _joined,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.BoolOp: _bool,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.NamedExpr: _named,
    ast.Await: _inner,
    ast.Starred: _inner,
    ast.FormattedValue: _inner,
    ast.Lambda: _lambda,
}
