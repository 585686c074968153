"""The JSON of `check` is that of Python's own writer, whatever stands in it."""

from __future__ import annotations

import json

from conftest import decide

from mlcheck.knowledge.demo_files import demo_files
from mlcheck.packs.model import Pack
from mlcheck.reports.check_json import as_data, render


def test_the_text_is_what_json_writes_with_an_indent_of_one(packs: tuple[Pack, ...]) -> None:
    files = {**demo_files("before"), "odd.py": 'x = "\u202e\x1b[31m\\ \U0001f600"\nx.y(\n'.encode()}
    decision = decide(files, packs)
    assert render(decision) == json.dumps(as_data(decision), indent=1) + "\n"
