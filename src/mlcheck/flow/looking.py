"""What an expression gives where the failure happened, and whether that depends on it.

A part of `flow.failing`: only what is marked has a value here, all else is
anything. What surely raises, as an attribute of None does, leaves by `Leaves`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlcheck.flow.marks import (
    ABSENT,
    ANY,
    SOME,
    Absent,
    Doubtful,
    Future,
    Some,
    Successes,
    compared,
    fits,
    met,
    truth_of,
)
from mlcheck.flow.values import NONE, Const, DictValue, Hole, ListValue, OneOf, Text, Top, Value, parts_of, text_of

if TYPE_CHECKING:
    from mlcheck.flow.failing import Walk

Told = tuple[bool, Value]  # whether it depends on the failure, and what it is
NOT = (False, ANY)
RAISED, EXITED = "raised", "exited"

_ASKS = ("result", "check_returncode", "raise_for_status")
_CHANGES = frozenset(
    [
        "append",
        "add",
        "extend",
        "update",
        "insert",
        "put",
        "put_nowait",
        "setdefault",
        "appendleft",
        "inc",
        "increment",
    ]
)
SPEAKS = frozenset(
    [
        "print",
        "log",
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "display",
        "displayHTML",
        "print_exc",
        "format_exc",
        "write",
        "set_tag",
        "set_tags",
        "set_model_version_tag",
        "set_registered_model_tag",
        "log_param",
        "log_params",
        "log_metric",
        "log_metrics",
        "log_text",
        "log_dict",
        "echo",
        "secho",
        "end_run",
        "sleep",
        "close",
        "show",
        "flush",
    ]
)
# Methods of frames and writers, by which a failure is written into a table.
_WRITES = frozenset(["createDataFrame", "mode", "format", "option", "toDF", "withColumn", "saveAsTable", "insertInto"])
_TAKES_NONE = frozenset(
    [
        "print",
        "str",
        "repr",
        "bool",
        "isinstance",
        "type",
        "dumps",
        "dict",
        "list_append",
        "format",
        "getattr",
        "hasattr",
        "id",
    ]
)
_NEEDS_SOME = frozenset(
    [
        "len",
        "sum",
        "max",
        "min",
        "sorted",
        "list",
        "set",
        "tuple",
        "float",
        "int",
        "iter",
        "next",
        "enumerate",
        "zip",
        "any",
        "all",
    ]
)


class Leaves(Exception):
    """The path that the failure took ends in this expression: it raises, or ends the run as a success."""

    def __init__(self, signal: str) -> None:
        super().__init__(signal)
        self.signal = signal


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
    for child in ast.iter_child_nodes(node):
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
    return True, value


def _used(told: Told) -> Told:
    """A value that something is done with: of None that raises."""
    if told[0] and told[1] == NONE:
        raise Leaves(RAISED)
    return told


def _attribute(walk: Walk, node: ast.Attribute) -> Told:
    value = walk.marks.attributes.get(node.attr)
    if value is not None:
        look(walk, node.value)
        return True, value if isinstance(node.value, ast.Name) and node.value.id == "self" else ANY
    return _used(look(walk, node.value))[0], ANY


def _subscript(walk: Walk, node: ast.Subscript) -> Told:
    depends, owner = _used(look(walk, node.value))
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
        left, right = _used(left), _used(right)
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
            _used(one)
    if len(node.ops) != 1:
        return depends, ANY
    left, right = told[0][1], told[1][1]
    if isinstance(left, Successes) and isinstance(right, (Const, ListValue, DictValue)):
        return depends, left
    known = compared(left, type(node.ops[0]).__name__, right) if depends else None
    return depends, ANY if known is None else Const(known)


def _conditional(walk: Walk, node: ast.IfExp) -> Told:
    depends, value = look(walk, node.test)
    known = truth_of(value) if depends else None
    if known is not None:
        return True, look(walk, node.body if known else node.orelse)[1]
    sides = [_perhaps(walk, side, node) if depends else look(walk, side) for side in (node.body, node.orelse)]
    return depends or any(one for one, _ in sides), met(sides[0][1], sides[1][1]) if depends else ANY


def _comprehended(walk: Walk, generator: ast.comprehension) -> bool:
    depends, value = _used(look(walk, generator.iter))
    walk.assign(generator.target, element_of(value), depends)
    for test in generator.ifs:
        depends |= look(walk, test)[0]
    return depends


def element_of(value: Value) -> Value:
    """What a loop over a value meets, where it is known."""
    items = value.items if isinstance(value, ListValue) else []
    if not items:
        return ANY
    found = items[0]
    for item in items[1:]:
        found = met(found, item)
    return found


def _comprehension(walk: Walk, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Told:
    """A list of what passes the tests: not empty where what the failure left surely does."""
    before = dict(walk.marks.names)
    depends = sure = False
    for generator in node.generators:
        one, value = _used(look(walk, generator.iter))
        depends |= one
        _consume(walk, generator.iter, value)
        walk.assign(generator.target, element_of(value), one)
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


# --- calls


def _call(walk: Walk, node: ast.Call) -> Told:
    callees = walk.world.callees_of(node)
    receiver: Told = NOT
    if isinstance(node.func, ast.Attribute):
        receiver = _used(look(walk, node.func.value))
    elif not isinstance(node.func, ast.Name) or walk.marks.names.get(node.func.id) is not None:
        receiver = _used(look(walk, node.func))
    given = [look(walk, argument) for argument in node.args]
    named = {keyword.arg: look(walk, keyword.value) for keyword in node.keywords}
    if callees:
        return walk.enter(node, callees, given, named)
    depends = receiver[0] or any(one for one, _ in (*given, *named.values()))
    if exit_kind(node) is not None:
        return _exit(walk, node, given)
    word = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    walk.note_record(node, word, depends)
    if isinstance(node.func, ast.Attribute):
        if word in _CHANGES and (walk.under or depends):
            walk.change(node.func.value, given[-1][1] if given else ANY)
        if receiver[0]:
            _ask(walk, node, receiver[1], word)
            return True, _method(receiver[1], word, given)
    elif given and given[0][0] and not walk.world.is_strange(walk.code, node):
        _consume(walk, node, given[0][1])
        return True, _builtin(word, given[0])
    if (depends or walk.under) and word not in SPEAKS | _WRITES and walk.world.is_strange(walk.code, node):
        walk.lose(node, f"what `{word}` does with it is not known")
    elif word not in SPEAKS | _TAKES_NONE and any(one and value == NONE for one, value in (*given, *named.values())):
        walk.doubt(node, f"what `{word}` does with None is not known")
    return depends, ANY


def _ask(walk: Walk, node: ast.Call, receiver: Value, word: str) -> None:
    """A future or a finished command is asked for its result: the exception comes out here."""
    if word in _ASKS or (word == "get" and isinstance(receiver, Future)):
        walk.answer(node)
    elif word == "add_done_callback":
        walk.lose(node, "what its callback does is not known")


def _consume(walk: Walk, node: ast.AST, value: Value) -> None:
    """An executor's `map` is gone through: the exception comes out here."""
    if isinstance(value, Future):
        walk.answer(node)


def _method(receiver: Value, word: str, given: list[Told]) -> Value:
    """A method of what the failure left: of a text or a dict what it gives, else anything."""
    if isinstance(receiver, DictValue):
        key = given[0][1] if given else ANY
        if word == "get" and isinstance(key, Const):
            if key.value in receiver.entries:
                return receiver.entries[key.value]
            return ANY if receiver.open else (given[1][1] if len(given) > 1 else NONE)
        return ListValue(list(receiver.entries.values()), is_open=receiver.open) if word == "values" else ANY
    argument = given[0][1] if given else ANY
    if word in ("startswith", "endswith") and isinstance(argument, Const) and isinstance(argument.value, str):
        return fits(receiver, word, argument.value)
    if word in ("upper", "lower", "strip") and isinstance(receiver, Const) and isinstance(receiver.value, str):
        changed: Callable[[], str] = getattr(receiver.value, word)
        return Const(changed())
    return receiver if word in ("copy", "items", "keys", "values") and isinstance(receiver, (Some, Successes)) else ANY


def _builtin(word: str, first: Told) -> Value:
    """A builtin of what the failure left."""
    value = first[1]
    if word in _NEEDS_SOME:
        _used(first)
    if isinstance(value, (Some, Successes)) and word in ("len", "sum", "list", "set", "tuple", "sorted", "bool", "int"):
        return value
    if word == "len" and isinstance(value, ListValue):
        return SOME if value.items else (ANY if value.open else Const(0))
    if word in ("any", "all") and isinstance(value, ListValue):
        wanted = word == "any"
        return Const(wanted) if any(truth_of(one) is wanted for one in value.items) else ANY
    if word == "bool":
        known = truth_of(value)
        return ANY if known is None else Const(known)
    return value if word in ("str", "list", "sorted", "set", "tuple", "dict") else ANY


def exit_kind(node: ast.Call) -> str | None:
    """Whether a call ends the process or the notebook."""
    func = node.func
    if isinstance(func, ast.Name):
        return "process" if func.id in ("exit", "quit", "_exit") else None
    if isinstance(func, ast.Attribute) and func.attr in ("exit", "_exit"):
        owner = func.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if name == "notebook":
            return "notebook"
        return "process" if name in ("sys", "os") else None
    return None


def _exit(walk: Walk, node: ast.Call, given: list[Told]) -> Told:
    """`sys.exit` by its code; `dbutils.notebook.exit`, which may tell of the failure."""
    depends, value = given[0] if given else (False, NONE)
    if exit_kind(node) == "notebook":
        if depends or walk.under:
            walk.tell(node)
        raise Leaves(EXITED)
    raise Leaves(exit_signal(walk, node, depends, value))


def exit_signal(walk: Walk, node: ast.AST, depends: bool, value: Value) -> str:
    """How a process ends with a code: as a failure, or as a success."""
    if isinstance(value, Const):
        return EXITED if value.value in (None, 0, False) else RAISED
    if isinstance(value, (Text, Some)):
        return RAISED
    if isinstance(value, OneOf) or depends:
        walk.answer(node)
        return RAISED
    walk.lose(node, "the code of this exit is not known")
    return EXITED


def _constant(walk: Walk, node: ast.Constant) -> Told:
    return False, Const(node.value) if node.value is not Ellipsis else ANY


def _lambda(walk: Walk, node: ast.Lambda) -> Told:
    return NOT


_LOOKS: dict[type[ast.expr], Callable[[Walk, Any], Told]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
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

__all__ = ["ABSENT", "EXITED", "NOT", "RAISED", "Leaves", "Told", "Top", "element_of", "exit_signal", "look"]
