"""Names of tables and models, level by level, where parts of them may not be known."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from mlcheck.flow.values import Const, Hole, ListValue, Text, Value

UNKNOWN = "{…}"  # what stands for a part of a name that is not known
Sameness = Literal["same", "maybe", "different"]


def dotted(value: Value | None) -> str | None:
    """A name as written, `UNKNOWN` for its holes; None where it is no string."""
    match value:
        case Const(value=str(text)):
            return text.strip().replace("`", "")
        case Text(parts=parts):
            return "".join(UNKNOWN if isinstance(part, Hole) else part for part in parts).strip().replace("`", "")
        case _:
            return None


def levels(name: str) -> list[str]:
    """The levels of a name; a hole may hide more."""
    return name.split(".")


def is_whole(name: str) -> bool:
    """Whether no part of a name is unknown."""
    return UNKNOWN not in name


@lru_cache(maxsize=8192)
def sameness(one: str, two: str) -> Sameness:
    """Whether two names mean the same thing, compared from their last level; letters' case does not count.

    A name with fewer levels may be the same one in the session's own catalog and schema.
    """
    left, right = levels(one), levels(two)
    surely = len(left) == len(right)
    for mine, other in zip(reversed(left), reversed(right)):
        found = _level(mine.casefold(), other.casefold())
        if found == "different":
            return "different"
        surely = surely and found == "same"
        if mine.startswith(UNKNOWN) or other.startswith(UNKNOWN):  # it may hold levels of its own
            break
    return "same" if surely else "maybe"


def _level(one: str, two: str) -> Sameness:
    if UNKNOWN not in one and UNKNOWN not in two:
        return "same" if one == two else "different"
    if UNKNOWN not in one:
        return "maybe" if _pattern(two).fullmatch(one) else "different"
    if UNKNOWN not in two:
        return "maybe" if _pattern(one).fullmatch(two) else "different"
    (start, _, _), (other, _, _) = one.partition(UNKNOWN), two.partition(UNKNOWN)
    end, other_end = one.rpartition(UNKNOWN)[2], two.rpartition(UNKNOWN)[2]
    begins = start.startswith(other) or other.startswith(start)
    ends = end.endswith(other_end) or other_end.endswith(end)
    return "maybe" if begins and ends else "different"


@lru_cache(maxsize=4096)
def _pattern(level: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece) for piece in level.split(UNKNOWN)), re.DOTALL)


def names_in(value: Value | None) -> tuple[str, ...] | None:
    """The names that a string or a list of strings gives; none for None; None where they are not all known."""
    match value:
        case None | Const(value=None):
            return ()
        case Const(value=str(text)):
            return (text,)
        case ListValue(items=items, open=False):
            texts = [item.value for item in items if isinstance(item, Const) and isinstance(item.value, str)]
            return tuple(texts) if len(texts) == len(items) else None
        case _:
            return None
