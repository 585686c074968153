"""Whether a run is open where a dataset is logged: real MLflow with a local store, against the flow engine.

Each program is run as it stands; `mlflow.log_input` is wrapped to note, for its
line, which run MLflow itself has open just before: none, one that the program
opened, or one that MLflow opened by itself to log into (implicit).
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import DatasetLogged
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

mlflow = pytest.importorskip("mlflow")

PROGRAMS = {
    "no run at all": "mlflow.log_input(ds)",
    "inside with": "with mlflow.start_run():\n    mlflow.log_input(ds)",
    "after with": "with mlflow.start_run():\n    pass\nmlflow.log_input(ds)",
    "opened and ended": "mlflow.start_run()\nmlflow.log_input(ds)\nmlflow.end_run()\nmlflow.log_input(ds)",
    "nested": (
        "with mlflow.start_run():\n    with mlflow.start_run(nested=True):\n        mlflow.log_input(ds)\n"
        "    mlflow.log_input(ds)\nmlflow.log_input(ds)"
    ),
    "helper in a run": ("def log():\n    mlflow.log_input(ds)\nwith mlflow.start_run():\n    log()"),
    "helper out of a run": "def log():\n    mlflow.log_input(ds)\nlog()",
    "helper opens": "def begin():\n    return mlflow.start_run()\nbegin()\nmlflow.log_input(ds)",
    "helper opens, with": "def begin():\n    return mlflow.start_run()\nwith begin():\n    mlflow.log_input(ds)\nmlflow.log_input(ds)",
    "context manager": (
        "from contextlib import contextmanager\n@contextmanager\ndef tracked():\n    with mlflow.start_run() as run:\n"
        "        yield run\nwith tracked():\n    mlflow.log_input(ds)\nmlflow.log_input(ds)"
    ),
    "an exception leaves the run": (
        "try:\n    with mlflow.start_run():\n        raise ValueError\nexcept ValueError:\n    mlflow.log_input(ds)"
    ),
    "a loop of runs": "for i in range(2):\n    with mlflow.start_run():\n        mlflow.log_input(ds)\n    mlflow.log_input(ds)\n    mlflow.end_run()",
    "early return": (
        "def log(x):\n    if x:\n        mlflow.start_run()\n        return 1\n    return 2\nlog(True)\nmlflow.log_input(ds)"
    ),
    "finally ends": "try:\n    mlflow.start_run()\nfinally:\n    mlflow.end_run()\nmlflow.log_input(ds)",
    "class that opens": (
        "class T:\n    def __init__(self):\n        self.run = mlflow.start_run()\n    def log(self):\n        mlflow.log_input(ds)\n"
        "T().log()"
    ),
    "one call after the other outside": "mlflow.log_input(ds)\nmlflow.log_input(ds)\nmlflow.end_run()\nmlflow.log_input(ds)",
    "opened unless one is": "if not mlflow.active_run():\n    mlflow.start_run()\nmlflow.log_input(ds)",
    "opened unless one is, by name": (
        "run = mlflow.active_run()\nif run is None:\n    run = mlflow.start_run()\nmlflow.log_input(ds)"
    ),
    "the one that is, or another": "run = mlflow.active_run() or mlflow.start_run()\nmlflow.log_input(ds)",
    "ended if one is": "mlflow.start_run()\nif mlflow.active_run():\n    mlflow.end_run()\nmlflow.log_input(ds)",
    "with a run that was opened before": (
        "run = mlflow.start_run()\nwith run:\n    mlflow.log_input(ds)\nmlflow.log_input(ds)"
    ),
    "exit stack": (
        "from contextlib import ExitStack\nwith ExitStack() as stack:\n    stack.enter_context(mlflow.start_run())\n"
        "    mlflow.log_input(ds)\nmlflow.log_input(ds)"
    ),
    "a class that is a context manager": (
        "class Tracked:\n    def __enter__(self):\n        mlflow.start_run()\n        return self\n"
        "    def __exit__(self, *error):\n        mlflow.end_run()\n"
        "with Tracked():\n    mlflow.log_input(ds)\nmlflow.log_input(ds)"
    ),
    "a return that finally ends": (
        "def train():\n    run = mlflow.start_run()\n    try:\n        mlflow.log_input(ds)\n        return run\n"
        "    finally:\n        mlflow.end_run()\ntrain()\nmlflow.log_input(ds)"
    ),
    "handed to map": "with mlflow.start_run():\n    list(map(lambda x: mlflow.log_input(ds), [1]))\nmlflow.log_input(ds)",
}


def engine_says(program: str) -> dict[int, set[str]]:
    tree = MemoryTree({"notebook.py": ("# Databricks notebook source\nimport mlflow\n" + program + "\n").encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset({"log_input"}))
    says: dict[int, set[str]] = {}
    for entry in facts.entries:
        for fact in entry.facts:
            if isinstance(fact, DatasetLogged):
                says.setdefault(fact.place.line - 2, set()).add(fact.run)
    return says


def mlflow_says(program: str, store: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, set[str]]:
    mlflow.set_tracking_uri(f"sqlite:///{store}/mlflow.db")
    says: dict[int, set[str]] = {}
    implicit: set[str] = set()

    def log_input(dataset: object) -> None:
        frame = inspect.currentframe()
        assert frame is not None and frame.f_back is not None
        run = mlflow.active_run()
        state = "none" if run is None else "implicit" if run.info.run_id in implicit else "active"
        says.setdefault(frame.f_back.f_lineno, set()).add(state)
        mlflow.set_tag("logged", "yes")
        if run is None:
            implicit.add(mlflow.active_run().info.run_id)

    monkeypatch.setattr(mlflow, "log_input", log_input)
    try:
        exec(compile(program, "program", "exec"), {"mlflow": mlflow, "ds": None})
    finally:
        while mlflow.active_run() is not None:
            mlflow.end_run()
    return says


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_engine_and_mlflow_agree_on_the_open_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine_says(PROGRAMS[name]) == mlflow_says(PROGRAMS[name], tmp_path, monkeypatch)


def test_log_input_outside_a_run_starts_one_and_the_next_start_run_raises(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"a": [1]})), context="training")
    try:
        assert mlflow.active_run() is not None
        with pytest.raises(Exception, match="is already active"):
            mlflow.start_run()
    finally:
        mlflow.end_run()
