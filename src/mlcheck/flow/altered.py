"""Tables that some SQL of the project alters: what is declared of them elsewhere may not be all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.flow.dotted_names import UNKNOWN
from mlcheck.flow.sql import HOLE, filled
from mlcheck.project.model import Project

_ALTERS = re.compile(
    r"\balter\s+table\s+(?:if\s+exists\s+)?([\w.`]+)\s+(?:add\s+columns?|drop\s+columns?|rename\s+column"
    r"|replace\s+columns|change)\b",
    re.IGNORECASE,
)


def altered_tables(project: Project) -> tuple[str, ...]:
    """The names of the tables, `{…}` for what is not known of them."""
    found = (name for text in _texts(project) if "lter" in text or "LTER" in text for name in _names(text))
    return tuple(dict.fromkeys(found))


def _texts(project: Project) -> Iterator[str]:
    for path, text in project.texts.items():
        if path.endswith(".sql"):
            yield text
    for code in project.code.values():
        yield code.text
        yield from (magic.argument for magic in code.magics if magic.kind == "sql")


def _names(text: str) -> Iterator[str]:
    for name in _ALTERS.findall(filled(text)):
        yield name.replace("`", "").replace(HOLE, UNKNOWN)
