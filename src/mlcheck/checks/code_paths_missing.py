"""Code that a model or a task takes along is not there: `code_paths`, or a wheel under a name that nothing builds.

MLflow copies each of `code_paths` into the model when it is logged, relative
to the folder of the notebook or script that runs; a path that isn't there
fails the call, after the training. A task whose wheel is neither in the
repository nor built from it doesn't start.

Breaks with: MlflowException: Failed to copy the specified code path 'src' into the model artifacts. It appears that
Breaks with: TypeError: Argument code_paths should be a list, not <class 'str'>
Breaks with: Error: no files match pattern: ../dist/chrun-*.whl
Source: mlflow 3.17, executed; the Databricks CLI's expansion of libraries, read.

Fix: mlflow.pyfunc.log_model(name="model", python_model=model, code_paths=["../src/churn"])
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Seen, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.flow.shipped_paths import ShippedPath, model_paths, notebook_wheels, task_wheels
from mlcheck.project.place import Place

NAME = "code-paths-missing"
WORDS = ("log_model", "save_model")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        seen = False
        for path in (*model_paths(facts, entry), *notebook_wheels(facts, entry)):
            seen = True
            related = () if path.place.path == entry.path else ((entry.place, "runs it"),)
            yield _verdict(path, entry.targets, related)
        for place, why in facts.unfollowed(entry, words):
            seen = True
            yield Unknown(NAME, why, place)
        if not seen:
            yield Seen(NAME, entry.place, "it takes no code along", subject={"entry": entry.path})
    for target, task, wheel in task_wheels(facts):
        yield _verdict(wheel, (target,), ((task.place, f"task `{task.key}`"),))
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(path: ShippedPath, targets: tuple[str, ...], related: tuple[tuple[Place, str], ...]) -> Verdict:
    subject = {"path": path.written}
    if path.state == "found":
        return Seen(NAME, path.place, path.why, subject=subject)
    if path.state == "unknown":
        return Unknown(NAME, path.why, path.place, subject=subject)
    hint = f"; `{path.near}` is" if path.near else ""
    if path.state == "not-a-list":
        message, why, fix = f"`code_paths` is the text `{path.written}`, and no list", path.why, f'["{path.written}"]'
    elif path.wheel:
        message = f"the wheel `{path.written}` is not there: {path.why}"
        why = f"no files match pattern: {path.written}"
        fix = f"{(path.near or '').replace('-', '_')}-*.whl"
    else:
        message = f"`{path.written}` is among the model's code, and is not there: {path.why}{hint}"
        why = f"MlflowException: Failed to copy the specified code path '{path.written}' into the model artifacts"
        fix = f'code_paths=["{path.near or "…"}"]   # relative to the folder of what runs'
    if path.near:
        subject["suggestion"] = path.near
    return Finding(NAME, "error", path.place, message, why, fix, subject, targets=targets, related=related)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: notebooks/train.py
# Databricks notebook source
import mlflow

mlflow.pyfunc.log_model(  # error: [code-paths-missing] notebooks/src/churn is not in the project
    name="model", python_model=model, code_paths=["src/churn"]
)
# file: src/churn/__init__.py
""",
    good="""\
# file: notebooks/train.py
# Databricks notebook source
import mlflow

mlflow.pyfunc.log_model(name="model", python_model="model.py", code_paths=["../src/churn"])
# file: src/churn/__init__.py
""",
    mentions=WORDS,
)
