"""Cases in Markdown: a heading is a behaviour, its fences are the files, its comments what is expected.

A fence's info string is `language path`. In it, `# error: [check] text` says
that the check finds something on that line, with the text in its message;
`# unknown: [check] text` that it can't decide there. A fence named `outcomes`
has lines `ITEM: outcome`, where `not pass` is anything else than a pass. What
is found is compared for the check that the file is named after, and for those
that the case names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"# (error|unknown): \[([a-z0-9-]+)\] ?(.*?)\s*$")


@dataclass
class Case:
    name: str
    source: str
    files: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def expected(self, kind: str) -> list[tuple[str, int, str, str]]:
        rows = []
        for path, text in self.files.items():
            for number, line in enumerate(text.splitlines(), 1):
                match = EXPECTED.search(line)
                if match and match.group(1) == kind:
                    rows.append((path, number, match.group(2), match.group(3)))
        return rows


def read_cases(folder: Path) -> Iterator[Case]:
    """Every case of every Markdown file of a folder."""
    for path in sorted(folder.glob("*.md")):
        for block in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = block.partition("\n")
            case = Case(title.strip(), path.name)
            for language, name, text in FENCE.findall(body):
                if language == "outcomes":
                    case.outcomes = dict(re.findall(r"^(\S+): (.+?)$", text, re.MULTILINE))
                else:
                    case.files[name or "notebook.py"] = text
            yield case
