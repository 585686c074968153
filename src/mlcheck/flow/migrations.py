"""SQL files that change a table, by the date in their names: `2024_05_01_add_stops.sql`, `V20240501__stops.sql`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.flow.dotted_names import UNKNOWN, sameness
from mlcheck.flow.sql import HOLE, filled
from mlcheck.project.model import Project
from mlcheck.project.place import Place

_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_CHANGES = re.compile(
    r"\b(?:alter|create\s+or\s+replace)\s+table\s+(?:if\s+exists\s+)?([\w.`]+)",
    re.IGNORECASE,
)


def date_in(text: str) -> str | None:
    """The first date of a text, as YYYY-MM-DD."""
    found = _DATE.search(text)
    return "-".join(found.groups()) if found is not None else None


def changes_of(project: Project, table: str) -> Iterator[tuple[str, Place]]:
    """When, and where, dated SQL files change a table; the last of a file alone."""
    for path, text in sorted(project.texts.items()):
        date = date_in(path.rpartition("/")[2]) if path.endswith(".sql") else None
        if date is None:
            continue
        places = [
            Place(path, text.count("\n", 0, match.start()) + 1)
            for match in _CHANGES.finditer(filled(text))
            if sameness(match.group(1).replace("`", "").replace(HOLE, UNKNOWN), table) != "different"
        ]
        if places:
            yield date, places[-1]
