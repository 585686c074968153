"""Calls that checks ask about, in code that no entry point was seen to run."""

from __future__ import annotations

import ast
import re

from mlcheck.flow.facts import Mention
from mlcheck.flow.sources import Sources
from mlcheck.project.model import Code


def mentions(sources: Sources, words: frozenset[str]) -> tuple[Mention, ...]:
    """Every call by one of the words that was not evaluated, with its place.

    A file is parsed for this only where its text has a word before a bracket
    that the evaluation did not pass.
    """
    if not words:
        return ()
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, words))) + r")\b")
    passed: dict[str, set[int]] = {}
    for path, line, _, _ in sources.evaluated:
        passed.setdefault(path, set()).add(line)
    found: list[Mention] = []
    for path, code in sources.project.code.items():
        if code.language == "python" and _unpassed(pattern, code, passed.get(path, set())):
            found.extend(_in_file(sources, code, words, passed.get(path, set())))
    return tuple(found)


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
    sources.forget(code.path)
    return found
