"""What MLflow takes: the data by release against the installed package, and values against real calls."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.version import Version

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.fitting import misfits
from mlcheck.flow.logged_values import misfit_value
from mlcheck.knowledge.library_calls import Signature, names_of, releases, signature
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

mlflow = pytest.importorskip("mlflow")

RELEASE = Version(mlflow.__version__)
pytestmark = pytest.mark.skipif(
    RELEASE not in releases("mlflow"), reason=f"the data has no mlflow {RELEASE}; tools/library_signatures.py"
)
MODULES = ["mlflow", "mlflow.sklearn", "mlflow.pyfunc", "mlflow.models", "mlflow.data", "mlflow.artifacts"]


def public() -> Iterator[tuple[str, object]]:
    for name in MODULES:
        module = importlib.import_module(name)
        for attribute in names_of("mlflow", name, RELEASE):
            if not attribute[:1].isupper() and hasattr(module, attribute):
                yield f"{name}.{attribute}", getattr(module, attribute)
    for attribute in names_of("mlflow", "mlflow.MlflowClient", RELEASE):
        yield f"mlflow.MlflowClient.{attribute}", getattr(mlflow.MlflowClient, attribute)


FUNCTIONS = {name: found for name, found in public() if inspect.isfunction(found)}


def taken(function: object, method: bool) -> Signature:
    parameters = list(inspect.signature(function).parameters.values())[1 if method else 0 :]  # type: ignore[arg-type]
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return Signature(
        tuple(one.name for one in parameters if one.kind in by_position),
        tuple(one.name for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY),
        frozenset(
            one.name
            for one in parameters
            if one.default is one.empty and one.kind in (*by_position, inspect.Parameter.KEYWORD_ONLY)
        ),
        any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters),
        any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters),
    )


def test_there_is_enough_to_compare() -> None:
    assert len(FUNCTIONS) > 150


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_what_the_data_says(name: str) -> None:
    known = signature("mlflow", name, RELEASE)
    assert known is not None
    real = taken(FUNCTIONS[name], name.startswith("mlflow.MlflowClient."))
    if known.anything or (known.any_positions and known.any_keywords):
        return
    assert set(real.names) <= set(known.names)  # the data has older names of renamed parameters too
    assert known.required <= real.required
    assert (real.any_positions, real.any_keywords) == (known.any_positions, known.any_keywords)
    if set(real.names) == set(known.names):
        assert real.positional == known.positional


@pytest.mark.parametrize("module", [one for one in MODULES if one != "mlflow.data"])
def test_no_public_name_of_a_module_is_taken_for_missing(module: str) -> None:
    public_names = {name for name in dir(importlib.import_module(module)) if not name.startswith("_")}
    missing = {name for name in public_names if signature("mlflow", f"{module}.{name}", RELEASE) is None}
    assert missing == set()


def calls(program: str) -> list[CallSeen]:
    tree = MemoryTree({"notebook.py": f"# Databricks notebook source\nimport mlflow\n{program}\n".encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset({"log_metric"}))
    return [fact for entry in facts.entries for fact in entry.of(CallSeen) if fact.name.startswith("mlflow.")]


PROGRAMS = [
    "mlflow.log_metric('a', 1.0)",
    "mlflow.log_metric('a', '1.5')",
    "mlflow.log_metric('a', 'x')",
    "mlflow.log_metric('a', {1.0})",
    "mlflow.log_metric('a', [1.0])",
    "mlflow.log_metric('a', {'x': 1})",
    "mlflow.log_metric('a', None)",
    "mlflow.log_metric('a', True)",
    "mlflow.log_metric('a @ b', 1.0)",
    "mlflow.log_metric('a/b: c d-e.f', 1.0)",
    "mlflow.log_metrics({'a': 1.0})",
    "mlflow.log_metrics({'a': 'x'})",
    "mlflow.log_metrics({'a': {'b': 1}})",
    "mlflow.log_metrics([('a', 1.0)])",
    "mlflow.log_params({'a', 1})",
    "mlflow.log_params({'a': [1]})",
    "mlflow.set_tags(['a'])",
    "mlflow.set_tag('a')",
    "mlflow.log_metric('a', 1.0, value=2.0)",
    "mlflow.log_metric('a', 1.0, 1, True, 1, None, None, None, None)",
    "mlflow.start_run(name='a')",
    "mlflow.sklearn.autolog(foo=1)",
    "mlflow.sklearn.log_model(1, name='a', artifact_path='b')",
    "mlflow.log_tags({'a': 1})",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_call_fails_where_it_is_said_to(program: str, tmp_path: Path) -> None:
    (call,) = calls(program)
    says = next((one.says for one in misfits(call, signature("mlflow", call.name, RELEASE))), None)
    value = misfit_value(call)
    said = says or (value.says if value is not None else None)
    if "artifact_path='b'" in program:
        said = "Both `artifact_path` (deprecated) and `name` parameters were specified. Please only specify `name`."
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    try:
        if said is None:
            exec(program, {"mlflow": mlflow})
            return
        with pytest.raises(Exception) as raised:
            exec(program, {"mlflow": mlflow})
        kind, _, text = said.partition(": ")
        if kind.endswith(("Error", "Exception")):
            assert type(raised.value).__name__ == kind
            assert str(raised.value).startswith(text.partition(" …")[0])
        else:
            assert str(raised.value) == said
    finally:
        while mlflow.active_run() is not None:
            mlflow.end_run()
