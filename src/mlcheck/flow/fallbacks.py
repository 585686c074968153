"""What goes on where a value is missing or a program's arguments are refused: handlers, and paths that may not run."""

from __future__ import annotations

import ast

from mlcheck.flow.interpreter import Interpreter

_BROAD = ("Exception", "BaseException")
_EXITS = ("BaseException", "SystemExit")
_SAYS = frozenset({"print", "debug", "info", "warning", "warn", "error", "exception", "log"})
_DECLARES = frozenset({"text", "dropdown", "combobox", "multiselect"})
_GOES_ON = (ast.Return, ast.Assign, ast.AnnAssign, ast.Pass, ast.Continue)


def absence_is_handled(it: Interpreter) -> bool:
    """Whether the innermost handler around the path takes any exception, and goes on."""
    whole = next((node for _, node in reversed(it.tries) if node.handlers), None)
    if whole is None:
        return False
    return any(_takes_any(handler) and all(_goes_on(one) for one in handler.body) for handler in whole.handlers)


def _takes_any(handler: ast.ExceptHandler) -> bool:
    named = handler.type
    types = named.elts if isinstance(named, ast.Tuple) else [named]
    return any(one is None or (isinstance(one, ast.Name) and one.id in _BROAD) for one in types)


def _goes_on(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and _name(value) in _SAYS | _DECLARES)
    if isinstance(statement, ast.If):
        return all(_goes_on(one) for one in (*statement.body, *statement.orelse))
    return isinstance(statement, _GOES_ON)


def _name(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def why_not_refused(it: Interpreter) -> str | None:
    """Why a program may go on where its parser refuses its arguments, or may not come to it; None where it ends."""
    if it.state.branch:
        return "the options are parsed on a path that may not be taken"
    for _, whole in it.tries:
        for handler in whole.handlers:
            named = handler.type
            types = named.elts if isinstance(named, ast.Tuple) else [named]
            if any(one is None or (isinstance(one, ast.Name) and one.id in _EXITS) for one in types):
                return "a handler takes the exit of the parser"
    return None
