"""Checks that a pack declares: each rule finds what breaks it, passes what it saw, and says what it could not tell."""

from __future__ import annotations

import textwrap

import pytest

from mlcheck.checks import asked_imports, watched_words
from mlcheck.checks.base import Finding, Seen, Verdict
from mlcheck.checks.declared.build import built
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.packs.load import load_pack
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

PACK = """\
format: mlcheck/pack/1
name: team
title: Team
version: "1.0"
checks:
  - name: team-rule
    message: "@message"
    why: because
@rule
items:
  - {id: TEAM-01, title: t, question: q, why: w, how: h, scope: project, answer: text, decided_by: [team-rule]}
"""
MESSAGES = {
    "call": "{call}",
    "bundle": "{key} {value}",
    "import": "{module} {path}",
    "file": "{path}",
}


def verdicts(rule: str, files: dict[str, str | bytes]) -> list[Verdict]:
    kind = rule.partition(":")[0].strip()
    message = MESSAGES[kind] + (" {argument} {value}" if kind == "call" and "with" in rule else "")
    text = PACK.replace("@message", message).replace("@rule", textwrap.indent(rule.strip("\n"), "    "))
    (declared,) = load_pack(text, "p.yaml").checks
    check = built(declared)
    tree = MemoryTree({path: data.encode() if isinstance(data, str) else data for path, data in files.items()})
    project = load_project(tree, Settings(), check.files)
    return list(check.run(evaluate_project(project, watched_words([check]), asked_imports([check]))))


def told(rule: str, files: dict[str, str | bytes]) -> list[str]:
    """`finding path:line message`, `seen path:line`, `unknown path:line`, each once and in order."""
    rows = []
    for one in verdicts(rule, files):
        where = one.place.shown() if one.place else "-"
        kind = "finding" if isinstance(one, Finding) else "seen" if isinstance(one, Seen) else "unknown"
        rows.append(f"{kind} {where}" + (f" {one.message}" if isinstance(one, Finding) else ""))
    return list(dict.fromkeys(rows))


def notebook(code: str) -> dict[str, str | bytes]:
    return {"n.py": "# Databricks notebook source\n" + textwrap.dedent(code).lstrip("\n")}


# --- calls --------------------------------------------------------------------

FIT = "from sklearn.linear_model import LinearRegression\nmodel = LinearRegression().fit(X, y)\n"


@pytest.mark.parametrize(
    "code",
    [
        "import mlflow\nmlflow.autolog()",
        "import mlflow as m\nm.autolog()",
        "from mlflow import autolog\nautolog()",
        "from mlflow import autolog as start\nstart()",
        "import mlflow\ndef begin():\n    mlflow.autolog()\nbegin()",
        "import mlflow\nclass Trainer:\n    def begin(self):\n        mlflow.autolog()\nTrainer().begin()",
        "import mlflow\nbegin = mlflow.autolog\nbegin()",
        "import mlflow\nfor one in [mlflow.autolog]:\n    one()",
        "import mlflow\ngetattr(mlflow, 'autolog')()",
        "import importlib\nimportlib.import_module('mlflow').autolog()",
    ],
)
def test_a_call_that_is_never_made_is_found_in_every_style(code: str) -> None:
    rows = told("call: {name: mlflow.autolog, never: true}", notebook(code))
    assert len(rows) == 1 and rows[0].startswith("finding n.py:") and rows[0].endswith("mlflow.autolog")


@pytest.mark.parametrize(
    "code",
    [
        "import mlflow\nmlflow.log_metric('a', 1)",
        "# mlflow.autolog()\nprint('mlflow.autolog()')",
        "class Other:\n    def autolog(self):\n        return 1\nOther().autolog()",
        "def autolog():\n    return 1\nautolog()",
        "import otherlib\notherlib.autolog()",
    ],
)
def test_what_only_looks_like_a_forbidden_call_is_seen(code: str) -> None:
    assert told("call: {name: mlflow.autolog, never: true}", notebook(code)) == ["seen n.py:1"]


@pytest.mark.parametrize(
    "code",
    [
        "x.autolog()",
        "exec(open('a').read())",
        "import mlflow\ngetattr(mlflow, name)()",
        "from nowhere import *\nfrom .nowhere_of_ours import *\nautolog()",
    ],
)
def test_a_call_that_may_hide_is_unknown(code: str) -> None:
    rows = told("call: {name: mlflow.autolog, never: true}", notebook(code))
    assert rows and all(row.startswith("unknown") for row in rows)


def test_a_call_in_code_that_nothing_runs_is_unknown() -> None:
    files: dict[str, str | bytes] = {
        **notebook("print(1)"),
        "lib.py": "import mlflow\ndef f():\n    mlflow.autolog()\n",
    }
    assert told("call: {name: mlflow.autolog, never: true}", files) == ["seen n.py:1", "unknown lib.py:3"]


WITH = "call: {name: 'mlflow.*.log_model', with: {registered_model_name: {matches: 'main[.]ml[.].+'}}}"


@pytest.mark.parametrize(
    ("arguments", "row"),
    [
        ("model, name='m', registered_model_name='main.ml.x'", "seen n.py:5"),
        ("model, name='m', registered_model_name='x'", "finding n.py:5 {c} registered_model_name x"),
        ("model, name='m'", "finding n.py:5 {c} registered_model_name nothing"),
        ("model, name='m', registered_model_name=None", "finding n.py:5 {c} registered_model_name None"),
        ("model, name='m', registered_model_name=NAME", "seen n.py:5"),
        ("model, name='m', registered_model_name=f'{CATALOG}.ml.x'", "seen n.py:5"),
        ("model, name='m', registered_model_name=f'{catalog()}.ml.x'", "unknown n.py:5"),
        ("model, name='m', registered_model_name=dbutils.widgets.get('n')", "unknown n.py:5"),
        ("model, **OPTIONS", "seen n.py:5"),
        ("model, **options()", "unknown n.py:5"),
        ("model, 'm', None, None, 'cloudpickle', 'main.ml.x'", "seen n.py:5"),
        ("model, 'm', None, None, 'cloudpickle', 'x'", "finding n.py:5 {c} registered_model_name x"),
        ("model, 'm'", "finding n.py:5 {c} registered_model_name nothing"),
        ("*parts()", "unknown n.py:5"),
    ],
)
def test_an_argument_is_compared_however_it_is_given(arguments: str, row: str) -> None:
    setup = "import mlflow.sklearn\nCATALOG = 'main'; NAME = 'main.ml.x'; OPTIONS = {'registered_model_name': NAME}\n"
    rows = told(
        WITH, notebook(f"{FIT}{setup}".replace("\nmodel", "; model") + f"mlflow.sklearn.log_model({arguments})")
    )
    assert rows == [row.replace("{c}", "mlflow.sklearn.log_model")]


def test_an_argument_that_differs_by_branch_is_unknown() -> None:
    code = (
        "import mlflow\nname = 'main.ml.x' if flag() else 'x'\nmlflow.sklearn.log_model(m, registered_model_name=name)"
    )
    assert told(WITH, notebook(code)) == ["unknown n.py:4"]


def test_an_argument_that_must_not_be_given_is_found() -> None:
    rule = "call: {name: 'mlflow.*.log_model', without: [artifact_path]}"
    code = "import mlflow\nmlflow.sklearn.log_model(m, name='a')\nmlflow.sklearn.log_model(m, 'a')\nmlflow.sklearn.log_model(m, artifact_path='a')"
    assert told(rule, notebook(code)) == [
        "seen n.py:3",
        "finding n.py:4 mlflow.sklearn.log_model artifact_path a",
        "finding n.py:5 mlflow.sklearn.log_model artifact_path a",
    ]


def test_a_value_that_must_not_be_given_leaves_the_others() -> None:
    rule = "call: {name: 'pyspark.sql.DataFrameWriter.mode', without: {saveMode: {is: overwrite, position: 1}}}"
    code = "t = spark.table('a')\nt.write.mode('overwrite').saveAsTable('b')\nt.write.mode('append').saveAsTable('b')\nt.write.mode(mode)"
    rows = told(rule, notebook(code))
    assert rows[0] == "finding n.py:3 pyspark.sql.DataFrameWriter.mode saveMode overwrite"
    assert rows[1:] == ["seen n.py:4", "unknown n.py:5"]


def test_where_a_position_is_not_known_and_positions_are_given_it_is_unknown() -> None:
    rule = "call: {name: otherlib.send, with: [team]}"
    assert told(rule, notebook("import otherlib\notherlib.send('a')")) == ["unknown n.py:3"]
    assert told(rule, notebook("import otherlib\notherlib.send(team='a')")) == ["seen n.py:3"]
    assert told(rule, notebook("import otherlib\notherlib.send()"))[0].startswith("finding n.py:3")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mlflow.*.log_model", True),
        ("mlflow.**.log_model", True),
        ("**.log_model", True),
        ("*.log_model", False),
        ("mlflow.sklearn.log_model", True),
        ("mlflow.xgboost.log_model", False),
        ("mlflow.log_model", False),
    ],
)
def test_stars_stand_for_parts_of_a_name(name: str, found: bool) -> None:
    rows = told(f"call: {{name: '{name}', never: true}}", notebook("import mlflow\nmlflow.sklearn.log_model(m)"))
    assert rows[0].startswith("finding" if found else "seen")


def test_an_alias_of_a_library_s_name_is_the_same_name() -> None:
    rule = "call: {name: mlflow.tracking.MlflowClient.transition_model_version_stage, never: true}"
    code = "from mlflow import MlflowClient\nMlflowClient().transition_model_version_stage('a', 1, 'Production')"
    assert told(rule, notebook(code))[0].startswith("finding n.py:3")


def test_a_builtin_and_the_standard_library_are_calls_too() -> None:
    assert told("call: {name: print, never: true}", notebook("print(1)"))[0].startswith("finding n.py:2")
    rule = "call: {name: subprocess.run, never: true}"
    assert told(rule, notebook("import subprocess\nsubprocess.run(['ls'])"))[0].startswith("finding n.py:3")


def test_a_required_call_is_made_once_in_the_project_or_in_each_of_a_role() -> None:
    train = {"train.py": f"# Databricks notebook source\n{FIT}"}
    other = {"other.py": "# Databricks notebook source\nimport mlflow\nmlflow.set_tag('team', 'ml')\n"}
    rule = "call: {name: mlflow.set_tag, required: true}"
    assert told(rule, {**train, **other}) == ["seen other.py:3"]
    assert told(rule, dict(train)) == ["finding train.py:1 mlflow.set_tag"]
    in_training = "call: {name: mlflow.set_tag, required: true, in: training}"
    assert told(in_training, {**train, **other}) == ["finding train.py:1 mlflow.set_tag"]
    both = {"train.py": train["train.py"] + "import mlflow\nmlflow.set_tag('team', 'ml')\n"}
    assert told(in_training, dict(both)) == ["seen train.py:5"]


def test_a_required_call_that_may_not_run_or_may_hide_is_unknown() -> None:
    rule = "call: {name: mlflow.set_tag, required: true}"
    maybe = notebook("import mlflow\nif flag():\n    mlflow.set_tag('a', 'b')")
    assert [row.split()[0] for row in told(rule, maybe)] == ["seen", "unknown"]
    assert told(rule, notebook("exec('x')")) == ["unknown n.py:2"]
    assert told(rule, {**notebook("print(1)"), "lib.py": "import mlflow\nmlflow.set_tag('a', 'b')\n"}) == [
        "unknown lib.py:2"
    ]


# --- bundles ------------------------------------------------------------------

BUNDLE = """\
bundle: {name: churn}
variables:
  team: {default: ml}
  free: {}
targets:
  dev: {mode: development}
  prod:
    mode: production
    resources:
      jobs:
        train: {tags: {team: core}}
resources:
  jobs:
    train:
      tags: {team: "${var.team}"}
      tasks:
        - {task_key: fit, timeout_seconds: 60, notebook_task: {notebook_path: a.py}}
        - {task_key: score, notebook_task: {notebook_path: b.py}}
    sweep:
      name: sweep
"""


def bundle(rule: str, text: str = BUNDLE) -> list[str]:
    return told(f"bundle: {rule}", {"databricks.yml": text})


def test_a_key_is_looked_for_in_every_job_of_every_target() -> None:
    rows = bundle("{key: resources.jobs.*.tags.team}")
    assert rows == [
        "seen databricks.yml:15",
        "finding databricks.yml:19 resources.jobs.sweep.tags.team nothing",
        "seen databricks.yml:11",
    ]
    findings = verdicts("bundle: {key: resources.jobs.*.tags.team}", {"databricks.yml": BUNDLE})
    assert [one.targets for one in findings if isinstance(one, Finding)] == [("dev",), ("prod",)]
    assert {one.instance.name for one in findings if one.instance} == {"train", "sweep"}


def test_a_value_is_compared_after_variables_and_targets() -> None:
    assert bundle("{key: resources.jobs.train.tags.team, is: [ml, core]}") == [
        "seen databricks.yml:15",
        "seen databricks.yml:11",
    ]
    assert bundle("{key: resources.jobs.train.tags.team, is: ml}")[1:] == [
        "finding databricks.yml:11 resources.jobs.train.tags.team core"
    ]
    assert bundle("{key: resources.jobs.train.tags.team, matches: '[a-z]{2}', targets: [dev]}") == [
        "seen databricks.yml:15"
    ]


def test_elements_of_lists_are_ranged_over_by_their_key() -> None:
    assert bundle("{key: resources.jobs.*.tasks.*.timeout_seconds, targets: [dev]}") == [
        "seen databricks.yml:17",
        "finding databricks.yml:18 resources.jobs.train.tasks.score.timeout_seconds nothing",
    ]


def test_a_target_s_own_keys_are_looked_up() -> None:
    assert bundle("{key: targets.prod.mode, is: production}") == ["seen databricks.yml:8"]
    assert bundle("{key: targets.*.mode, is: production}") == [
        "finding databricks.yml:6 targets.dev.mode development",
        "seen databricks.yml:8",
    ]
    assert bundle("{key: targets.test.mode}") == ["finding databricks.yml:5 targets.test.mode nothing"]


def test_what_a_mode_adds_is_not_what_is_written() -> None:
    rows = bundle("{key: resources.jobs.sweep.tags, targets: [dev]}")
    assert rows == ["finding databricks.yml:19 resources.jobs.sweep.tags nothing"]
    assert bundle("{key: resources.jobs.sweep.name, is: sweep, targets: [dev]}") == ["seen databricks.yml:20"]


def test_a_key_that_must_not_be_there_is_found() -> None:
    assert bundle("{key: resources.jobs.*.tags, absent: true, targets: [dev]}") == [
        "finding databricks.yml:15 resources.jobs.train.tags {'team': 'ml'}",
        "seen databricks.yml:19",
    ]


def test_an_optional_key_may_be_missing_and_not_wrong() -> None:
    text = BUNDLE.replace("      name: sweep", "      schedule: {pause_status: PAUSED}")
    rule = "{key: resources.jobs.*.schedule.pause_status, is: UNPAUSED, optional: true, targets: [dev]}"
    assert bundle(rule, text) == [
        "seen databricks.yml:14",
        "finding databricks.yml:20 resources.jobs.sweep.schedule.pause_status PAUSED",
    ]


def test_a_key_with_dots_in_it_is_quoted() -> None:
    text = BUNDLE.replace("      name: sweep", '      conf: {"spark.master": "local[4]"}')
    rule = "{key: 'resources.jobs.sweep.conf.\"spark.master\"', is: 'local[*]', targets: [dev]}"
    assert bundle(rule, text) == ["finding databricks.yml:20 resources.jobs.sweep.conf.spark.master local[4]"]


def test_what_only_a_deployment_knows_is_unknown() -> None:
    text = BUNDLE.replace("name: sweep", 'tags: {team: "{{job.parameters.team}}"}')
    assert bundle("{key: resources.jobs.sweep.tags.team, is: ml, targets: [dev]}", text) == [
        "unknown databricks.yml:20"
    ]
    assert bundle("{key: resources.jobs.sweep.tags.team, targets: [dev]}", text) == ["seen databricks.yml:20"]
    whole = BUNDLE.replace("name: sweep", 'tags: "${var.free}"')
    assert bundle("{key: resources.jobs.sweep.tags.team, targets: [dev]}", whole) == ["unknown databricks.yml:20"]


def test_a_part_of_the_bundle_that_is_not_read_is_unknown() -> None:
    files: dict[str, str | bytes] = {"databricks.yml": BUNDLE + "include: [r.yml]\n", "r.yml": "resources: {jobs: [\n"}
    rows = told("bundle: {key: resources.jobs.*.tags, absent: true}", files)
    assert any(row.startswith("unknown r.yml") for row in rows)


def test_a_target_that_is_not_there_is_unknown() -> None:
    assert bundle("{key: resources.jobs.*.tags, targets: [test]}") == ["unknown databricks.yml:1"]


def test_without_a_bundle_nothing_is_said() -> None:
    assert told("bundle: {key: bundle.name}", {"a.py": "print(1)\n"}) == []


# --- imports --------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "import pickle as p",
        "import json, pickle",
        "from pickle import loads",
        "def f():\n    import pickle",
        "try:\n    import pickle\nexcept ImportError:\n    pass",
        "__import__('pickle')",
        "import importlib\nimportlib.import_module('pickle')",
    ],
)
def test_a_forbidden_import_is_found_in_every_style(code: str) -> None:
    rows = told("import: {module: pickle}", notebook(code))
    assert [row.split()[0] for row in rows] == ["finding"] and rows[0].endswith("pickle n.py")


@pytest.mark.parametrize(
    "code", ["import json", "import pickle5", "from .pickle import x", "pickle = 1", "# import pickle"]
)
def test_another_import_is_seen(code: str) -> None:
    rows = told("import: {module: pickle}", notebook(code))
    assert not any(row.startswith("finding") for row in rows)


def test_a_part_of_a_package_is_meant_by_its_whole_name() -> None:
    rule = "import: {module: sklearn.externals}"
    assert told(rule, notebook("from sklearn import externals"))[0].startswith("finding")
    assert told(rule, notebook("import sklearn.externals.joblib"))[0].startswith("finding")
    assert told(rule, notebook("import sklearn.linear_model")) == ["seen n.py:1"]


def test_a_forbidden_import_is_found_in_code_that_nothing_runs_and_in_notebooks() -> None:
    cell = '{"cells": [{"cell_type": "code", "source": ["import pickle\\n"], "metadata": {}, "outputs": [], "execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    rows = told("import: {module: pickle}", {"lib/a.py": "import pickle\n", "b.ipynb": cell})
    assert sorted(row for row in rows if row.startswith("finding")) == [
        "finding b.ipynb:1 pickle b.ipynb",
        "finding lib/a.py:1 pickle lib/a.py",
    ]


def test_where_an_import_is_allowed_it_is_seen() -> None:
    rule = "import: {module: pickle, allowed_in: ['src/io/**']}"
    files: dict[str, str | bytes] = {"src/io/read.py": "import pickle\n", "src/a.py": "import pickle\n"}
    rows = told(rule, files)
    assert "seen src/io/read.py:1" in rows and "finding src/a.py:1 pickle src/a.py" in rows


def test_an_import_that_may_hide_is_unknown() -> None:
    rows = told("import: {module: pickle}", notebook("import importlib\nimportlib.import_module(name)"))
    assert any(row.startswith("unknown n.py") for row in rows)
    assert any(row.startswith("unknown n.py") for row in told("import: {module: pickle}", notebook("exec(text)")))
    assert any(row.startswith("unknown") for row in told("import: {module: pickle}", {"a.py": "def f(:\n"}))
    assert any(row.startswith("unknown") for row in told("import: {module: pickle}", {"a.py": b"\x00\xff\x01"}))


def test_a_required_import_is_found_missing() -> None:
    rule = "import: {module: [platform_ml, platform_core], required: true}"
    assert told(rule, notebook("import platform_core.io")) == ["seen n.py:2"]
    assert told(rule, notebook("import json")) == ["finding n.py:1 platform_ml or platform_core {path}"]
    in_training = "import: {module: platform_ml, required: true, in: training}"
    files: dict[str, str | bytes] = {
        "train.py": f"# Databricks notebook source\nfrom helpers import x\n{FIT}",
        "helpers.py": "import platform_ml\nx = 1\n",
        "score.py": "# Databricks notebook source\nprint(1)\n",
    }
    assert told(in_training, files) == ["seen helpers.py:1"]
    files["helpers.py"] = "x = 1\n"
    assert told(in_training, files) == ["finding train.py:1 platform_ml {path}"]


# --- files ------------------------------------------------------------------------


def test_a_required_file_is_found_missing_where_the_project_is_told_of_it() -> None:
    rule = "file: {path: docs/owner.md}"
    assert told(rule, {"docs/owner.md": "x", "a.py": ""}) == ["seen docs/owner.md:1"]
    assert told(rule, {"a.py": "print(1)\n"}) == ["finding a.py:1 docs/owner.md"]
    assert told(rule, {"databricks.yml": BUNDLE, "a.py": ""}) == ["finding databricks.yml:1 docs/owner.md"]


def test_a_file_s_text_is_looked_for_in_files_of_any_kind() -> None:
    rule = "file: {path: '*.md', contains: 'Owner:'}"
    assert told(rule, {"README.md": "A\nOwner: ml\n", "CHANGES.md": "x"}) == ["seen README.md:2"]
    assert told(rule, {"README.md": "A\n"}) == ["finding README.md:1 *.md"]
    assert told("file: {path: a.py, contains: seed}", {"a.py": "import x\nx.seed(1)\n"}) == ["seen a.py:2"]
    assert told(rule, {"README.md": b"\xff\xfe\x00\x01\x02", "a.py": ""}) == ["unknown README.md:1"]


def test_a_forbidden_file_is_found_each() -> None:
    rule = "file: {path: '**/*.pkl', absent: true}"
    assert told(rule, {"m/a.pkl": b"\x80\x04", "b.pkl": b"\x80", "a.py": ""}) == [
        "finding b.pkl:1 b.pkl",
        "finding m/a.pkl:1 m/a.pkl",
    ]
    assert told(rule, {"a.py": ""}) == ["seen a.py:1"]


def test_a_forbidden_text_is_found_where_it_stands() -> None:
    rule = "file: {path: '*.py', absent: true, contains: 'dapi0'}"
    assert told(rule, {"a.py": "x = 1\nt = 'dapi0123'\n", "b.py": ""}) == ["finding a.py:2 a.py"]
    assert told(rule, {"a.py": "x = 1\n"}) == ["seen a.py:1"]


def test_a_file_that_was_left_out_is_unknown() -> None:
    rows = told("file: {path: '*.tmpl', absent: true}", {"a.yml.tmpl": "x", "a.py": ""})
    assert rows == ["unknown a.yml.tmpl:1"]


# --- all ------------------------------------------------------------------------------


def test_a_rule_that_changes_changes_the_exhibits() -> None:
    def version(rule: str) -> int:
        text = PACK.replace("@message", "m").replace("@rule", textwrap.indent(rule, "    "))
        return built(load_pack(text, "p.yaml").checks[0]).exhibit_version

    one = version("file: {path: a}")
    assert one == version("file: {path: a}")
    assert len({one, version("file: {path: b}"), version("file: {path: a, absent: true}")}) == 3
