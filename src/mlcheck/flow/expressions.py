"""Expressions: from a node to a value. Long chains are folded from their base, not recursed into."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from mlcheck.flow import (
    argv,
    calls,
    containers,
    modules,
    pandas_access,
    pandas_groups,
    pandas_operators,
    personal,
    spark_access,
    spark_columns,
)
from mlcheck.flow.attributes import attribute
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.facts import VersionWritten
from mlcheck.flow.filled_columns import ABSENT, lists_absent
from mlcheck.flow.folders import PLACES, part_of_place
from mlcheck.flow.frame_cells import current
from mlcheck.flow.frames.values import PANDAS_FRAME, SPARK_FRAME, ColumnValue, Frame, PandasGroups, Series
from mlcheck.flow.gates import words_of
from mlcheck.flow.guards import is_equality, note_division, note_look, note_mask, note_second_column
from mlcheck.flow.interpreter import MOST_UNROLLED, Interpreter
from mlcheck.flow.model_versions import VERSIONS, any_version, latest_of, names_a_version, note_conditional
from mlcheck.flow.narrowing import keep, narrow
from mlcheck.flow.runs import narrow_run
from mlcheck.flow.scope import Scope, State
from mlcheck.flow.store import assign
from mlcheck.flow.values import (
    MOST_ITEMS,
    NONE,
    Bound,
    Const,
    Derived,
    DictValue,
    Function,
    Hole,
    Lib,
    ListValue,
    Made,
    Obj,
    OneOf,
    Scalar,
    Text,
    Top,
    Value,
    derived,
    merge,
    options_of,
    parts_of,
    text_of,
    truth,
)

Evaluate = Callable[[Interpreter, Any], Value]


def _constant(it: Interpreter, node: ast.Constant) -> Value:
    value = node.value
    if type(value) is str and len(value) > 6 and it.sources.holds_paths and ("/" in value or "\\" in value):
        personal.note_text(it, node, value)
    return Const(None) if value is Ellipsis else Const(value)


def _name(it: Interpreter, node: ast.Name) -> Value:
    value = it.scope.names.get(node.id) or it.name(node.id)
    if value is not None:
        return current(it, value) if type(value) is Frame or type(value) is OneOf else value
    stars = it.scope.top.stars
    known = calls.builtin(it, node.id) if not stars or not modules.shadows(it, node.id) else None
    if known is None and stars:
        known = modules.of_stars(it, node.id, node)
    return known if known is not None else it.top(node, f"`{node.id}` is not bound in what was followed", foreign=True)


def _chain(it: Interpreter, node: ast.expr) -> Value:
    """Calls, attributes and subscripts on each other: evaluated from the innermost outwards."""
    links: list[ast.expr] = []
    base: Any = node
    while True:
        kind = type(base)
        if kind is ast.Call:
            links.append(base)
            base = base.func
        elif kind is ast.Attribute or kind is ast.Subscript:
            links.append(base)
            base = base.value
        else:
            break
    value = evaluate(it, base)
    for index in range(len(links) - 1, -1, -1):
        link, owner = links[index], current(it, value) if type(value) is Frame or type(value) is OneOf else value
        value = _LINKS[type(link)](it, owner, link)
        called = index and type(links[index - 1]) is ast.Call
        if type(owner) is Frame and type(value) is Bound and not called:
            of_spark = owner.cls == SPARK_FRAME
            missing = spark_access.missing_attribute if of_spark else pandas_access.missing_attribute
            value = missing(it, owner, value.method, link) or value
    return current(it, value) if type(value) is Frame or type(value) is OneOf else value


def _frame_of(owner: Value) -> Value:
    """What `.iloc`, `.loc`, `.values` and their kin are of."""
    match owner:
        case Bound(
            receiver=Obj(data={"lost": Made() as made}), method="iloc" | "loc" | "values" | "at" | "iat" | "array"
        ):
            return made
        case _:
            return owner


def _subscript(it: Interpreter, owner: Value, node: ast.Subscript) -> Value:
    if isinstance(owner, Bound) and owner.method in pandas_access.LOCATORS:
        frame = owner.receiver.data.get("lost")
        if isinstance(frame, Frame) and frame.cls == PANDAS_FRAME:
            return _located(it, frame, owner.method, node)
    owner = _frame_of(owner)
    if isinstance(node.slice, ast.Slice):
        bounds = [NONE if one is None else evaluate(it, one) for one in (node.slice.lower, node.slice.upper)]
        step = NONE if node.slice.step is None else evaluate(it, node.slice.step)
        if isinstance(owner, ListValue) and owner.kind == PLACES:
            kept = part_of_place(owner, bounds[0], bounds[1]) if step == NONE else None
            return kept if kept is not None else it.top(node, "a part of a path that is not known")
        return containers.part(it, owner, bounds[0], bounds[1], step, node)
    key = evaluate(it, node.slice)
    note_second_column(it, node, owner)
    note_mask(it, node, key)
    if isinstance(owner, ListValue) and owner.kind == PLACES:
        return part_of_place(owner, key) or it.top(node, "a part of a path that is not known")
    if it.slices and isinstance(owner, ListValue):
        argv.subscripted(it, owner, key, node)
    results = [item(it, option, key, node) for option in options_of(owner)]
    value = results[0]
    for other in results[1:]:
        value = merge(value, other)
    return value


def _located(it: Interpreter, frame: Frame, method: str, node: ast.Subscript) -> Value:
    """`frame.loc[…]` and its kin."""
    note_second_column(it, node, frame)
    value, key = pandas_access.located(it, frame, method, node)
    note_mask(it, node, key)
    return value


def item(it: Interpreter, owner: Value, key: Value, node: ast.expr) -> Value:
    """`owner[key]`; of a container under a key that is not known, any of its values."""
    match owner, key:
        case DictValue(entries=entries), Const(value=constant) if constant in entries:
            return entries[constant]
        case DictValue(entries=entries, open=is_open), (Top() | Text() | OneOf()):
            return _any_of(it, list(entries.values()), is_open, node)
        case ListValue(items=items, open=False), Const(value=int(index)) if -len(items) <= index < len(items):
            return items[index]
        case ListValue(kind="index"), Top():  # by a mask, or a position
            return ListValue([], "index", is_open=True, birth=it.birth())
        case ListValue(items=items, open=is_open), Top():
            return _any_of(it, items, is_open, node)
        case ((Top() | Bound() | Lib()), Const(value="dbutils")):  # IPython's `user_ns["dbutils"]`
            return Obj("dbutils")
        case Frame(cls="pyspark.sql.DataFrame"), _:
            return spark_access.item(it, owner, key, node) or owner
        case Frame(), _:
            return pandas_access.item(it, owner, key, node)
        case PandasGroups(), _:
            return pandas_groups.picked(it, owner, key, node)
        case Series(), _:
            return pandas_access.of_rows(it, owner, key)
        case ColumnValue(), _:
            return spark_columns.taken(it, owner, key, node)
        case Top() as top, _:
            return top
        case _:
            return calls.subscripted(it, owner, key, node)


def _any_of(it: Interpreter, values: list[Value], is_open: bool, node: ast.expr) -> Value:
    value: Value = it.top(node, "an element under a key that is not known")
    if values and not is_open:
        value = values[0]
    for other in values:
        value = merge(value, other)
    return value


def _joined(it: Interpreter, node: ast.JoinedStr) -> Value:
    parts: list[str | Hole] = []
    options: list[list[str | Hole]] = [parts]
    given: list[Value] = []
    for piece in node.values:
        if isinstance(piece, ast.FormattedValue):
            value = evaluate(it, piece.value)
            given.append(value)
            plain = piece.conversion == -1 and piece.format_spec is None
            choices = options_of(value) if plain and len(options) < 8 else (value if plain else _formatted(it, piece),)
            options = [[*option, *parts_of(_placed(it, choice, piece))] for option in options for choice in choices][:8]
        elif isinstance(piece, ast.Constant):
            options = [[*option, str(piece.value)] for option in options]
    value = text_of(options[0])
    for option in options[1:]:
        value = merge(value, text_of(option))
    if names_a_version(node):
        it.found(VersionWritten(it.place(node), value))
    if it.sources.holds_paths:
        personal.note_pieces(it, node)
        personal.note_value(it, node, value, given)
    return value


def _formatted(it: Interpreter, piece: ast.FormattedValue) -> Value:
    if piece.format_spec is not None:
        evaluate(it, piece.format_spec)
    return it.top(piece, "a formatted value")


def _placed(it: Interpreter, value: Value, node: ast.expr) -> Value:
    """The value, or where it is neither text nor Top, a Top that has the place."""
    return (
        value if isinstance(value, (Const, Text, Top, Bound)) or calls.is_user(value) else it.top(node, "not a string")
    )


def _binary(it: Interpreter, node: ast.BinOp) -> Value:
    if isinstance(node.op, ast.Sub) and lists_absent(it, node):
        evaluate(it, node.left)
        evaluate(it, node.right)
        return ListValue([], ABSENT, is_open=True, birth=it.birth())
    links: list[ast.BinOp] = []
    base: ast.expr = node
    while isinstance(base, ast.BinOp):
        links.append(base)
        base = base.left
    value = evaluate(it, base)
    for link in reversed(links):
        value = _operate(it, value, evaluate(it, link.right), link)
    return value


def _operate(it: Interpreter, left: Value, right: Value, node: ast.BinOp) -> Value:
    is_text = any(
        isinstance(side, Text) or (isinstance(side, Const) and isinstance(side.value, str)) for side in (left, right)
    )
    if isinstance(node.op, ast.Add):
        if is_text and not isinstance(left, OneOf) and not isinstance(right, OneOf):
            value = text_of([*parts_of(left), *parts_of(right)])
            if it.sources.holds_paths:
                personal.note_value(it, node, value, (left, right))
            return value
        if is_text:
            return _all_sums(left, right)
        if isinstance(left, ListValue) and isinstance(right, ListValue):
            is_open = left.open or right.open or len(left.items) + len(right.items) > MOST_ITEMS
            items = [*left.items, *right.items][:MOST_ITEMS]
            return ListValue(items, left.kind, is_open=is_open, birth=it.birth())
    if isinstance(node.op, ast.Mod) and isinstance(left, Const) and isinstance(left.value, str):
        return calls.percent(it, left.value, right, node)
    if isinstance(node.op, ast.Div) and (is_text or calls.is_path(left)):  # text is divided where it is a path
        given = calls.path_text(left) if calls.is_path(left) else left
        return text_of([*parts_of(given), "/", *parts_of(right)])
    if isinstance(left, Const) and isinstance(right, Const):
        return _arithmetic(it, left.value, right.value, node)
    if isinstance(node.op, ast.Div):
        note_division(it, node, right)
    both_equal = isinstance(node.op, (ast.BitAnd, ast.BitOr)) and _is_equality(left) and _is_equality(right)
    how = "equal" if both_equal else "operation"
    column = spark_columns.operated(it, node.op, left, right, node, how) or pandas_operators.operate(
        it, node.op, left, right, node, how
    )
    return column if column is not None else derived(it.top(node, "the result of an operation"), how, left, right)


def _is_equality(value: Value) -> bool:
    return isinstance(value, Derived) and value.how == "equal"


def _all_sums(left: Value, right: Value) -> Value:
    sums = [text_of([*parts_of(one), *parts_of(two)]) for one in options_of(left) for two in options_of(right)]
    value = sums[0]
    for other in sums[1:]:
        value = merge(value, other)
    return value


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda one, two: one + two,
    ast.Sub: lambda one, two: one - two,
    ast.FloorDiv: lambda one, two: one // two,
    ast.Div: lambda one, two: one / two,
    ast.Mod: lambda one, two: one % two,
}


def _arithmetic(it: Interpreter, left: Scalar, right: Scalar, node: ast.BinOp) -> Value:
    operation = _ARITHMETIC.get(type(node.op))
    numbers = all(isinstance(side, (int, float)) for side in (left, right))
    if operation is None or not numbers:
        return it.top(node, "the result of an operation")
    try:
        return Const(operation(left, right))
    except (ArithmeticError, ValueError):
        return it.top(node, "an operation that fails")


def _bool(it: Interpreter, node: ast.BoolOp) -> Value:
    """`and` / `or`: the first value that decides, else any of them."""
    wanted = isinstance(node.op, ast.Or)
    value: Value | None = None
    decided: State | None = None  # where an operand before may have decided
    for operand in node.values:
        one = evaluate(it, operand)
        known = truth(one)
        if operand is not node.values[-1]:
            if known is (not wanted):
                continue
            one = keep(one, wanted)  # the other options hand on to the next operand
        value = one if value is None else merge(value, one)
        if known is wanted or operand is node.values[-1]:
            break
        decided = _decided_here(it, operand, wanted, decided)
        narrow_run(it, operand, not wanted)
    if decided is not None:
        it.state.meet(decided, it.state.copy())
    return value if value is not None else NONE


def _decided_here(it: Interpreter, operand: ast.expr, wanted: bool, before: State | None) -> State:
    """The state where this operand decides, met with those where one before did."""
    going = it.state
    here = it.state = going.copy()
    narrow_run(it, operand, wanted)
    it.state = going
    if before is not None:
        here.meet(before, here.copy())
    return here


def _unary(it: Interpreter, node: ast.UnaryOp) -> Value:
    value = evaluate(it, node.operand)
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return derived(it.top(node, "a condition"), "not", value) if known is None else Const(not known)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
        return Const(-value.value)
    if isinstance(value, ColumnValue):
        return spark_columns.negated(it, node.op, value, node)
    if isinstance(value, Series):
        return pandas_operators.negate(it, node.op, value, node)
    return derived(it.top(node, "the result of an operation"), "operation", value)


def _compare(it: Interpreter, node: ast.Compare) -> Value:
    left = evaluate(it, node.left)
    rights = [evaluate(it, right) for right in node.comparators]
    known = _compared(left, rights[0], node.ops[0]) if len(rights) == 1 else None
    if known is not None:
        return Const(known)
    how = "equal" if is_equality(node) else "compare"
    column = None
    if len(rights) == 1:
        column = spark_columns.operated(it, node.ops[0], left, rights[0], node, how) or pandas_operators.operate(
            it, node.ops[0], left, rights[0], node, how
        )
    return column if column is not None else derived(it.top(node, "a condition"), how, left, *rights)


_ORDERS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _compared(left: Value, right: Value, op: ast.cmpop) -> bool | None:
    if isinstance(left, Obj) and isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)):
        same = pandas_access.is_dtype(left, right)
        return same if same is None or isinstance(op, (ast.Eq, ast.In)) else not same
    if isinstance(left, Const) and isinstance(right, Const):
        if isinstance(op, (ast.Eq, ast.Is)):
            return bool(left.value == right.value)
        if isinstance(op, (ast.NotEq, ast.IsNot)):
            return bool(left.value != right.value)
        if isinstance(op, ast.In) and isinstance(left.value, str) and isinstance(right.value, str):
            return left.value in right.value
        order = _ORDERS.get(type(op))
        if order is not None and isinstance(left.value, (int, float)) and isinstance(right.value, (int, float)):
            return order(left.value, right.value)
    if isinstance(op, (ast.In, ast.NotIn)) and isinstance(left, Const):
        inside = _inside(left, right)
        return inside if isinstance(op, ast.In) or inside is None else not inside
    return None


def _inside(left: Const, right: Value) -> bool | None:
    if isinstance(right, Frame):
        return pandas_access.has(right, left)
    if isinstance(right, DictValue):
        if left.value in right.entries:
            return None if right.open else True
        return None if right.open else False
    if isinstance(right, ListValue) and all(isinstance(one, Const) for one in right.items):
        if left in right.items:
            return None if right.open else True
        return None if right.open else False
    return None


def _conditional(it: Interpreter, node: ast.IfExp) -> Value:
    test = evaluate(it, node.test)
    known = truth(test)
    if known is not None:
        return evaluate(it, node.body if known else node.orelse)
    note_look(it, node.test, test)
    outer, names, within = it.state.branch, it.scope.names, it.state.within
    it.state.branch = it.sources.new_branch()
    it.state.within = max(within, it.sources.once(node.test, words_of).gate)
    before = it.state.copy()
    values, states = [], []
    for side, taken in ((node.body, True), (node.orelse, False)):
        it.scope.names = dict(names)
        it.state.take(before)
        narrow(it.scope.names, node.test, taken)
        narrow_run(it, node.test, taken)
        values.append(evaluate(it, side))
        states.append(it.state.copy())
    it.scope.names = names
    it.state.branch, it.state.within = outer, within
    it.state.meet(*states)
    note_conditional(it, node, values)
    return merge(*values)


def _sequence(kind: str) -> Evaluate:
    def build(it: Interpreter, node: ast.List | ast.Tuple | ast.Set) -> Value:
        items: list[Value] = []
        is_open = False
        for element in node.elts:
            if isinstance(element, ast.Starred):
                spread = evaluate(it, element.value)
                if isinstance(spread, ListValue):
                    items.extend(spread.items)
                    is_open = is_open or spread.open
                else:
                    is_open = True
            else:
                items.append(evaluate(it, element))
        return ListValue(items[:MOST_ITEMS], kind, is_open=is_open or len(items) > MOST_ITEMS, birth=it.birth())

    return build


def _dict(it: Interpreter, node: ast.Dict) -> Value:
    built = DictValue({}, birth=it.birth())
    for key_node, value_node in zip(node.keys, node.values):
        value = evaluate(it, value_node)
        if key_node is None:
            if isinstance(value, DictValue):
                built.entries.update(value.entries)
                built.open = built.open or value.open
            else:
                built.open = True
            continue
        key = evaluate(it, key_node)
        if isinstance(key, Const):
            built.entries[key.value] = value
        else:
            built.open = True
    return built


def _lambda(it: Interpreter, node: ast.Lambda) -> Value:
    assert it.code is not None
    return Function(node, it.code, it.closed_over(), calls.defaults_of(it, node.args))


def _comprehension(it: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    """Each element where one loop over known items makes it; else one element, and the rest unseen."""
    outer = it.scope
    it.scope = Scope(outer, part=True)
    result = DictValue({}, birth=it.birth()) if isinstance(node, ast.DictComp) else ListValue([], birth=it.birth())
    first = node.generators[0]
    source = pandas_access.looped(it, evaluate(it, first.iter))
    known = (
        isinstance(source, ListValue)
        and not source.open
        and len(source.items) <= MOST_UNROLLED
        and len(node.generators) == 1
    )
    if known and isinstance(source, ListValue):
        for element in list(source.items):
            assign(it, first.target, element)
            _one_element(it, node, first.ifs, result)
    else:
        result.open = True
        for index, generator in enumerate(node.generators):
            looped = evaluate(it, generator.iter) if index else source
            assign(it, generator.target, element_of(it, looped, generator.iter))
        _one_element(it, node, [test for generator in node.generators for test in generator.ifs], result)
    it.scope = outer
    if isinstance(result, ListValue) and result.open and lists_absent(it, node):
        result.kind = ABSENT
    return result


def element_of(it: Interpreter, source: Value, node: ast.expr) -> Value:
    """Any element of what is looped over, where its elements are not known one by one."""
    if isinstance(source, Obj) and source.cls == VERSIONS:
        return any_version(source)
    if isinstance(source, Bound) and source.method == "latest_versions":
        latest = latest_of(it, source, node)
        if latest is not None:
            return latest
    return it.top(node, "an element of what is looped over")


def _one_element(it: Interpreter, node: ast.expr, tests: list[ast.expr], result: ListValue | DictValue) -> None:
    known = [truth(evaluate(it, test)) for test in tests]
    if False in known:
        return
    if None in known:
        result.open = True
    if isinstance(node, ast.DictComp) and isinstance(result, DictValue):
        key, value = evaluate(it, node.key), evaluate(it, node.value)
        if isinstance(key, Const):
            result.entries[key.value] = value
        else:
            result.open = True
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)) and isinstance(result, ListValue):
        result.items.append(evaluate(it, node.elt))


def _named(it: Interpreter, node: ast.NamedExpr) -> Value:
    value = evaluate(it, node.value)
    assign(it, node.target, value)
    return value


def _inner(it: Interpreter, node: ast.Await | ast.Starred | ast.FormattedValue) -> Value:
    return evaluate(it, node.value)


def _yield(it: Interpreter, node: ast.Yield | ast.YieldFrom) -> Value:
    value = evaluate(it, node.value) if node.value is not None else NONE
    tries = tuple(node for frame, node in it.tries if frame is it.frame and node.handlers)
    it.yields.append((value, it.state.run, tries))
    return it.top(node, "what is sent to a generator")


_LINKS: dict[type[ast.expr], Callable[[Interpreter, Value, Any], Value]] = {
    ast.Attribute: attribute,
    ast.Subscript: _subscript,
    ast.Call: calls.call,
}
EXPRESSIONS: dict[type[ast.expr], Evaluate] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _chain,
    ast.Subscript: _chain,
    ast.Call: _chain,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _inner,
    ast.BinOp: _binary,
    ast.BoolOp: _bool,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.List: _sequence("list"),
    ast.Tuple: _sequence("tuple"),
    ast.Set: _sequence("set"),
    ast.Dict: _dict,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.NamedExpr: _named,
    ast.Await: _inner,
    ast.Starred: _inner,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
