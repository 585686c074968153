"""A typer command's options, from its function's signature: names, types and defaults.

Source: typer 0.28, executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.options import Option
from mlcheck.flow.values import NONE, Const, Function, ListValue, Obj, Value, constant_text

_PLAIN = {"int": "int", "float": "float", "str": "str", "bool": "bool", "Path": "path", "None": "none"}
_LISTS = ("list", "List", "Sequence", "tuple", "Tuple", "set", "Set")
_CONTEXT = ("Context", "CallbackParam")
OPTION, ARGUMENT = "typer.Option", "typer.Argument"


class _Written(NamedTuple):
    """A type as it is written: its name, whether many of it are taken, and what `Annotated` adds."""

    kind: str
    many: bool
    added: ast.expr | None


class Parameter(NamedTuple):
    """A parameter of a command: its default where it has one, and what `Option(…)` or `Argument(…)` says of it."""

    name: str
    written: _Written
    default: Value | None
    says: Obj | None
    says_unknown: bool


def signature_options(it: Interpreter, function: Function) -> Iterator[Option | str]:
    """The options and arguments of a command's function, or why one is not known."""
    if function.node.args.vararg is not None or function.node.args.kwarg is not None:
        yield "a function that takes anything"
        return
    for parameter in _parameters(it, function):
        if parameter.says_unknown:
            yield f"how `{parameter.name}` is read is not known"
        else:
            yield from _option(parameter)


def signature_defaults(it: Interpreter, function: Function) -> dict[str, Value]:
    """What each parameter holds where the arguments don't give it."""
    found: dict[str, Value] = {}
    for parameter in _parameters(it, function):
        flag = Const(False) if parameter.written.kind == "bool" else NONE
        found[parameter.name] = parameter.default if parameter.default is not None else flag
    return found


def _parameters(it: Interpreter, function: Function) -> Iterator[Parameter]:
    arguments = function.node.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        written = _written(one.annotation)
        if written.kind in _CONTEXT:
            continue
        default = function.defaults.get(one.arg)
        says = default if isinstance(default, Obj) and default.cls in (OPTION, ARGUMENT) else None
        if says is not None:
            held = says.data.get("*default")
            yield Parameter(one.arg, written, held, says, _is_odd(says))
            continue
        added = _in_signature(it, function, written.added) if written.added is not None else None
        lost = written.added is not None and not isinstance(added, Obj)
        noted = added if isinstance(added, Obj) and added.cls in (OPTION, ARGUMENT) else None
        yield Parameter(one.arg, written, default, noted, lost or (noted is not None and _is_odd(noted)))


def _is_odd(says: Obj) -> bool:
    return any(name in says.data for name in ("click_type", "parser", "cls", "*open")) or not isinstance(
        says.data.get("*names"), ListValue
    )


def _option(parameter: Parameter) -> Iterator[Option | str]:
    kind, many = parameter.written.kind, parameter.written.many
    says, needed = parameter.says, parameter.default is None
    elsewhere = says is not None and ("envvar" in says.data or "prompt" in says.data)
    is_argument = says.cls == ARGUMENT if says is not None else needed
    converts = {"bool": "?", "none": "str"}.get(kind, kind)
    if is_argument:
        nargs = None if needed and not elsewhere else "?"
        nargs = ("+" if needed else "*") if many else nargs
        yield Option((parameter.name,), parameter.name, "store", nargs, needed, converts)
        return
    names = _names(parameter)
    if not names:
        yield f"the names of `{parameter.name}` are not known"
    elif kind == "bool":
        yield from _flag(parameter, names, needed and not elsewhere)
    else:
        counts = says is not None and says.data.get("count") == Const(True)
        action = "append" if many else "count" if counts else "store"
        yield Option(names, parameter.name, action, None, needed and not elsewhere, converts)


def _names(parameter: Parameter) -> tuple[str, ...]:
    given = parameter.says.data.get("*names") if parameter.says is not None else None
    texts = [constant_text(one) for one in given.items] if isinstance(given, ListValue) else []
    if None in texts:
        return ()
    dashed = tuple(text for text in texts if text is not None and text.startswith("-"))
    return dashed or (f"--{parameter.name.replace('_', '-').lower()}",)


def _flag(parameter: Parameter, names: tuple[str, ...], needed: bool) -> Iterator[Option | str]:
    """A yes or no: `--dry-run` and `--no-dry-run`, or the names that are given for both."""
    pairs = [[part.strip() for part in name.split("/")] for name in names]
    given = parameter.says.data.get("*names") if parameter.says is not None else None
    own = isinstance(given, ListValue) and any((constant_text(one) or "").startswith("-") for one in given.items)
    no = tuple(pair[1] for pair in pairs if len(pair) > 1 and pair[1])
    if not own:
        no = (f"--no-{parameter.name.replace('_', '-').lower()}",)
    yes = tuple(pair[0] for pair in pairs if pair[0])
    if needed:
        yield f"`{yes[0] if yes else no[0]}` must be given one way or the other"
    if yes:
        yield Option(yes, parameter.name, "store_true")
    if no:
        yield Option(no, parameter.name, "store_false")


def _written(annotation: ast.expr | None) -> _Written:
    """A type as a signature writes it: `Optional[int]`, `list[str]`, `Annotated[str, typer.Option()]`."""
    added: ast.expr | None = None
    many = False
    node = annotation
    for _ in range(8):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            node = node.left if not _is_none(node.left) else node.right
        elif isinstance(node, ast.Subscript):
            outer, inner = _last(node.value), node.slice
            elements = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if outer == "Annotated" and len(elements) > 1:
                added = elements[1]
            elif outer in _LISTS:
                many = True
            elif outer not in ("Optional", "Union"):
                return _Written("?", many, added)
            node = next((one for one in elements if not _is_none(one)), None)
        else:
            break
    name = _last(node) if node is not None else "str"
    if name in _CONTEXT:
        return _Written(name, many, added)
    return _Written(_PLAIN.get(name, "?"), many, added)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "?"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _in_signature(it: Interpreter, function: Function, node: ast.expr) -> Value:
    """What an expression in a signature is, in the function's own module."""
    outer, code = it.scope, it.code
    it.scope, it.code = function.scope, function.code
    try:
        return evaluate(it, node)
    finally:
        it.scope, it.code = outer, code
