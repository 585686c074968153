"""A conversation being held: events go to its pure steps, effects to the outside, replies back in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from mlcheck.errors import MlcheckError
from mlcheck.walk.messages import (
    Append,
    Edited,
    Effect,
    Event,
    OpenEditor,
    Preview,
    Recheck,
    StartOver,
    Told,
)
from mlcheck.walk.view import View

S = TypeVar("S")
Tell = Callable[[str], None]


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

    def carry_out(self, effect: Effect, tell: Tell) -> Event | None:
        """Carry out an effect; what the conversation must hear of it. Raises MlcheckError.

        `tell` is told, in words, how far what takes its time has come.
        """
        ...

    def stirred(self) -> bool:
        """Whether `changed` has something to find out: cheap, asked again and again."""
        ...

    def changed(self, tell: Tell) -> Event | None:
        """What the conversation must hear if files changed, or the branch did, since it was asked last."""
        ...


class Held(Generic[S]):
    """A conversation in progress: the one place where its state is replaced."""

    def __init__(self, talk: Talk[S], state: S, outside: Outside) -> None:
        self.talk, self.state, self.outside = talk, state, outside
        self._viewed, self._view = state, talk.view(state)
        self.waiting: list[Effect] = []  # effects that need the terminal, or time
        self.tell: Tell = lambda words: None  # a terminal that can show how far something is puts its own here

    @property
    def over(self) -> bool:
        return self.talk.over(self.state)

    @property
    def view(self) -> View:
        """What the state shows; drawn from it once, however often it is asked for."""
        if self._viewed is not self.state:
            self._viewed, self._view = self.state, self.talk.view(self.state)
        return self._view

    def hear(self, event: Event) -> None:
        """Take an event in: what must be on disk is there when this returns.

        Where the disk does not take it, nothing moves on: the same screen says why,
        and what is typed stays typed.
        """
        state, effects = self.talk.step(self.state, event)
        for effect in effects:
            match effect:
                case Append() | StartOver():
                    try:
                        self.outside.carry_out(effect, self.tell)
                    except MlcheckError as error:
                        kept = state if isinstance(event, Edited) else self.state
                        self.state = self.talk.step(kept, Told(f"NOT SAVED: {error.line()}"))[0]
                        return
                case OpenEditor() | Recheck() | Preview():
                    self.waiting.append(effect)
        self.state = state

    def settle(self) -> None:
        """Carry out what waits, and notice files that changed."""
        waiting, self.waiting = self.waiting, []
        for effect in waiting:
            self._reply(partial(self.outside.carry_out, effect, self.tell))
        if not waiting and not self.over and self.outside.stirred():
            self._reply(partial(self.outside.changed, self.tell))

    def _reply(self, ask: Callable[[], Event | None]) -> None:
        try:
            reply = ask()
        except MlcheckError as error:
            reply = Told(error.line())
        if reply is not None:
            self.hear(reply)
