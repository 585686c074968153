"""What an evaluation leaves behind, with Python's collector off as a check runs."""

from __future__ import annotations

import ast
import gc

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

JOB = """\
# Databricks notebook source
import argparse
import mlflow
from helpers import Model, fitted

# COMMAND ----------

def train(table):
    def inner(row):
        return [one for one in row if callable(one)]
    try:
        mlflow.set_experiment("/Shared/x")
        return fitted(spark.table(table), inner)
    except Exception as error:
        print(f"failed: {error}")
        raise

class Job:
    def run(self):
        self.after = lambda: train(self.table)
        return self.after()

Job().run()
train("a.b.c")
unbound
"""
HELPERS = """\
class Model:
    def fit(self, rows): return self
def fitted(rows, key):
    def closed(): return key(rows)
    return Model().fit(closed())
"""


def test_no_tree_outlives_the_evaluation_though_nothing_collects() -> None:
    files = {"job.py": JOB, "helpers.py": HELPERS, "broken.py": "# Databricks notebook source\nx = (\n"}
    project = load_project(MemoryTree({path: text.encode() for path, text in files.items()}), Settings())
    gc.collect()
    before = trees()
    gc.disable()
    try:
        facts = evaluate_project(project, frozenset())
        assert facts.entries
        del facts
        assert trees() == before
    finally:
        gc.enable()


def trees() -> int:
    return sum(isinstance(one, (ast.stmt, ast.expr)) for one in gc.get_objects())
