"""The `review:` of an answers file: a reviewer's verdicts as data, and the template to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlcheck.printable import printable, suggestion
from mlcheck.project.yaml_nodes import YamlMap, YamlScalar
from mlcheck.record.model import Agreement, Key, Verdict
from mlcheck.record.reviewing import ReviewPoint, verdict
from mlcheck.walk.answers import TEMPLATE_KEYS
from mlcheck.walk.entries import FORMAT, Mistakes, as_mapping, known_keys, mapping, once, place_of, read_root, text
from mlcheck.walk.template import key, quoted

_INSTANCE_KEYS = ("verdict", "note", "answered", *TEMPLATE_KEYS)
_ENTRY_KEYS = ("verdict", "note", "each", "answered", *TEMPLATE_KEYS)
_WORDS: Mapping[str, Agreement] = {"agree": "agree", "dispute": "dispute"}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A reviewer's verdicts by point, and a line for each entry that was passed over."""

    verdicts: Mapping[Key, Verdict]
    passed_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    points: Sequence[ReviewPoint]
    at: str
    mistakes: Mistakes
    verdicts: dict[Key, Verdict]


def read_verdicts(data: bytes, path: str, points: Sequence[ReviewPoint], items: Sequence[str], *, at: str) -> Reviewed:
    """The verdicts of a file. `items` are the ids in the record, of which not all are to be reviewed.

    Raises AnswersError with every mistake, or ConfigurationError where the file
    is no answers file.
    """
    mistakes = Mistakes()
    root = read_root(data, path, mistakes)
    context = _Context(points, at, mistakes, {})
    passed_over: list[str] = []
    entries = mapping(root, "review", mistakes)
    if entries is not None:
        once(entries, mistakes)
        for name, node in entries.entries:
            entry = as_mapping(name, node, mistakes, of="{verdict: …}")
            mine = [point for point in points if point.item.id == name.text]
            if name.text not in items:
                mistakes.add(name.place, f"no item `{name.text}`", suggestion(name.text, items))
            elif not mine:
                passed_over.append(f"{name.text} has nothing to review: its verdict is passed over")
            elif entry is not None:
                _entry(context, name, entry, mine)
    mistakes.raise_any()
    return Reviewed(context.verdicts, tuple(passed_over))


def _entry(context: _Context, name: YamlScalar, entry: YamlMap, points: Sequence[ReviewPoint]) -> None:
    mistakes = context.mistakes
    known_keys(entry, _ENTRY_KEYS, "a verdict", mistakes)
    each = mapping(entry, "each", mistakes)
    apart = set(each.keys()) if each is not None else set()
    _speak(context, entry, [point for point in points if point.item.name not in apart])
    if each is None:
        return
    once(each, mistakes)
    by_name = {point.item.name: point for point in points}
    for instance, node in each.entries:
        part = as_mapping(instance, node, mistakes, of="{verdict: …}")
        if instance.text not in by_name:
            what = f"{name.text} has no instance `{instance.text}` to review"
            mistakes.add(instance.place, what, suggestion(instance.text, by_name))
        elif part is not None:
            known_keys(part, _INSTANCE_KEYS, "an instance's verdict", mistakes)
            _speak(context, part, [by_name[instance.text]])


def _speak(context: _Context, entry: YamlMap, points: Sequence[ReviewPoint]) -> None:
    mistakes = context.mistakes
    given, note = text(entry, "verdict", mistakes), text(entry, "note", mistakes)
    if given is None:
        if note:
            mistakes.add(entry.place, "a note, and no verdict", "give `verdict: agree` or `verdict: dispute`")
        return
    word = _WORDS.get(given)
    if word is None:
        mistakes.add(place_of(entry, "verdict"), f"`{given}` is no verdict", suggestion(given, _WORDS))
    elif word == "dispute" and not note:
        mistakes.add(place_of(entry, "verdict"), "a dispute needs a note: why", "give `note`")
    else:
        for point in points:
            context.verdicts[point.key] = verdict(point, word, note or "", context.at)


def review_template(change: str, points: Sequence[ReviewPoint]) -> str:
    """The file to fill in for points that are open; the same points give the same text."""
    return "\n".join(_lines(change, points)) + "\n"


def _lines(change: str, points: Sequence[ReviewPoint]) -> Iterator[str]:
    yield f"# Review of the change {printable(change)}: {len(points)} answers to agree with or dispute."
    yield "# Give each `verdict: agree` or `verdict: dispute`, a dispute with a note. Then:"
    yield "#   mlcheck review --answers THIS_FILE"
    yield f"format: {FORMAT}"
    yield "review:" if points else "review: {}"
    ids = dict.fromkeys(point.item.id for point in points)
    for item_id in ids:
        mine = [point for point in points if point.item.id == item_id]
        yield ""
        yield f"  # {'KILLER: ' if mine[0].item.killer else ''}{printable(mine[0].item.title)}"
        yield f"  {key(item_id)}:"
        if len(mine) == 1:
            yield from _blank(mine[0], "    ")
            continue
        yield "    each:"
        for point in mine:
            yield f"      {key(point.item.name)}:"
            yield from _blank(point, "        ")


def _blank(point: ReviewPoint, indent: str) -> Iterator[str]:
    item, given = point.item, point.item.given
    yield f"{indent}verdict:  # agree or dispute"
    yield f"{indent}note:"
    yield f"{indent}found: {quoted(f'{item.computed.outcome}: {item.computed.reason}')}"
    waiver = given.waiver
    taken = f"{waiver.risk} risk until {waiver.until}, approver {waiver.approver}: {waiver.reason}" if waiver else ""
    said = " · ".join(part for part in (given.value, given.note, taken) if part)
    yield f"{indent}answered: {quoted(f'{given.outcome}: {said}' if said else given.outcome)}"
