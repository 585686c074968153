"""The catalogue of errors: complete, consistent, and each text in it recognised as its own entry."""

from __future__ import annotations

import re

import pytest

from mlcheck.diagnosis.pasted import plain_text
from mlcheck.diagnosis.patterns import compiled
from mlcheck.diagnosis.recognise import read_errors
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.knowledge.error_catalogue import KnownError, SeenText, error_catalogue
from mlcheck.packs.load import shipped_packs

ENTRIES = error_catalogue()
ITEMS = {item.id: item for pack in shipped_packs() for item in pack.items}
SEEN = [(entry, seen) for entry in ENTRIES for seen in entry.seen]


def test_every_error_of_the_case_study_has_an_entry() -> None:
    codes = {code for entry in ENTRIES for code in entry.codes}
    experiments = {"7.1", "7.2", "7.3", "7.4"}
    imports = {"8.1", "8.2", "8.3", "8.4"}
    assert codes >= {str(number) for number in range(1, 25)} | experiments | imports | {"S1", "S2", "S3", "S4"}


def test_ids_are_their_own_and_no_check_has_them() -> None:
    ids = [entry.id for entry in ENTRIES]
    assert len(set(ids)) == len(ids)
    same = set(ids) & CHECK_NAMES
    for entry in ENTRIES:
        if entry.id in same:  # `explain` shows the check, which then must be the entry's own
            assert entry.id in entry.checks, entry.id


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_names_items_and_checks_that_go_together(entry: KnownError) -> None:
    assert entry.items and entry.checks
    assert set(entry.items) <= set(ITEMS)
    assert set(entry.checks) <= CHECK_NAMES
    bound = {name for item in entry.items for name in ITEMS[item].decided_by}
    assert set(entry.checks) & bound
    assert entry.why and entry.fix
    assert max(map(len, entry.fix.splitlines())) <= 72, "it is shown beside a label, in 80 columns"
    assert entry.silent == bool(entry.symptom)
    assert entry.silent or entry.seen
    for pattern in entry.patterns:
        compiled(pattern)


@pytest.mark.parametrize(("entry", "seen"), SEEN, ids=lambda value: getattr(value, "id", None))
def test_a_text_is_recognised_as_its_entry_and_its_names_are_read(entry: KnownError, seen: SeenText) -> None:
    project = frozenset({"utils"})
    reading = read_errors(plain_text(seen.text.encode()).text, project)
    assert [one.error.id for one in reading.recognised] == [entry.id]
    (one,) = reading.recognised
    assert seen.names.items() <= dict(one.names).items()
    assert one.text


# What terminals, logs, browsers and APIs do to a text.
def _coloured(text: str) -> str:
    return re.sub(r"(\w+)", "\x1b[0;31m\\1\x1b[0m", text)


def _in_spans(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
    return f'<div class="ansiout"><span class="ansi-red-fg">{escaped}</span></div>'


def _cut_within_words(text: str) -> str:
    return "\n".join(text[start : start + 37] for start in range(0, len(text), 37))


def _logged(text: str) -> str:
    return "\n".join(f"2026-03-01 10:11:12,123 ERROR root: {line}" for line in text.split("\n"))


DISGUISES = {
    "colours": _coloured,
    "colours without their escape": lambda text: _coloured(text).replace("\x1b", ""),
    "json": lambda text: '{"error": ' + __import__("json").dumps(f"\x1b[31m{text}\x1b[0m") + "}",
    "json, a piece of it": lambda text: __import__("json").dumps(text)[1:40_000].rstrip('"') + '", "metadata": {',
    "browser": _in_spans,
    "wrapped": lambda text: text.replace(" ", "\n    "),
    "wrapped within words": _cut_within_words,
    "log": _logged,
    "quoted mail": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "pytest": lambda text: "\n".join(f"E       {line}" for line in text.split("\n")),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "control and bidi characters": lambda text: "\u202e" + "\u200b".join(text) + "\x00\x07",
    "upper case": str.upper,
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_text_is_recognised_in_every_disguise(disguise: str) -> None:
    missed = []
    for entry, seen in SEEN:
        text = DISGUISES[disguise](seen.text)
        found = [one.error.id for one in read_errors(plain_text(text.encode()).text, frozenset({"utils"})).recognised]
        if entry.id not in found:
            missed.append((entry.id, seen.text, found))
    assert missed == []


def test_quotes_that_a_shell_took_away_are_not_missed() -> None:
    for entry, seen in SEEN:
        text = re.sub("['\"`]", "", seen.text)
        found = [one.error.id for one in read_errors(text, frozenset({"utils"})).recognised]
        assert entry.id in found, text
