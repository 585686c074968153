"""The `checks` of a pack: what is wrong is told with its line, the schema refuses it too, and examples are run."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from test_packs_shipped import _schema

from mlcheck.commands.explain import explain
from mlcheck.commands.packs import item_in, list_packs, validate
from mlcheck.errors import ConfigurationError
from mlcheck.packs.fields import PackError
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_pack, load_packs, packs_with, shipped_packs
from mlcheck.packs.patterns import pattern_refusal
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.settings import read_settings
from mlcheck.project.yaml_nodes import plain, read_yaml

SHIPPED = shipped_packs()
SCHEMA: Draft202012Validator = _schema()

GOOD = """\
format: mlcheck/pack/1
name: team
title: The team's own
version: "1.0"
checks:
  - name: team-tag-missing
    severity: error
    message: job `{job}` has no team
    why: Nobody knew whose cluster it was.
    help: |
      tags: {team: ml}
    bundle:
      key: resources.jobs.*.tags.team
      matches: "[a-z]+"
      targets: [prod]
    bad: |
      targets: {prod: {}}
      resources:
        jobs:
          train:  # error: [team-tag-missing] job `train`
            name: train
    good: |
      targets: {prod: {}}
      resources: {jobs: {train: {tags: {team: ml}}}}
  - name: team-no-pickle
    message: "`{module}` is imported"
    why: It runs code when it is loaded.
    import:
      module: [pickle, dill]
      allowed_in: ["src/io/**"]
  - name: team-model-named
    message: "`{argument}` is {value}"
    why: Models elsewhere are not governed.
    call:
      name: mlflow.*.log_model
      with:
        registered_model_name: {matches: "main[.]ml[.].+"}
      in: training
  - name: team-owner
    message: nobody owns it
    why: Nobody knew whom to call.
    file:
      path: README.md
      contains: "Owner:"
items:
  - id: TEAM-01
    title: Costs are tagged
    question: Which team do the jobs name?
    why: Nobody knew whose cluster it was.
    how: Tag them.
    scope: job
    answer: text
    decided_by: [team-tag-missing, timeout-missing]
  - id: TEAM-02
    title: The rest holds
    question: Does it?
    why: It must.
    how: Make it.
    scope: project
    answer: text
    decided_by: [team-no-pickle, team-model-named, team-owner]
"""


def _line(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_pack(text, "p.yaml", SHIPPED)
    return caught.value.line()


def test_a_good_pack_of_checks_loads() -> None:
    pack = load_pack(GOOD, "p.yaml", SHIPPED)
    assert [check.name for check in pack.checks] == [
        "team-tag-missing",
        "team-no-pickle",
        "team-model-named",
        "team-owner",
    ]
    assert [check.severity for check in pack.checks] == ["error", "warning", "warning", "warning"]
    assert list(SCHEMA.iter_errors(plain(read_yaml(GOOD, "p.yaml")))) == []


# what is replaced, by what, the line that is told, whether the schema refuses it too
MISTAKES = [
    (
        "name: team-tag-missing",
        "name: tag-missing",
        "p.yaml:6: `tag-missing` does not begin with the pack's name; name it `team-tag-missing`",
        False,
    ),
    (
        "name: team-tag-missing",
        "name: Team Tag",
        "p.yaml:6: `name: Team Tag` has not the right form; write it like `team-tag-missing`",
        True,
    ),
    (
        "name: team-no-pickle",
        "name: team-tag-missing",
        "p.yaml:25: `team-tag-missing` is there twice; the first is on line 6",
        False,
    ),
    (
        "    severity: error",
        "    severity: fatal",
        "p.yaml:7: `fatal` is no severity; known: error, info, warning",
        True,
    ),
    (
        "    severity: error",
        "    severty: error",
        "p.yaml:7: `severty` is no key of a check; did you mean `severity`?",
        True,
    ),
    (
        "    why: Nobody knew whose cluster it was.\n    help",
        "    help",
        "p.yaml:6: a check needs `why`; add `why:`",
        True,
    ),
    (
        "{job}",
        "{jobs}",
        "p.yaml:8: `{jobs}` is nothing that this check speaks of; known: `{key}`, `{value}`, `{resource}`, `{job}`",
        False,
    ),
    ("    bundle:\n", "    bundel:\n", "p.yaml:12: `bundel` is no key of a check; did you mean `bundle`?", True),
    ("      key: resources.jobs.*.tags.team\n", "", "p.yaml:13: `bundle` needs `key`; add `key:`", True),
    (
        "resources.jobs.*.tags.team",
        "resources..jobs",
        "p.yaml:13: `resources..jobs` is no key of a bundle; write it like",
        False,
    ),
    (
        'matches: "[a-z]+"',
        'matches: "[a-z"',
        "p.yaml:14: `matches` can't be used: it is no regular expression: ",
        False,
    ),
    (
        'matches: "[a-z]+"',
        'matches: "([a-z]+)+"',
        "p.yaml:14: `matches` can't be used: a repeat stands within a repeat",
        False,
    ),
    (
        'matches: "[a-z]+"',
        'is: a\n      matches: "b"',
        "p.yaml:15: `is` and `matches` say the same thing twice; keep one",
        True,
    ),
    ('matches: "[a-z]+"', "is: {a: b}", "p.yaml:14: `is` is a value or a list of values; write `is: value`", True),
    (
        'matches: "[a-z]+"',
        "absent: true\n      is: a",
        "p.yaml:15: a key that is absent has no `is`; take one of them out",
        False,
    ),
    (
        'matches: "[a-z]+"',
        "optional: true",
        "p.yaml:14: `optional` goes with `is` or `matches`; add one, or take it out",
        False,
    ),
    (
        "key: resources.jobs.*.tags.team",
        "key: targets.prod.mode",
        "p.yaml:15: a key below `targets` names its target itself",
        False,
    ),
    (
        '    import:\n      module: [pickle, dill]\n      allowed_in: ["src/io/**"]\n',
        "",
        "p.yaml:25: a check needs a rule; add one of `call:`, `bundle:`, `import:`, `file:`",
        True,
    ),
    (
        "    file:\n      path: README.md",
        "    import: {module: a}\n    file:\n      path: README.md",
        "p.yaml:43: a check has one rule, and this has import and file; make two checks of it",
        True,
    ),
    (
        "module: [pickle, dill]",
        "module: [pickle, a-b]",
        "p.yaml:29: `a-b` is no module of a library; write it like `pickle`",
        True,
    ),
    ("allowed_in: [", "allowed: [", "p.yaml:30: `allowed` is no key of `import`; did you mean `allowed_in`?", True),
    (
        "module: [pickle, dill]",
        "module: pickle\n      in: training",
        "p.yaml:30: `in` goes with `required: true`; add it, or use `allowed_in`",
        False,
    ),
    (
        "mlflow.*.log_model",
        "mlflow.*",
        "p.yaml:35: `mlflow.*` is no name of a library; write it like `mlflow.*.log_model`",
        True,
    ),
    ("      in: training", "      in: train", "p.yaml:38: `train` is no in; did you mean `training`?", True),
    (
        "      in: training",
        "      never: true",
        "p.yaml:38: a call that is never made has no other condition; take `never` out",
        False,
    ),
    (
        '      with:\n        registered_model_name: {matches: "main[.]ml[.].+"}\n',
        "",
        "p.yaml:34: `call` says nothing of the call; add `never: true`",
        True,
    ),
    (
        "registered_model_name: {matches:",
        "registered_model_name: {match:",
        "p.yaml:37: `match` is no key of an argument; did you mean `matches`?",
        True,
    ),
    ('matches: "main[.]ml[.].+"', "position: 0", "p.yaml:37: `position` counts from 1; write `position: 1`", True),
    (
        "      path: README.md",
        "      path: ../README.md",
        "p.yaml:43: `../README.md` is no path in the project; write it like `docs/*.md`",
        False,
    ),
    ("      path: README.md\n", "", "p.yaml:43: `file` needs `path`; add `path:`", True),
    (
        "decided_by: [team-tag-missing",
        "decided_by: [team-tag-mising",
        "p.yaml:53: `team-tag-mising` is no check; did you mean `team-tag-missing`?",
        False,
    ),
    (", team-owner]", "]", "p.yaml:39: `team-owner` decides no item; name it in an item's `decided_by`", False),
    (
        "checks:\n",
        "checks: []\nother:\n",
        "p.yaml:5: `checks` is a list of at least one check; write `- name: team-…` below it",
        True,
    ),
]


@pytest.mark.parametrize(("old", "new", "expected", "by_schema"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_in_a_check_is_told_with_its_line(old: str, new: str, expected: str, by_schema: bool) -> None:
    assert GOOD.count(old) >= 1, old
    text = GOOD.replace(old, new, 1)
    lines = _line(text).split("\n")
    assert any(line.startswith(expected) for line in lines), lines
    if by_schema:
        assert not SCHEMA.is_valid(plain(read_yaml(text, "p.yaml")))


def test_a_pack_may_be_decided_by_checks_of_the_pack_that_it_extends() -> None:
    above = """\
format: mlcheck/pack/1
name: squad
title: Squad
version: "1"
extends: team
items:
  - {id: SQD-01, title: t, question: q, why: w, how: h, scope: job, answer: text, decided_by: [team-tag-missing]}
"""
    packs = packs_with([("a.yaml", above), ("b.yaml", GOOD)], SHIPPED)
    squad = next(pack for pack in packs if pack.name == "squad")
    assert squad.checks[0].name == "team-tag-missing"
    with pytest.raises(PackError, match="`team-tag-mising` is no check"):
        packs_with([("a.yaml", above.replace("tag-missing", "tag-mising")), ("b.yaml", GOOD)], SHIPPED)


# --- in force ---------------------------------------------------------------------

FILES = {
    ".mlcheck/packs/team.yaml": GOOD,
    "databricks.yml": "bundle: {name: a}\ntargets: {prod: {}}\nresources: {jobs: {train: {timeout_seconds: 60}}}\n",
    "README.md": "A model.\n",
    "src/a.py": "import pickle\n",
}


def tree(files: dict[str, str] | None = None) -> MemoryTree:
    return MemoryTree({path: text.encode() for path, text in (files or FILES).items()})


def test_a_declared_check_decides_its_items_as_others_do() -> None:
    decision = judge(tree(), settings=read_settings(tree()), packs=load_packs(tree()))
    items = {item.item.id: item for item in decision.items}
    assert items["TEAM-01"].outcome == "fail" and items["TEAM-01"].reason == "job `train` has no team"
    found = {(one.finding.check, one.finding.place.shown(), one.items) for one in decision.findings}
    assert found >= {
        ("team-tag-missing", "databricks.yml:3", ("TEAM-01",)),
        ("team-no-pickle", "src/a.py:1", ("TEAM-02",)),
        ("team-owner", "README.md:1", ("TEAM-02",)),
    }
    (readme,) = [one for one in decision.findings if one.finding.check == "team-owner"]
    assert readme.evidence.snippet == "A model."


def test_a_declared_check_is_suppressed_and_its_severity_is_set_like_others() -> None:
    files = {
        **FILES,
        "src/a.py": "import pickle  # mlcheck: ignore[team-no-pickle] old models\n",
        "mlcheck.toml": '[severity]\nteam-owner = "info"\n',
    }
    decision = judge(tree(files), settings=read_settings(tree(files)), packs=load_packs(tree(files)))
    by_check = {one.finding.check: one for one in decision.findings}
    assert by_check["team-no-pickle"].suppressed == "old models"
    assert by_check["team-owner"].finding.severity == "info"


def test_packs_and_explain_show_declared_checks(tmp_path: Path) -> None:
    folder = tmp_path / ".mlcheck" / "packs"
    folder.mkdir(parents=True)
    (folder / "team.yaml").write_text(GOOD, encoding="utf-8")
    rows = {row.item.id: row for pack in list_packs(tmp_path).packs for row in pack.items}
    assert rows["TEAM-01"].decided == "check"
    assert "Decided by  team-tag-missing, timeout-missing" in item_in(tmp_path, "TEAM-01")
    page = explain("team-tag-missing", tmp_path)
    assert page.startswith("team-tag-missing  error")
    assert "\nwrong\n" in page and "decides  TEAM-01" in page and "fix      tags: {team: ml}" in page
    assert max(map(len, page.splitlines())) <= 80


# --- examples ---------------------------------------------------------------------


def _validated(tmp_path: Path, text: str) -> str:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        return validate([path]).replace(str(path), "p.yaml")
    except ConfigurationError as error:
        return error.line().replace(str(path), "p.yaml")


def test_examples_that_do_what_they_say_are_counted(tmp_path: Path) -> None:
    assert _validated(tmp_path, GOOD) == (
        "p.yaml: valid: team 1.0, 2 items, 0 killers, 4 checks of its own with 2 examples that do what they say\n"
    )


EXAMPLES = [
    (
        "            name: train\n",
        "            tags: {team: ml}\n",
        "p.yaml:16: `team-tag-missing` finds nothing in its bad example; make it break the rule, or mend the rule",
    ),
    (
        "tags: {team: ml}}}}\n",
        "tags: {team: ML}}}}\n",
        "p.yaml:24: `team-tag-missing` finds something in its good example: job `train` has no team; make it",
    ),
    (
        "      resources: {jobs: {train: {tags: {team: ml}}}}\n",
        "",
        "p.yaml:22: `team-tag-missing` sees nothing that it can pass in its good example; show what the rule is about",
    ),
    (
        "train:  # error: [team-tag-missing] job `train`\n            name: train\n",
        "train:\n            name: train  # error: [team-tag-missing] x\n",
        "p.yaml:21: `team-tag-missing` finds nothing here, but in databricks.yml:4; move the `# error:` comment",
    ),
    (
        "            name: train\n",
        "            name: train\n          score: {name: score}\n",
        "p.yaml:22: `team-tag-missing` finds databricks.yml:6 too, which the example doesn't say",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), EXAMPLES, ids=lambda value: str(value)[:30])
def test_an_example_that_does_not_do_what_it_says_is_told(old: str, new: str, expected: str, tmp_path: Path) -> None:
    assert old in GOOD
    assert any(line.startswith(expected) for line in _validated(tmp_path, GOOD.replace(old, new, 1)).split("\n")), (
        _validated(tmp_path, GOOD.replace(old, new, 1))
    )


def test_an_example_of_code_begins_as_a_notebook_by_itself(tmp_path: Path) -> None:
    text = GOOD.replace(
        '      allowed_in: ["src/io/**"]\n',
        '      allowed_in: ["src/io/**"]\n    bad: |\n      import json\n      import pickle  # error: [team-no-pickle] pickle\n    good: import json\n',
    )
    assert "with 4 examples" in _validated(tmp_path, text)
    wrong = text.replace("import json\n      import pickle  #", "import json  #").replace(
        "good: import json", "good: import dill"
    )
    told = _validated(tmp_path, wrong).split("\n")
    assert [line.split(" ")[0] for line in told] == ["p.yaml:31:", "p.yaml:32:", "p.yaml:33:"]


# --- patterns ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]{4}",
        "[a-z]+[.][a-z]+[.].+",
        "a|b",
        "(?:dev|prod)-.*",
        "x?y*",
        r"\w+",
        "[^]]+",
        "()",
        "a{2}b{3}c{4}d{5}e{6}",
    ],
)
def test_a_pattern_without_danger_is_taken(pattern: str) -> None:
    assert pattern_refusal(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        "((a)+)*",
        "(a|b+)+",
        "(a{1,9}){9,}",
        "a+b+c+d+e+",
        "(?=a)b",
        r"(a)\1",
        "(?i)a",
        "(?P<n>a)",
        "[",
        "a" * 300,
        "a**",
    ],
)
def test_a_pattern_that_may_never_end_is_refused(pattern: str) -> None:
    assert pattern_refusal(pattern)


@pytest.mark.parametrize("pattern", ["[a-z]*[a-z]*[a-z]*[a-z]*", ".*.*.*=", "(?:a|aa|aaa)[a]*[a]*[a]*b"])
def test_a_pattern_that_is_taken_ends_soon(pattern: str) -> None:
    assert pattern_refusal(pattern) is None
    start = time.perf_counter()
    re.fullmatch(pattern, "a" * 200 + "!")
    assert time.perf_counter() - start < 10
