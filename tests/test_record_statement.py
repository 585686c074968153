"""The statement: what is written is read back, and nothing else is."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import decide
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from signed_repository import NOW, answer_all

from mlcheck.packs.model import Decision, Pack
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.record import statement
from mlcheck.record.build import Signing, developer_record, developer_signer, developer_values, paths_rested_on
from mlcheck.record.codes import Code
from mlcheck.record.model import Change, Engine, ReviewRecord, Signer, Statement, Subject, Verdict
from mlcheck.record.reading import subjects_of
from mlcheck.record.refusal import Refused

FILES = {
    "src/train.py": "# Databricks notebook source\nimport mlflow\nmlflow.set_experiment('/Shared/a')\n",
    "databricks.yml": "resources:\n  jobs:\n    a:\n      tasks:\n        - task_key: t\n"
    "          notebook_task: {notebook_path: ./src/train.py}\n",
}
HEX = "0" * 40
CHANGE = Change("id", "", "", "forecast", "refs/heads/forecast", "refs/heads/main", HEX, HEX)
ENGINE = Engine("0.1.0", "3.11", "30.8.0")
SIGNING = Signing(CHANGE, ENGINE, developer_signer("dev@example.com"), "2026-11-25T12:00:00Z")


@pytest.fixture(scope="module")
def decision(packs: tuple[Pack, ...]) -> Decision:
    return decide(FILES, packs)


@pytest.fixture(scope="module")
def payload(decision: Decision) -> bytes:
    tree = MemoryTree({path: text.encode() for path, text in FILES.items()})
    subjects = subjects_of(tree, paths_rested_on(decision))
    answers = answer_all(decision, NOW)
    return developer_record(decision, answers, {}, SIGNING, subjects=subjects, content="0" * 64)


def docs() -> Any:
    path = Path(__file__).parents[1] / "docs" / "make_record.py"
    spec = importlib.util.spec_from_file_location("make_record", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_record_comes_back_as_it_was_and_the_same_values_give_the_same_bytes(
    decision: Decision, payload: bytes
) -> None:
    read = statement.read(payload)
    assert read.record == developer_values(decision, answer_all(decision, NOW), {}, SIGNING, content="0" * 64)
    assert statement.write(read) == payload
    assert {subject.name for subject in read.subjects} == set(FILES)


def test_every_item_has_an_entry_for_each_instance(decision: Decision, payload: bytes) -> None:
    items = json.loads(payload)["predicate"]["items"]
    wanted = [(item.item.id, one.name) for item in decision.items for one in item.instances]
    assert [(item["id"], item["name"]) for item in items] == wanted
    for item in items:
        bare = {key: value for key, value in item["given"].items() if key not in ("outcome", "by")}
        if item["given"]["by"] == "tool":
            assert item["given"]["outcome"] == item["computed"]["outcome"]
            assert set(bare.values()) <= {None, False, ""}


def test_the_published_schema_is_that_of_the_code_and_takes_both_records(payload: bytes) -> None:
    module = docs()
    assert module.SCHEMA.read_text() == module.schema_text(), "run `python docs/make_record.py`"
    validator = Draft202012Validator(json.loads(module.SCHEMA.read_text()))
    validator.validate(json.loads(payload)["predicate"])
    review = ReviewRecord(
        role="review",
        change=CHANGE,
        engine=ENGINE,
        reviews="1" * 64,
        earlier=(),
        verdicts=(Verdict("A-01", "project", "", "2" * 64, "dispute", "no", "2026-11-25T12:00:00Z", None),),
        signer=Signer("r@example.com", "", "reviewed"),
        time="2026-11-25T12:00:00Z",
        previous=None,
    )
    made = statement.write(Statement((Subject("a", {"sha256": "1" * 64}, "file"),), review))
    assert statement.read(made).record == review
    validator.validate(json.loads(made)["predicate"])
    assert not validator.is_valid({**json.loads(made)["predicate"], "more": 1})


def test_the_table_of_codes_is_that_of_the_code() -> None:
    module = docs()
    text = module.PAGE.read_text()
    assert text == module.page(text), "run `python docs/make_record.py`"


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each member and entry of a value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*where, step)
        yield from places(inner, (*where, step))


def at(value: Any, where: tuple[Any, ...]) -> Any:
    for step in where:
        value = value[step]
    return value


WRONG = st.sampled_from([None, True, 7, 1.5, "text", "\x1b", [], {}, [None], {"a": 1}, "2026-11-25T12:00:00"])


@given(st.data())
def test_a_payload_with_anything_exchanged_is_refused_or_read_as_it_stands(payload: bytes, data: st.DataObject) -> None:
    value = json.loads(payload)
    value["predicate"]["items"] = value["predicate"]["items"][:2]
    where = data.draw(st.sampled_from(list(places(value))))
    parent = at(value, where[:-1])
    match data.draw(st.sampled_from(["exchange", "remove", "add"])):
        case "exchange":
            parent[where[-1]] = data.draw(WRONG)
        case "remove":
            del parent[where[-1]]
        case _ if isinstance(parent, dict):
            parent["unknown"] = 1
    try:
        read = statement.read(json.dumps(value).encode())
    except Refused as refused:
        assert refused.refusal.code in (Code.E_JSON, Code.E_PAYLOAD_TYPE, Code.E_TEXT_CONTROL)
    else:
        assert json.loads(statement.write(read)) == value


@pytest.mark.parametrize("member", ["_type", "predicateType"])
def test_another_kind_of_statement_is_refused_by_its_type(payload: bytes, member: str) -> None:
    value = copy.deepcopy(json.loads(payload))
    value[member] += "x"
    with pytest.raises(Refused) as caught:
        statement.read(json.dumps(value).encode())
    assert caught.value.refusal.code is Code.E_PAYLOAD_TYPE
