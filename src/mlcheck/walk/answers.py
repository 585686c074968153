"""The `answers:` and `renew:` of an answers file (`mlcheck/answers/1`): the walk's answers as data.

Every mistake is told with its line, and with one of them nothing is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from mlcheck.packs.model import Answer, InstanceOutcome, ItemOutcome, Outcome, Waiver
from mlcheck.printable import suggestion
from mlcheck.project.yaml_nodes import YamlMap, YamlScalar
from mlcheck.walk.entries import (
    Mistakes,
    as_mapping,
    known_keys,
    mapping,
    once,
    place_of,
    read_root,
    text,
)
from mlcheck.walk.renewal import kept, renewal_refusal, renewals
from mlcheck.walk.sheet import NEEDS_A_PERSON, Key, Sheet

TEMPLATE_KEYS = ("kind", "question", "found", "before", "choices", "expected")
_INSTANCE_KEYS = ("outcome", "value", "note", "waiver", *TEMPLATE_KEYS)
_ENTRY_KEYS = ("outcome", "value", "note", "waiver", "each", *TEMPLATE_KEYS)
_WAIVER_KEYS = ("risk", "reason", "approver", "until")
_OUTCOMES: Mapping[str, Outcome] = {
    "pass": "pass",
    "fail": "fail",
    "n/a": "n/a",
    "waived": "waived",
    "disputed": "disputed",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answers file says about a sheet: its answers, and a line for each that was passed over."""

    answers: Mapping[Key, Answer]
    passed_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    sheet: Sheet
    by: Literal["person", "agent"]
    at: str
    mistakes: Mistakes
    answers: dict[Key, Answer]
    passed_over: list[str]
    answered: Collection[Key]  # before this file


def read_answers(
    data: bytes,
    path: str,
    sheet: Sheet,
    *,
    by: Literal["person", "agent"],
    at: str,
    answered: Collection[Key] = (),
) -> Taken:
    """The answers of a file, checked against the sheet; those `answered` already are not renewed.

    An entry with no outcome leaves its item open; one for an item that was
    decided meanwhile is passed over. Raises AnswersError with every mistake,
    or ConfigurationError where the file is no answers file.
    """
    mistakes = Mistakes()
    root = read_root(data, path, mistakes)
    context = _Context(sheet, by, at, mistakes, {}, [], answered)
    entries = mapping(root, "answers", mistakes)
    if entries is not None:
        once(entries, mistakes)
        for key, node in entries.entries:
            entry = as_mapping(key, node, mistakes)
            if entry is not None:
                _entry(context, key, entry)
    _renew(context, mapping(root, "renew", mistakes))
    mistakes.raise_any()
    return Taken(context.answers, tuple(dict.fromkeys(context.passed_over)))


def _renew(context: _Context, packs: YamlMap | None) -> None:
    """The packs whose answers are kept though the code that they rest on changed; an entry's own answer wins."""
    names = [pack.name for pack in context.sheet.decision.packs]
    if packs is None:
        return
    once(packs, context.mistakes)
    found = {renewal.pack.name: renewal for renewal in renewals(context.sheet, {*context.answers, *context.answered})}
    for key, _ in packs.entries:
        words = text(packs, key.text, context.mistakes) or ""
        if key.text not in names:
            context.mistakes.add(key.place, f"no pack `{key.text}`", suggestion(key.text, names))
        elif key.text not in found:
            context.passed_over.append(f"{key.text} has nothing to renew: its line is passed over")
        elif why := renewal_refusal(context.sheet, found[key.text], words):
            context.mistakes.add(key.place, f"{key.text}: {why}", f'write `{key.text}: "what you looked at"`')
        else:
            for one in found[key.text].answers:
                answer = kept(one, words, by=context.by, at=context.at)
                context.answers[one.item.item.id, one.instance.name] = answer


def _entry(context: _Context, key: YamlScalar, entry: YamlMap) -> None:
    item = context.sheet.item(key.text)
    if item is None:
        context.mistakes.add(key.place, f"no item `{key.text}`", suggestion(key.text, context.sheet.ids()))
        return
    known_keys(entry, _ENTRY_KEYS, "an answer", context.mistakes)
    each = mapping(entry, "each", context.mistakes)
    named = set(each.keys()) if each is not None else set()
    _take(context, item, entry, [one for one in item.instances if one.name not in named])
    if each is None:
        return
    once(each, context.mistakes)
    by_name = {one.name: one for one in item.instances}
    for name, node in each.entries:
        part = as_mapping(name, node, context.mistakes)
        if name.text not in by_name:
            context.mistakes.add(
                name.place, f"{key.text} has no instance `{name.text}`", suggestion(name.text, by_name)
            )
        elif part is not None:
            known_keys(part, _INSTANCE_KEYS, "an instance's answer", context.mistakes)
            _take(context, item, part, [by_name[name.text]])


def _take(context: _Context, item: ItemOutcome, entry: YamlMap, instances: list[InstanceOutcome]) -> None:
    """The entry's answer, for those of the instances that need one."""
    answer = _answer(context, item, entry)
    if answer is None:
        return
    needing = [instance for instance in instances if instance.outcome in NEEDS_A_PERSON]
    if not needing:
        names = "".join(f" `{instance.name}`" for instance in instances if instance.name)
        outcome = instances[0].outcome if instances else item.outcome
        context.passed_over.append(
            f"{item.item.id}{names} was decided meanwhile ({outcome}): its answer is passed over"
        )
    for instance in needing:
        if not _fits(context, item, instance, entry, answer):
            return
        context.answers[item.item.id, instance.name] = answer


def _fits(context: _Context, item: ItemOutcome, instance: InstanceOutcome, entry: YamlMap, answer: Answer) -> bool:
    """Whether an answer may be given for an instance; if not, it is told at the field that is wrong."""
    sheet, add = context.sheet, context.mistakes.add
    if why := sheet.forbids(item, instance, answer.outcome):
        name = f" `{instance.name}`" if instance.name else ""
        what = f"{item.item.id}{name} can't be answered `{answer.outcome}`: {why}"
        add(place_of(entry, "outcome"), what, _instead(context, item, instance))
        return False
    field, given = ("value", answer.value) if answer.outcome == "pass" else ("note", answer.note)
    checked = answer.outcome != "waived"
    if checked and (why := sheet.misfit(item.item, answer.outcome, field, given or "")):
        add(place_of(entry, field), f"{item.item.id}: {why}", f"give `{field}`")
        return False
    if why := sheet.refusal(item, instance, answer):
        place = place_of(entry, "outcome" if answer.waiver is None else "waiver")
        add(place, f"{item.item.id}: {why}", "mend it; without an outcome the item stays open")
        return False
    return True


def _instead(context: _Context, item: ItemOutcome, instance: InstanceOutcome) -> str:
    outcomes = _OUTCOMES.items()
    legal = [name for name, outcome in outcomes if not context.sheet.forbids(item, instance, outcome)]
    return f"it may be {', '.join(legal)}; without an outcome it stays open"


def _answer(context: _Context, item: ItemOutcome, entry: YamlMap) -> Answer | None:
    """The answer that an entry gives, None where it has no outcome or a part of it can't be read."""
    mistakes = context.mistakes
    before = len(mistakes.found)
    given = text(entry, "outcome", mistakes)
    value, note = text(entry, "value", mistakes), text(entry, "note", mistakes)
    waiver = _waiver(entry, given, mistakes)
    if given is None:
        _forgotten(entry, value or note or waiver, item, mistakes)
        return None
    outcome = _OUTCOMES.get(given)
    if outcome is None:
        mistakes.add(place_of(entry, "outcome"), f"`{given}` is no outcome", suggestion(given, _OUTCOMES))
    if outcome is None or len(mistakes.found) > before:
        return None
    return Answer(outcome, value, note or "", waiver, context.by, context.at)


def _forgotten(entry: YamlMap, given: object, item: ItemOutcome, mistakes: Mistakes) -> None:
    """Something was filled in and the outcome was not: a slip, not an open item."""
    if given:
        mistakes.add(
            entry.place,
            f"{item.item.id} has a value, a note or a waiver, and no outcome",
            "give `outcome`, or empty the entry to leave the item open",
        )


def _waiver(entry: YamlMap, outcome: str | None, mistakes: Mistakes) -> Waiver | None:
    """The waiver that is filled in; parts that are missing are told where the item is waived."""
    node = mapping(entry, "waiver", mistakes)
    given = {name: text(node, name, mistakes) for name in _WAIVER_KEYS} if node is not None else {}
    if node is not None:
        known_keys(node, _WAIVER_KEYS, "a waiver", mistakes)
    missing = [name for name in _WAIVER_KEYS if not given.get(name)]
    if outcome == "waived" and missing:
        place = node.place if node is not None else place_of(entry, "outcome")
        what = f"the waiver has no {', '.join(missing)}"
        mistakes.add(place, what, "give risk, reason, approver and until")
    if len(missing) == len(_WAIVER_KEYS):
        return None
    if outcome not in (None, "waived"):
        place = place_of(entry, "waiver")
        mistakes.add(place, f"a waiver beside `{outcome}`", "write `outcome: waived`, or empty the waiver")
    return Waiver(*(given.get(name) or "" for name in _WAIVER_KEYS))
