"""The five packs that ship: complete, true to their table, short enough to be read, and readable everywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.packs.load import checklists, load_packs, shipped_packs
from mlcheck.packs.model import Item
from mlcheck.packs.vocabulary import ANSWER_KINDS, APPLIES_TO, ROLES, SCOPES
from mlcheck.project.memory_tree import MemoryTree

ROOT = Path(__file__).parents[1]
PACKS = shipped_packs()
ITEMS = {item.id: item for pack in PACKS for item in pack.items}

# Item, whether it is a killer, and the checks that decide it.
TABLE = """
PRE-01 K column-not-found
PRE-02 K scd2-filter-missing scd2-filter-wrong
PRE-03 - decimal-to-model date-accessor
PRE-04 - category-not-encoded
PRE-05 - feature-key-mismatch
PRE-06 -
PRE-07 - ambiguous-column
PRE-08 - join-multiplies-rows
PRE-09 - sql-invalid
PRE-10 - feature-values-unclean
PRE-11 - feature-table-never-rewritten feature-write-mode
PRE-12 -
PRE-13 - schema-outdated schema-conflict
MLF-01 K experiment-path
MLF-02 - experiment-in-bundle
MLF-03 - artifact-location
MLF-04 K helper-not-importable code-paths-missing
MLF-05 - autolog
MLF-06 - registry-uri
MLF-07 - experiment-error-swallowed
MLF-08 - log-model-argument call-does-not-fit
MLF-09 - dependency-unpinned dependency-drift
MLF-10 - log-outside-run
TRN-01 K decimal-to-model
TRN-02 - category-not-encoded encoding-refitted
TRN-03 K dataset-outside-run dataset-version-latest
TRN-04 - feature-store-log-model
TRN-05 K signature-incomplete
TRN-06 - model-name-levels
TRN-07 K exit-hides-failure exit-missing error-swallowed failure-only-recorded
TRN-08 - session-stopped
TRN-09 - label-feature-collision
TRN-10 K label-in-features
TRN-11 - label-type
TRN-12 - single-class
TRN-13 - empty-data
TRN-14 - division-unguarded
TRN-15 - date-accessor
TRN-16 - split-leak tuned-on-test
TRN-17 - run-not-logged score-from-labels
TRN-18 - model-note-ignored
INF-01 - signature-not-followed
INF-02 K train-inference-skew encoding-refitted
INF-03 K inference-type
INF-04 - missing-column-filled
INF-05 - column-order-assumed
INF-06 - coerced-to-nan
INF-07 - prediction-call-wrong
INF-08 K error-swallowed exit-hides-failure failure-only-recorded
INF-09 - model-reference hardcoded-version alias-unvalidated
INF-10 - score-batch-argument
INF-11 -
INF-12 - write-not-idempotent schema-overwritten
JOB-01 K task-file-missing personal-path
JOB-02 K parameter-unread parameter-undeclared run-id-misused
JOB-03 - dependency-missing dependency-unpinned dependency-drift known-bad-pin
JOB-04 - timeout-missing
JOB-05 - no-failure-notification schedule-paused bundle-structure
JOB-06 - task-order name-drift
JOB-07 - compute-unsupported
JOB-08 - write-not-idempotent
JOB-09 - bundle-unresolved bundle-structure
JOB-10 -
JOB-11 K does-not-parse undefined-name
"""


def _schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((checklists() / "pack.schema.json").read_text(encoding="utf-8")))


def test_the_five_packs_hold_the_64_items_in_order() -> None:
    expected = [line.split() for line in TABLE.strip().splitlines()]
    found = [[item.id, "K" if item.killer else "-", *item.decided_by] for item in ITEMS.values()]
    assert found == expected
    assert [(pack.name, len(pack.items)) for pack in PACKS] == [
        ("pre-dev", 13),
        ("mlflow", 10),
        ("training", 18),
        ("inference", 12),
        ("job", 11),
    ]


def test_every_check_but_one_has_an_item() -> None:
    bound = {name for item in ITEMS.values() for name in item.decided_by}
    assert bound - CHECK_NAMES == set()
    assert CHECK_NAMES - bound == {"suppression-unused"}


def test_every_error_of_the_case_study_is_prevented_by_an_item() -> None:
    prevented = {code for item in ITEMS.values() for code in item.prevents}
    errors = {str(number) for number in range(1, 25)}
    attempts = {"7.1", "7.2", "7.3", "7.4", "8.1", "8.2", "8.3", "8.4", "8.5"}
    assert errors | attempts | {"S1", "S2", "S3", "S4"} <= prevented
    assert all(re.fullmatch(r"[0-9]{1,2}(\.[0-9])?|S[1-4]|F[1-7](\.[0-9]{1,2})?", code) for code in prevented)


def test_killers_ask_for_a_value() -> None:
    assert not [item.id for item in ITEMS.values() if item.killer and item.answer == "confirm"]


def test_the_role_parts_the_items_of_training_and_of_inference() -> None:
    roles = {item.id[:3]: item.role for item in ITEMS.values()}
    assert roles == {"PRE": None, "MLF": None, "TRN": "training", "INF": "inference", "JOB": None}
    assert all(item.role == roles[item.id[:3]] for item in ITEMS.values())


def test_mlflow_alone_is_asked_of_in_the_item_on_mlflow() -> None:
    assert ITEMS["MLF-09"].narrow["dependency-unpinned"] == {"package": "mlflow"}
    assert not ITEMS["JOB-03"].narrow


@pytest.mark.parametrize("item", ITEMS.values(), ids=lambda item: item.id)
def test_an_item_is_whole_and_fits_a_screen(item: Item) -> None:
    assert item.evidence and item.references
    assert not item.title.endswith(".") and len(item.title) <= 84
    assert item.question.endswith(("?", ".")) and len(re.findall(r"[?.](?= |$)", item.question)) <= 2
    how = item.how.split("\n")
    assert len(how) <= 6 and max(map(len, how)) <= 76
    said = re.sub(r"`[^`]*`", "an error's text", item.why)
    assert len(re.findall(r"[.](?= |$)", said)) <= 3
    lines = [*textwrap.wrap(item.title, 76), *textwrap.wrap(item.question, 76), *textwrap.wrap(item.why, 76), *how]
    assert len(lines) <= 16
    assert all(reference.url.startswith("https://") for reference in item.references)


def test_a_number_from_the_case_study_has_its_minutes() -> None:
    for item in ITEMS.values():
        if re.match(r"Errors? [0-9]", item.why):
            assert re.search(r"[0-9]+ (minutes|each)|\([0-9]+\)", item.why), item.id


def test_the_published_schema_takes_the_five() -> None:
    for pack in PACKS:
        text = (checklists() / f"{pack.name}.yaml").read_text(encoding="utf-8")
        assert [error.message for error in _schema().iter_errors(yaml.safe_load(text))] == []


def test_the_published_schema_names_what_the_loader_knows() -> None:
    schema = _schema().schema
    assert isinstance(schema, dict)
    properties = schema["$defs"]["change"]["properties"]
    assert schema["$id"] == "https://mlcheck.dev/schemas/pack/1"
    assert set(schema["$defs"]["check"]["enum"]) == CHECK_NAMES
    assert properties["applies_to"]["items"]["enum"] == list(APPLIES_TO)
    assert properties["answer"]["enum"] == list(ANSWER_KINDS)
    assert properties["scope"]["enum"] == list(SCOPES)
    assert properties["role"]["enum"] == list(ROLES)


def test_digests_are_those_of_the_text_whatever_its_line_ends() -> None:
    again = {pack.name: pack for pack in shipped_packs()}
    assert all(again[pack.name] == pack for pack in PACKS)
    digests = [item.digest for item in ITEMS.values()]
    assert len(set(digests)) == 64 and all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)


def test_a_project_without_packs_of_its_own_has_the_five() -> None:
    assert load_packs(MemoryTree({"src/train.py": b"", "README.md": b""})) == PACKS


def test_the_five_load_fast() -> None:
    best = min(_seconds(shipped_packs) for _ in range(5))
    assert best < 0.06


def _seconds(call: object) -> float:
    assert callable(call)
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_the_packs_are_read_from_inside_an_installed_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "mlcheck"
    shutil.copytree(ROOT / "src" / "mlcheck", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(checklists(), package / "checklists")  # as the wheel has them
    code = (
        "from mlcheck.packs.load import checklists, shipped_packs;"
        "print(checklists()); print(sum(len(pack.items) for pack in shipped_packs()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split("\n")[:2] == [str(package / "checklists"), "64"]
