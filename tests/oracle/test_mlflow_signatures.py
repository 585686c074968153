"""Which sides a logged model's signature has: real MLflow with a local store, against what the engine says."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.signatures import signed
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

mlflow = pytest.importorskip("mlflow")
pandas = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

START = """\
# Databricks notebook source
import mlflow
import pandas as pd
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema
from sklearn.linear_model import LinearRegression
X, y = pd.DataFrame({"a": [1.0, 2.0, 3.0]}), pd.Series([1.0, 2.0, 3.0])
model = LinearRegression().fit(X, y)
class Plain(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return model_input
"""
PROGRAMS = {
    "mlflow.sklearn.log_model(model, name='m')": "none",
    "mlflow.sklearn.log_model(model, name='m', signature=None)": "none",
    "mlflow.sklearn.log_model(model, name='m', signature=infer_signature(X))": "inputs",
    "mlflow.sklearn.log_model(model, name='m', signature=infer_signature(X), input_example=X)": "inputs",
    "mlflow.sklearn.log_model(model, name='m', signature=infer_signature(X, model.predict(X)))": "both",
    "mlflow.sklearn.log_model(model, name='m', signature=infer_signature(model_output=y))": "both",  # outputs are enough
    "mlflow.sklearn.log_model(model, name='m', input_example=X)": "both",
    "mlflow.sklearn.log_model(model, name='m', signature=ModelSignature(Schema([ColSpec('double', 'a')])))": "inputs",
    "mlflow.pyfunc.log_model(name='m', python_model=Plain())": "none",
    "mlflow.pyfunc.log_model(name='m', python_model=Plain(), input_example=X)": "both",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_signature_has_the_sides_that_the_engine_says(program: str, tmp_path: Path) -> None:
    tree = MemoryTree({"notebook.py": (START + program + "\n").encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset({"log_model"}))
    (call,) = (call for entry in facts.entries for call in entry.calls("log_model"))
    assert [one.sides for one in signed(call)] == [PROGRAMS[program]]
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    scope: dict[str, object] = {"__name__": "program"}
    exec(START + "info = " + program, scope)
    signature = scope["info"].signature  # type: ignore[attr-defined]
    real = "none" if signature is None else "inputs" if signature.outputs is None else "both"
    assert real == PROGRAMS[program]
