"""The published words of a pack: what an item may apply to, be decided for, and be answered with.

Each word of `APPLIES_TO` names something that is present in a project, absent,
or not known. An item with several words applies where all are present; with
none, to every project.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FORMAT = "mlcheck/pack/1"

APPLIES_TO: Mapping[str, str] = MappingProxyType(
    {
        "code": "notebooks or Python modules",
        "sql": "SQL: `.sql` files, `%sql` cells, or statements in code",
        "spark": "code that makes or reads Spark DataFrames",
        "schema": "table schemas in the repository",
        "dimension": "a dimension that is read: a `dim_` name, or a schema with `scd_type` or a current flag",
        "dates": "DATE or TIMESTAMP columns in use, or the `.dt` accessor",
        "feature-table": "feature tables: made, written, looked up, or scored from",
        "training": "an entry point that fits a model",
        "classifier": "an entry point that fits a classifier",
        "inference": "an entry point that predicts or scores a batch",
        "mlflow": "calls of MLflow",
        "experiment": "an MLflow experiment set in code or defined in a bundle",
        "registered-model": "a model registered by name, or read from the registry",
        "requirements": "third-party imports, or requirements: `%pip`, files, libraries of a task",
        "bundle": "a Databricks bundle (`databricks.yml`)",
        "job": "a job in a bundle",
        "schedule": "a job that starts by itself: schedule, trigger, or continuous",
        "notebook-task": "a job's task that runs a notebook",
        "task-parameters": "parameters given to a job or task, or read by code",
    }
)

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "project": "once for the project",
        "bundle": "for each bundle",
        "job": "for each job",
        "model": "for each model: its registered name, else the path that trains it",
        "table": "for each table",
    }
)

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "training": "what the item's checks find where a model is fitted",
        "inference": "what the item's checks find where a model predicts",
    }
)

ANSWER_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "confirm": "what was confirmed, in words",
        "choice": "one of `choices`",
        "text": "a sentence or a value",
        "number": "a number, such as 1200 or 0.87",
        "path": "a file of the project, such as docs/preprocessing.md",
        "url": "an address: https://…, runs:/… or models:/…",
        "date": "a date, such as 2027-03-31",
    }
)
