"""What a shell completes: packs, items, checks and the topics of `help`, from the packs' text alone.

Nothing is validated here: a key press must not wait for it, and completing has no errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ITEM = re.compile(r"^ *- id: *(?P<id>[A-Za-z0-9_.-]+) *\n *title: *(?P<title>[^\n]*)", re.MULTILINE)
_NAME = re.compile(r"^name: *(?P<name>[a-z0-9-]+)", re.MULTILINE)
_TITLE = re.compile(r"^title: *(?P<title>[^\n]*)", re.MULTILINE)
_MOST = 1_000_000  # bytes of a pack

Completions = list[tuple[str, str]]


def packs(incomplete: str) -> Completions:
    """The packs whose names begin so, each with its title."""
    found: Completions = []
    for text in _texts():
        name, title = _NAME.search(text), _TITLE.search(text)
        if name:
            found.append((name["name"], title["title"].strip("\"' ") if title else ""))
    return _beginning(found, incomplete)


def items(incomplete: str) -> Completions:
    """The items whose ids begin so, in whichever case, each with its title."""
    found = [(one["id"], one["title"].strip("\"' ")) for text in _texts() for one in _ITEM.finditer(text)]
    return _beginning(found, incomplete)


def explained(incomplete: str) -> Completions:
    """What `explain` has a page for: checks, items, packs, and codes of `verify`."""
    from mlcheck.knowledge.check_names import CHECK_NAMES
    from mlcheck.record.codes import Code

    checks = [(name, "check") for name in sorted(CHECK_NAMES)]
    codes = [(name, "code of verify") for name in Code.__members__]
    return [*items(incomplete), *packs(incomplete), *_beginning([*checks, *codes], incomplete)]


def topics(incomplete: str) -> Completions:
    """The topics of `help`."""
    from mlcheck.cli.help_topics import TOPICS

    return _beginning([(name, topic.title) for name, topic in TOPICS.items()], incomplete)


def _beginning(found: Completions, incomplete: str) -> Completions:
    begun = incomplete.casefold()
    return [(name, words) for name, words in dict(found).items() if name.casefold().startswith(begun)]


def _texts() -> Iterator[str]:
    """The texts of the packs that ship, and of the team's own in the project that one is in."""
    from mlcheck.packs.load import SHIPPED_ORDER, TEAM_FOLDER, checklists

    here = Path.cwd()
    root = next((one for one in (here, *here.parents) if (one / ".mlcheck").is_dir()), here)
    shipped = [checklists() / f"{name}.yaml" for name in SHIPPED_ORDER]
    for path in [*shipped, *sorted((root / TEAM_FOLDER).glob("*.yaml"))]:
        try:
            with path.open("rb") as file:
                yield file.read(_MOST).decode("utf-8", "replace")
        except OSError:
            continue
