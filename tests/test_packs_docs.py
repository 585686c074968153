"""What docs/packs.md shows is what the loader takes, and its tables are the vocabulary."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from mlcheck.checks import all_checks
from mlcheck.packs.check_fields import CHECK_KEYS, RULE_KEYS
from mlcheck.packs.example_runs import wrong_examples
from mlcheck.packs.fields import ITEM_FIELDS
from mlcheck.packs.load import load_pack, shipped_packs
from mlcheck.packs.read import PACK_KEYS
from mlcheck.packs.vocabulary import ANSWER_KINDS, APPLIES_TO

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "packs.md").read_text(encoding="utf-8")


def test_the_packs_shown_are_valid() -> None:
    fences = [fence for fence in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if fence.startswith("format")]
    packs = [load_pack(fence, "docs/packs.md", shipped_packs()) for fence in fences]
    assert [(pack.name, pack.extends) for pack in packs] == [
        ("platform", None),
        ("governance", None),
        ("platform-training", "training"),
    ]
    assert list(wrong_examples(check for pack in packs for check in pack.checks)) == []


def test_every_word_and_key_is_in_a_table() -> None:
    rows = set(re.findall(r"^\| ((?:`[^`|]+`(?:, )?)+) \|", TEXT, re.MULTILINE))
    named = {word for row in rows for word in re.findall(r"`([^`]+)`", row)}
    rules = {key for keys in RULE_KEYS.values() for key in keys}
    assert {*APPLIES_TO, *ANSWER_KINDS, *ITEM_FIELDS, *PACK_KEYS, *CHECK_KEYS, *rules} <= named


def test_the_page_of_checks_is_the_one_that_is_made() -> None:
    spec = importlib.util.spec_from_file_location("make_checks", DOCS / "make_checks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run `python docs/make_checks.py`"


def test_every_check_of_the_mlflow_and_job_packs_is_there_as_the_readme_says() -> None:
    needed = {
        name for pack in shipped_packs() if pack.name in ("mlflow", "job") for i in pack.items for name in i.decided_by
    }
    assert needed <= set(all_checks())
