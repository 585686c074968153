"""What a call gives where the failure happened: a part of `flow.looking`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlcheck.flow.marks import ANY, SOME, Future, Some, Successes, fits, truth_of
from mlcheck.flow.told import EXITED, NOT, RAISED, Leaves, Told, used
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, OneOf, Text, Value

if TYPE_CHECKING:
    from mlcheck.flow.failing import Walk

AMOUNTS = ("empty", "size", "shape", "count", "isEmpty", "keys", "values", "items", "copy", "values")

_ASKS = ("result", "check_returncode", "raise_for_status")

_FRAMES = ("DataFrame", "Series", "concat", "array")

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


def call(walk: Walk, node: ast.Call) -> Told:
    callees = walk.world.callees_of(node)
    receiver: Told = NOT
    if isinstance(node.func, ast.Attribute):
        receiver = used(walk.look(node.func.value))
    elif not isinstance(node.func, ast.Name) or walk.marks.names.get(node.func.id) is not None:
        receiver = used(walk.look(node.func))
    given = [walk.look(argument) for argument in node.args]
    named = {keyword.arg: walk.look(keyword.value) for keyword in node.keywords}
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
        if given and isinstance(given[0][1], Successes) and word in _FRAMES:
            return given[0]
    elif given and given[0][0] and not walk.world.is_strange(walk.code, node):
        consume(walk, node, given[0][1])
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


def consume(walk: Walk, node: ast.AST, value: Value) -> None:
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
    return receiver if word in AMOUNTS and isinstance(receiver, (Some, Successes)) else ANY


def _builtin(word: str, first: Told) -> Value:
    """A builtin of what the failure left."""
    value = first[1]
    if word in _NEEDS_SOME:
        used(first)
    if isinstance(value, Successes) and word in _FRAMES:
        return value
    if isinstance(value, (Some, Successes)) and word in ("len", "sum", "list", "set", "tuple", "sorted", "bool", "int"):
        return value
    if word == "len" and isinstance(value, ListValue):
        return SOME if value.items else (ANY if value.open else Const(0))
    if word == "len" and isinstance(value, DictValue):
        return SOME if value.entries else (ANY if value.open else Const(0))
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
