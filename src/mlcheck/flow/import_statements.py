"""Imports as they are written, of the modules that checks ask about, in all of a project's code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from mlcheck.flow.facts import ImportStatement
from mlcheck.flow.sources import Sources
from mlcheck.project.model import Code

_BY_CALL = frozenset({"import_module", "__import__"})


def import_statements(sources: Sources, modules: frozenset[str]) -> Iterator[ImportStatement]:
    """Every import of one of the modules. A file is walked only where its text has one of their first names."""
    if not modules:
        return
    first = sorted({re.escape(module.partition(".")[0]) for module in modules})
    pattern = re.compile(r"\b(?:" + "|".join(first) + r")\b")
    for path, code in sources.project.code.items():
        if code.language == "python" and pattern.search(code.text):
            body = sources.parse(code).body
            sources.forget(path)
            for one in _in_file(code, body):
                if any(one.brings(module) for module in modules):
                    yield one


def _in_file(code: Code, body: Iterable[ast.stmt]) -> Iterator[ImportStatement]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield ImportStatement(alias.name, (), code.lines.node(node))
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = tuple(alias.name for alias in node.names)
                yield ImportStatement(node.module, names, code.lines.node(node))
            elif isinstance(node, ast.Call) and _name(node.func) in _BY_CALL and node.args:
                given = node.args[0]
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield ImportStatement(given.value, (), code.lines.node(node))


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
