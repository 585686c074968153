"""Places and their code as lines: the place, then three lines of code with the one that matters marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.packs.model import Evidence
from mlcheck.walk.highlight import highlighted
from mlcheck.walk.text import Line, Span, line

Numbered = Sequence[tuple[int, str]]  # lines of code with their numbers


def evidence_lines(evidence: Evidence) -> Iterator[Line]:
    """A piece of evidence: its place with the note, and its code."""
    yield place_line(evidence.place.shown(), evidence.note)
    here = evidence.place.line
    near = [each for each in evidence.context if abs(each[0] - here) <= 1] or [(here, evidence.snippet)]
    yield from code_lines(near[:3], here)


def place_line(place: str, note: str = "") -> Line:
    """`path:line` and what is said of it."""
    return line(Span(place, "place", place), f"  {note}" if note else "", indent=2)


def code_lines(code: Numbered, here: int) -> Iterator[Line]:
    """Numbered lines of code; the one that is meant has a mark before it."""
    wide = len(str(max((number for number, _ in code), default=0)))
    for number, text in code:
        mark, style = (">", "marked") if number == here else (" ", "code")
        yield line(Span(f" {mark} {number:{wide}} | ", style), *highlighted(text, style), cut=True)
