"""What is told of an expression on a failure's path: whether it depends on the failure, and its value there."""

from __future__ import annotations

from mlcheck.flow.marks import ANY, Successes, met
from mlcheck.flow.values import NONE, ListValue, Value

Told = tuple[bool, Value]  # whether it depends on the failure, and what it is
NOT = (False, ANY)
RAISED, EXITED = "raised", "exited"


class Leaves(Exception):
    """The path that the failure took ends in this expression: it raises, or ends the run as a success."""

    def __init__(self, signal: str) -> None:
        super().__init__(signal)
        self.signal = signal


def used(told: Told) -> Told:
    """A value that something is done with: of None that raises."""
    if told[0] and told[1] == NONE:
        raise Leaves(RAISED)
    return told


def elements(depends: bool, value: Value) -> Told:
    """Whether what a loop over a value meets depends on the failure, and what it is."""
    return (False, ANY) if isinstance(value, Successes) else (depends, element_of(value))


def element_of(value: Value) -> Value:
    """What a loop over a value meets, where it is known."""
    items = value.items if isinstance(value, ListValue) else []
    if not items:
        return ANY
    found = items[0]
    for item in items[1:]:
        found = met(found, item)
    return found
