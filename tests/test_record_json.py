"""Strict JSON: one reading for each text, and no text that shows something else than it is."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refused
from mlcheck.record.strict_json import canonical, check_texts, parse, text_problem


def refusal(data: bytes) -> Code | None:
    with pytest.raises(Refused) as caught:
        parse(data)
    return caught.value.refusal.code


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"[1e999]",
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 100_000,
        b"[123456789012345678901]",
        b"[0.123456789012345678901]",
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"\xff",
        b"",
        b"{} {}",
        b'["\x01"]',
    ],
)
def test_what_parsers_disagree_on_is_refused(data: bytes) -> None:
    assert refusal(data) is Code.E_JSON


def test_64_levels_and_20_digits_are_taken() -> None:
    assert parse(b"[" * 64 + b"]" * 64)
    assert parse(b"[12345678901234567890]") == [12345678901234567890]


def test_brackets_in_texts_are_no_levels() -> None:
    assert parse(json.dumps('[{\\"' * 1000).encode()) == '[{\\"' * 1000


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert refusal(b" " * (8 * 1024 * 1024 + 1)) is Code.E_TOO_BIG


@given(st.binary(max_size=200))
def test_bytes_are_parsed_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):
        parse(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_a_value_has_one_canonical_spelling(value: object) -> None:
    assert parse(canonical(value)) == value
    assert canonical(parse(canonical(value))) == canonical(value)


@pytest.mark.parametrize(
    "bad", ["\x00", "\x1b[2J", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\ud800", "\ufeff", "\r"]
)
def test_control_and_bidirectional_characters_are_found_in_every_text_and_key(bad: str) -> None:
    for value in ({"note": f"a{bad}"}, {"a": [f"{bad}"]}, {f"k{bad}": 1}):
        with pytest.raises(Refused) as caught:
            check_texts(value, lines_in=frozenset({"note"}))
        assert caught.value.refusal.code is Code.E_TEXT_CONTROL


def test_lines_and_tabs_are_allowed_in_notes_alone() -> None:
    check_texts({"note": "one\n\ttwo"}, lines_in=frozenset({"note"}))
    assert text_problem("one\ntwo") == "the character `\\n`"
    assert text_problem("één 日本 🙂") is None
