"""One item drawn: its outcome and answers, the places, the question, why and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlcheck.packs.model import Evidence, InstanceOutcome, ItemOutcome
from mlcheck.walk.earlier import answer_shown
from mlcheck.walk.screen_parts import is_answered, labelled, number_of
from mlcheck.walk.sheet import NEEDS_A_PERSON
from mlcheck.walk.state import Asking, State
from mlcheck.walk.step import ANSWER_KEYS
from mlcheck.walk.text import BLANK, Line, Span, entry, line, padded

_SHOWN_EVIDENCE = 12


def item_keys(state: State, asking: Asking, item: ItemOutcome) -> list[str]:
    """The keys that mean something at an item."""
    instances = state.instances(asking)
    legal = [
        key
        for key, outcome in ANSWER_KEYS.items()
        if not any(state.sheet.forbids(item, instance, outcome) for instance in instances)
    ]
    opens = ["o"] if item.evidence else []
    return [*legal, *opens, *"rtbsgp?q"]


def item_head(state: State, item: ItemOutcome) -> tuple[Line, ...]:
    """Where the walk is, and the item's title."""
    asked = [each.item.id for each in state.sheet.asked()]
    left = len(state.todo())
    where = f"{asked.index(item.item.id) + 1} of {len(asked)}" if item.item.id in asked else "decided"
    pack = state.sheet.pack(item.item.pack)
    title = pack.title if pack else item.item.pack
    killer = (Span("KILLER ", "killer"),) if item.item.killer else ()
    named = (Span(f"{item.item.id} ", "title"), *killer, Span(item.item.title, "title"))
    return (
        line(Span("mlcheck", "title"), f" · {title} · {where} · {left} left"),
        line(*named, indent=len(item.item.id) + 1),
        BLANK,
    )


def item_body(state: State, asking: Asking, item: ItemOutcome) -> Iterator[Line]:
    """What is known of an item: outcome, answers, places, question."""
    instances = state.instances(asking)
    if len(item.instances) > 1:
        yield from _instances(state, asking, item)
        yield BLANK
    else:
        yield from _verdict(state, item, item.instances[0])
    evidence = [_told_once(each, instance) for instance in instances for each in instance.evidence]
    for each in evidence[:2]:
        yield from _evidence(each)
    yield BLANK
    if item.outcome in NEEDS_A_PERSON or is_answered(state, item):
        yield from labelled("Question", item.item.question)
    if item.item.evidence:
        yield from labelled("Wanted", item.item.evidence)
    yield from labelled("Why", item.item.why)
    yield from labelled("How", item.item.how)
    if item.searched or item.item.decided_by:
        yield from labelled("Searched", ", ".join(item.searched) or "nothing")
    yield from _references(item)
    for each in evidence[2:_SHOWN_EVIDENCE]:
        yield from _evidence(each)
    if len(evidence) > _SHOWN_EVIDENCE:
        yield line(f"and {number_of(len(evidence) - _SHOWN_EVIDENCE, 'more place')}")


def _verdict(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    checks = sorted({finding.check for finding in instance.findings}) or item.item.decided_by
    decided = f" by {', '.join(checks)}" if checks else ""
    words = Span(f"{instance.outcome.upper()}{decided}", instance.outcome)
    named = f" {instance.name}" if instance.name else ""
    yield line(words, f"{named}: {instance.reason}", indent=2)
    yield from _fixes(instance)
    yield from _standing(state, item, instance)


def _fixes(instance: InstanceOutcome) -> Iterator[Line]:
    for finding in instance.findings[:2]:
        yield from entry("fix", finding.help, 5)


def _standing(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    key = item.item.id, instance.name
    answer = state.given(key)
    if answer:
        where = "Answered" if key in state.answers else "Carried over"
        words = answer_shown(answer).removeprefix(answer.outcome)
        yield line(Span(f"{where}: {answer.outcome}", answer.outcome), words, indent=2)
    yield from _before(state, item, instance)
    if key in state.notes:
        yield line(Span("Note: ", "label"), state.notes[key], indent=2)
    if any(typed[0] == item.item.id for typed in state.typed):
        yield line(Span("Half typed: ", "label"), "the same key opens it again", indent=2)


def _before(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    earlier = state.earlier((item.item.id, instance.name))
    if earlier:
        named = f"{instance.name}: " if len(item.instances) > 1 else ""
        yield line(Span("Before: ", "label"), f"{named}{answer_shown(earlier.answer)}", indent=2)


def _instances(state: State, asking: Asking, item: ItemOutcome) -> Iterator[Line]:
    """The instances as numbered rows; the one chosen is told in full."""
    for number, instance in enumerate(item.instances, 1):
        standing = state.standing(item, instance)
        mark = ">" if number == asking.chosen else " "
        words = f"{instance.name or 'the project'}: {_row_words(state, item, instance)}"
        yield line(f"{mark}{number:2} ", Span(padded(standing, 10), standing), words, indent=15)
        if number == asking.chosen:
            yield from _fixes(instance)
            yield from _standing(state, item, instance)
    if not asking.chosen:
        for instance in item.instances:
            yield from _before(state, item, instance)
        yield line(Span(f"An answer is for {spoken_of(state, asking)}; a number chooses one.", "dim"))


def _row_words(state: State, item: ItemOutcome, instance: InstanceOutcome) -> str:
    """What was answered for an instance, else what was found."""
    key = item.item.id, instance.name
    answer = state.given(key)
    if answer is None:
        return instance.reason
    return f"{'answered' if key in state.answers else 'carried over:'} {answer_shown(answer)}"


def spoken_of(state: State, asking: Asking) -> str:
    """The instances that an answer is for, in words."""
    names = [instance.name or "the project" for instance in state.instances(asking)]
    if state.left_over(asking):
        return f"{', '.join(names)}, {'the one' if len(names) == 1 else 'those'} still open"
    return number_of(len(names), "instance")


def _told_once(evidence: Evidence, instance: InstanceOutcome) -> Evidence:
    """The evidence without a note that the instance's reason says already."""
    return replace(evidence, note="") if instance.reason.startswith(evidence.note) else evidence


def _evidence(evidence: Evidence) -> Iterator[Line]:
    note = f"  {evidence.note}" if evidence.note else ""
    yield line(Span(evidence.place.shown(), "place"), note)
    here = evidence.place.line
    context = [each for each in evidence.context if abs(each[0] - here) <= 1] or [(here, evidence.snippet)]
    wide = len(str(max(number for number, _ in context)))
    for number, text in context[:3]:
        mark, style = (">", "marked") if number == here else (" ", "code")
        yield line(Span(f" {mark} {number:{wide}} | {text}", style), cut=True)


def _references(item: ItemOutcome) -> Iterator[Line]:
    for reference in item.item.references[:2]:
        yield from labelled("See", f"{reference.title} {reference.url}")
