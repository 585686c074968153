"""One item drawn: its outcome and answers, the places, the question, why and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from mlcheck.packs.model import Evidence, InstanceOutcome, ItemOutcome
from mlcheck.walk.code_lines import evidence_lines
from mlcheck.walk.counts import pack_counts
from mlcheck.walk.earlier import answer_shown
from mlcheck.walk.screen_parts import is_answered, labelled, number_of, tied
from mlcheck.walk.sheet import NEEDS_A_PERSON
from mlcheck.walk.state import Asking, State
from mlcheck.walk.step import ANSWER_KEYS
from mlcheck.walk.table_lines import table_lines
from mlcheck.walk.text import BLANK, Line, Span, entry, line, padded

_SHOWN_EVIDENCE = 12
_SHOWN_FIXES = 2
_SHOWN_ROWS = 8
_FIRST_EVIDENCE = 2  # before the question; the rest come after all else


def item_keys(state: State, asking: Asking, item: ItemOutcome) -> list[str]:
    """The keys that mean something at an item."""
    instances = state.instances(asking)
    legal = [
        key
        for key, outcome in ANSWER_KEYS.items()
        if not any(state.sheet.forbids(item, instance, outcome) for instance in instances)
    ]
    tables = ["e"] if "a" in legal and any(instance.table for instance in instances) else []
    opens = ["o"] if item.evidence else []
    return [*legal, *tables, *opens, *"rtbsgp?q"]


def item_head(state: State, item: ItemOutcome) -> tuple[Line, ...]:
    """How far each pack is, the item's title, and how many are left."""
    asked = [each.item.id for each in state.sheet.asked()]
    left = len(state.todo())
    where = f"{asked.index(item.item.id) + 1} of {len(asked)}" if item.item.id in asked else "decided without you"
    killer = (Span("KILLER ", "killer"),) if item.item.killer else ()
    named = (Span(f"{item.item.id} ", "title"), *killer, Span(item.item.title, "title"))
    return (
        packs_line(state, item.item.pack),
        line(*named, indent=len(item.item.id) + 1),
        line(Span(f"{where} · {left} left", "dim")),
    )


def packs_line(state: State, here: str) -> Line:
    """`Pre-dev 3/13 · [Training 9/18]`: of each pack how many items hold nothing up, the one shown in brackets."""
    spans: list[Span] = []
    for pack, done, of in pack_counts(state):
        words = f"{pack.title} {done}/{of}"
        spans += [Span(" · ", "dim")] if spans else []
        spans.append(Span(tied(f"[{words}]"), "title") if pack.name == here else Span(tied(words)))
    return line(*spans)


def item_body(state: State, asking: Asking, item: ItemOutcome) -> Iterator[Line]:
    """What is known of an item: outcome, answers, places, question."""
    instances = state.instances(asking)
    if len(item.instances) > 1:
        yield from _instances(state, asking, item)
    else:
        yield from _verdict(state, item, item.instances[0])
    tables = [instance.table for instance in instances if instance.table is not None]
    if len(instances) == 1:
        yield from (each for table in tables for each in table_lines(table, _SHOWN_ROWS))
    elif tables:
        yield line(Span("A number shows the table of one; e goes through it, row by row.", "dim"))
    evidence = _distinct([_told_once(each, instance) for instance in instances for each in instance.evidence])
    for each in evidence[:_FIRST_EVIDENCE]:
        yield from evidence_lines(each)
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
    for each in evidence[_FIRST_EVIDENCE:_SHOWN_EVIDENCE]:
        yield from evidence_lines(each)
    if len(evidence) > _SHOWN_EVIDENCE:
        yield line(f"and {number_of(len(evidence) - _SHOWN_EVIDENCE, 'more place')}")


def _distinct(evidence: list[Evidence]) -> list[Evidence]:
    """The evidence with each place once."""
    return list({(each.place, each.note): each for each in reversed(evidence)}.values())[::-1]


def _verdict(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    checks = sorted({finding.check for finding in instance.findings}) or item.item.decided_by
    decided = f" by {', '.join(checks)}" if checks else ""
    words = Span(f"{instance.outcome.upper()}{decided}", instance.outcome)
    named = f" {instance.name}" if instance.name else ""
    yield line(words, f"{named}: {instance.reason}", indent=2)
    yield from _fixes(instance)
    yield from _standing(state, item, instance)


def _fixes(*instances: InstanceOutcome) -> Iterator[Line]:
    """What findings break with, and the code that mends them; the same is said once."""
    findings = [finding for instance in instances for finding in instance.findings[:_SHOWN_FIXES]]
    reasons = " ".join(instance.reason for instance in instances)
    for why, help in list(dict.fromkeys((finding.why, finding.help) for finding in findings))[:_SHOWN_FIXES]:
        if why and why not in reasons:
            yield from entry("error", why, 6)
        if help:
            yield from entry("fix", help, 6)


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
    """The instances as numbered rows, alike ones together; the one chosen is told in full."""
    numbered = list(enumerate(item.instances, 1))

    def alike(one: tuple[int, InstanceOutcome]) -> object:
        number, instance = one
        same = state.standing(item, instance), _row_words(state, item, instance)
        return (number,) if number == asking.chosen else same

    for _, group in groupby(numbered, alike):
        yield from _together(state, asking, item, list(group))
    if not asking.chosen:
        yield from _fixes(*state.instances(asking))
        for instance in item.instances:
            yield from _before(state, item, instance)
        yield line(Span(f"An answer is for {spoken_of(state, asking)}; a number chooses one.", "dim"))


def _together(
    state: State, asking: Asking, item: ItemOutcome, group: list[tuple[int, InstanceOutcome]]
) -> Iterator[Line]:
    """Instances of which the same is said: their numbers and names, then what is said."""
    first, instance = group[0]
    standing, words = state.standing(item, instance), _row_words(state, item, instance)
    if len(group) == 1:
        mark = ">" if first == asking.chosen else " "
        named = f"{instance.name or 'the project'}: {words}"
        yield line(f"{mark}{first:2} ", Span(padded(standing, 10), standing), named, indent=15)
        if first == asking.chosen:
            yield from _fixes(instance)
            yield from _standing(state, item, instance)
        return
    yield line("    ", Span(padded(standing, 10), standing), f"{number_of(len(group), 'instance')}: {words}", indent=15)
    names = "  ".join(tied(f"{number} {each.name or 'the project'}") for number, each in group)
    yield line(" " * 14, names, indent=14)


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


def _references(item: ItemOutcome) -> Iterator[Line]:
    for reference in item.item.references[:2]:
        yield line(
            Span(padded("See", 10), "label"), f"{reference.title} ", Span(reference.url, "", reference.url), indent=10
        )
