"""What is wrong in a pack is told with its line, what to do, and the nearest right name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from test_packs_shipped import _schema

from mlcheck.errors import ConfigurationError, MlcheckError
from mlcheck.packs.load import load_pack, load_packs, shipped_packs
from mlcheck.packs.read import decode_pack
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.yaml_nodes import plain, read_yaml

SHIPPED = shipped_packs()
SCHEMA: Draft202012Validator = _schema()

GOOD = """\
format: mlcheck/pack/1
name: team
title: The team's own
version: "1.0"
items:
  - id: TEAM-01
    title: Costs are tagged
    question: Which tag do the jobs carry?
    why: Nobody knew whose cluster it was.
    how: |
      tags:
        cost_center: ml
    scope: job
    answer: text
    decided_by: [timeout-missing]
    applies_to: [job]
"""


def _line(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_pack(text, "p.yaml", SHIPPED)
    return caught.value.line()


def test_a_good_pack_loads() -> None:
    pack = load_pack(GOOD, "p.yaml", SHIPPED)
    (item,) = pack.items
    assert (pack.name, pack.version, pack.source, pack.extends) == ("team", "1.0", "p.yaml", None)
    assert item.how == "tags:\n  cost_center: ml"
    assert (item.killer, item.pack, item.place.line, item.choices) == (False, "team", 6, ())
    assert SCHEMA.is_valid(plain(read_yaml(GOOD, "p.yaml")))


# what is replaced, by what, the line that is told, whether the schema refuses it too
MISTAKES = [
    ("    scope: job", "    scoope: job", "p.yaml:13: `scoope` is no key of an item; did you mean `scope`?", True),
    ("title: The", "titel: The", "p.yaml:3: `titel` is no key of a pack; did you mean `title`?", True),
    (
        "[timeout-missing]",
        "[timeout-mising]",
        "p.yaml:15: `timeout-mising` is no check; did you mean `timeout-missing`?",
        True,
    ),
    ("[job]", "[jobs]", "p.yaml:16: `jobs` is no word of `applies_to`; did you mean `job`?", True),
    ("scope: job", "scope: jobb", "p.yaml:13: `jobb` is no scope; did you mean `job`?", True),
    ("answer: text", "answer: txt", "p.yaml:14: `txt` is no answer; did you mean `text`?", True),
    ("answer: text", "answer:", "p.yaml:14: `answer` is one word; known: ", True),
    ("id: TEAM-01", "id: team-1", "p.yaml:6: `id: team-1` has not the right form; write it like `TEAM-01`", True),
    ("id: TEAM-01", "id: PRE-01", "p.yaml:6: `PRE-01` is there already, in `pre-dev` (mlcheck/checklists/", False),
    ("id: TEAM-01", "name: TEAM-01", "p.yaml:6: `name` is no key of an item", True),
    ("    why: Nobody knew whose cluster it was.\n", "", "p.yaml:6: `TEAM-01` needs `why`; add `why:`", True),
    ("Nobody knew whose cluster it was.", "[a]", "p.yaml:9: `why` is a text; write a sentence", True),
    ("Costs are tagged", "7", 'p.yaml:7: `title` is a text; write it in quotes: title: "7"', True),
    ("Costs are tagged", '"a\\nb"', "p.yaml:7: `title` is one line", True),
    ("Costs are tagged", '"a\\e[31m"', "p.yaml:7: `title` holds the character \\x1b; take it out", False),
    ("Costs are tagged", '"a\\u202Eb"', "p.yaml:7: `title` holds the character \\u202e; take it out", False),
    ("    answer: text", "    answer: text\n    killer: yes", "p.yaml:15: `killer` is true or false", True),
    (
        "    answer: text",
        "    answer: confirm\n    killer: true",
        "p.yaml:14: `TEAM-01` is a killer, and `confirm` asks for no value; let `answer` be ",
        True,
    ),
    (
        "    answer: text",
        "    answer: choice",
        "p.yaml:14: `TEAM-01` is answered by choice, and has no `choices`; add `choices:`",
        True,
    ),
    (
        "    answer: text",
        "    answer: choice\n    choices: [one]",
        "p.yaml:15: `choices` has at least two; add another, or use `answer: text`",
        True,
    ),
    (
        "    answer: text",
        "    answer: text\n    choices: [a, b]",
        "p.yaml:15: `TEAM-01` has choices, and is answered by text; write `answer: choice`",
        True,
    ),
    ("[job]", "job", "p.yaml:16: `applies_to` is a list; write `applies_to: [...]`", True),
    ("[job]", "[job, job]", "p.yaml:16: `applies_to` has `job` twice; keep one", True),
    ("[job]", "[job]\n    prevents: [7.1]", "p.yaml:17: `prevents` is a text; write it in quotes", True),
    (
        "[job]",
        "[job]\n    references: [{title: a, url: example.com}]",
        "p.yaml:17: `example.com` is no web address; write it with https://",
        True,
    ),
    ("[job]", "[job]\n    references: [{title: a}]", "p.yaml:17: a reference needs `url`; add `url:`", True),
    (
        "[job]",
        "[job]\n    references: [{title: a, link: b, url: https://a.b}]",
        "p.yaml:17: `link` is no key of a reference",
        True,
    ),
    ("[job]", "[job]\n    role: trainer", "p.yaml:17: `trainer` is no role; did you mean `training`?", True),
    (
        "[job]",
        "[job]\n    narrow: {timeout-missing: x}",
        "p.yaml:17: `narrow` says what a check's subject must be",
        True,
    ),
    (
        "[job]",
        "[job]\n    narrow: {autolog: {kind: x}}",
        "p.yaml:17: `narrow` speaks of `autolog`, which does not decide `TEAM-01`; add it to `decided_by`",
        False,
    ),
    ("    scope: job", "    scope: job\n    scope: model", "p.yaml:14: `scope` is given twice; keep this", False),
    ("name: team", "name: team\nname: squad", "p.yaml:3: `name` is given twice; keep this one or the one on", False),
    ("name: team", "name: Team", "p.yaml:2: `name: Team` has not the right form; write it like `team-training`", True),
    ("name: team", "name: training", "p.yaml:2: the name `training` is taken by a pack of mlcheck's; name", False),
    ("name: team\n", "", "p.yaml:1: a pack needs `name`; add `name:`", True),
    ('"1.0"', "1.0", 'p.yaml:4: `version` is a text; write it in quotes: version: "1.0"', True),
    ('"1.0"', "next", 'p.yaml:4: `version: next` has not the right form; write it like `"1.0"`', True),
    ("pack/1", "pack/2", "p.yaml:1: a format that this version does not read; write `format: mlcheck/pack/1`", True),
    ("format: mlcheck/pack/1\n", "", "p.yaml:1: a pack needs `format`; add `format: mlcheck/pack/1`", True),
    ("  - id", "  \t- id", "p.yaml:6: a tab where YAML wants spaces; indent with spaces", False),
    ("name: team", "name: team\nretire: [PRE-05]", "p.yaml:3: `retire` needs a pack to retire from", True),
    ("name: team", "name: team\nextends: trainng", "p.yaml:3: no pack `trainng` to extend; did you mean", False),
    ("name: team", "name: [team", "p.yaml:3: not YAML: ", False),
]


@pytest.mark.parametrize(("old", "new", "expected", "by_schema"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_is_told_with_its_line(old: str, new: str, expected: str, by_schema: bool) -> None:
    assert GOOD.count(old) >= 1
    text = GOOD.replace(old, new, 1)
    line = _line(text)
    assert line.startswith(expected), line
    assert "\n" not in line
    if by_schema:
        assert not SCHEMA.is_valid(plain(read_yaml(text, "p.yaml")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "p.yaml:1: the pack is empty; begin with `format: mlcheck/pack/1`"),
        ("# nothing\n", "p.yaml:1: the pack is empty"),
        ("- a\n", "p.yaml:1: a pack is a mapping"),
        ("just words\n", "p.yaml:1: a pack is a mapping"),
        (GOOD + "---\nname: second\n", "p.yaml:17: a second YAML document; put it in a file of its own"),
        (GOOD.partition("items:")[0], "p.yaml:1: a pack needs `items`; add `items:` with at least one item"),
        (GOOD.partition("items:")[0] + "items: []\n", "p.yaml:5: `items` is a list of at least one item"),
        (GOOD.partition("items:")[0] + "items:\n", "p.yaml:5: `items` is a list of at least one item"),
        (GOOD.partition("items:")[0] + "items:\n  - TEAM-01\n", "p.yaml:6: an item is a mapping"),
        (GOOD + GOOD.partition("items:\n")[2], "p.yaml:17: `TEAM-01` is there twice; the first is on line 6"),
        ("a: &a [*a]\n", "p.yaml:1: an alias within its own anchor: *a"),
        ("x: " + "[" * 100, "p.yaml:1: nested deeper than 64"),
    ],
)
def test_a_file_that_is_no_pack_is_told(text: str, expected: str) -> None:
    assert _line(text).startswith(expected)


def test_all_mistakes_of_a_file_are_told_each_on_a_line() -> None:
    text = GOOD.replace("scope: job", "scope: jobb").replace("answer: text", "answer: txt").replace("[job]", "[jib]")
    assert [line.partition(":")[2].partition(":")[0] for line in _line(text).split("\n")] == ["13", "14", "16"]


def test_more_than_twenty_mistakes_are_counted() -> None:
    text = GOOD + "".join(f"    wrong_{number}: 1\n" for number in range(30))
    lines = _line(text).split("\n")
    assert len(lines) == 21 and lines[-1].endswith("and 10 more; mend these first")


def test_a_big_file_and_another_encoding_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="larger than 1024 KiB"):
        decode_pack(b" " * 2_000_000, "p.yaml")
    with pytest.raises(ConfigurationError) as caught:
        decode_pack(b"format: x\ntitle: \xff\n", "p.yaml")
    assert caught.value.line() == "p.yaml:2: not UTF-8; save the file as UTF-8"


def test_a_byte_order_mark_and_crlf_change_nothing() -> None:
    windows = load_pack("\ufeff" + GOOD.replace("\n", "\r\n"), "p.yaml", SHIPPED)
    assert windows.items == load_pack(GOOD, "p.yaml", SHIPPED).items
    assert load_pack(GOOD.replace("\n", "\r\n"), "p.yaml").digest == load_pack(GOOD, "p.yaml").digest


def test_a_bomb_is_refused_quickly() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 12):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    assert "more than 400,000 nodes" in _line(bomb)


@pytest.mark.parametrize("path", [".mlcheck/packs/team.yml", ".mlcheck/packs/more/team.yaml"])
def test_a_pack_that_would_not_be_read_is_told(path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_packs(MemoryTree({path: GOOD.encode()}))
    assert caught.value.line() == f"{path}:1: a pack that would not be read; name it .mlcheck/packs/NAME.yaml"


def test_other_files_beside_the_packs_are_left_alone() -> None:
    assert load_packs(MemoryTree({".mlcheck/packs/README.md": b"\xff"})) == SHIPPED


@given(st.text(max_size=200))
def test_any_text_gives_a_pack_or_a_named_error(text: str) -> None:
    try:
        load_pack(text, "p.yaml")
    except MlcheckError as error:
        assert error.where.startswith("p.yaml:")


@given(st.binary(max_size=40), st.integers(0, len(GOOD)))
def test_any_bytes_within_a_pack_give_a_pack_or_a_named_error(noise: bytes, at: int) -> None:
    raw = GOOD.encode()
    try:
        load_packs(MemoryTree({".mlcheck/packs/p.yaml": raw[:at] + noise + raw[at:]}))
    except MlcheckError as error:
        assert error.where.startswith(".mlcheck/packs/p.yaml:")
        assert all(character.isprintable() or character in "\n\t" for character in error.line())
