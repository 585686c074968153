"""A team's pack takes another's items, changes, adds to and retires them, and never loosens a killer that ships."""

from __future__ import annotations

import hashlib

import pytest

from mlcheck.errors import ConfigurationError
from mlcheck.packs.load import load_packs, shipped_packs
from mlcheck.packs.model import Item, Pack
from mlcheck.project.memory_tree import MemoryTree

SHIPPED = shipped_packs()
HEAD = 'format: mlcheck/pack/1\nname: {name}\ntitle: T\nversion: "2.1"\n'
NEW = (
    "  - {{id: {id}, title: t, question: q?, why: w, how: h, scope: project, answer: text, "
    "applies_to: [code], killer: {killer}}}\n"
)


def _head(name: str = "team", extends: str = "training") -> str:
    return HEAD.format(name=name) + (f"extends: {extends}\n" if extends else "")


def _new(item_id: str, killer: bool = False) -> str:
    return NEW.format(id=item_id, killer=str(killer).lower())


def _packs(**texts: str) -> tuple[Pack, ...]:
    return load_packs(MemoryTree({f".mlcheck/packs/{name}.yaml": text.encode() for name, text in texts.items()}))


def _line(**texts: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        _packs(**texts)
    return caught.value.line().replace(".mlcheck/packs/", "")


def _items(packs: tuple[Pack, ...]) -> dict[str, Item]:
    return {item.id: item for pack in packs for item in pack.items}


def test_the_extending_pack_stands_where_its_base_stood() -> None:
    packs = _packs(team=_head() + "items:\n" + _new("TEAM-01"))
    assert [pack.name for pack in packs] == ["pre-dev", "mlflow", "team", "inference", "job"]
    team = packs[2]
    assert (team.source, team.extends, team.version) == (".mlcheck/packs/team.yaml", "training", "2.1")
    assert [item.id for item in team.items] == [*(item.id for item in SHIPPED[2].items), "TEAM-01"]
    assert {item.pack for item in team.items} == {"team"}


def test_items_that_are_not_changed_keep_their_digest_and_place() -> None:
    before, after = _items(SHIPPED)["TRN-02"], _items(_packs(team=_head()))["TRN-02"]
    assert (after.digest, after.place) == (before.digest, before.place)


def test_a_field_is_changed_and_the_others_stay() -> None:
    text = _head() + "items:\n  - id: TRN-14\n    how: Use our own `safe_div`.\n    killer: true\n"
    before, after = _items(SHIPPED)["TRN-14"], _items(_packs(team=text))["TRN-14"]
    assert (after.how, after.killer) == ("Use our own `safe_div`.", True)
    assert (after.title, after.question, after.decided_by) == (before.title, before.question, before.decided_by)
    assert after.digest != before.digest and after.place.shown() == ".mlcheck/packs/team.yaml:7"


def test_choices_go_with_the_answer_that_had_them() -> None:
    text = _head() + "items:\n  - {id: TRN-12, answer: text}\n"
    assert _items(_packs(team=text))["TRN-12"].choices == ()
    text = _head() + "items:\n  - {id: TRN-12, choices: [it raises, it goes on]}\n"
    assert _items(_packs(team=text))["TRN-12"].choices == ("it raises", "it goes on")


def test_an_item_that_is_no_killer_may_be_retired() -> None:
    packs = _packs(team=_head() + "retire: [TRN-18]\n")
    assert "TRN-18" not in _items(packs) and len(packs[2].items) == 17


def test_the_digest_covers_the_base_too() -> None:
    text = _head()
    own = hashlib.sha256(text.encode()).hexdigest()
    expected = hashlib.sha256(f"{own} {SHIPPED[2].digest}".encode()).hexdigest()
    assert _packs(team=text)[2].digest == expected


def test_packs_of_the_team_may_extend_each_other_in_any_order() -> None:
    packs = _packs(
        a=_head("a-squad", "b-division") + "retire: [DIV-02]\n",
        b=_head("b-division", "training") + "items:\n" + _new("DIV-01") + _new("DIV-02", killer=True),
        c=_head("c-own", "") + "items:\n" + _new("OWN-01"),
    )
    assert [pack.name for pack in packs] == ["pre-dev", "mlflow", "a-squad", "inference", "job", "c-own"]
    assert [item.id for item in packs[2].items][-1] == "DIV-01"


LOOSENED = "is a killer of mlcheck's, and this"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("killer: false", f"t.yaml:7: `TRN-01` {LOOSENED} `killer` would loosen it; leave `killer` out; it is true"),
        ("decided_by: []", f"t.yaml:7: `TRN-01` {LOOSENED} `decided_by` would loosen it; leave `decided_by` out; it"),
        ("applies_to: [training, mlflow]", f"t.yaml:7: `TRN-01` {LOOSENED} `applies_to` would loosen it"),
        ("scope: project", f"t.yaml:7: `TRN-01` {LOOSENED} `scope` would loosen it"),
        ("role: inference", f"t.yaml:7: `TRN-01` {LOOSENED} `role` would loosen it"),
        ("narrow: {decimal-to-model: {a: b}}", f"t.yaml:7: `TRN-01` {LOOSENED} `narrow` would loosen it"),
        ("answer: confirm", "t.yaml:7: `TRN-01` is a killer, and `confirm` asks for no value"),
    ],
)
def test_a_killer_that_ships_is_not_loosened(change: str, expected: str) -> None:
    assert _line(t=_head() + f"items:\n  - id: TRN-01\n    {change}\n").replace(":8:", ":7:").startswith(expected)


def test_a_killer_that_ships_may_be_tightened() -> None:
    text = _head() + "items:\n  - {id: TRN-01, decided_by: [decimal-to-model, label-type], applies_to: []}\n"
    item = _items(_packs(team=text))["TRN-01"]
    assert item.decided_by == ("decimal-to-model", "label-type") and item.applies_to == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("retire: [TRN-01]\n", "t.yaml:6: `TRN-01` is a killer of mlcheck's and can't be retired; waive it where"),
        ("retire: [TRN-99]\n", "t.yaml:6: `TRN-99` is no item of `training`; did you mean `TRN-09`?"),
        ("retire: TRN-18\n", "t.yaml:6: `retire` is a list"),
        (
            "retire: [TRN-18]\nitems:\n  - {id: TRN-18, how: x}\n",
            "t.yaml:8: `TRN-18` is changed and retired; do one of the two",
        ),
        ("items:\n  - {id: TRN-19, how: x}\n", "t.yaml:7: `TRN-19` needs `title`; add `title:`"),
        (
            "items:\n  - {id: PRE-05, how: x}\n",
            "t.yaml:7: `PRE-05` is there already, in `pre-dev` (mlcheck/checklists/pre-dev.yaml:",
        ),
        (
            "items:\n  - {id: TRN-02, answer: choice}\n",
            "t.yaml:7: `TRN-02` is answered by choice, and has no `choices`; add `choices:`",
        ),
    ],
)
def test_a_change_that_can_not_be_made_is_told(body: str, expected: str) -> None:
    assert _line(t=_head() + body).startswith(expected)


def test_packs_that_extend_each_other_are_told() -> None:
    line = _line(a=_head("a-one", "b-two"), b=_head("b-two", "a-one"))
    assert line.split("\n") == [
        "a.yaml:5: packs extend each other: a-one → b-two → a-one; take one `extends` out",
        "b.yaml:5: packs extend each other: b-two → a-one → b-two; take one `extends` out",
    ]
    assert _line(a=_head("a-one", "a-one")).startswith("a.yaml:5: packs extend each other: a-one → a-one")


def test_two_packs_that_extend_the_same_one_are_told() -> None:
    line = _line(a=_head("a-one"), b=_head("b-two"))
    assert (
        line == "b.yaml:5: `training` is extended already by `a-one` (a.yaml); extend `a-one`, or put both in one pack"
    )


def test_an_unknown_base_behind_another_pack_is_told() -> None:
    line = _line(a=_head("a-one", "b-two"), b=_head("b-two", "mlfow"))
    assert line.split("\n")[1] == "b.yaml:5: no pack `mlfow` to extend; did you mean `mlflow`?"


def test_two_packs_with_one_item_or_one_name_are_told() -> None:
    own = _head("a-one", "") + "items:\n" + _new("OWN-01")
    assert _line(a=own, b=own.replace("a-one", "b-two")).startswith("b.yaml:6: `OWN-01` is there already, in `a-one`")
    assert _line(a=own, b=own).startswith("b.yaml:2: the name `a-one` is taken by `a-one` (a.yaml)")


def test_the_mistakes_of_all_files_are_told() -> None:
    line = _line(a=_head("A"), b=_head("b-two", "job").replace("title", "titel"))
    assert [each.partition(":")[0] for each in line.split("\n")] == ["a.yaml", "b.yaml"]
