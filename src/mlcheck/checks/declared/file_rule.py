"""A file that must be in the project, or must not; and a text in it."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Verdict
from mlcheck.checks.declared.anchor import project_place
from mlcheck.checks.declared.model import DeclaredCheck, FileRule
from mlcheck.flow.facts import Facts
from mlcheck.project.globs import path_matcher
from mlcheck.project.place import Place

_NOT_THERE = ("ignored by git",)  # what is left out for this is no part of the project


def run(check: DeclaredCheck, rule: FileRule, facts: Facts) -> Iterator[Verdict]:
    """A verdict on each file that the glob means, or on there being none."""
    means = path_matcher((rule.path,))
    files = [path for path in facts.project.files if means(path)]
    hidden = [one for one in facts.project.left_out if means(one.path.rstrip("/")) and one.why not in _NOT_THERE]
    subject = {"path": rule.path}
    right: list[Verdict] = []
    unsure: list[Verdict] = [
        check.unknown(f"`{one.path}` was left out: {one.why}", Place(one.path, 1), subject) for one in hidden
    ]
    wrong: list[str] = []
    for path in files:
        text = facts.project.text(path) if rule.contains is not None else ""
        at = text.find(rule.contains or "") if text is not None else -1
        if text is None:
            unsure.append(check.unknown(f"`{path}` can't be read as text", Place(path, 1), subject))
        elif at < 0:
            wrong.append(path)
        else:
            note = "it is there" if rule.contains is None else "it holds the text"
            right.append(check.seen(Place(path, text.count("\n", 0, at) + 1), note, subject))
    yield from (
        _absent(check, facts, right, unsure, subject)
        if rule.absent
        else _there(check, facts, right, unsure, wrong, subject)
    )


def _absent(
    check: DeclaredCheck, facts: Facts, found: list[Verdict], unsure: list[Verdict], subject: dict[str, str]
) -> Iterator[Verdict]:
    for verdict in found:
        assert verdict.place is not None
        yield check.finding(verdict.place, {**subject, "path": verdict.place.path})
    yield from unsure
    place = project_place(facts)
    if not found and not unsure and place is not None:
        yield check.seen(place, f"no file is `{subject['path']}`", subject)


def _there(
    check: DeclaredCheck,
    facts: Facts,
    found: list[Verdict],
    unsure: list[Verdict],
    without: list[str],
    subject: dict[str, str],
) -> Iterator[Verdict]:
    if found or unsure:
        yield from found or unsure
        return
    place = Place(without[0], 1) if without else project_place(facts)
    if place is not None:
        yield check.finding(place, subject)
