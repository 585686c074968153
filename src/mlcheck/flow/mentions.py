"""Calls that checks ask about, in code that no entry point was seen to run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from mlcheck.flow.facts import Mention
from mlcheck.flow.sources import Sources
from mlcheck.flow.works import ALWAYS_NOTED
from mlcheck.project.model import Code

_ANY = {"Exception", "BaseException"}


def mentions(sources: Sources, words: frozenset[str], paths: Iterable[str]) -> Iterator[Mention]:
    """Every call by one of the words in the files that was not evaluated, with its place.

    A file is walked for this only where a line of its text that the evaluation
    did not pass has one of the words.
    """
    if not words:
        return
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, words))) + r")\b")
    for path in paths:
        code = sources.project.code[path]
        passed = sources.passed.get(path, set())
        if code.language == "python" and _unpassed(pattern, code, passed):
            yield from _in_file(sources, code, words, passed)


def _unpassed(pattern: re.Pattern[str], code: Code, passed: set[int]) -> bool:
    """Whether a line that was not passed has one of the words, outside a comment's line."""
    for match in pattern.finditer(code.text):
        start = code.text.rfind("\n", 0, match.start()) + 1
        if code.text[start : match.start()].lstrip().startswith("#"):
            continue
        if code.text.count("\n", 0, start) + 1 not in passed:
            return True
    return False


def _in_file(sources: Sources, code: Code, words: frozenset[str], passed: set[int]) -> list[Mention]:
    found = []
    why = "no entry point was seen to run this"
    for statement in sources.parse(code).body:
        for node in ast.walk(statement):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in words and isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Load):
                line = node.end_lineno or node.lineno
                if not any(one in passed for one in range(node.lineno, line + 1)):
                    found.append(Mention(code.lines.node(node), str(name), why))
            elif isinstance(node, ast.Try) and "except" in words:
                found += [Mention(code.lines.node(one), "except", why) for one in _broad(node, passed)]
    return found


def _broad(node: ast.Try, passed: set[int]) -> Iterator[ast.ExceptHandler]:
    """Handlers of any exception, not passed, around a call by the name of a pipeline's work."""
    calls = (one.func for part in node.body for one in ast.walk(part) if isinstance(one, ast.Call))
    if any(isinstance(func, ast.Attribute) and func.attr in ALWAYS_NOTED for func in calls):
        for handler in node.handlers:
            names = {one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)} if handler.type else _ANY
            if handler.lineno not in passed and names & _ANY:
                yield handler
