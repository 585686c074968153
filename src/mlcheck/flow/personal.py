"""Paths of one person among the strings that code makes: where each is written, and those that nothing runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mlcheck.flow.facts import Mention, PersonalPathMade
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.nodes import children
from mlcheck.flow.values import Const, Text, Value, options_of
from mlcheck.project.model import Magic
from mlcheck.project.personal_paths import may_hold, personal_paths

if TYPE_CHECKING:
    from mlcheck.flow.sources import Sources

WORD = "a personal path"  # by which those that nothing runs are asked for


def note_text(it: Interpreter, node: ast.expr, text: str) -> None:
    """Note the paths of one person in a constant that is evaluated."""
    if not may_hold(text) or it.code is None:
        return
    it.sources.paths_run.add((it.code.path, node.lineno, node.col_offset))
    for found in personal_paths(text):
        it.found(PersonalPathMade(it.place(node), found.path, found.who, text))


def note_value(it: Interpreter, node: ast.expr, value: Value, put_in: Sequence[Value]) -> None:
    """Note those in a string that is put together, but for what a parameter or another string brought into it."""
    for option in options_of(value):
        text = _as_text(option)
        for found in personal_paths(text) if may_hold(text) else ():
            brought = any(found.path in _as_text(part) for one in put_in for part in options_of(one))
            if "@" in found.who and not brought and not _is_given(it, found.who):
                it.found(PersonalPathMade(it.place(node), found.path, found.who, text))


def _as_text(value: Value) -> str:
    """A string as one text, with a sign for each part that is not known."""
    match value:
        case Const(value=str(text)):
            return text
        case Text(parts=parts):
            return "".join(part if isinstance(part, str) else "\ue000" for part in parts)
        case _:
            return ""


def note_pieces(it: Interpreter, node: ast.JoinedStr) -> None:
    """The constant pieces of an f-string were run with it."""
    for piece in node.values:
        if it.code is not None and isinstance(piece, ast.Constant):
            it.sources.paths_run.add((it.code.path, piece.lineno, piece.col_offset))


def _is_given(it: Interpreter, who: str) -> bool:
    values = (*it.parameters.values(), *(it.arguments or ()))
    return any(isinstance(one, Const) and isinstance(one.value, str) and who in one.value for one in values)


def note_magic(it: Interpreter, magic: Magic) -> None:
    """Note those in a magic that runs: `%run`, `%pip`, `%sh`, `%sql`."""
    if not may_hold(magic.argument) or it.code is None:
        return
    for found in personal_paths(magic.argument, shell=magic.kind != "sql"):
        line = magic.line + magic.argument.count("\n", 0, found.start)
        it.found(PersonalPathMade(it.code.lines.at(line), found.path, found.who, found.path))


def unrun_paths(sources: Sources, path: str) -> list[Mention]:
    """Those in strings of a file's code that was not run; what a docstring or a comment says is none."""
    code = sources.project.code[path]
    if code.language != "python" or not may_hold(code.text):
        return []
    strings = (node for statement in sources.parse(code).body for node in _strings(statement))
    return [
        Mention(code.lines.node(node), WORD, "no entry point was seen to run this")
        for node in strings
        if (path, node.lineno, node.col_offset) not in sources.paths_run and any(personal_paths(str(node.value)))
    ]


def _strings(statement: ast.stmt) -> Iterator[ast.Constant]:
    """The string constants of a statement that are values: not those that stand alone."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        stack.extend(children(node))
