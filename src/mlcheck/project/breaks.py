"""What breaks a text that does not parse: a merge marker, SQL in a Python cell, an open bracket …"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlcheck.project.place import Place

_OPENS, _PARTS, _CLOSES = (re.compile(rf"{sign}{{7}}(?: |\Z)") for sign in "<=>")
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{%.*%\}|<%.*%>")
_TEMPLATE_BLOCK = re.compile(r"\s*\{\{-?\s*(?:if|else|end|range|with|define|template|block)\b|\s*\{%-?\s*\w")
_PLACEHOLDER = re.compile(r"(?:=|\(|,|return)\s*<[A-Za-z][\w .:/-]*>")
_SQL = re.compile(
    r"""\s*(?:
      select\s+\S | with\s+\w+\s+as\s*\( | insert\s+(?:into|overwrite)\s | merge\s+into\s
    | use\s+(?:catalog|schema|database)\s
    | (?:create|drop|alter)\s+(?:or\s+replace\s+)?(?:\w+\s+)?(?:table|view|schema|database|catalog|function|volume)\s
    | (?:describe|show|optimize|vacuum|analyze|refresh|grant|revoke|truncate|explain)\s+\w | update\s+\S+\s+set\s
    | delete\s+from\s
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SHELL = re.compile(r"\s*(?:(?:pip3?|conda|apt(?:-get)?|npm|brew|git|wget|curl|databricks)\s+\w|python3?\s+-m\s)")
_PYTHON_2 = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'|multiple exception types must be parenthesized|leading zeros in"
)
_PYTHON_2_LINE = re.compile(r"\s*raise\s+[\w.]+\s*,|.*<>|\s*print\s*>>|.*`[^`]+`")
_BRACKET = re.compile(r"was never closed|unmatched '|does not match opening parenthesis")


@dataclass(frozen=True, slots=True)
class Break:
    """A place that keeps a text from being read as Python.

    `error` is what Python says, with the error's class; "" where a newer Python
    may say nothing. `kind` is one of merge-marker, sql, shell, markdown,
    template, placeholder, python-2, tabs, indentation, bracket, string,
    newer-python, too-deep, syntax.
    """

    place: Place
    what: str
    kind: str
    error: str = ""


def merge_markers(lines: Sequence[str]) -> tuple[int, ...]:
    """The indices of the lines that git leaves in a conflict: none where no conflict is whole."""
    found: list[int] = []
    state = 0
    for index, line in enumerate(lines):
        if line[:1] not in "<=>" or not (_OPENS, _PARTS, _CLOSES)[state].match(line):
            continue
        found.append(index)
        state = (state + 1) % 3
    return tuple(found[: len(found) - state])


def kind_of(error: SyntaxError, lines: Sequence[str], at: int) -> str:
    """The kind of break that a SyntaxError at `lines[at]` is; the lines are those of the cell or file."""
    line = lines[at] if at < len(lines) else ""
    message = error.msg or ""
    if _TEMPLATE_BLOCK.match(line) or _TEMPLATE.search(line):
        return "template"
    if line.lstrip().startswith("```"):
        return "markdown"
    first = next((one for one in lines if one.strip() and not one.lstrip().startswith(("#", "--"))), "")
    if _SQL.match(line) or (_SQL.match(first) and not isinstance(error, IndentationError)):
        return "sql"
    if _SHELL.match(line):
        return "shell"
    if _PLACEHOLDER.search(line):
        return "placeholder"
    if isinstance(error, TabError):
        return "tabs"
    if isinstance(error, IndentationError):
        return "indentation"
    if "unterminated" in message:
        return "string"
    if _PYTHON_2.search(message) or _PYTHON_2_LINE.match(line):
        return "python-2"
    if _BRACKET.search(message):
        return "bracket"
    return "string" if "unterminated" in message else "syntax"
