"""What comes into the walk (events, with their times) and what goes out of it (effects)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from mlcheck.packs.model import Answer, Decision
from mlcheck.project.place import Place
from mlcheck.record.build import Carried
from mlcheck.walk.draft import Entry
from mlcheck.walk.earlier import Earlier
from mlcheck.walk.sheet import Change, Key


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key: a character, or `enter`, `escape`. `at` is ISO 8601, UTC."""

    key: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """The line being typed has this text now."""

    text: str


@dataclass(frozen=True, slots=True)
class Entered:
    """The line was finished with Enter."""

    text: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Scrolled:
    """The screen's body was moved: its first line shown, from 0."""

    offset: int


@dataclass(frozen=True, slots=True)
class Rejudged:
    """The tree was judged again: asked for, or because files changed."""

    decision: Decision
    item: str | None = None  # the item whose re-check was asked for
    carried: Mapping[Key, Carried] | None = None  # None: those that were
    earlier: Mapping[Key, Earlier] = field(default_factory=dict)
    change: Change | None = None  # None: as it was


@dataclass(frozen=True, slots=True)
class Astray:
    """The files are no longer those of this walk's branch, in words; `""` once they are again."""

    text: str


@dataclass(frozen=True, slots=True)
class Previewed:
    """The report as it will be, in Markdown."""

    report: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something that an effect has to say: an editor that did not start; or, `passing`, how far it is."""

    text: str
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C, or the terminal closed."""


Event = Union[Pressed, Edited, Entered, Scrolled, Rejudged, Astray, Previewed, Told, Interrupted]


@dataclass(frozen=True, slots=True)
class Append:
    """Write an entry to the draft, and have it on disk before the next event."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Recheck:
    """Judge the tree again, and say so by `Rejudged`."""

    item: str


@dataclass(frozen=True, slots=True)
class OpenEditor:
    """Open a place in the person's editor."""

    place: Place


@dataclass(frozen=True, slots=True)
class Preview:
    """Render the report of a decision with its answers, and say so by `Previewed`."""

    decision: Decision
    answers: Mapping[Key, Answer]
    carried: Mapping[Key, Carried]


@dataclass(frozen=True, slots=True)
class StartOver:
    """Put the draft aside; what follows goes into a new one."""


@dataclass(frozen=True, slots=True)
class SaveAndQuit:
    """Leave; everything is in the draft already."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Leave, and sign."""


Effect = Union[Append, Recheck, OpenEditor, Preview, StartOver, SaveAndQuit, Sign]
