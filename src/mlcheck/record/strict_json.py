"""JSON as records allow it: one reading for each text, within limits.

Two readers must never read one record differently, so what JSON parsers
disagree on is refused: keys twice, NaN, other encodings, depth, long numbers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from mlcheck.printable import forbidden_character
from mlcheck.record.codes import Code
from mlcheck.record.refusal import refuse

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_DIGITS = 20

_BREAKS = {"\n": "\\n", "\t": "\\t"}
_STRUCTURE = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)


def parse(data: bytes) -> Any:
    """The value of strict JSON. Raises Refused: E_TOO_BIG or E_JSON."""
    if len(data) > MAX_BYTES:
        raise refuse(Code.E_TOO_BIG, f"{len(data):,} bytes, over the limit of {MAX_BYTES:,}")
    if _depth(data) > MAX_DEPTH:
        raise refuse(Code.E_JSON, f"nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise refuse(Code.E_JSON, f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise refuse(Code.E_JSON, f"not JSON: {error.msg} at line {error.lineno}") from None


def _depth(data: bytes) -> int:
    deepest = depth = 0
    in_string = False
    for match in _STRUCTURE.finditer(data):
        match match.group():
            case b'"':
                in_string = not in_string
            case b"[" | b"{" if not in_string:
                depth += 1
                deepest = max(deepest, depth)
            case b"]" | b"}" if not in_string:
                depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise refuse(Code.E_JSON, f"the key {json.dumps(twice)} stands twice in one object")
    return members


def _integer(text: str) -> int:
    _bounded(text)
    return int(text)


def _number(text: str) -> float:
    _bounded(text)
    value = float(text)
    if not math.isfinite(value):
        raise refuse(Code.E_JSON, f"`{text}` is out of range")
    return value


def _bounded(text: str) -> None:
    if sum(character.isdigit() for character in text) > MAX_DIGITS:
        raise refuse(Code.E_JSON, f"a number of more than {MAX_DIGITS} digits")


def _constant(text: str) -> float:
    raise refuse(Code.E_JSON, f"`{text}` is no JSON number")


def text_problem(text: str, *, lines: bool = False) -> str | None:
    """What makes a text unfit for a record, or None. `lines`: LF and TAB are allowed, as in notes."""
    found = forbidden_character(text)
    if found is None and not lines:
        found = next((shown for character, shown in _BREAKS.items() if character in text), None)
    return f"the character `{found}`" if found else None


def check_texts(value: Any, *, lines_in: frozenset[str]) -> None:
    """Refuse a value in which a text, or a key, holds a control character (E_TEXT_CONTROL).

    `lines_in` are the keys whose texts may have several lines.
    """
    for where, text, lines in _texts(value, "", lines_in, False):
        problem = text_problem(text, lines=lines)
        if problem:
            raise refuse(Code.E_TEXT_CONTROL, f"{problem} in `{where}`")


def _texts(value: Any, where: str, lines_in: frozenset[str], lines: bool) -> Iterator[tuple[str, str, bool]]:
    match value:
        case str():
            yield where, value, lines
        case list():
            for index, each in enumerate(value):
                yield from _texts(each, f"{where}[{index}]", lines_in, lines)
        case dict():
            for name, each in value.items():
                yield f"{where} (a key)", name, False
                inner = f"{where}.{name}" if where else name
                yield from _texts(each, inner, lines_in, name in lines_in)


def canonical(value: Any) -> bytes:
    """One spelling for a value: sorted keys, no blanks, ASCII. For digests, never for signatures."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":")).encode("ascii")
