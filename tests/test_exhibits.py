"""What an answer is bound to: tokens without comments and layout, and what is absent only where all was read."""

from __future__ import annotations

import pytest
from conftest import decide

from mlcheck.packs.model import Pack
from mlcheck.packs.tokens import digest, file_tokens, tokens

CODE = "def f(a):\n    if a > 1:\n        return a + 1\n    return [a,\n            2]\n"


@pytest.mark.parametrize(
    "same",
    [
        CODE.replace("    return a", "    return a").replace(" + ", "+"),
        CODE.replace("a + 1", "a + 1  # one more"),
        CODE.replace("\n    return [", "\n\n    # a list\n    return ["),
        CODE.replace("[a,\n            2]", "[a, 2]"),
        CODE.replace("    ", "  "),
    ],
    ids=["blanks", "a comment", "empty lines", "a list on one line", "another indentation"],
)
def test_layout_and_comments_leave_a_file_s_digest(same: str) -> None:
    assert digest(file_tokens(same)) == digest(file_tokens(CODE))


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace(">", "<"),
        CODE.replace("+", "-"),
        CODE.replace("2", "3"),
        CODE.replace("        return a + 1\n", "        a\n    return a + 1\n"),
        CODE.replace("return a + 1", "return 'a + 1'"),
    ],
    ids=["a comparison", "an operator", "a number", "a line further out", "a string"],
)
def test_whatever_means_something_else_changes_it(other: str) -> None:
    assert digest(file_tokens(other)) != digest(file_tokens(CODE))


def test_a_statement_s_marks_count() -> None:
    assert digest(tokens("x < 1")) != digest(tokens("x > 1"))
    assert digest(tokens("x < 1")) == digest(tokens("x  <  1  # small"))


def test_nothing_is_absent_where_a_file_was_not_read(packs: tuple[Pack, ...]) -> None:
    whole = decide({"n.py": "# Databricks notebook source\nprint(1)\n"}, packs)
    broken = decide({"n.py": "# Databricks notebook source\nmodel.fit(x y)\n"}, packs)
    hiding = decide({"n.py": "# Databricks notebook source\nexec(text 1)\n"}, packs)
    outcomes = [{item.item.id: item.outcome for item in decision.items} for decision in (whole, broken, hiding)]
    assert [one["TRN-01"] for one in outcomes] == ["n/a", "unknown", "unknown"]


def test_a_file_that_does_not_parse_is_searched_all_the_same(packs: tuple[Pack, ...]) -> None:
    decision = decide({"n.py": "# Databricks notebook source\nselect * from x\n"}, packs)
    outcomes = {item.item.id: item.outcome for item in decision.items}
    assert (outcomes["TRN-01"], outcomes["JOB-11"]) == ("n/a", "fail")
