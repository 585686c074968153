"""Patterns of declared checks: regular expressions whose time is bounded by the text's length."""

from __future__ import annotations

import re
import warnings

MOST_REPEATS = 4
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[:=!<P][^)(]*?|[()]|[*+?]|\{\d*,?\d*\}|.", re.DOTALL)
_LONGEST = 200


def pattern_refusal(pattern: str) -> str | None:
    """Why a pattern is not taken, or None.

    A repeat within a repeat, a look-around, a reference back, or many repeats
    one after the other may take time without end on a text that is made for it.
    """
    if len(pattern) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        return f"it is no regular expression: {error}"
    if re.search(r"\(\?(?!:)|\\[1-9]", pattern):
        return "it has a look-around, a flag, a name or a reference back"
    return _repeats(pattern)


def _repeats(pattern: str) -> str | None:
    """Whether repeats stand in repeats, or too many stand in the pattern."""
    groups: list[bool] = [False]  # whether each open group holds a repeat
    closed = False  # whether the token before closed a group that holds one
    count = 0
    for match in _TOKEN.finditer(pattern):
        token = match.group()
        if token.startswith("("):
            groups.append(False)
            closed = False
        elif token == ")":
            closed = groups.pop() if len(groups) > 1 else False
            groups[-1] = groups[-1] or closed
        elif token in ("*", "+") or (token.startswith("{") and token.endswith("}") and token != "{}"):
            if closed:
                return "a repeat stands within a repeat"
            groups[-1] = True
            count += token != "?" and not re.fullmatch(r"\{\d+\}", token)
            closed = False
        elif token != "?":
            closed = False
    return f"it has more than {MOST_REPEATS} repeats" if count > MOST_REPEATS else None
