"""What the tokens of SQL alone prove, where a parser is more lenient than Spark's, or does not know a statement.

Source: Spark 4.0.1's parser, executed on each form (tests/oracle/test_sql.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcheck.flow.sql import HOLE, SqlProblem
from mlcheck.project.sql_tree import tokens

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

_MADE = ("CREATE", "ALTER", "REPLACE", "OR", "IF", "NOT", "EXISTS")


def tokens_of(text: str) -> list[Token] | SqlProblem:
    """The tokens of a text, or where one has no end."""
    from sqlglot.errors import TokenError

    try:
        return tokens(text)
    except TokenError:
        return SqlProblem("unterminated", "end of input", text.count("\n") + 1)


def split(tokens: list[Token]) -> list[list[Token]] | None:
    """The statements' tokens; None where they stand in a block (`BEGIN … END`)."""
    pieces: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == ";" and token.token_type.name == "SEMICOLON":
            pieces.append([])
        else:
            pieces[-1].append(token)
    pieces = [piece for piece in pieces if piece]
    if any(_word(piece, 0) in ("BEGIN", "DECLARE") or _in_block(piece) for piece in pieces):
        return None
    return pieces


def _in_block(piece: list[Token]) -> bool:
    return _word(piece, 0) == "CREATE" and any(_word(piece, at) in ("PROCEDURE", "FUNCTION") for at in (1, 3))


def broken_tokens(tokens: list[Token], holes: bool) -> SqlProblem | None:
    """What the tokens of one statement prove to be broken, whatever the rest is."""
    schema = _schema_properties(tokens)
    if schema is not None:
        return schema
    if holes:
        return None
    for at, token in enumerate(tokens):
        if _plain(token) and _breaks(tokens, at):
            near = tokens[at + 1] if at + 1 < len(tokens) else None
            return SqlProblem("syntax", near.text if near else "end of input", (near or token).line)
    return None


def _breaks(tokens: list[Token], at: int) -> bool:
    here, after = _word(tokens, at), _word(tokens, at + 1)
    if here == ",":
        next_is_plain = at + 1 >= len(tokens) or _plain(tokens[at + 1])
        return next_is_plain and (after in ("", ",", ")") or (after == "WHERE" and _word(tokens, 0) == "UPDATE"))
    if here == "IN" and after == "(":
        return _word(tokens, at + 2) == ")" and _word(tokens, 0) not in ("SHOW", "LIST")
    if here == "ON" and at + 1 == len(tokens):
        return _word(tokens, 0) in ("SELECT", "WITH", "MERGE")
    return here == "MATCHED" and after in ("UPDATE", "DELETE", "INSERT")


def _schema_properties(tokens: list[Token]) -> SqlProblem | None:
    """`TBLPROPERTIES` of a schema: its properties are DBPROPERTIES."""
    if _word(tokens, 0) not in ("CREATE", "ALTER"):
        return None
    at = next((index for index, _ in enumerate(tokens) if _word(tokens, index) not in _MADE), len(tokens))
    if _word(tokens, at) not in ("SCHEMA", "DATABASE"):
        return None
    found = next((token for token in tokens if _plain(token) and token.text.upper() == "TBLPROPERTIES"), None)
    return SqlProblem("schema-properties", "TBLPROPERTIES", found.line) if found is not None else None


def _word(tokens: list[Token], at: int) -> str:
    return tokens[at].text.upper() if 0 <= at < len(tokens) and tokens[at].text != HOLE else ""


def _plain(token: Token) -> bool:
    """Whether it is a word or a sign, not a text or a quoted name."""
    return token.token_type.name not in ("STRING", "IDENTIFIER", "RAW_STRING", "NATIONAL_STRING", "HEREDOC_STRING")
