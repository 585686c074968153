"""SQL as sqlglot reads it for Databricks: tokens and trees. It is imported only where there is SQL to read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.tokenizer_core import Token


@lru_cache(maxsize=4)  # what reads a text for its columns and what reads it for its tables follow each other
def tokens(text: str) -> list[Token]:
    """The tokens of a text, not to be changed.

    Raises sqlglot's TokenError where one has no end, RecursionError where it is too deep.
    """
    return list(_databricks().tokenize(text))


def trees(text: str) -> list[exp.Expr]:
    """The statements of a text. Raises sqlglot's SqlglotError, and RecursionError where one is nested too deeply."""
    return parsed(list(_databricks().tokenize(text)), text)


def parsed(tokens: list[Token], text: str) -> list[exp.Expr]:
    """The statements of tokens that were read from a text. Raises as `trees` does."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what it takes as a command
    found = next(_apart(tokens, text))
    if not isinstance(found, Exception):
        return found
    try:
        raise found
    finally:
        del found  # the error has this frame, and would be kept by it


def _apart(tokens: list[Token], text: str) -> Iterator[list[exp.Expr] | Exception]:
    """What the parser gives, or raises.

    Errors that the parser makes, those that it takes itself too, keep their
    frames and those keep them. In a generator these end here; else all that
    the callers hold would be kept until Python's collector runs.
    """
    try:
        yield [tree for tree in _databricks().parser().parse(tokens, text) if tree is not None]
    except Exception as error:
        yield error.with_traceback(None)


def function_names() -> frozenset[str]:
    """The functions that the parser reads in its own way, in upper case."""
    parser = _databricks().parser()
    return frozenset([*parser.FUNCTIONS, *parser.FUNCTION_PARSERS, "TRANSFORM", "IF"])


@lru_cache(maxsize=1)
def _databricks() -> Dialect:
    from sqlglot.dialects.dialect import Dialect

    return Dialect.get_or_raise("databricks")
