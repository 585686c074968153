"""Bytes of source files as text: encodings, byte-order marks, line ends."""

from __future__ import annotations

import codecs
import re

from mlcheck.project.model import NotUnderstood
from mlcheck.project.place import Place

MAX_SOURCE = 2 * 1024 * 1024  # bytes of code in one file
MAX_LINES = 400_000

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(?:#.*)?\r?\Z")
_NO_SOURCE_ENCODING = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}


def decode_python(raw: bytes, path: str) -> str | NotUnderstood:
    """The text of a Python file, by its PEP 263 cookie, with `\\n` at its line ends."""
    cookie = None if raw.startswith(codecs.BOM_UTF8) else _cookie(raw)
    if cookie is None:
        return decode_text(raw, path)
    name, line = cookie
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return NotUnderstood(Place(path, line), f"its encoding is unknown: {name}")
    if not getattr(codec, "_is_text_encoding", True) or codec.name in _NO_SOURCE_ENCODING:
        return NotUnderstood(Place(path, line), f"its encoding is not one of text: {name}")
    return decode_text(raw, path, codec.name)


def decode_text(raw: bytes, path: str, encoding: str = "utf-8") -> str | NotUnderstood:
    """The text of a file without a byte-order mark, with `\\n` at its line ends."""
    if b"\0" in raw:
        return NotUnderstood(Place(path, raw.count(b"\n", 0, raw.index(b"\0")) + 1), "binary, not text")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return NotUnderstood(Place(path, line), f"not text in {encoding}: byte {raw[error.start]:#04x}")
    except UnicodeError:
        return NotUnderstood(Place(path, 1), f"not text in {encoding}")
    return unified_line_ends(text)


def unified_line_ends(text: str) -> str:
    """The text with `\\n` for each `\\r\\n` and `\\r`, as Python reads source."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _cookie(raw: bytes) -> tuple[str, int] | None:
    """The encoding that one of the first two lines names, and which line."""
    first, _, rest = raw[:4096].partition(b"\n")
    found = _COOKIE.match(first)
    if found:
        return found.group(1).decode(), 1
    if not _BLANK_OR_COMMENT.match(first):
        return None
    found = _COOKIE.match(rest.partition(b"\n")[0])
    return (found.group(1).decode(), 2) if found else None
