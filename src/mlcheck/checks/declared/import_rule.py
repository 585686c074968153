"""Modules that are not imported but where it is allowed, or that must be imported."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Instance, Verdict
from mlcheck.checks.declared.anchor import project_place
from mlcheck.checks.declared.model import DeclaredCheck, ImportRule, about
from mlcheck.flow.facts import EntryFacts, Facts, Gap, ImportStatement
from mlcheck.project.globs import path_matcher
from mlcheck.project.place import Place

_DYNAMIC = frozenset({"import_module", "__import__"})


def run(check: DeclaredCheck, rule: ImportRule, facts: Facts) -> Iterator[Verdict]:
    """A verdict on each import of the modules, and on their absence."""
    return _required(check, rule, facts) if rule.required else _forbidden(check, rule, facts)


def _forbidden(check: DeclaredCheck, rule: ImportRule, facts: Facts) -> Iterator[Verdict]:
    allowed = path_matcher(rule.allowed_in)
    yield from _unread(check, facts)
    for entry in facts.entries:
        for place, why in _hidden(facts, entry):
            yield about(check.unknown(why, place), entry.role, Instance("model", entry.model))
    found = [(one, module) for one in facts.imports for module in rule.modules if one.brings(module)]
    for one, module in found:
        subject = {"module": module, "path": one.place.path}
        if rule.allowed_in and allowed(one.place.path):
            yield check.seen(one.place, f"`{module}` may be imported here", subject)
        else:
            yield check.finding(one.place, subject)
    wrong = {one.place.path for one, _ in found}
    for path in sorted({entry.path for entry in facts.entries} or set(facts.project.code)):
        code = facts.project.code[path]
        if path not in wrong and code.language == "python":
            yield check.seen(code.lines.at(1), "none of them is imported")


def _required(check: DeclaredCheck, rule: ImportRule, facts: Facts) -> Iterator[Verdict]:
    wanted = [one for one in facts.imports if any(one.brings(module) for module in rule.modules)]
    subject = {"module": " or ".join(rule.modules)}
    if rule.role is not None:
        for entry in facts.entries:
            if entry.role == rule.role:
                verdict = _in_entry(check, entry, wanted, facts, subject)
                yield about(verdict, entry.role, Instance("model", entry.model))
        return
    if wanted:
        yield check.seen(wanted[0].place, f"`{wanted[0].module}` is imported", subject)
        return
    unread = [*_unread(check, facts)]
    place = project_place(facts)
    if unread:
        yield from unread
    elif place is not None and facts.project.code:
        yield check.finding(place, subject)


def _in_entry(
    check: DeclaredCheck, entry: EntryFacts, wanted: list[ImportStatement], facts: Facts, subject: dict[str, str]
) -> Verdict:
    own = next((one for one in wanted if one.place.path in entry.reached), None)
    if own is not None:
        return check.seen(own.place, f"`{own.module}` is imported", subject)
    lost = next(_hidden(facts, entry), None)
    if lost is not None:
        return check.unknown(lost[1], lost[0], subject)
    return check.finding(entry.place, subject, entry.targets)


def _hidden(facts: Facts, entry: EntryFacts) -> Iterator[tuple[Place, str]]:
    """Where an import may hide: a call by a name that is not known, and code that was not seen."""
    yield from dict.fromkeys(
        [
            *facts.unfollowed(entry, _DYNAMIC),
            *((gap.place, gap.why) for gap in entry.of(Gap) if gap.hides_code),
        ]
    )


def _unread(check: DeclaredCheck, facts: Facts) -> Iterator[Verdict]:
    for lost in facts.not_understood:
        if lost.place.path.endswith((".py", ".ipynb")) and lost.place.path not in facts.project.code:
            yield check.unknown(f"what it imports could not be read: {lost.what}", lost.place)
    for broken in facts.breaks:
        yield check.unknown("what is imported where it does not parse is not known", broken.place)
