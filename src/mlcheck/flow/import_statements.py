"""Imports as they are written, of the modules that checks ask about, wherever they stand in a file."""

from __future__ import annotations

import ast

from mlcheck.flow.facts import ImportStatement
from mlcheck.flow.sources import Sources

_BY_CALL = frozenset({"import_module", "__import__"})


def import_statements(sources: Sources, modules: frozenset[str], path: str) -> list[ImportStatement]:
    """Every import of one of the modules in a file."""
    code = sources.project.code[path]
    if not modules or code.language != "python":
        return []
    nodes = sources.nodes(code)
    first = {module.partition(".")[0] for module in modules}
    found: dict[ast.AST, list[ImportStatement]] = {}
    for node in nodes.of(ast.Import):
        names = [alias.name for alias in node.names if alias.name.partition(".")[0] in first]
        found[node] = [ImportStatement(name, (), code.lines.node(node)) for name in names]
    for one in nodes.of(ast.ImportFrom):
        if not one.level and one.module and one.module.partition(".")[0] in first:
            taken = tuple(alias.name for alias in one.names)
            found[one] = [ImportStatement(one.module, taken, code.lines.node(one))]
    for call in nodes.of(ast.Call) if any(word in code.text for word in _BY_CALL) else ():
        if _name(call.func) in _BY_CALL and call.args:
            given = call.args[0]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                found[call] = [ImportStatement(given.value, (), code.lines.node(call))]
    written = (statement for node in nodes.sorted(found) for statement in found[node])
    return [one for one in written if any(one.brings(module) for module in modules)]


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
