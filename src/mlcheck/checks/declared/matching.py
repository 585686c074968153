"""Whether a value is what a declared check wants, as far as that is known."""

from __future__ import annotations

import re
from typing import Literal

from mlcheck.checks.declared.model import Scalar, Wanted
from mlcheck.flow.values import Const, Lib, Text, Value, options_of

Answer = Literal["yes", "no", "unknown"]
LONGEST = 200  # characters of a text that is matched with a pattern


def text_is(wanted: Wanted, text: str) -> Answer:
    """Whether a text is wanted."""
    if wanted.matches is not None:
        return _fits(wanted.matches, text)
    return "yes" if not wanted.values or any(_same(one, text) for one in wanted.values) else "no"


def _fits(pattern: str, text: str) -> Answer:
    if len(text) > LONGEST:
        return "unknown"
    return "yes" if re.fullmatch(pattern, text) else "no"


def _same(wanted: Scalar, text: str) -> bool:
    if isinstance(wanted, bool):
        return text.casefold() == str(wanted).casefold()
    return text == str(wanted)


def value_is(wanted: Wanted, value: Value) -> Answer:
    """Whether a value of the engine's is wanted. One of several: where they differ it is not known."""
    answers = {_one_is(wanted, option) for option in options_of(value)}
    return answers.pop() if len(answers) == 1 else "unknown"


def _one_is(wanted: Wanted, value: Value) -> Answer:
    if not wanted.values and wanted.matches is None:
        return "yes"
    match value:
        case Const(value=constant) if constant is not None and not isinstance(constant, (bytes, complex)):
            if wanted.matches is not None:
                return _fits(wanted.matches, str(constant))
            alike = any(type(one) is type(constant) and one == constant for one in wanted.values)
            return "yes" if alike else "no"
        case Lib(name=name):
            return text_is(wanted, name)
        case Text():
            return "unknown"
        case _:
            return "unknown"


def absent(value: Value | None) -> Answer:
    """Whether an argument is as good as not given: None."""
    if value is None:
        return "yes"
    answers: set[Answer] = {"yes" if option == Const(None) else "no" for option in options_of(value)}
    return answers.pop() if len(answers) == 1 else "unknown"
