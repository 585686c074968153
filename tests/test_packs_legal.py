"""Which answers may stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.packs.legal import check_value, possible, refusal
from mlcheck.packs.load import shipped_packs
from mlcheck.packs.model import Answer, Item, Outcome, Waiver
from mlcheck.packs.vocabulary import ANSWER_KINDS

ITEMS = {item.id: item for pack in shipped_packs() for item in pack.items}
TODAY = date(2026, 6, 1)
WAIVER = Waiver("low", "a hotfix", "lead@example.com", "2026-09-01")
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def _refusal(item: str | Item, computed: Outcome, answer: Answer, **policy: Any) -> str | None:
    one = ITEMS[item] if isinstance(item, str) else item
    return refusal(one, computed, answer, today=TODAY, **policy)


def test_a_computed_fail_is_fixed_waived_or_disputed() -> None:
    assert possible(ITEMS["MLF-04"], "fail") == ("fail", "waived", "disputed")
    assert _refusal("MLF-04", "fail", Answer("pass", "it is fine")) == (
        "computed fail can't be answered pass: fix and re-check it, waive it, or dispute the detector"
    )
    assert "applies" in (_refusal("MLF-04", "fail", Answer("n/a", note="not here")) or "")
    assert _refusal("MLF-04", "fail", Answer("disputed", note="the import is guarded")) is None
    assert _refusal("MLF-04", "fail", Answer("fail", note="mended next week")) is None


def test_what_could_not_be_decided_is_answered_by_a_person() -> None:
    assert possible(ITEMS["PRE-06"], "manual") == ("pass", "fail", "n/a", "waived")
    assert _refusal("PRE-06", "manual", Answer("pass", "the table in docs/preprocessing.md agrees")) is None
    assert _refusal("INF-11", "manual", Answer("pass", "https://host/ml/experiments/1/runs/abc")) is None
    assert _refusal("JOB-05", "unknown", Answer("n/a", note="it is started by hand")) is None


def test_only_what_a_detector_claims_is_disputed() -> None:
    note = Answer("disputed", note="wrong")
    assert _refusal("MLF-01", "unknown", note) == (
        "the detector says unknown, which claims nothing to dispute: answer it"
    )
    assert _refusal("PRE-06", "manual", note) == "no detector decides this item, so there is none to dispute"
    assert _refusal("MLF-03", "baselined", note) is None


def test_what_was_decided_is_only_made_worse() -> None:
    assert _refusal("MLF-03", "pass", Answer("n/a", note="x")) == (
        "decided without you: pass; it can only be answered fail, with a note"
    )
    assert _refusal("MLF-03", "n/a", Answer("fail", note="there is one, made in a script")) is None


@pytest.mark.parametrize("outcome", ["fail", "n/a"])
def test_an_outcome_that_must_be_explained_needs_a_note(outcome: Outcome) -> None:
    assert _refusal("PRE-06", "manual", Answer(outcome, note=" \n")) == f"`{outcome}` needs a note: why, in words"


def test_a_pass_needs_a_value_of_its_kind() -> None:
    assert _refusal("PRE-06", "manual", Answer("pass")) == "say what was confirmed, in words"
    assert _refusal("PRE-06", "manual", Answer("pass", "yes")) == "say what was confirmed, in words"
    assert _refusal("JOB-04", "unknown", Answer("pass", "two hours")) == (
        "`two hours` is no number: write it like 1200 or 0.87, without a unit"
    )
    assert _refusal("PRE-13", "unknown", Answer("pass", "2026-05-30")) is None


@pytest.mark.parametrize("bare", ["yes", "OK.", " done ", "y", "n/a", "-"])
def test_a_killer_takes_no_bare_yes(bare: str) -> None:
    assert _refusal("PRE-01", "unknown", Answer("pass", bare)) == "say what you looked at, and what you found"


def test_an_answer_of_an_agent_stands_where_policy_lets_it() -> None:
    answer = Answer("pass", "dim_property, against its schema of 2026-05-30", by="agent")
    assert _refusal("PRE-01", "unknown", answer) is None
    assert _refusal("PRE-01", "unknown", answer, forbid_agent_answers=True) == (
        "policy forbids answers by an agent: a person answers"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"risk": "none"}, "`none` is no risk: low, medium or high"),
        ({"reason": "  "}, "a waiver needs a reason"),
        ({"approver": "the lead"}, "`the lead` names no approver: give the address of an allowed signer, like"),
        ({"approver": "*@example.com"}, "`*@example.com` names no approver"),
        ({"until": "1.9.2026"}, "`1.9.2026` is no date: write it like 2027-03-31"),
        ({"until": "2026-02-30"}, "`2026-02-30` is no date"),
        ({"until": "2026-05-31"}, "the waiver ended on 2026-05-31: give a day from 2026-06-01 on"),
        ({"until": "2026-06-01"}, None),
        ({"until": "2026-11-28"}, None),
        ({"until": "2026-11-29"}, "the waiver may end on 2026-11-28 at the latest"),
    ],
)
def test_a_waiver_is_complete(change: dict[str, str], expected: str | None) -> None:
    found = _refusal("MLF-03", "fail", Answer("waived", waiver=replace(WAIVER, **change)))
    assert found == expected if expected is None else (found or "").startswith(expected)


def test_a_waiver_stands_where_policy_lets_it() -> None:
    waived = Answer("waived", waiver=WAIVER)
    assert _refusal("MLF-03", "fail", Answer("waived")) == "a waiver needs risk, reason, approver and until"
    assert _refusal("MLF-03", "fail", waived, forbid_waiver=["MLF-03"]) == "policy forbids a waiver of MLF-03: fix it"
    assert _refusal("MLF-03", "fail", waived, max_waiver_days=10) == "the waiver may end on 2026-06-11 at the latest"
    assert _refusal("MLF-03", "fail", waived, max_waiver_days=10**9) is None
    assert _refusal("PRE-06", "manual", Answer("pass", "it agrees", waiver=WAIVER)) == (
        "a waiver belongs to `waived`, not to `pass`"
    )


def test_a_killer_is_waived_by_someone_else() -> None:
    waived = Answer("waived", waiver=WAIVER)
    assert _refusal("MLF-01", "fail", waived, signer="Lead@Example.com") == (
        "MLF-01 is a killer: someone other than Lead@Example.com approves its waiver"
    )
    assert _refusal("MLF-01", "fail", waived, signer="dev@example.com") is None
    assert _refusal("MLF-01", "fail", waived, signer=None) is None
    assert _refusal("MLF-03", "fail", waived, signer="lead@example.com") is None


@pytest.mark.parametrize("bad", ["\x1b[31m", "\u202e", "\u2028", "\x85", "\r", "\ud800", "\x00"])
def test_no_text_holds_what_verify_would_refuse(bad: str) -> None:
    for found in (
        _refusal("PRE-06", "manual", Answer("pass", f"it agrees{bad}")),
        _refusal("PRE-06", "manual", Answer("pass", "it agrees", note=f"a{bad}b")),
        _refusal("PRE-06", "manual", Answer("fail", f"a{bad}b", note="why")),
        _refusal("MLF-03", "fail", Answer("waived", waiver=replace(WAIVER, reason=f"a{bad}b"))),
        _refusal("MLF-03", "fail", Answer("waived", waiver=replace(WAIVER, approver=f"a{bad}b@example.com"))),
    ):
        assert found is not None and "holds the character" in found and bad not in found


def test_notes_may_have_lines_and_tabs() -> None:
    assert _refusal("PRE-06", "manual", Answer("fail", note="two\n\tlines")) is None
    assert "longer than 20,000" in (_refusal("PRE-06", "manual", Answer("fail", note="x" * 20_001)) or "")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", ["7200", "-1", "0.87", "1e-3", ".5"], ["1,200", "7200 s", "nan", "inf", "0x10", "1" * 21, "²", "١"]),
        ("date", ["2027-03-31", "2024-02-29"], ["31.3.2027", "2027-3-31", "2025-02-29", "20270331", "2027-W13-3"]),
        (
            "url",
            ["https://host/ml/experiments/1/runs/abc", "http://localhost:5000", "runs:/abc", "models:/a.b.c@champion"],
            ["host/ml", "https://", "javascript:alert(1)", "https://a b", "runs:/", "https://u:p@host/", "http://[::1"],
        ),
        (
            "path",
            ["docs/preprocessing.md", "README.md", "docs/"],
            ["/etc/passwd", "../x", "a/../b", "~/x", "C:/x", "a\\b", "a//b"],
        ),
        ("choice", ["one", "two"], ["One", "three", "one "]),
        ("text", ["a", "x\ny"], ["", " \n"]),
        ("confirm", ["the table agrees"], [""]),
    ],
)
def test_a_value_is_of_its_kind(kind: str, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if check_value(kind, ("one", "two"), text)] == []
    assert [text for text in bad if not check_value(kind, ("one", "two"), text)] == []


@given(
    item=st.sampled_from(list(ITEMS.values())),
    computed=st.sampled_from(OUTCOMES),
    outcome=st.sampled_from(OUTCOMES),
    value=st.none() | st.text(st.characters(), max_size=30),
    note=st.text(st.characters(), max_size=30),
    waiver=st.none() | st.builds(Waiver, *[st.text(st.characters(), max_size=12)] * 4),
)
def test_any_answer_is_taken_or_refused_in_one_line(
    item: Item, computed: Outcome, outcome: Outcome, value: str | None, note: str, waiver: Waiver | None
) -> None:
    found = _refusal(item, computed, Answer(outcome, value, note, waiver), signer="dev@example.com")
    if outcome not in possible(item, computed):
        assert found is not None


@given(st.sampled_from(list(ANSWER_KINDS)), st.text(st.characters(), max_size=60))
def test_any_text_is_a_value_or_refused(kind: str, text: str) -> None:
    assert check_value(kind, ("one", "two"), text) != ""
