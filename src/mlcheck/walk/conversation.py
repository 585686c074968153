"""A conversation being held: events go to its pure steps, effects to the outside, replies back in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from mlcheck.errors import MlcheckError
from mlcheck.walk.messages import (
    Append,
    Effect,
    Event,
    OpenEditor,
    Recheck,
    StartOver,
    Told,
)
from mlcheck.walk.view import View

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Talk(Generic[S]):
    """What a kind of conversation is: its steps, what it shows, and when it is over."""

    step: Callable[[S, Event], tuple[S, tuple[Effect, ...]]]
    view: Callable[[S], View]
    over: Callable[[S], bool]
    scroll: Callable[[S], int]


class Outside(Protocol):
    """The world that a conversation has effects on: disk, clock, editor, the project's files."""

    def now(self) -> str:
        """The time, ISO 8601, UTC."""
        ...

    def carry_out(self, effect: Effect) -> Event | None:
        """Carry out an effect; what the conversation must hear of it. Raises CouldNotError."""
        ...

    def changed(self) -> Event | None:
        """What the conversation must hear if files changed since it was asked last."""
        ...


class Held(Generic[S]):
    """A conversation in progress: the one place where its state is replaced."""

    def __init__(self, talk: Talk[S], state: S, outside: Outside) -> None:
        self.talk, self.state, self.outside = talk, state, outside
        self.waiting: list[Effect] = []  # effects that need the terminal, or time

    @property
    def over(self) -> bool:
        return self.talk.over(self.state)

    @property
    def view(self) -> View:
        return self.talk.view(self.state)

    def hear(self, event: Event) -> None:
        """Take an event in: what must be on disk is there when this returns."""
        self.state, effects = self.talk.step(self.state, event)
        for effect in effects:
            match effect:
                case Append() | StartOver():
                    self.outside.carry_out(effect)
                case OpenEditor() | Recheck():
                    self.waiting.append(effect)

    def settle(self) -> None:
        """Carry out what waits, and notice files that changed."""
        waiting, self.waiting = self.waiting, []
        for effect in waiting:
            self._reply(partial(self.outside.carry_out, effect))
        if not waiting and not self.over:
            self._reply(self.outside.changed)

    def _reply(self, ask: Callable[[], Event | None]) -> None:
        try:
            reply = ask()
        except MlcheckError as error:
            reply = Told(error.line())
        if reply is not None:
            self.hear(reply)
