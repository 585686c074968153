"""The flow engine: which values reach a call, and that bounds hold."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from case_files import Case, read_cases

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import CallSeen, ExperimentSet, Facts
from mlcheck.flow.values import Made, options_of, shown
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

CASES = list(read_cases(Path(__file__).parent / "cases" / "flow"))
WORDS = frozenset({"set_experiment"})


def facts_of(files: dict[str, str]) -> Facts:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return evaluate_project(load_project(tree, Settings()), WORDS)


def values_by_line(facts: Facts) -> dict[tuple[str, int], set[str]]:
    values: dict[tuple[str, int], set[str]] = {}
    for entry in facts.entries:
        for fact in entry.facts:
            if isinstance(fact, ExperimentSet) and fact.name is not None:
                shown_values = {shown(option) for option in options_of(fact.name)}
                values.setdefault((fact.place.path, fact.place.line), set()).update(shown_values)
    return values


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_values_that_reach_a_call(case: Case) -> None:
    expected = {
        (path, number): {part.strip() for part in match.group(1).split("|")}
        for path, text in case.files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := re.search(r"# value: (.*)$", line))
    }
    assert values_by_line(facts_of(case.files)) == expected


@pytest.mark.parametrize(
    "body",
    [
        "x = df\n" + "".join(f".withColumn('c{i}', 1)" if i else "y = x" for i in range(500)),
        "x = 'a'" + " + 'b'" * 2000,
        "def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nf(1)",
        "\n".join(f"if c{i}:\n    x = {i}" for i in range(2000)),
        "\n".join(f"def f{i}(a):\n    f{i - 1}(a)\n    f{i - 1}(a + 1)" if i else "def f0(a): pass" for i in range(40))
        + "\nf39(1)",
        "\n".join(f"x{i} = g(x{i - 1 if i else 0}, 'y{i}')" for i in range(5000)),
        "x = " + "[" * 80 + "]" * 80,
        "x = 'a'\n" + "x = x + x\n" * 64 + "y = ['a']\n" + "y = y + y\ny = [*y, *y]\n" * 30,
        "dbutils.widgets.text('k', 'a')\nk = dbutils.widgets.get('k')\ndbutils.notebook.run('./notebook', 9, {'k': k + 'x'})",
    ],
    ids=[
        "chained calls",
        "a long sum",
        "mutual recursion",
        "many branches",
        "an exponential tree",
        "5,000 lines",
        "nesting",
        "doubling",
        "a notebook that runs itself",
    ],
)
def test_a_pathological_notebook_ends_in_time(body: str) -> None:
    start = time.monotonic()
    facts = facts_of(
        {
            "notebook.py": "# Databricks notebook source\nimport mlflow\n"
            + body
            + "\nmlflow.set_experiment('/Shared/a')\n"
        }
    )
    assert time.monotonic() - start < 8, "bounds must hold; the figure itself is in benchmarks"
    entry = facts.entries[0]
    seen = any(isinstance(fact, ExperimentSet) for fact in entry.facts)
    assert seen or entry.gaps or facts.not_understood, "cut off without a word"


def test_a_helper_that_many_notebooks_run_is_evaluated_once() -> None:
    helper = "# Databricks notebook source\nimport mlflow\ndef begin(name):\n" + "    x = 1\n" * 200
    helper += "    mlflow.set_experiment('/Shared/' + name)\n"
    files = {"common.py": helper}
    for number in range(30):
        files[f"n{number}.py"] = (
            "# Databricks notebook source\n# MAGIC %run ./common\n# COMMAND ----------\nbegin('a')\n"
        )
    facts = facts_of(files)
    found = [fact for entry in facts.entries for fact in entry.facts if isinstance(fact, ExperimentSet)]
    assert len(found) == 30
    assert len({id(fact) for fact in found}) == 1, "shared, not copied"


def calls_in(body: str, method: str) -> list[CallSeen]:
    entry = facts_of({"notebook.py": "# Databricks notebook source\n" + body}).entries[0]
    return list(entry.calls(method))


def test_a_helper_knows_from_which_call_each_frame_comes() -> None:
    body = "def store(df):\n    df.write.saveAsTable('t')\n"
    body += "store(spark.table('a'))\nstore(spark.table('a'))\nstore(spark.table('b'))\n"
    frames = [call.receiver for call in calls_in(body, "saveAsTable")]
    tables = [frame.call for frame in frames if isinstance(frame, Made)]
    assert [one.line for one in tables if one is not None] == [4, 5, 6]


def test_a_frame_that_only_a_branch_filters_comes_from_both_calls() -> None:
    body = "df = spark.table('a')\nif wanted:\n    df = df.filter('x')\ndf.count()\n"
    (count,) = calls_in(body, "count")
    assert isinstance(count.receiver, Made)
    assert {call.method for call in count.receiver.calls} == {"table", "filter"}
    body = "pdf = spark.table('a').toPandas()\nif wanted:\n    pdf['b'] = f(pdf)\npdf.fillna(0)\n"
    (filled,) = calls_in(body, "fillna")
    assert isinstance(filled.receiver, Made)
    assert {call.method for call in filled.receiver.calls} == {"__setitem__"}
