"""The walk without a terminal: events in, states and effects out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from walk_made import NOON, answered, begun, decision, instance, items, outcome_of, said, screens, sheet, tabled, walk

from mlcheck.packs.model import Answer, ItemOutcome, Waiver
from mlcheck.record.build import Carried
from mlcheck.walk.counts import counts
from mlcheck.walk.draft import Answered, HalfTyped, Noted, Resumed
from mlcheck.walk.messages import (
    Append,
    Astray,
    Edited,
    Event,
    Interrupted,
    OpenEditor,
    Pressed,
    Preview,
    Previewed,
    Recheck,
    Rejudged,
    SaveAndQuit,
    Scrolled,
    Sign,
    StartOver,
    Told,
)
from mlcheck.walk.screens import view
from mlcheck.walk.state import Asking, End, Filling, GoingTo, Help, Over, Passes, Reading, Start, State, Tabling
from mlcheck.walk.step import step
from mlcheck.walk.view import linear


def test_the_walk_asks_killers_first_then_failures_unknown_and_manual_pack_by_pack() -> None:
    assert [item.item.id for item in sheet().asked()] == ["TRN-07", "TRN-03", "TRN-14", "TRN-02", "JOB-10"]


def test_the_counts_add_up() -> None:
    shown = counts(begun()).shown()
    assert shown == "3 of 7 decided (1 fail) · 0 carried over · 4 for you · 5 left, about 1 minute"


def test_the_counts_go_down_with_each_answer_and_agree_with_the_rows() -> None:
    state, _ = walk(begun(), "\na", said("runs:/abc"), "d", said("wrong"), "f", said("not so"))
    found = counts(state)
    assert found.shown() == "2 of 7 decided · 0 carried over · 3 answered (1 fail) · 2 for you · 2 left, about 1 minute"
    assert found.left == len(state.todo()) and found.failed + found.yours == len(state.holding_up())
    assert counts(answered()).shown().endswith("0 for you · 0 left")


def test_a_carried_answer_is_counted_and_not_asked() -> None:
    carried = {("TRN-02", ""): Carried(Answer("pass", "read it", at=NOON), False, "dev@example.com", "ab" * 32)}
    made = replace(sheet(), carried=carried)
    found = counts(begun(made))
    assert found.carried == 1 and found.yours == 3 and found.left == 4
    assert "TRN-02" not in [item.item.id for item in made.asked()]
    told = " ".join(" ".join(linear(view(begun(made)))).split())
    assert "carried over answered by dev@example.com on 2026-11-25, and what they rest on is as it was then" in told


def test_an_unfinished_walk_says_what_is_left() -> None:
    state = begun(resumed=Resumed(answers={("TRN-07", ""): Answer("pass", "runs:/abc", at=NOON)}))
    assert "1 item answered, 4 items left. Enter goes on" in "\n".join(linear(view(state)))


def test_enter_begins_with_the_first_item() -> None:
    state, effects = walk(begun(), "\n")
    assert state.screen == Asking("TRN-07") and effects == []


def test_an_answer_is_appended_before_the_next_item_is_shown() -> None:
    state, effects = walk(begun(), "\na", said("https://host.example.com/run/1"))
    assert state.screen == Asking("TRN-03")
    answer = Answer("pass", "https://host.example.com/run/1", at=NOON)
    (append,) = effects
    assert isinstance(append, Append) and isinstance(append.entry, Answered)
    assert append.entry.answer == answer and append.entry.bound.exhibit == "exhibit"
    assert state.answers == {("TRN-07", ""): answer}


def test_a_computed_fail_cannot_be_answered_pass() -> None:
    state, effects = walk(begun(), "\nsa")
    assert state.screen == Asking("TRN-03") and effects == []
    assert "computed fail" in state.notice


def test_a_killer_takes_no_bare_yes() -> None:
    state, effects = walk(begun(), "\na", said("yes"))
    assert isinstance(state.screen, Filling) and "no address" in state.notice
    assert all(not isinstance(one.entry, Answered) for one in effects if isinstance(one, Append))


def test_a_waiver_asks_risk_reason_approver_and_end() -> None:
    state, _ = walk(begun(), "\nsw", said("2"), said("known, small"), said("lead@example.com"))
    state, effects = walk(state, said("2026-12-31"))
    waiver = Waiver("medium", "known, small", "lead@example.com", "2026-12-31")
    assert state.answers["TRN-03", ""].waiver == waiver
    assert isinstance(effects[-1], Append) and isinstance(effects[-1].entry, Answered)


@pytest.mark.parametrize("until", ["tomorrow", "2026-11-24", "2027-12-31", ""])
def test_a_waivers_end_must_be_a_day_within_policy(until: str) -> None:
    begin = walk(begun(), "\nsw", said("low"), said("reason"), said("lead@example.com"))[0]
    state, _ = walk(begin, said(until))
    assert isinstance(state.screen, Filling) and state.notice and ("TRN-03", "") not in state.answers


def test_a_waiver_that_policy_forbids_opens_no_form() -> None:
    state, _ = walk(begun(), "\ng", said("JOB-10"), "w")
    assert state.screen == Asking("JOB-10") and "policy forbids" in state.notice


@pytest.mark.parametrize("key, outcome", [("f", "fail"), ("x", "n/a")])
def test_fail_and_not_applicable_take_a_note(key: str, outcome: str) -> None:
    empty, _ = walk(begun(), "\n" + key, said(" "))
    assert isinstance(empty.screen, Filling) and "needs a note" in empty.notice
    state, _ = walk(empty, said("the reason"))
    assert state.answers["TRN-07", ""] == Answer(outcome, note="the reason", at=NOON)  # type: ignore[arg-type]


def test_a_dispute_says_why_the_detector_is_wrong() -> None:
    state, _ = walk(begun(), "\nsd", said("it is guarded above"))
    assert state.answers["TRN-03", ""].outcome == "disputed"


def test_an_answer_covers_all_instances() -> None:
    state, effects = walk(begun(), "\ng", said("TRN-14"), "a", said("0.87"))
    assert state.answers["TRN-14", "cat.ml.demand"] == state.answers["TRN-14", "cat.ml.ltv"]
    assert len([one for one in effects if isinstance(one, Append)]) == 2


def test_a_number_chooses_one_instance_and_the_item_is_asked_again_for_the_other() -> None:
    state, _ = walk(begun(), "\ng", said("TRN-14"), "2a", said("0.87"))
    assert set(state.answers) == {("TRN-14", "cat.ml.ltv")}
    assert state.screen == Asking("TRN-14") and state.todo().count("TRN-14") == 1


def test_a_second_answer_is_for_the_instances_still_open_and_says_so() -> None:
    state, _ = walk(begun(), "\ng", said("TRN-14"), "1a", said("0.87"))
    shown = "\n".join(linear(view(state)))
    assert "cat.ml.demand: answered pass 0.87" in shown
    assert "An answer is for cat.ml.ltv, the one still open" in shown
    form, _ = walk(state, "a")
    assert "cat.ml.ltv, the one still open" in "\n".join(linear(view(form)))
    state, _ = walk(form, said("0.91"))
    values = {name: answer.value for (_, name), answer in state.answers.items()}
    assert values == {"cat.ml.demand": "0.87", "cat.ml.ltv": "0.91"}
    listed = "\n".join(linear(view(walk(state, "g")[0])))
    assert "cat.ml.demand: 0.87; cat.ml.ltv: 0.91" in listed


def test_a_number_that_is_no_instance_is_said() -> None:
    state, _ = walk(begun(), "\ng", said("TRN-14"), "7")
    assert state.screen == Asking("TRN-14") and state.notice == "there are 2 instances"


def test_two_digits_choose_an_instance_beyond_nine() -> None:
    models = outcome_of(items()[4].item, *(instance("unknown", f"m{n}") for n in range(12)))
    state, _ = walk(begun(sheet((models,))), "\n12")
    assert state.screen == Asking("TRN-14", 12)
    state, _ = walk(begun(sheet((models,))), "\n", Pressed("11", NOON), Pressed("2", NOON))
    assert state.screen == Asking("TRN-14", 2)


def test_a_choice_is_given_by_number_or_word() -> None:
    for text in ("2", "Staging"):
        state, _ = walk(begun(), "\ng", said("job-10"), "a", said(text))
        assert state.answers["JOB-10", ""].value == "staging"


def test_a_note_waits_for_the_answer_and_goes_into_it() -> None:
    state, effects = walk(begun(), "\nt", said("seen on dev"))
    assert state.screen == Asking("TRN-07")
    assert isinstance(effects[0], Append) and isinstance(effects[0].entry, Noted)
    state, _ = walk(state, "a", said("runs:/abc"))
    assert state.answers["TRN-07", ""].note == "seen on dev" and state.notes == {}


def test_a_note_on_an_answered_item_changes_its_answer() -> None:
    state, _ = walk(begun(), "\na", said("runs:/abc"), "bt", said("later thought"))
    assert state.answers["TRN-07", ""] == Answer("pass", "runs:/abc", "later thought", at=NOON)


def test_every_keystroke_of_a_form_is_appended() -> None:
    _, effects = walk(begun(), "\nf", Edited("w"), Edited("wr"))
    assert effects == [Append(HalfTyped("TRN-07", None, "fail", (), text)) for text in ("w", "wr")]


def test_escape_steps_back_through_a_form_and_keeps_what_was_typed() -> None:
    state, _ = walk(begun(), "\nsw", said("low"), Edited("half a rea"), Pressed("escape"))
    assert isinstance(state.screen, Filling) and state.screen.form.field == "risk"
    state, _ = walk(state, said("high"))
    assert isinstance(state.screen, Filling) and state.screen.form.text == "half a rea"
    state, _ = walk(state, Pressed("escape"), Pressed("escape"))
    assert state.screen == Asking("TRN-03")


def test_a_form_left_opens_again_with_what_was_typed() -> None:
    state, _ = walk(begun(), "\nf", Edited("half"), Pressed("escape"), "f")
    assert isinstance(state.screen, Filling) and state.screen.form.text == "half"


def test_back_goes_where_one_came_from_and_at_last_to_the_start() -> None:
    state, _ = walk(begun(), "\nss")
    assert state.screen == Asking("TRN-14")
    state, _ = walk(state, "b")
    assert state.screen == Asking("TRN-03")
    state, _ = walk(state, Pressed("escape"))
    assert state.screen == Asking("TRN-07")
    state, _ = walk(state, "bb")
    assert state.screen == Start()


def test_open_and_recheck_are_effects() -> None:
    _, effects = walk(begun(), "\nor")
    assert isinstance(effects[0], OpenEditor) and effects[0].place.shown() == "src/train.py:88"
    assert effects[1] == Recheck("TRN-07")


def test_a_recheck_that_passes_is_told_and_enter_goes_on() -> None:
    made = [one if one.item.id != "TRN-07" else outcome_of(one.item, instance("pass")) for one in items()]
    state, _ = walk(begun(), "\nr", Rejudged(decision(made), "TRN-07"))
    assert state.notice == "TRN-07 was unknown and is pass now"
    state, _ = walk(state, "\n")
    assert state.screen == Asking("TRN-03")


def test_an_answer_whose_exhibit_changed_is_asked_again_and_told_why() -> None:
    state, _ = walk(begun(), "\na", said("runs:/abc"))
    changed = [_changed(one) if one.item.id == "TRN-07" else one for one in items()]
    state, _ = walk(state, Rejudged(decision(changed)))
    assert "TRN-07" in state.todo() and "TRN-07: what it rests on changed" in state.notice


def _changed(item: ItemOutcome) -> ItemOutcome:
    return outcome_of(item.item, instance("unknown", exhibit="another"))


def test_go_to_finds_by_id_and_word_and_names_the_nearest() -> None:
    assert walk(begun(), "g", said("trn-02"))[0].screen == Asking("TRN-02")
    assert walk(begun(), "g", said("title of JOB-1"))[0].screen == Asking("JOB-10")
    missed, _ = walk(begun(), "g", said("TRX-02"))
    assert isinstance(missed.screen, GoingTo) and "did you mean `TRN-02`?" in missed.notice


def test_go_to_lists_several_that_have_the_word() -> None:
    state, _ = walk(begun(), "g", said("JOB"))
    assert isinstance(state.screen, GoingTo)
    assert state.notice == "2 items have it: JOB-05 the title of JOB-05; JOB-10 the title of JOB-10. Give an id"
    shown = "\n".join(linear(view(state)))
    assert "TRN-01" not in shown


def test_a_note_is_cleared_and_one_that_is_needed_stays() -> None:
    state, _ = walk(begun(), "\nt", said("seen"), "t", said(""))
    assert state.notice == "note cleared"
    failed, _ = walk(begun(), "\nf", said("broken"), "bt", said(""))
    assert failed.answers["TRN-07", ""].note == "broken" and "needs a note" in failed.notice


def test_an_answered_waiver_names_its_approver_and_its_note() -> None:
    given = ("low", "known", "lead@example.com", "2026-12-31")
    state, _ = walk(begun(), "\nst", said("seen"), "w", *map(said, given), "b")
    shown = "\n".join(linear(view(state)))
    assert "Answered: waived low risk until 2026-12-31, approver lead@example.com: known · note: seen" in shown


def test_passes_and_help_come_back_to_where_they_were_opened() -> None:
    for key, screen in (("p", Passes), ("?", Help)):
        opened, _ = walk(begun(), "\n" + key)
        assert isinstance(opened.screen, screen)
        assert walk(opened, "b")[0].screen == Asking("TRN-07")


def test_the_end_signs_what_is_complete() -> None:
    state = answered()
    assert state.screen == End() and state.holding_up() == ()
    state, effects = walk(state, "y")
    assert state.screen == Over(signing=True) and effects == [Sign()]


def test_where_nobody_can_sign_the_end_offers_no_signature_and_says_how() -> None:
    state = replace(answered(), unable="no key to sign with. Go on with: mlcheck run --key FILE")
    shown = "\n".join(linear(view(state)))
    assert "y signs" not in shown and "Go on with: mlcheck run --key FILE" in shown
    state, effects = walk(state, "y")
    assert state.screen == End() and effects == [] and "nobody can sign yet" in state.notice


def test_the_end_signs_nothing_that_is_open_or_failed() -> None:
    state, effects = walk(begun(), "\nsssss")
    assert state.screen == End()
    state, effects = walk(state, "y")
    assert isinstance(state.screen, Asking) and effects == [] and "nothing is signed" in state.notice
    failed, _ = walk(answered(), "g", said("TRN-02"), "f", said("not so"), "y")
    assert failed.screen == Asking("TRN-02")


def test_the_end_asks_for_the_report_as_it_will_be_and_again_when_an_answer_changes() -> None:
    state, effects = walk(begun(), "\nsssss")
    (preview,) = [one for one in effects if isinstance(one, Preview)]
    assert preview.answers == {}
    state, effects = walk(state, Previewed("## UNSIGNED: 7 items\n\n- one"), "v")
    assert state.screen == Reading(End()) and effects == []
    assert "UNSIGNED: 7 items" in "\n".join(linear(view(state)))
    state, effects = walk(state, "bg", said("TRN-07"), "a", said("runs:/abc"), "sssss")
    assert state.report == "" and [one for one in effects if isinstance(one, Preview)][-1].answers == state.answers


def test_the_end_names_the_shortest_way_to_each_open_item_and_a_number_goes_there() -> None:
    state, _ = walk(begun(), "\nsssss")
    shown = "\n".join(linear(view(state)))
    assert "fail: mend src/train.py:12 (o opens it)" in shown
    assert "unknown: a answers: the URL of a run that ended well" in shown
    assert walk(state, "2")[0].screen == Asking("TRN-03")
    assert walk(state, "9")[0].notice == "there are 5 open items"


def test_while_the_files_are_anothers_nothing_is_signed_or_decided_again_and_it_is_said() -> None:
    away, _ = walk(answered(), Astray("the files are on `main` now"))
    assert "the files are on `main` now" in "\n".join(linear(view(away)))
    state, effects = walk(away, "y")
    assert state.screen == End() and effects == [] and state.notice == "the files are on `main` now"
    state, effects = walk(away, "g", said("TRN-03"), "r")
    assert effects == []
    back, _ = walk(away, Astray(""))
    assert back.notice == "the files are those of this walk again"
    assert walk(back, "y")[1] == [Sign()]


def test_items_named_alone_are_shown_though_they_were_decided() -> None:
    alone = replace(sheet(), only=frozenset({"TRN-01"}))
    assert walk(begun(alone), "\n")[0].screen == Asking("TRN-01")


def test_a_table_is_corrected_row_by_row_and_confirmed_as_the_answer_of_one_instance() -> None:
    state, effects = walk(tabled(), "e1e", Edited("price | double | the same"))
    half = HalfTyped("PRE-06", "cat.ml.demand", "pass", (), "price | double | the same; city | · | ·")
    assert effects[-1] == Append(half)
    state, _ = walk(state, said("price | double | the same"), "2e", said(""), "+", said("age; years | as it is | ·"))
    assert isinstance(state.screen, Tabling)
    assert state.screen.rows == ("price | double | the same", "age, years | as it is | ·")
    state, _ = walk(state, "\n")
    assert isinstance(state.screen, Filling)
    value = "price | double | the same; age, years | as it is | ·"
    assert state.screen.form.text == value
    state, _ = walk(state, said(state.screen.form.text))
    assert state.answers == {("PRE-06", "cat.ml.demand"): Answer("pass", value, at=NOON)}
    assert state.screen == Asking("PRE-06")
    again, _ = walk(state, "1e")
    assert isinstance(again.screen, Tabling) and again.screen.rows == tuple(value.split("; "))


def test_a_table_that_was_left_opens_as_it_was_and_is_shown_for_one_instance() -> None:
    state, _ = walk(tabled(), "1e2e", Edited("city | one-hot | ·"), Pressed("escape"), "b")
    shown = "\n".join(linear(view(state)))
    assert "column  training        inference" in shown and "price   cast to double  ·" in shown
    assert "e edit the table" in shown or "Keys: a f x w e" in shown
    state, _ = walk(state, "e")
    assert isinstance(state.screen, Tabling) and state.screen.rows[0] == "price | cast to double | ·"
    assert walk(begun(), "\ne")[0].notice == "this item has no table"


def test_quit_and_ctrl_c_save_from_everywhere() -> None:
    assert walk(begun(), "q")[1] == [SaveAndQuit()]
    for keys in ("", "\n", "\na", "\n?", "\np", "g", "\nsssss"):
        state, effects = walk(begun(), keys, Interrupted())
        assert effects[-1] == SaveAndQuit() and state.screen == Over(signing=False, interrupted=True)


def test_starting_anew_forgets_the_answers_and_puts_the_draft_aside() -> None:
    resumed = Resumed(answers={("TRN-07", ""): Answer("pass", "runs:/abc")})
    state, effects = walk(begun(resumed=resumed), "n")
    assert effects == [StartOver()] and state.answers == {} and state.screen == Start()


KEYS = [*"afxwdeortbsgp?qyvn+0123456789zZ é\t", "enter", "escape", "up", "12", "999999999999"]


@pytest.mark.parametrize("state", screens())
def test_no_event_in_any_state_breaks_the_walk(state: State) -> None:
    others: list[Event] = [Edited("x"), said("x"), said(""), Scrolled(3), Scrolled(-1), Told("t")]
    rejudged: list[Event] = [Rejudged(decision()), Rejudged(decision(()), "TRN-07"), Interrupted()]
    rejudged += [Astray("the files are on `main` now"), Astray(""), Previewed("## the report")]
    for event in (*(Pressed(key, NOON) for key in KEYS), *others, *rejudged):
        after, effects = step(state, event)
        assert set(after.answers) >= set(state.answers) or isinstance(event, (Rejudged, Pressed))
        for effect in effects:
            if isinstance(effect, Append) and isinstance(effect.entry, Answered):
                assert after.answers[effect.entry.bound.key] == effect.entry.answer
        if isinstance(state.screen, Over):
            assert after == state and effects == ()
        for key, answer in after.answers.items():
            item = after.sheet.item(key[0])
            assert item is not None
            assert (answer.outcome, item.outcome) != ("pass", "fail")
