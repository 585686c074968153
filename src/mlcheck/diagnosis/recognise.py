"""Which known error a paste is: the catalogue's entries found in it, the root cause first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log

from mlcheck.diagnosis.patterns import Match, compiled, find, find_squeezed
from mlcheck.diagnosis.traces import Frame, Raised, raised_in
from mlcheck.knowledge.error_catalogue import IN_PROJECT, KnownError, error_catalogue

_CONDITION = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:\.[A-Z][A-Z0-9_]*)*")
_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_LONGEST = 200_000  # characters of a message that are looked through
_LONGEST_SHOWN = 600
_MORE_SPECIAL = 30  # an entry that says what its names must be goes before one that doesn't
_MOST_NEAREST = 3
_ENOUGH, _RARE = 4.0, 4.0  # how much the words must tell
_BEGINS = re.compile(
    r"[\w.$]*(?:Error|Exception|Exit|NotDefined)\b:? |\[[A-Z][A-Z0-9_.]{5,}\] |\b(?:Error|ERROR|Warning): "
)
# What a person pastes as one line, and which words of it say nothing.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the that this with from for and not are was has have its error exception can does please see line file value"
        " pyspark spark analysis captured connect org apache sql mlflow exceptions errors python type name",
    )
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A known error in a paste: what it says, and the names read from it."""

    error: KnownError
    text: str  # the message, on one line
    condition: str  # the error condition in the text, else the exception's class, "" where neither
    names: Mapping[str, str]
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was recognised, the root cause first, else the entries nearest to what was said."""

    recognised: tuple[Recognised, ...]
    nearest: tuple[KnownError, ...]
    frames: tuple[Frame, ...]
    said: str  # the last message, for what is not recognised


@dataclass(frozen=True, slots=True)
class _Candidate:
    error: KnownError
    match: Match | None
    condition: str
    score: float


def read_errors(text: str, modules: frozenset[str]) -> Reading:
    """The known errors of a plain text. `modules` are the names under which the project's code is imported."""
    raised = raised_in(text)
    found = [one for each in raised if (one := _recognised(each, modules)) is not None]
    once: dict[str, Recognised] = {}
    for one in found:
        once.setdefault(one.error.id, one)
    if not all(one.error.wraps for one in once.values()):
        once = {name: one for name, one in once.items() if not one.error.wraps}
    said = next((each.message for each in reversed(raised) if each.message), "")
    frames = tuple(dict.fromkeys(frame for each in raised for frame in each.frames))
    nearest = () if once else tuple(_nearest(said))
    return Reading(tuple(once.values()), nearest, frames, said[:_LONGEST_SHOWN])


def _recognised(raised: Raised, modules: frozenset[str]) -> Recognised | None:
    """The entry that fits an exception best: the one that says the most of it."""
    said = _Said(raised, raised.message, False)
    best = _best(said, modules)
    if len(raised.lines) > 1:  # lines may have been cut within words: the same without blanks
        tight = _Said(raised, re.sub(r"\s+", "", raised.message), True)
        uncut = _best(tight, modules)
        if uncut is not None and (best is None or uncut.score > best.score):
            said, best = tight, uncut
    if best is None:
        return None
    names = best.match.names if best.match is not None else {}
    start = best.match.start if best.match is not None and not said.tight else 0
    return Recognised(best.error, _shown(said, best), best.condition or raised.class_at(start), names, raised.frames)


def _best(said: _Said, modules: frozenset[str]) -> _Candidate | None:
    candidates = (one for error in error_catalogue() for one in _candidates(error, said, modules))
    return max(candidates, key=lambda one: one.score, default=None)


class _Said:
    """An exception's message as it is looked through."""

    def __init__(self, raised: Raised, message: str, tight: bool) -> None:
        self.raised = raised
        self.message = message[:_LONGEST]
        self.lower = self.message.lower()
        self.tight = tight
        self.around = raised.text[:_LONGEST].lower()
        self.conditions = tuple(dict.fromkeys(_CONDITION.findall(self.message)))

    def find(self, text: str) -> Match | None:
        return (find_squeezed if self.tight else find)(compiled(text), self.message, self.lower)


def _candidates(error: KnownError, said: _Said, modules: frozenset[str]) -> Iterator[_Candidate]:
    if error.beside and not any(word.lower() in said.around for word in error.beside):
        return
    condition = next((one for one in said.conditions for known in error.conditions if _is_under(one, known)), "")
    found = []
    for text in error.patterns:
        match = said.find(text)
        if match is not None and _holds(error.where, match.names, modules):
            found.append((len(match.names), compiled(text).literal, match))
    if found:  # of an entry's patterns the one that reads the most; of entries, the one that says the most
        score = max(literal for _, literal, _ in found) + (_MORE_SPECIAL if error.where else 0)
        match = max(found, key=lambda row: row[:2])[2]
        yield _Candidate(error, match, condition or _condition_of(said, error), score)
    if condition and not error.where:
        yield _Candidate(error, None, condition, condition.count("."))


def _is_under(condition: str, known: str) -> bool:
    return condition == known or condition.startswith(f"{known}.")


def _condition_of(said: _Said, error: KnownError) -> str:
    """A condition of the text that the entry comes under."""
    return next((one for one in said.conditions if any(_is_under(one, known) for known in error.under)), "")


def _holds(where: Mapping[str, tuple[str, ...]], names: Mapping[str, str], modules: frozenset[str]) -> bool:
    """Whether the names in a match are those that an entry speaks of."""
    for name, allowed in where.items():
        value = names.get(name, "").casefold()
        if IN_PROJECT in allowed:
            if value.partition(".")[0] not in modules:
                return False
        elif value not in allowed and value.rpartition(".")[2] not in allowed:
            return False
    return True


def _shown(said: _Said, best: _Candidate) -> str:
    """The message from its class or condition on, not the log before it."""
    whole = said.raised.message
    if said.tight:
        return whole[:_LONGEST_SHOWN]
    start = best.match.start if best.match is not None else whole.find(best.condition)
    before = [match.start() for match in _BEGINS.finditer(whole, max(start - 200, 0), max(start, 0) + 1)]
    return whole[min([*before, start]) :][:_LONGEST_SHOWN].strip()


# --- what it may have been ----------------------------------------------------


def _nearest(said: str) -> Iterator[KnownError]:
    """The entries whose words are most like what was said, the likest first."""
    words = _words(said[-4_000:])
    weights = _weights()
    rows = []
    for error, own in _vocabulary():
        shared = own & words
        score = sum(weights[word] for word in shared)
        if len(shared) >= 2 or (shared and score > _RARE):
            rows.append((score, error))
    rows.sort(key=lambda row: -row[0])
    for score, error in rows[:_MOST_NEAREST]:
        if score >= rows[0][0] / 2 and score > _ENOUGH:
            yield error


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[tuple[KnownError, frozenset[str]], ...]:
    return tuple(
        (
            error,
            _words(
                " ".join([error.title, error.symptom, *error.under, *error.patterns, *(one.text for one in error.seen)])
            ),
        )
        for error in error_catalogue()
    )


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, float]:
    """How much a word tells: the fewer entries have it, the more."""
    counts: dict[str, int] = {}
    for _, words in _vocabulary():
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return {word: log(1 + len(_vocabulary()) / count) for word, count in counts.items()}


def _words(text: str) -> frozenset[str]:
    spread = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return frozenset(_WORD.findall(spread.lower())) - _COMMON
