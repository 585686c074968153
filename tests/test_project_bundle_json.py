"""`--bundle-json`: what the CLI resolved, in place of our own resolution."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import mlcheck
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.errors import UsageError
from mlcheck.project.bundle_json import with_validated
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Job, Project, Settings

ROOT = "/Workspace/Users/someone@example.com/.bundle/churn/prod"
NB = "# Databricks notebook source\n"
FILES = {
    "databricks.yml": "bundle: {name: churn}\ninclude: [resources/*.yml]\nvariables: {catalog: {}}\n"
    "python: {resources: ['resources:load']}\ntargets: {dev: {}, prod: {mode: production}}\n",
    "resources/train.yml": "resources:\n  jobs:\n    train:\n      tasks:\n        - task_key: train\n"
    "          notebook_task:\n            notebook_path: ../src/train.py\n"
    "            base_parameters: {catalog: '${var.catalog}'}\n",
    "src/train.py": NB,
    "src/score.py": "print(1)\n",
    "requirements.txt": "mlflow==3.1.4\n",
}


def output(**more: Any) -> dict[str, Any]:
    """What `bundle validate -o json` prints of these files, cut down to what is looked at."""
    jobs = {
        "train": {
            "name": "train",
            "tasks": [
                {
                    "task_key": "train",
                    "notebook_task": {
                        "notebook_path": f"{ROOT}/files/src/train",
                        "base_parameters": {"catalog": "main"},
                    },
                }
            ],
        },
        "score": {
            "name": "score",
            "timeout_seconds": 60,
            "environments": [
                {
                    "environment_key": "default",
                    "spec": {"dependencies": [f"-r {ROOT}/files/requirements.txt", "./dist/*.whl", "pandas==2.2.3"]},
                }
            ],
            "tasks": [
                {
                    "task_key": "score",
                    "environment_key": "default",
                    "spark_python_task": {"python_file": f"{ROOT}/files/src/score.py"},
                }
            ],
        },
    }
    return {
        "bundle": {"name": "churn", "target": "prod", "mode": "production"},
        "resources": {"jobs": jobs, "experiments": {"e": {"name": "/Shared/churn"}}},
        "sync": {"paths": ["."]},
        "workspace": {"file_path": f"{ROOT}/files"},
        **more,
    }


def validated(text: str | dict[str, Any], files: dict[str, str] = FILES) -> Project:
    tree = MemoryTree({path: content.encode() for path, content in files.items()})
    shown = text if isinstance(text, str) else json.dumps(text, indent=2)
    return with_validated(load_project(tree, Settings()), tree, shown, "prod.json")


def jobs(project: Project) -> dict[str, Job]:
    (target,) = project.bundles[0].targets
    return {job.key: job for job in target.jobs}


def test_the_cli_takes_the_place_of_our_own_resolution() -> None:
    project = validated(output())
    (target,) = project.bundles[0].targets
    assert (target.name, target.mode, [one.key for one in target.resources]) == ("prod", "production", ["e"])
    train = jobs(project)["train"].tasks[0]
    assert (train.file, train.missing) == ("src/train.py", False)
    assert [(one.name, one.value) for one in train.parameters] == [("catalog", "main")]
    assert (project.bundles[0].problems, project.bundles[0].open, project.not_understood) == ((), (), ())


def test_what_python_code_adds_is_there_and_its_requirements_are_of_the_deployed_files() -> None:
    score = jobs(validated(output()))["score"]
    (task,) = score.tasks
    assert (score.timeout, task.file) == (60, "src/score.py")
    assert task.libraries is not None
    assert [one.path for one in task.libraries.includes] == ["${workspace.file_path}/requirements.txt"]
    assert [one.text for one in task.libraries.requirements] == ["${workspace.file_path}/dist/*.whl", "pandas==2.2.3"]


def test_places_are_those_of_the_same_keys_in_the_yaml_and_else_of_the_json() -> None:
    found = jobs(validated(output()))
    train = found["train"].tasks[0]
    assert (found["train"].place.path, found["train"].place.line) == ("resources/train.yml", 3)
    assert train.file_place is not None and (train.file_place.path, train.file_place.line) == ("resources/train.yml", 7)
    assert (found["score"].place.path, found["score"].place.column) == ("prod.json", 7)


def test_the_clis_own_locations_are_the_places_where_they_are_given() -> None:
    known = {
        "version": 1,
        "files": ["databricks.yml", "resources.py"],
        "locations": {"resources.jobs.score": [[1, 12, 5]], "resources.jobs.score.tasks[0].task_key": [[1, 14, 9]]},
    }
    score = jobs(validated(output(__locations=known)))["score"]
    assert (score.place.path, score.place.line) == ("resources.py", 12)
    assert score.tasks[0].node.get("task_key").place.line == 14  # type: ignore[union-attr]


def test_a_bundle_below_the_project_finds_its_files_there() -> None:
    files = {f"ml/{path}": text for path, text in FILES.items()}
    train = jobs(validated(output(), files))["train"]
    assert (train.tasks[0].file, train.place.path) == ("ml/src/train.py", "ml/resources/train.yml")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "prod.json:1: not JSON: a value is missing"),
        ('{"bundle": ', "prod.json:1: not JSON: a value is missing"),
        ('{\n"bundle": {}\n}}', "prod.json:3: not JSON: text after its end"),
        ("[" * 100, "prod.json:1: nested deeper than 64"),
        ("[1, 2]", "not the output of `bundle validate`"),
        ('{"bundle": {"name": "churn"}}', "no `bundle` with a name and a target"),
        (output(targets={"dev": {}}), "the CLI stopped before it resolved this bundle"),
        (output(bundle={"name": "chrn", "target": "prod"}), "no bundle named `chrn`; did you mean `churn`?"),
        (output(bundle={"name": "churn", "target": "prd"}), "has no target `prd`; did you mean `prod`?"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON that can be read: a number is too long"),
    ],
)
def test_what_is_no_output_of_the_cli_is_said_in_one_line(text: str | dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError) as error:
        validated(text)
    assert what in error.value.line()
    assert "\n" not in error.value.line()


def test_two_bundles_of_one_name_are_told_apart_by_a_person() -> None:
    files = FILES | {"other/databricks.yml": "bundle: {name: churn}\n"}
    with pytest.raises(UsageError) as error:
        validated(output(), files)
    assert "several bundles named `churn`: databricks.yml, other/databricks.yml" in error.value.line()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_no_resources_raise_anything_else(resources: Any) -> None:
    validated(output(resources=resources))
    validated(output(resources={"jobs": resources}, sync=resources, workspace=resources))


def test_check_takes_it_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "prod.json").write_text(json.dumps(output()))
    ran = mlcheck("check", "--bundle-json", "prod.json", "--item", "JOB-04", "--format", "json", at=tmp_path)
    (item,) = json.loads(ran.out)["items"]
    assert {one["name"]: one["outcome"] for one in item["instances"]} == {"train": "fail", "score": "pass"}
    ran = mlcheck("check", "--bundle-json", "gone.json", at=tmp_path)
    assert (ran.code, ran.err) == (
        2,
        "mlcheck: gone.json: can't be read: No such file or directory; give a file that exists\n",
    )
