"""A library's call that must not be made, must be made, or must be made with or without some arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlcheck.checks.base import Instance, Verdict
from mlcheck.checks.declared.anchor import project_place
from mlcheck.checks.declared.matching import Answer, absent, value_is
from mlcheck.checks.declared.model import CallRule, DeclaredCheck, Wanted, about
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.names import canonical
from mlcheck.flow.package_calls import package_of
from mlcheck.flow.values import Value, shown
from mlcheck.knowledge.library_calls import releases, signature


def words_of(rule: CallRule) -> tuple[str, ...]:
    """The calls' own names, by which code that nothing runs is known to speak of them."""
    return tuple(dict.fromkeys(name.rpartition(".")[2] for name in rule.names))


def run(check: DeclaredCheck, rule: CallRule, facts: Facts) -> Iterator[Verdict]:
    """A verdict on each such call, and on there being none."""
    looking = _Looking(check, rule, facts)
    reads = [looking.at(entry) for entry in facts.entries if rule.role in (None, entry.role)]
    unreached = [check.unknown(f"`{one.word}`: {one.why}", one.place) for one in facts.unreached_calls(looking.words)]
    somewhere = rule.required and rule.role is None  # once in the project is enough
    made = rule.required and not (rule.having or rule.lacking)  # nothing is asked but that it is made
    enough = somewhere and made and any(one.surely for one in reads)
    for one in reads:
        verdicts = [*one.calls, *(() if enough or (made and one.surely) else one.unsure)]
        if not verdicts and not somewhere:
            verdicts = [_none_made(check, rule, one.entry)]
        for verdict in verdicts:
            yield about(verdict, one.entry.role, Instance("model", one.entry.model))
    yield from () if enough else unreached
    found = unreached or any(one.calls or one.unsure for one in reads)
    place = project_place(facts)
    if somewhere and reads and not found and place is not None:
        yield check.finding(place, {"call": _shown(rule)})


def _none_made(check: DeclaredCheck, rule: CallRule, entry: EntryFacts) -> Verdict:
    """An entry point that was followed wholly, and makes no such call."""
    if rule.required:
        return check.finding(entry.place, {"call": _shown(rule)}, entry.targets)
    return check.seen(entry.place, f"no call of {_shown(rule)}")


def _shown(rule: CallRule) -> str:
    return " or ".join(rule.names)


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry point's verdicts on such calls, those on what may hide one, and whether one surely runs."""

    entry: EntryFacts
    calls: tuple[Verdict, ...]
    unsure: tuple[Verdict, ...]
    surely: bool


class _Looking:
    """Looks for a rule's calls in entry points."""

    def __init__(self, check: DeclaredCheck, rule: CallRule, facts: Facts) -> None:
        self.check, self.rule, self.facts = check, rule, facts
        self.names = [canonical(name if "." in name else f"builtins.{name}").split(".") for name in rule.names]
        self.words = frozenset(words_of(rule))

    def at(self, entry: EntryFacts) -> _Read:
        unsure: list[Verdict] = [
            self.check.unknown(why, place) for place, why in self.facts.unfollowed(entry, self.words)
        ]
        found: list[CallSeen] = []
        for call in entry.calls(*self.words):
            parts = call.name.split(".")
            if any(_is_called(name, parts) for name in self.names):
                found.append(call)
            elif parts[0] == "?":
                unsure.append(self.check.unknown(f"`{call.method}` on something that is not known", call.place))
        surely = any(call.certain for call in found)
        if self.rule.required and found and not surely:
            unsure.append(self.check.unknown("it is called only on a path that may not run", found[0].place))
        verdicts = tuple(verdict for call in found for verdict in _call(self.check, self.rule, entry, call))
        return _Read(entry, verdicts, tuple(unsure), surely)


def _is_called(name: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a call's dotted name is meant: `*` is one part, `**` any number."""
    if not name or not parts:
        return not parts and all(part == "**" for part in name)
    if name[0] == "**":
        return any(_is_called(name[1:], parts[start:]) for start in range(len(parts) + 1))
    return name[0] in ("*", parts[0]) and _is_called(name[1:], parts[1:])


def _call(check: DeclaredCheck, rule: CallRule, entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    subject = {"call": call.name}
    if rule.never:
        yield check.finding(call.place, subject, entry.targets)
        return
    verdicts = [
        *_arguments(check, rule.having, True, entry, call),
        *_arguments(check, rule.lacking, False, entry, call),
    ]
    yield from verdicts
    if not verdicts:
        yield check.seen(call.place, f"`{call.name}` is called as it should be", subject)


def _arguments(
    check: DeclaredCheck, wanted: Mapping[str, Wanted], must: bool, entry: EntryFacts, call: CallSeen
) -> Iterator[Verdict]:
    """The arguments that are wrong, or not known."""
    for name, one in wanted.items():
        subject = {"call": call.name, "argument": name}
        value, known = _given(call, name, one)
        answer = _holds(one, value) if known else "unknown"
        if answer == "unknown":
            yield check.unknown(f"`{name}` of `{call.name}` is not known here", call.place, subject)
        elif (answer == "yes") is not must:
            said = shown(value) if value is not None else "nothing"
            yield check.finding(call.place, {**subject, "value": said}, entry.targets)


def _holds(wanted: Wanted, value: Value | None) -> Answer:
    """Whether an argument is given with a value that is wanted; None counts as not given."""
    gone = absent(value)
    if gone == "yes" or value is None:
        return "no"
    answer = value_is(wanted, value)
    return answer if gone == "no" or answer == "no" else "unknown"


def _given(call: CallSeen, name: str, wanted: Wanted) -> tuple[Value | None, bool]:
    """An argument's value (None: not given), and whether that is known."""
    if name in call.keywords:
        return call.keywords[name], True
    position = wanted.position - 1 if wanted.position is not None else _position(call, name)
    if position is not None and 0 <= position < len(call.positional):
        return call.positional[position], True
    if call.open:
        return None, False
    return None, position is not None or not call.positional


def _position(call: CallSeen, name: str) -> int | None:
    """Where an argument stands in a library's own signature: -1 nowhere, None where that is not known."""
    for package in package_of(call):
        known = signature(package, call.name, releases(package)[-1])
        if known is not None and not known.anything:
            return known.positional.index(name) if name in known.positional else -1
    return None
