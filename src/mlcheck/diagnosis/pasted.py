"""A paste made plain text: whatever a terminal, a log, a browser or a JSON answer did to it is taken off."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KEPT = 1024 * 1024  # bytes, of the start and of the end each
_MOST_STRINGS = 2_000

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|\x1b[@-_]?|\x9b[0-?]*[ -/]*[@-~]"
)
_COLOUR_LEFT = re.compile(r"\[\d{1,3}(?:;\d{1,3}){0,4}m")  # a colour whose escape character was lost
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u00ad\u200b-\u200f\u2060\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_TAGS = re.compile(r"</?(?:span|div|pre|code|b|br|font|p|strong)\b[^<>]{0,300}>", re.I)
_WRITTEN_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt"\\/]))')
_PREFIX = re.compile(
    r"""
    (?: >\s? | \|\s )?                                                       # a quoted mail, an exception group
    (?: \[?\d{2,4}[-/]\d{1,2}[-/]\d{1,4}[T ]\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?\s?(?:Z|UTC|[+-]\d{2}:?\d{2})?\]?\s*
        (?: std(?:out|err)\s[FP]\s )?
        (?: \[[^\]\n]{1,80}\]\s | \{[^}\n]{1,80}\}\s )*                      # a thread, a file
        (?: -\s )? (?: (?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b:?\s* )?
        (?: [\w.$-]{1,80}(?::\d+)?:?\s-\s | -\s | [A-Z]\w{1,60}:\s(?=\S*(?:Traceback|Caused\sby|\s{2})) )?
    )?
    (?: E\s{3,} )?                                                           # pytest
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """The text, and how many bytes in its middle were left out."""

    text: str
    left_out: int = 0


def plain_text(raw: bytes, left_out: int = 0) -> Pasted:
    """A paste as plain lines. Never raises; what is no text becomes U+FFFD or goes."""
    if len(raw) > 2 * KEPT:
        left_out += len(raw) - 2 * KEPT
        raw = raw[:KEPT] + b"\n" + raw[-KEPT:]
    text = _decoded(raw)
    text = _of_json(text)
    if "\\n" in text or "\\u001b" in text or "\\x1b" in text:
        text = _WRITTEN_ESCAPE.sub(_unwritten, text)
    if "<" in text and _TAGS.search(text):
        text = html.unescape(_TAGS.sub("", text))
    text = _LINE_ENDS.sub("\n", _ESCAPES.sub("", text))
    text = _COLOUR_LEFT.sub("", _CONTROLS.sub("", text)).replace("\u00a0", " ")
    return Pasted("\n".join(_without_prefix(line) for line in text.split("\n")), left_out)


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def _of_json(text: str) -> str:
    """The strings of a JSON answer, each from a line of its own; any other text as it is."""
    if text.lstrip()[:1] not in ("{", "[") or len(text) > 2 * KEPT:
        return text
    try:
        loaded: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    strings = [one for _, one in zip(range(_MOST_STRINGS), _strings(loaded, 0))]
    return "\n".join(strings) if strings else text


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 32:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for child in children:
            yield from _strings(child, depth + 1)


def _unwritten(match: re.Match[str]) -> str:
    """`\\n`, `\\u001b` and the like, as a JSON text or a Python repr writes them."""
    code = match.group(1) or match.group(2)
    if code:
        return chr(int(code, 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(match.group(3), match.group(3))


def _without_prefix(line: str) -> str:
    match = _PREFIX.match(line)
    return line[match.end() :] if match else line
