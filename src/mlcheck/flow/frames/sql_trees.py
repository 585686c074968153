"""SQL's trees with every function under the name that it is written by.

The parser gives many functions another name, and other arguments. So each of
them is handed to it under a name that it does not know, and is what was
written: Spark's rules are ours (sqlglot 30.30, executed).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mlcheck.flow.sql import HOLE, LONGEST, TEMPLATE, SqlProblem
from mlcheck.project.sql_tree import function_names, parsed, trees

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

MARK = "fn__"  # before the name of each function
NUMBER, TYPED = "number__", "typed__"  # made functions: `1L`, and `DATE '…'`
# Tokens with a type of their own that are functions where a parenthesis follows.
_WORDS = frozenset(["ARRAY", "MAP", "FIRST", "LEFT", "RIGHT", "REPLACE", "FILTER", "CHAR", "SEQUENCE", "UUID"])
_SYNTAX = frozenset(["FROM", "AS", "PLACING"])  # within the parentheses: an argument that is no expression
_QUOTED = frozenset(["IDENTIFIER", "STRING", "RAW_STRING"])
_TYPED = frozenset(["DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ"])


@dataclass(frozen=True, slots=True)
class Filled:
    """A text whose variables are filled with `HOLE`; `shifts` tell where each part stood in the text before."""

    text: str
    starts: tuple[int, ...]
    shifts: tuple[int, ...]

    def before(self, offset: int) -> int:
        """The offset in the text before it was filled."""
        at = bisect_right(self.starts, offset) - 1
        return offset + self.shifts[at] if at >= 0 else offset


def fill(text: str) -> Filled:
    """As `flow.sql.filled`, with where each part comes from."""
    pieces: list[str] = []
    starts: list[int] = []
    shifts: list[int] = []
    end = length = 0
    for match in TEMPLATE.finditer(text):
        pieces += [text[end : match.start()], HOLE]
        length += match.start() - end + len(HOLE)
        end = match.end()
        starts.append(length)
        shifts.append(end - length)
    pieces.append(text[end:])
    return Filled("".join(pieces), tuple(starts), tuple(shifts))


@lru_cache(maxsize=64)
def statements(text: str) -> tuple[exp.Expr | None, ...] | None:
    """The statements of a filled text, None for one that was not parsed; None where not even their number is known."""
    from mlcheck.flow.sql_tokens import split, tokens_of

    if len(text) > LONGEST:
        return None
    try:
        tokens = tokens_of(text)
        pieces = None if isinstance(tokens, SqlProblem) else split(tokens)
    except RecursionError:
        return None
    return None if pieces is None else tuple(_tree(piece, text) for piece in pieces)


@lru_cache(maxsize=512)
def expression(text: str) -> exp.Expr | None:
    """An expression of a filled text, with its alias; its offsets count from the text's start."""
    found = statements(f"SELECT {text}") or ()
    tree = found[0] if len(found) == 1 else None
    if tree is None or tree.key != "select" or any(value for key, value in tree.args.items() if key != "expressions"):
        return None
    outputs = tree.expressions
    return outputs[0] if len(outputs) == 1 else None


EXPRESSION_SHIFT = len("SELECT ")


def _tree(tokens: list[Token], text: str) -> exp.Expr | None:
    from sqlglot.errors import SqlglotError

    try:
        found = parsed(named(tokens), text)
    except (SqlglotError, RecursionError):
        return _altering(tokens, text)
    return found[0] if len(found) == 1 else None


def _altering(tokens: list[Token], text: str) -> exp.Expr | None:
    """An ALTER TABLE of a form that the parser does not know: which table it alters, whatever it does to it."""
    from sqlglot.errors import SqlglotError

    if [one.text.upper() for one in tokens[:2]] != ["ALTER", "TABLE"]:
        return None
    end = 2
    while end < len(tokens) and (end == 2 or "." in (tokens[end].text, tokens[end - 1].text)):
        end += 1
    words = [one.text.upper() for one in tokens[end : end + 2]]
    if words[:1] != ["CHANGE"] and not (words[-1:] in (["COLUMN"], ["COLUMNS"]) and words[0] != "ALTER"):
        return None
    try:
        found = trees(f"{text[tokens[0].start : tokens[end - 1].end + 1]} DROP COLUMN x")
    except (SqlglotError, RecursionError):
        return None
    return found[0] if len(found) == 1 else None


def named(tokens: list[Token]) -> list[Token]:
    """The tokens of one statement with each function marked."""
    known, plain = _names(), _plain(tokens)
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if following is None:
            result.append(token)
        elif index + 1 in plain and _is_name(token) and token.text.upper() in known:
            result.append(_made(token, "VAR", MARK + token.text))
        elif following.token_type.name == "DCOLON" and following.start == token.start and index + 2 < len(tokens):
            result += _call(token, NUMBER, [token.text, tokens[index + 2].text])
            index += 2
        elif following.token_type.name == "STRING" and token.text.upper() in _TYPED and _is_name(token, _TYPED):
            result += _call(token, TYPED, [following.text, token.text])
            index += 1
        else:
            result.append(token)
        index += 1
    return result


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return function_names()


def _is_name(token: Token, words: frozenset[str] = _WORDS) -> bool:
    kind = token.token_type.name
    return kind == "VAR" or (token.text.upper() in words and kind not in _QUOTED)


def _plain(tokens: list[Token]) -> set[int]:
    """Where a parenthesis opens that holds expressions alone, with nothing after it but a window or a filter."""
    found: set[int] = set()
    inside: list[tuple[int, bool]] = []
    for index, token in enumerate(tokens):
        if token.text == "(" and token.token_type.name == "L_PAREN":
            inside.append((index, not _is_syntax(tokens, index)))
        elif token.text == ")" and inside and token.token_type.name == "R_PAREN":
            start, plain = inside.pop()
            after = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
            if plain and after != "WITHIN":
                found.add(start)
        elif inside and inside[-1][1] and _breaks(tokens, inside[-1][0], token):
            inside[-1] = (inside[-1][0], False)
    return found


def _is_syntax(tokens: list[Token], at: int) -> bool:
    """Whether a parenthesis is one of `* REPLACE (` or `FILTER (WHERE`."""
    name = tokens[at - 1].text.upper() if at else ""
    if name == "REPLACE":
        return at > 1 and tokens[at - 2].text == "*"
    return name == "FILTER" and at + 1 < len(tokens) and tokens[at + 1].text.upper() == "WHERE"


def _breaks(tokens: list[Token], opened: int, token: Token) -> bool:
    """Whether a word within a parenthesis makes its content more than expressions."""
    word = token.text.upper()
    if word in _SYNTAX:
        return token.token_type.name not in _QUOTED
    return word == "IN" and opened > 0 and tokens[opened - 1].text.upper() == "POSITION"


def _made(token: Token, kind: str, text: str) -> Token:
    from sqlglot.tokenizer_core import Token as Made
    from sqlglot.tokenizer_core import TokenType

    return Made(TokenType[kind], text, token.line, token.col, token.start, token.end)


def _call(token: Token, name: str, arguments: list[str]) -> list[Token]:
    """The tokens of a function of texts."""
    made = [_made(token, "VAR", MARK + name), _made(token, "L_PAREN", "(")]
    for index, one in enumerate(arguments):
        made += [_made(token, "COMMA", ",")] if index else []
        made.append(_made(token, "STRING", one))
    return [*made, _made(token, "R_PAREN", ")")]
