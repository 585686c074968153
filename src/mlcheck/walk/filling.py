"""The walk's forms in motion: opened, typed into, finished into answers and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlcheck.packs.model import ItemOutcome, Outcome
from mlcheck.walk.draft import Answered, HalfTyped, Noted, TypedKey, bound
from mlcheck.walk.forms import Form, answer_of, fields_of
from mlcheck.walk.messages import Append, Edited, Effect, Entered, Event, Pressed
from mlcheck.walk.sheet import Key
from mlcheck.walk.state import Asking, Filling, State

Step = tuple[State, tuple[Effect, ...]]


def begin_answer(state: State, asking: Asking, item: ItemOutcome, outcome: Outcome) -> State:
    """A form for an answer, where such an answer may be given."""
    for instance in state.instances(asking):
        why = state.sheet.forbids(item, instance, outcome)
        if why:
            others = len(state.instances(asking)) > 1
            apart = "; a number chooses one of the others" if others else ""
            return replace(state, notice=f"{_named(item, instance.name, why)}{apart}")
    return begin_form(state, asking, outcome)


def _named(item: ItemOutcome, instance: str, why: str) -> str:
    if len(item.instances) < 2:
        return why
    number = next(n for n, each in enumerate(item.instances, 1) if each.name == instance)
    return f"{number} {instance}: {why}"


def begin_form(state: State, asking: Asking, outcome: Outcome | None) -> State:
    """The form of an outcome, or of a note, as it was left where it was begun before."""
    item = asking.item
    instances = state.instances(asking)
    instance = instances[0].name if asking.chosen else None
    typed = state.typed.get((item, instance, outcome))
    if typed:
        return state.at(Filling(Form.reopened(typed), asking))
    note = next((note for each in instances if (note := state.notes.get((item, each.name)))), "")
    text = note if outcome in (None, "fail", "n/a", "disputed") else ""
    first, *later = [text] if text else _before(state, asking, outcome)
    return state.at(Filling(Form(item, instance, outcome, text=first, kept=tuple(later)), asking))


def _before(state: State, asking: Asking, outcome: Outcome | None) -> list[str]:
    """What the fields held in the answer before, where all instances had the same."""
    before = [state.earlier((asking.item, each.name)) for each in state.instances(asking)]
    answers = {one.answer.outcome: fields_of(one.answer) for one in before if one}
    alike = all(one and fields_of(one.answer) == answers.get(outcome or one.answer.outcome) for one in before)
    return list(answers[outcome]) if outcome is not None and alike and outcome in answers else [""]


def filled(state: State, filling: Filling, event: Event) -> Step:
    """The form after an event: typed into, back a field, or entered."""
    form = filling.form
    match event:
        case Edited(text) if text != form.text:
            return _kept(state, replace(filling, form=replace(form, text=text)))
        case Entered(text, at):
            return _entered(state, filling, text, at)
        case Pressed(key="escape") if form.given:
            return _kept(state, replace(filling, form=form.back()))
        case Pressed(key="escape"):
            return state.at(filling.back), ()
        case _:
            return state, ()


def _kept(state: State, filling: Filling) -> Step:
    """The form as it is now, half typed, into the state and the draft."""
    typed = filling.form.half_typed()
    key = (typed.item, typed.instance, typed.outcome)
    return replace(state, screen=filling, typed={**state.typed, key: typed}), (Append(typed),)


def _entered(state: State, filling: Filling, text: str, at: str) -> Step:
    item = state.sheet.item(filling.form.item)
    if item is None:
        return state.at(filling.back), ()
    form = replace(filling.form, text=text)
    given = form.resolved(item.item, text)
    why = state.sheet.misfit(item.item, form.outcome, form.field, given)
    if why:
        kept, effects = _kept(state, replace(filling, form=form))
        return replace(kept, notice=why), effects
    form = form.entered(given)
    if not form.complete:
        return _kept(state, replace(filling, form=form))
    if form.outcome is None:
        return _noted(state, filling.back, item, given, at)
    return _answered(state, replace(filling, form=form), item, at)


def _answered(state: State, filling: Filling, item: ItemOutcome, at: str) -> Step:
    form, item_id = filling.form, item.item.id
    answers, effects = dict(state.answers), []
    for instance in state.instances(filling.back):
        key = item_id, instance.name
        answer = answer_of(form, note=_note(state, key, form), by=state.by, at=at)
        why = state.sheet.refusal(item, instance, answer)
        if why:
            last = replace(form, given=form.given[:-1], text=form.given[-1])
            kept, kept_effects = _kept(state, replace(filling, form=last))
            return replace(kept, notice=_named(item, instance.name, why)), kept_effects
        answers[key] = answer
        effects.append(Append(Answered(bound(item, instance), answer)))
    answered = {(item_id, instance.name) for instance in state.instances(filling.back)}
    after = replace(
        state,
        screen=filling.back,
        answers=answers,
        notes={key: note for key, note in state.notes.items() if key not in answered},
        typed=_without(state, form),
    )
    if after.unanswered(item):
        return replace(after.at(replace(filling.back, chosen=0)), notice=f"kept: {form.outcome}"), tuple(effects)
    return replace(after.next(item_id), notice=f"{item_id} kept: {form.outcome}"), tuple(effects)


def _note(state: State, key: Key, form: Form) -> str:
    """The note given apart; an answer that is the one before in all fields keeps its note too."""
    if key in state.notes or key in state.answers:
        return state.notes.get(key, "") or (state.answers[key].note if key in state.answers else "")
    before = state.earlier(key)
    same = before and before.answer.outcome == form.outcome and fields_of(before.answer) == form.given
    return before.answer.note if before and same else ""


def _without(state: State, form: Form) -> Mapping[TypedKey, HalfTyped]:
    done = form.item, form.instance, form.outcome
    return {key: typed for key, typed in state.typed.items() if key != done}


def _noted(state: State, asking: Asking, item: ItemOutcome, note: str, at: str) -> Step:
    """A note goes into the answer that is there, else it waits for one."""
    answers, notes, effects = dict(state.answers), dict(state.notes), []
    for instance in state.instances(asking):
        key = item.item.id, instance.name
        if key in answers:
            answer = replace(answers[key], note=note, at=at)
            if why := state.sheet.refusal(item, instance, answer):
                return replace(state, notice=why), ()
            answers[key] = answer
            effects.append(Append(Answered(bound(item, instance), answers[key])))
        else:
            notes[key] = note
            effects.append(Append(Noted(bound(item, instance), note)))
    form = Form(item.item.id, None if not asking.chosen else state.instances(asking)[0].name, None)
    kept = replace(state, answers=answers, notes=notes, typed=_without(state, form))
    return replace(kept.at(asking), notice="note kept" if note else "note cleared"), tuple(effects)
