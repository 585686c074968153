"""How many items stand where: the one count that the start, the rows and the last screen show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlcheck.packs.model import OPEN, ItemOutcome, Pack
from mlcheck.walk.state import State

_SECONDS_AN_ITEM = 15


@dataclass(frozen=True, slots=True)
class Counts:
    """`decided`, `carried`, `answered` and `yours` add up to `items`; some of the first three failed.

    `left` are those walked that still need an answer, failures among them.
    """

    items: int
    decided: int
    carried: int
    answered: int
    yours: int
    decided_fails: int
    answered_fails: int
    left: int

    @property
    def failed(self) -> int:
        return self.decided_fails + self.answered_fails

    def shown(self) -> str:
        """`47 of 64 decided (5 fail) · 12 carried over · 5 for you · 10 left, about 2 minutes`."""
        parts = [
            f"{self.decided} of {self.items} decided{_fails(self.decided_fails)}",
            f"{self.carried} carried over",
            *([f"{self.answered} answered{_fails(self.answered_fails)}"] if self.answered else []),
            f"{self.yours} for you",
            f"{self.left} left{self._time()}",
        ]
        return " · ".join(parts)

    def _time(self) -> str:
        minutes = max(1, round(self.left * _SECONDS_AN_ITEM / 60))
        return f", about {minutes} {'minute' if minutes == 1 else 'minutes'}" if self.left else ""


def _fails(count: int) -> str:
    return f" ({count} fail)" if count else ""


def counts(state: State, items: Iterable[ItemOutcome] | None = None) -> Counts:
    """The counts with the answers of now, over all items or some."""
    counted = tuple(state.sheet.decision.items if items is None else items)
    where = [(_where(state, item), state.outcome(item) == "fail") for item in counted]
    places = [place for place, _ in where]
    todo = frozenset(state.todo())
    return Counts(
        items=len(counted),
        decided=places.count("decided"),
        carried=places.count("carried"),
        answered=places.count("answered"),
        yours=places.count("yours"),
        decided_fails=where.count(("decided", True)),
        answered_fails=where.count(("answered", True)),
        left=sum(item.item.id in todo for item in counted),
    )


def pack_counts(state: State) -> Iterator[tuple[Pack, int, int]]:
    """Each pack with how many of its items hold no signature up, of how many."""
    held = {item.item.id for item in state.holding_up()}
    for pack in state.sheet.decision.packs:
        ids = [item.item.id for item in state.sheet.decision.items if item.item.pack == pack.name]
        yield pack, sum(one not in held for one in ids), len(ids)


def _where(state: State, item: ItemOutcome) -> str:
    keys = [(item.item.id, instance.name) for instance in item.instances]
    if state.outcome(item) in OPEN:
        return "yours"
    if state.unanswered(item):
        return "decided"  # a failure that nobody spoke of
    if any(key in state.answers for key in keys):
        return "answered"
    return "carried" if any(key in state.sheet.carried for key in keys) else "decided"
