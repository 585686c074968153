"""Calls that checks ask about, in code that no entry point was seen to run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlcheck.flow.facts import Mention
from mlcheck.flow.nodes import Nodes, nodes_in
from mlcheck.flow.sources import Sources
from mlcheck.flow.works import ALWAYS_NOTED
from mlcheck.project.suites import is_test

_ANY = {"Exception", "BaseException"}
_WHY = "no entry point was seen to run this"


def mentions(sources: Sources, words: frozenset[str], path: str) -> list[Mention]:
    """Every call by one of the words in a file that was not evaluated, with its place; a test suite's are none."""
    code = sources.project.code[path]
    if not words or code.language != "python" or is_test(code):
        return []
    nodes, passed = sources.nodes(code), sources.passed.get(path, set())
    found: dict[ast.expr | ast.Try, list[Mention]] = {}
    for attribute in nodes.of(ast.Attribute):
        if attribute.attr in words and _is_unpassed(attribute, passed):
            found[attribute] = [Mention(code.lines.node(attribute), attribute.attr, _WHY)]
    names = [name for name in nodes.of(ast.Name) if name.id in words and _is_unpassed(name, passed)]
    own = _own_names(nodes) if names else ()
    for name in names:
        if name.id not in own:
            found[name] = [Mention(code.lines.node(name), name.id, _WHY)]
    for node in nodes.of(ast.Try) if "except" in words else ():
        found[node] = [Mention(code.lines.node(one), "except", _WHY) for one in _broad(node, passed)]
    return [mention for node in nodes.sorted(found) for mention in found[node]]


def _own_names(nodes: Nodes) -> set[str]:
    """The names that a file gives by itself, to parameters, loops, functions …, and that no import brings."""
    found = {one.id for one in nodes.of(ast.Name) if isinstance(one.ctx, ast.Store)}
    found |= {one.arg for one in nodes.of(ast.arg)}
    found |= {one.name for one in nodes.of(ast.FunctionDef)} | {one.name for one in nodes.of(ast.AsyncFunctionDef)}
    found |= {one.name for one in nodes.of(ast.ClassDef)}
    brought = [alias for one in nodes.of(ast.Import) for alias in one.names]
    brought += [alias for one in nodes.of(ast.ImportFrom) for alias in one.names]
    return found - {alias.asname or alias.name for alias in brought}


def _is_unpassed(node: ast.Attribute | ast.Name, passed: set[int]) -> bool:
    """Whether what is read here stands on lines that the evaluation did not pass."""
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return isinstance(node.ctx, ast.Load) and passed.isdisjoint(lines)


def _broad(node: ast.Try, passed: set[int]) -> Iterator[ast.ExceptHandler]:
    """Handlers of any exception, not passed, around a call by the name of a pipeline's work."""
    calls = (one.func for part in node.body for one in nodes_in(part) if isinstance(one, ast.Call))
    if any(isinstance(func, ast.Attribute) and func.attr in ALWAYS_NOTED for func in calls):
        for handler in node.handlers:
            names = {one.id for one in nodes_in(handler.type) if isinstance(one, ast.Name)} if handler.type else _ANY
            if handler.lineno not in passed and names & _ANY:
                yield handler
