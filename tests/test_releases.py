"""With which release an entry point runs: `%pip`, environments, runtimes and declared files."""

from __future__ import annotations

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.releases import Releases, releases_of
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

NOTEBOOK = "# Databricks notebook source\n"


def found(files: dict[str, str], path: str = "notebook.py") -> tuple[Releases, ...]:
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset())
    return next(releases_of(facts, entry, "mlflow") for entry in facts.entries if entry.path == path)


def shown(rows: tuple[Releases, ...]) -> list[str]:
    return [f"{row.versions[0]}…{row.versions[-1]}" if row.known else "unknown" for row in rows]


def pip(*lines: str) -> dict[str, str]:
    return {"notebook.py": NOTEBOOK + "".join(f"# MAGIC %pip install {line}\n" for line in lines) + "import mlflow\n"}


def test_a_pin_that_the_data_has_is_that_release() -> None:
    assert shown(found(pip("mlflow==2.22.5"))) == ["2.22.5…2.22.5"]


def test_a_pin_between_two_releases_of_the_data_is_both() -> None:
    assert shown(found(pip("mlflow==2.14.1"))) == ["2.14.0…2.14.3"]


def test_a_range_is_every_release_in_it() -> None:
    assert shown(found(pip("'mlflow-skinny[databricks]>=2.21,<3'"))) == ["2.21.0…2.22.5"]


def test_the_last_pin_holds_and_a_range_that_fits_leaves_it() -> None:
    assert shown(found(pip("mlflow==2.9.2", "mlflow==3.1.4"))) == ["3.1.4…3.1.4"]
    assert shown(found(pip("mlflow==2.9.2", "'mlflow>=2.5'"))) == ["2.9.2…2.9.2"]
    assert shown(found(pip("mlflow==2.9.2", "'mlflow>=3,<3.2'"))) == ["3.0.0…3.1.4"]


def test_no_pin_and_an_upgrade_without_one_are_not_known() -> None:
    assert shown(found(pip("mlflow"))) == ["unknown"]
    assert shown(found(pip("mlflow==2.9.2", "-U mlflow"))) == ["unknown"]
    assert shown(found(pip("pandas"))) == ["unknown"]


def test_a_release_newer_than_the_data_is_known_to_be_that() -> None:
    (row,) = found(pip("mlflow==99.0"))
    assert row.known and row.newer


def test_a_version_that_is_none_is_not_known() -> None:
    assert shown(found(pip("mlflow=={{version}}"))) == ["unknown"]


def test_a_script_runs_with_the_nearest_declared_release() -> None:
    script = "import mlflow\nif __name__ == '__main__':\n    mlflow.start_run()\n"
    files = {"app/train.py": script, "requirements.txt": "mlflow==2.9.2\n", "other/requirements.txt": "mlflow==3.1.4\n"}
    assert shown(found(files, "app/train.py")) == ["2.9.2…2.9.2"]
    files["app/requirements.txt"] = "mlflow==3.1.4\n"
    assert shown(found(files, "app/train.py")) == ["3.1.4…3.1.4"]
    files["app/requirements-dev.txt"] = "mlflow==3.0.0\n"
    assert shown(found(files, "app/train.py")) == ["unknown"]


def test_each_target_has_a_row_where_they_differ() -> None:
    bundle = """
bundle: {name: b}
variables: {version: {default: 2.9.2}}
targets: {dev: {default: true}, test: {}, prod: {variables: {version: 3.1.4}}}
resources:
  jobs:
    j:
      tasks:
        - task_key: t
          notebook_task: {notebook_path: ./notebook.py}
          new_cluster: {spark_version: 15.4.x-scala2.12, num_workers: 1}
          libraries: [{pypi: {package: "mlflow==${var.version}"}}]
"""
    rows = found({"databricks.yml": bundle, "notebook.py": NOTEBOOK + "import mlflow\n"})
    assert {row.targets: row.text for row in rows} == {("dev", "test"): "mlflow==2.9.2", ("prod",): "mlflow==3.1.4"}
