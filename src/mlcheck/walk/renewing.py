"""The renewal's screen in motion: kept together with a line of words, or gone through one by one."""

from __future__ import annotations

from dataclasses import replace

from mlcheck.walk.draft import Answered, HalfTyped, TypedKey, bound
from mlcheck.walk.filling import Step
from mlcheck.walk.messages import Append, Edited, Effect, Entered, Event, Pressed
from mlcheck.walk.renewal import Renewal, kept, renewal_refusal
from mlcheck.walk.state import Renewing, State


def chosen(state: State, renewing: Renewing, key: str) -> State:
    """The state after a key on the list of answers."""
    match key:
        case "enter":
            return one_by_one(state, renewing)
        case "k":
            typed = state.typed.get(_typed_key(renewing.pack))
            return state.at(replace(renewing, text=typed.text if typed else ""))
        case _:
            return replace(state, notice="`k` keeps them all, Enter goes through them one by one")


def one_by_one(state: State, renewing: Renewing) -> State:
    """The state at the first item left, this pack's answers no longer kept together."""
    return replace(state, one_by_one=state.one_by_one | {renewing.pack}).next()


def typing(state: State, renewing: Renewing, event: Event) -> Step:
    """The state while what was looked at is typed."""
    match event:
        case Edited(text) if text != renewing.text:
            return _typed(state, renewing, text)
        case Entered(text, at):
            return _entered(state, renewing, text.strip(), at)
        case Pressed(key="escape"):
            return state.at(Renewing(renewing.pack)), ()
        case _:
            return state, ()


def _typed(state: State, renewing: Renewing, text: str) -> Step:
    half = _half_typed(renewing.pack, text)
    typed = {**state.typed, _typed_key(renewing.pack): half}
    return replace(state, screen=replace(renewing, text=text), typed=typed), (Append(half),)


def _entered(state: State, renewing: Renewing, words: str, at: str) -> Step:
    renewal = state.renewal(renewing.pack)
    if renewal is None:
        return one_by_one(state, renewing), ()
    why = renewal_refusal(state.sheet, renewal, words)
    if why:
        return replace(state, screen=replace(renewing, text=words), notice=why), ()
    return _kept(state, renewal, words, at)


def _kept(state: State, renewal: Renewal, words: str, at: str) -> Step:
    answers, effects = dict(state.answers), list[Effect]()
    for one in renewal.answers:
        answer = kept(one, words, by=state.by, at=at)
        answers[one.item.item.id, one.instance.name] = answer
        effects.append(Append(Answered(bound(one.item, one.instance), answer)))
    effects.append(Append(_half_typed(renewal.pack.name, "")))
    typed = {key: half for key, half in state.typed.items() if key != _typed_key(renewal.pack.name)}
    after = replace(state, answers=answers, typed=typed).next()
    count = len(renewal.answers)
    return replace(after, notice=f"{count} {'answer' if count == 1 else 'answers'} kept"), tuple(effects)


def _half_typed(pack: str, text: str) -> HalfTyped:
    return HalfTyped(f"renew {pack}", None, None, (), text)


def _typed_key(pack: str) -> TypedKey:
    return f"renew {pack}", None, None
