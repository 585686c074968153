"""SQL as sqlglot reads it for Databricks: tokens and trees. It is imported only where there is SQL to read."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.tokenizer_core import Token


def tokens(text: str) -> list[Token]:
    """The tokens of a text. Raises sqlglot's TokenError where one has no end, RecursionError where it is too deep."""
    return list(_databricks().tokenize(text))


def trees(text: str) -> list[exp.Expr]:
    """The statements of a text. Raises sqlglot's SqlglotError, and RecursionError where one is nested too deeply."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what it takes as a command
    return [tree for tree in _databricks().parse(text) if tree is not None]


def parsed(tokens: list[Token], text: str) -> list[exp.Expr]:
    """The statements of tokens that were read from a text. Raises as `trees` does."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return [tree for tree in _databricks().parser().parse(tokens, text) if tree is not None]


def function_names() -> frozenset[str]:
    """The functions that the parser reads in its own way, in upper case."""
    parser = _databricks().parser()
    return frozenset([*parser.FUNCTIONS, *parser.FUNCTION_PARSERS, "TRANSFORM", "IF"])


@lru_cache(maxsize=1)
def _databricks() -> Dialect:
    from sqlglot.dialects.dialect import Dialect

    return Dialect.get_or_raise("databricks")
