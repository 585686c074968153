"""One defect that is met in several targets is one row; two defects at one place stay two."""

from __future__ import annotations

from conftest import decide

from mlcheck.packs.model import Pack

BUNDLE = """\
bundle: {name: churn}
variables: {catalog: {default: dev}, column: {default: price}}
targets:
  dev: {default: true}
  prod: {variables: {catalog: prod, column: amount}}
resources:
  jobs:
    daily:
      tasks:
        - task_key: daily
          notebook_task: {notebook_path: daily.py, base_parameters: {catalog: "${var.catalog}", column: "${var.column}"}}
"""


def rows(code: str, check: str, packs: tuple[Pack, ...], **files: str) -> list[tuple[str, tuple[str, ...]]]:
    notebook = f"# Databricks notebook source\ncatalog = dbutils.widgets.get('catalog')\n{code}"
    decision = decide({"databricks.yml": BUNDLE, "daily.py": notebook, **files}, packs)
    found = [one.finding for one in decision.findings if one.finding.check == check]
    return sorted((finding.subject.get("column", finding.message), finding.targets) for finding in found)


def test_a_table_that_is_named_by_the_target_is_one_row(packs: tuple[Pack, ...]) -> None:
    code = "data = spark.table('main.a.b')\ndata.write.mode('append').saveAsTable(f'{catalog}.gold.out')\n"
    ((message, targets),) = rows(code, "write-not-idempotent", packs)
    assert targets == ("dev", "prod"), message


def test_two_columns_that_are_missing_in_one_statement_are_two_rows(packs: tuple[Pack, ...]) -> None:
    code = "df = spark.createDataFrame([], 'id bigint, mean double')\ndf.select(dbutils.widgets.get('column'))\n"
    found = rows(code, "column-not-found", packs)
    assert found == [("amount", ("prod",)), ("price", ("dev",))]
