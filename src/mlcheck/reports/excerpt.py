"""The lines around a place, numbered, with the span marked."""

from __future__ import annotations

from mlcheck.packs.model import Evidence
from mlcheck.reports.style import Style

_WIDEST = 200


def excerpt(evidence: Evidence, style: Style, severity: str = "error") -> list[str]:
    """Up to three lines of code, the place's own with its span underlined."""
    place = evidence.place
    if not evidence.context:
        return []
    width = max(len(str(number)) for number, _ in evidence.context)
    lines = []
    for number, text in evidence.context:
        lines.append(f"{style('dim', f'{number:>{width + 2}} |')} {text[:_WIDEST]}".rstrip())
        if number == place.line:
            lines.append(f"{style('dim', ' ' * (width + 2) + ' |')} {_mark(evidence, text, style, severity)}")
    return lines


def _mark(evidence: Evidence, text: str, style: Style, severity: str) -> str:
    place = evidence.place
    start = min(max(place.column - 1, 0), len(text), _WIDEST)
    end = place.end_column - 1 if place.end_line in (0, place.line) else len(text)
    if place.end_column <= place.column and place.end_line in (0, place.line):  # a place that is a whole line
        end = len(text.rstrip())
    end = max(min(end, len(text), _WIDEST), start + 1)
    indent = "".join("\t" if character == "\t" else " " for character in text[:start])
    return indent + style(severity, "^" * (end - start))
