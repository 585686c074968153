"""The draft: whatever was done, and wherever it was cut, the resumed walk shows what was answered."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from walk_made import NOON, instance, items, outcome_of, sheet, tabled

from mlcheck.packs.model import Answer, Waiver
from mlcheck.walk.draft import (
    Answered,
    Bound,
    Entry,
    HalfTyped,
    Noted,
    Resumed,
    decode,
    encode,
    header,
    resume,
)
from mlcheck.walk.messages import Append, Edited, Entered, Event, Interrupted, Pressed, Scrolled
from mlcheck.walk.state import State
from mlcheck.walk.step import step

TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "low",
            "why",
            "lead@example.com",
            "2026-12-31",
            "0.9",
            "runs:/abc",
            "dev",
            "TRN-14",
            "PRE-06",
            "price | double",
        ]
    ),
    st.text(max_size=6),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from([*"afxwdtebsgpv?+12\n"]).map(lambda key: Pressed("enter" if key == "\n" else key, NOON)),
    st.just(Pressed("escape", NOON)),
    TEXTS.map(Edited),
    TEXTS.map(lambda text: Entered(text, NOON)),
    st.integers(-1, 5).map(Scrolled),
    st.just(Interrupted()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=40), st.integers(0, 400))
def test_a_walk_killed_at_any_point_resumes_with_what_was_answered(events: list[Event], torn: int) -> None:
    made = tabled().sheet
    state = State.begun(made, Resumed(), signer="", by="person")
    on_disk = header("feature-x")
    for event in (Pressed("enter", NOON), *events):
        state, effects = step(state, event)
        before = state
        for effect in effects:
            if isinstance(effect, Append):
                on_disk += encode(effect.entry)
    resumed = resume(decode(on_disk), made)
    assert resumed.answers == before.answers and resumed.notes == before.notes
    assert {k: v for k, v in before.typed.items() if v.text or v.given} == resumed.typed
    cut = on_disk + encode(Noted(Bound("TRN-02", "", "exhibit", "text-TRN-02"), "x" * 20))
    cut = cut[: len(on_disk) + min(torn, len(cut) - len(on_disk) - 2)]
    assert resume(decode(cut), made).answers == resumed.answers


@given(st.text(max_size=300))
def test_any_text_is_read_as_a_draft(text: str) -> None:
    resume(decode(text), sheet())


@given(TEXTS, TEXTS, TEXTS)
def test_entries_survive_encoding(one: str, two: str, three: str) -> None:
    bound = Bound("TRN-03", one, two, three)
    entries: tuple[Entry, ...] = (
        Answered(bound, Answer("waived", one, two, Waiver("low", one, two, three), "agent", NOON)),
        Answered(bound, Answer("pass", None)),
        Noted(bound, three),
        HalfTyped("TRN-03", None, "waived", (one, two), three),
    )
    assert decode("".join(map(encode, entries))) == entries


def test_an_answer_on_what_changed_is_dropped_and_told_why() -> None:
    entry = Answered(Bound("TRN-07", "", "exhibit", "text-TRN-07"), Answer("pass", "runs:/abc"))
    changed = [
        outcome_of(one.item, instance("unknown", exhibit="other")) if one.item.id == "TRN-07" else one
        for one in items()
    ]
    resumed = resume((entry,), sheet(changed))
    assert resumed.answers == {}
    assert resumed.dropped == ("TRN-07: what it rests on changed; it is asked again",)


def test_an_answer_to_an_item_that_left_the_packs_is_dropped() -> None:
    entry = Answered(Bound("OLD-01", "", "exhibit", "text"), Answer("pass", "x"))
    assert "no longer in the packs" in resume((entry,), sheet()).dropped[0]


def test_a_waiver_that_ended_meanwhile_is_asked_again() -> None:
    waiver = Waiver("low", "why", "lead@example.com", "2026-01-01")
    entry = Answered(Bound("TRN-03", "", "exhibit", "text-TRN-03"), Answer("waived", waiver=waiver))
    assert "the waiver ended on 2026-01-01" in resume((entry,), sheet()).dropped[0]
