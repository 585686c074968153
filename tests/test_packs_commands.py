"""`mlcheck packs`: the list, one item, and the validation of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcheck.commands.packs import item_in, list_packs, packs_text, validate
from mlcheck.errors import ConfigurationError, CouldNotError, UsageError
from mlcheck.packs.load import checklists

TEAM = """\
format: mlcheck/pack/1
name: team
title: The team's training
version: "2.0"
extends: training
retire: [TRN-18]
items:
  - id: TRN-14
    killer: true
  - id: TEAM-01
    title: Costs are tagged
    question: Which tag?
    why: Nobody knew whose cluster it was.
    how: Tag it.
    scope: job
    answer: text
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / ".mlcheck" / "packs"
    folder.mkdir(parents=True)
    (folder / "team.yaml").write_text(TEAM, encoding="utf-8")
    return tmp_path


def test_the_list_counts_what_is_in_force(project: Path, tmp_path: Path) -> None:
    view = list_packs(project)
    assert [row.pack.name for row in view.packs] == ["pre-dev", "mlflow", "team", "inference", "job"]
    assert (view.items, view.killers) == (64, 16)
    rows = {row.item.id: row for pack in view.packs for row in pack.items}
    assert rows["JOB-04"].decided == "check" and rows["JOB-04"].existing == ("timeout-missing",)
    assert rows["PRE-06"].decided == "person" and rows["TEAM-01"].decided == "person"


def test_the_text_fits_80_columns_and_names_every_item(project: Path) -> None:
    text = packs_text(project)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("PACK")
    assert "team       2.0         18        6" in text and "extends training" in text
    assert all(f"  {item}" in text for item in ("PRE-01", "JOB-11", "TEAM-01"))


def test_one_item_is_shown_in_full(project: Path) -> None:
    text = item_in(project, "job-04")
    assert text.startswith("JOB-04  job\nA time limit is set\n")
    assert "          timeout_seconds: 7200\n" in text and "Decided by  timeout-missing" in text
    assert "TRN-14  team, a killer" in item_in(project, "TRN-14")
    with pytest.raises(UsageError) as caught:
        item_in(project, "JOB-4")
    assert caught.value.line() == "no item `JOB-4`; did you mean `JOB-04`?"


def test_a_file_is_validated(project: Path) -> None:
    path = project / ".mlcheck" / "packs" / "team.yaml"
    assert validate([path]) == (
        f"{path}: valid: team 2.0, 18 items, 6 killers; of `training` 1 changed, 1 retired, 1 added\n"
    )
    path.write_text(TEAM.replace("answer: text", "answer: txt").replace("TRN-18]", "TRN-01]"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        validate([path])
    assert caught.value.line() == f"{path}:16: `txt` is no answer; did you mean `text`?"
    assert caught.value.exit_code == 2


def test_files_that_extend_each_other_are_validated_together(tmp_path: Path) -> None:
    base, above = tmp_path / "base.yaml", tmp_path / "above.yaml"
    base.write_text(TEAM, encoding="utf-8")
    above.write_text(
        'format: mlcheck/pack/1\nname: squad\ntitle: T\nversion: "1"\nextends: team\nretire: [TEAM-01]\n',
        encoding="utf-8",
    )
    lines = validate([above, base]).splitlines()
    assert lines == [f"{above}: valid: squad 1, 17 items, 6 killers", f"{base}: valid"]


def test_the_packs_that_ship_are_valid() -> None:
    paths = sorted(checklists().glob("*.yaml"))
    assert len(validate(paths).splitlines()) == 5


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CouldNotError, match="can't be read"):
        validate([tmp_path / "none.yaml"])
