"""Bundles as the Databricks CLI resolves them: includes, targets, variables, jobs, tasks, paths."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Bundle, Job, Project, Settings, Target, Task

NB = "# Databricks notebook source\n"
NOTEBOOK = "{task_key: t, notebook_task: {notebook_path: %s}}"


def project(files: dict[str, str]) -> Project:
    return load_project(MemoryTree({path: text.encode() for path, text in files.items()}), Settings())


def bundle(text: str, **files: str) -> Bundle:
    return project({"databricks.yml": text} | files).bundles[0]


def target(found: Bundle, name: str = "default") -> Target:
    return next(one for one in found.targets if one.name == name)


def job(found: Bundle, key: str = "j", of: str = "default") -> Job:
    return next(one for one in target(found, of).jobs if one.key == key)


def task(text: str, **files: str) -> Task:
    indented = "".join(f"          {line}\n" for line in text.split("\n"))
    found = bundle(f"resources:\n  jobs:\n    j:\n      tasks:\n        -\n{indented}", **files)
    return job(found).tasks[0]


def problems(found: Bundle) -> list[tuple[int, str]]:
    return [(one.place.line, one.what) for one in found.problems]


# --- files and targets --------------------------------------------------------------


def test_includes_are_merged_and_paths_are_relative_to_where_they_are_written() -> None:
    found = bundle(
        "bundle: {name: b}\ninclude: [resources/*.yml]\n",
        **{
            "resources/a.yml": f"resources: {{jobs: {{a: {{tasks: [{NOTEBOOK % '../src/nb.py'}]}}}}}}",
            "resources/deep/b.yml": "resources: {jobs: {b: {}}}",
            "src/nb.py": NB,
        },
    )
    assert (found.name, found.files) == ("b", ("databricks.yml", "resources/a.yml"))
    (one,) = target(found).jobs
    assert one.place.path == "resources/a.yml"
    assert (one.tasks[0].file, one.tasks[0].missing) == ("src/nb.py", False)


def test_no_wildcard_of_an_include_crosses_folders() -> None:
    files = {
        f"{folder}x.yml": f"resources: {{jobs: {{j{index}: {{}}}}}}"
        for index, folder in enumerate(["", "r/", "r/a/", "r/a/b/"])
    }
    found = project({"databricks.yml": "include: ['r/**/*.yml']"} | files).bundles[0]
    assert found.files == ("databricks.yml", "r/a/x.yml")


def test_an_include_that_names_no_file_is_a_problem_and_a_pattern_is_not() -> None:
    assert problems(bundle("include:\n  - r/*.yml\n  - gone.yml\n")) == [(3, "include: no file gone.yml")]


def test_a_job_that_two_files_define_is_a_problem() -> None:
    found = bundle("include: [a.yml]\nresources: {jobs: {j: {}}}", **{"a.yml": "resources: {jobs: {j: {}}}"})
    assert [what for _, what in problems(found)] == ["jobs.j is defined in databricks.yml:2 too"]


def test_a_file_that_can_not_be_read_leaves_every_job_incomplete() -> None:
    read = project(
        {
            "databricks.yml": "include: [a.yml]\nresources: {jobs: {j: {name: '${var.x}'}}}",
            "a.yml": "a: [\n",
        }
    )
    assert not job(read.bundles[0]).complete
    found = [problem.place.path for problem in read.bundles[0].problems]
    assert found == ["a.yml"]  # a variable may be declared there: nothing is said of it
    assert {one.place.path for one in read.not_understood} == {"a.yml", "databricks.yml"}


def test_nested_bundles_stand_for_themselves() -> None:
    read = project(
        {
            "databricks.yml": "resources: {jobs: {outer: {}}}",
            "inner/databricks.yaml": "resources: {jobs: {inner: {}}}",
        }
    )
    assert [(one.root, [job.key for job in one.targets[0].jobs]) for one in read.bundles] == [
        ("", ["outer"]),
        ("inner", ["inner"]),
    ]


def test_targets_override_by_key() -> None:
    found = bundle(
        """\
bundle: {name: b}
resources:
  jobs:
    j:
      name: base
      timeout_seconds: 60
      tasks:
        - {task_key: a, timeout_seconds: 1, notebook_task: {notebook_path: ./nb.py, base_parameters: {x: 1, y: 2}}}
        - {task_key: b}
targets:
  dev: {mode: development, default: true}
  prod:
    mode: production
    resources:
      jobs:
        j:
          timeout_seconds: 120
          tasks:
            - {task_key: b, timeout_seconds: 5}
            - {task_key: a, notebook_task: {base_parameters: {y: 3}}}
            - {task_key: c}
        k: {}
""",
        **{"nb.py": NB},
    )
    dev, prod = target(found, "dev"), target(found, "prod")
    assert (dev.mode, dev.default, prod.mode, prod.default) == ("development", True, "production", False)
    assert job(found, of="dev").timeout == 60
    assert job(found, of="prod").timeout == 120
    assert [one.key for one in prod.jobs] == ["j", "k"]
    a, b, c = job(found, of="prod").tasks
    assert [one.key for one in (a, b, c)] == ["a", "b", "c"]
    assert (a.timeout, b.timeout, a.file) == (1, 5, "nb.py")
    assert [(one.name, one.value) for one in a.parameters] == [("x", "1"), ("y", "3")]


def test_the_old_name_of_targets_is_read() -> None:
    assert [one.name for one in bundle("environments: {dev: {}, prod: null}").targets] == ["dev", "prod"]


def test_anchors_of_helper_keys_are_used() -> None:
    found = bundle(
        "shared: &shared {timeout_seconds: 7, max_retries: 1}\nresources: {jobs: {j: {<<: *shared, name: x}}}\n"
    )
    assert job(found).timeout == 7


def test_resources_of_other_kinds_are_kept() -> None:
    found = bundle("resources: {experiments: {e: {name: '/Shared/${bundle.name}'}}}\nbundle: {name: b}")
    (one,) = target(found).resources
    assert (one.kind, one.key) == ("experiments", "e")
    assert one.node.get("name").text == "/Shared/b"  # type: ignore[union-attr]


# --- variables ------------------------------------------------------------------------


def name_with(name: str, rest: str) -> str:
    return job(bundle(f"resources: {{jobs: {{j: {{name: '{name}'}}}}}}\n{rest}")).name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("${var.a}-${bundle.name}", "one-b"),
        ("${var.nested}", "one!"),
        ("${var.complex.key}", "value"),
        ("${var.listed[1]}", "second"),
        ("${var.number}", "3"),
        ("${variables.a.value}", "one"),
        ("${bundle.target}", "default"),
        ("${bundle.environment}", "default"),
        ("${workspace.root_path}", "/Workspace/root"),
        ("${workspace.file_path}", "/Workspace/root/files"),
        ("${resources.experiments.e.name}", "one-experiment"),
        ("${var.asked}", "${var.asked}"),
        ("${var.looked_up}", "${var.looked_up}"),
        ("${workspace.current_user.userName}", "${workspace.current_user.userName}"),
        ("${resources.experiments.e.id}", "${resources.experiments.e.id}"),
        ("{{job.parameters.x}} ${unknown.y}", "{{job.parameters.x}} ${unknown.y}"),
    ],
)
def test_references_are_resolved_as_far_as_they_go(name: str, expected: str) -> None:
    text = f"""\
bundle: {{name: b}}
workspace: {{root_path: /root}}
variables:
  a: {{default: one}}
  nested: {{default: "${{var.a}}!"}}
  complex: {{type: complex, default: {{key: value}}}}
  listed: {{type: complex, default: [first, second]}}
  number: {{default: 3}}
  asked: {{description: given when it is deployed}}
  looked_up: {{lookup: {{cluster: x}}}}
resources:
  experiments: {{e: {{name: "${{var.a}}-experiment"}}}}
  jobs: {{j: {{name: "{name}"}}}}
"""
    found = bundle(text)
    assert job(found).name == expected
    assert found.problems == ()


def test_a_target_sets_variables_of_every_form() -> None:
    found = bundle(
        """\
variables:
  a: {default: base}
  b: {lookup: {cluster: x}}
  c: {type: complex, default: {k: 1}}
resources: {jobs: {j: {name: '${var.a} ${var.b} ${var.c.k}', timeout_seconds: '${var.c.k}'}}}
targets:
  short: {variables: {a: x, b: y, c: {k: 2}}}
  long: {variables: {a: {default: z}, b: {default: w}, c: {default: {k: 3}}}}
  asked: {variables: {a: {lookup: {cluster: y}}}}
"""
    )
    assert job(found, of="short").name == "x y 2"
    assert job(found, of="short").timeout == 2
    assert job(found, of="long").name == "z w 3"
    assert job(found, of="asked").name == "${var.a} ${var.b} 1"


def test_unknown_variables_are_problems_with_the_nearest_name() -> None:
    found = bundle(
        "variables: {catalog: {default: x}}\nresources: {jobs: {j: {name: '${var.catalogue}'}}}\n"
        "targets: {a: {}, b: {variables: {catalg: y}}}"
    )
    assert problems(found) == [
        (2, "unknown variable `catalogue`; did you mean `catalog`?"),
        (3, "variable `catalg` is not declared; did you mean `catalog`?"),
    ]
    assert job(found, of="a").name == "${var.catalogue}"


def test_variables_that_refer_to_each_other_end() -> None:
    found = bundle(
        "variables: {a: {default: '${var.b}'}, b: {default: '${var.a}'}}\nresources: {jobs: {j: {name: '${var.a}'}}}"
    )
    assert "refers to itself" in found.problems[0].what


@pytest.mark.parametrize(
    "step",
    [
        "'${var.v%d}${var.v%d}'",
        "['${var.v%d}', '${var.v%d}', '${var.v0}']",
        "[[[[[[[[[['${var.v%d}', '${var.v%d}']]]]]]]]]]",
    ],
)
def test_variables_that_grow_without_end_are_bounded(step: str) -> None:
    lines = "".join(f"  v{index}: {{default: {step % (index - 1, index - 1)}}}\n" for index in range(1, 60))
    start = time.perf_counter()
    found = bundle(
        f"variables:\n  v0: {{default: {'x' * 50}}}\n{lines}resources: {{jobs: {{j: {{tasks: '${{var.v59}}'}}}}}}"
    )
    assert found.problems
    assert time.perf_counter() - start < 5


def test_tasks_may_come_from_a_variable() -> None:
    found = bundle(
        "variables: {t: {type: complex, default: [{task_key: a}]}}\nresources: {jobs: {j: {tasks: '${var.t}'}}}"
    )
    assert [one.key for one in job(found).tasks] == ["a"]


def test_tasks_that_stay_unresolved_leave_the_job_incomplete() -> None:
    found = bundle("variables: {t: {}}\nresources: {jobs: {j: {tasks: '${var.t}'}}}")
    assert (job(found).tasks, job(found).complete, found.problems) == ((), False, ())


# --- tasks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "file", "missing"),
    [
        ("./src/nb", "src/nb.ipynb", True),
        ("src/nb.ipynb", "src/nb.ipynb", False),
        ("'src/nb.ipynb '", "src/nb.ipynb", False),
        ("${workspace.file_path}/src/nb", "src/nb.ipynb", False),
        ("${var.folder}/nb.ipynb", "src/nb.ipynb", False),
        ("${var.folder}/nb", "src/nb.ipynb", True),
        ("src/other", None, True),
        ("${var.asked}/nb", None, False),
        ("/Workspace/Users/x/nb", None, False),
        ("../nb", None, False),
    ],
)
def test_a_notebook_is_found(written: str, file: str | None, missing: bool) -> None:
    found = bundle(
        f"variables: {{folder: {{default: src}}, asked: {{}}}}\nresources:\n  jobs:\n    j:\n      tasks:\n"
        f"        - task_key: t\n          notebook_task:\n            notebook_path: {written}\n",
        **{"src/nb.ipynb": "{}"},
    )
    (one,) = job(found).tasks
    assert (one.file, one.missing) == (file, missing)
    assert one.file_place is not None and one.file_place.line == 8


def test_a_python_file_needs_its_suffix() -> None:
    one = task("task_key: t\nspark_python_task: {python_file: a}", **{"a.py": "x"})
    assert (one.file, one.missing) == (None, True)


def test_a_path_may_be_relative_to_the_file_that_defines_the_job() -> None:
    found = bundle(
        f"include: [r/j.yml]\ntargets: {{dev: {{resources: {{jobs: {{j: {{tasks: [{NOTEBOOK % './nb'}]}}}}}}}}}}",
        **{"r/j.yml": "resources: {jobs: {j: {}}}", "r/nb.py": NB},
    )
    assert job(found, of="dev").tasks[0].file == "r/nb.py"


def test_what_runs_from_git_is_no_file_of_the_project() -> None:
    found = bundle(
        """\
resources:
  jobs:
    j:
      git_source: {git_url: https://x.example}
      tasks:
        - {task_key: a, notebook_task: {notebook_path: nb}}
        - {task_key: b, notebook_task: {notebook_path: nb, source: WORKSPACE}}
""",
        **{"nb.py": NB},
    )
    assert [(one.git_source, one.file) for one in job(found).tasks] == [(True, None), (False, "nb.py")]


def test_a_jobs_parameters_are_pushed_down_and_win() -> None:
    found = bundle(
        """\
resources:
  jobs:
    j:
      parameters: [{name: a, default: job}, {name: c, default: "${bundle.target}"}]
      tasks:
        - {task_key: n, notebook_task: {notebook_path: nb, base_parameters: {a: task, b: true, d: [1]}}}
        - {task_key: w, python_wheel_task: {package_name: p, entry_point: e, named_parameters: {x: 1}}}
        - {task_key: l, python_wheel_task: {package_name: p, entry_point: e, parameters: [--x, 1]}}
        - {task_key: s, spark_python_task: {python_file: f.py, parameters: ["--x", "{{job.id}}"]}}
"""
    )
    n, w, listed, s = job(found).tasks
    assert [(one.name, one.value) for one in n.parameters] == [
        ("b", "true"),
        ("d", None),
        ("a", "job"),
        ("c", "default"),
    ]
    assert [one.name for one in w.parameters] == ["x", "a", "c"]
    assert (listed.parameters, listed.arguments, listed.entry_point) == ((), ("--x", "1"), ("p", "e"))
    assert (s.parameters, s.arguments) == ((), ("--x", "{{job.id}}"))
    assert [(one.name, one.value) for one in job(found).parameters] == [("a", "job"), ("c", "default")]


def test_parameters_that_can_not_be_read_say_so() -> None:
    one = task("task_key: t\nnotebook_task: {notebook_path: nb, base_parameters: '${var.x}'}")
    assert not one.parameters_complete
    assert not task("task_key: t\nspark_python_task: {python_file: f, parameters: [[1]]}").parameters_complete


def test_the_task_within_a_loop_is_a_task_too() -> None:
    found = bundle(
        """\
resources:
  jobs:
    j:
      tasks:
        - task_key: loop
          depends_on: [{task_key: before}]
          for_each_task:
            inputs: "[1]"
            task: {task_key: inner, notebook_task: {notebook_path: nb, base_parameters: {x: "{{input}}"}}}
""",
        **{"nb.py": NB},
    )
    loop, inner = job(found).tasks
    assert (loop.kind, loop.key, inner.key, inner.file) == ("for_each_task", "loop", "inner", "nb.py")
    assert inner.depends_on == ("before",)


def test_environments_and_libraries_are_requirements() -> None:
    found = bundle(
        """\
resources:
  jobs:
    j:
      environments:
        - environment_key: e
          spec: {client: "1", dependencies: ["mlflow==3.1", pandas, "-r ../r.txt", "./dist/*.whl"]}
      tasks:
        - {task_key: a, environment_key: e}
        - task_key: b
          libraries:
            - {pypi: {package: "x~=1.0"}}
            - {whl: dist/y-1.0-py3-none-any.whl}
            - {jar: z.jar}
            - {requirements: r.txt}
        - {task_key: c, environment_key: gone}
        - {task_key: d}
"""
    )
    a, b, c, d = (one.libraries for one in job(found).tasks)
    assert a is not None and b is not None and c is not None and d is None
    assert [(one.name, one.pinned) for one in a.requirements] == [("mlflow", True), ("pandas", False), (None, True)]
    assert (a.source, [one.path for one in a.includes]) == ("environment", ["../r.txt"])
    assert [(one.name, one.pinned) for one in b.requirements] == [("x", True), ("y", True)]
    assert (b.source, [one.path for one in b.includes]) == ("libraries", ["r.txt"])
    assert "no environment `gone`" in c.not_understood[0].what


def test_timeouts_and_continuous_are_read() -> None:
    found = bundle(
        """\
variables: {x: {}}
resources:
  jobs:
    j: {timeout_seconds: 0, continuous: {pause_status: PAUSED}}
    k: {timeout_seconds: "${var.x}", continuous: null}
"""
    )
    assert (job(found).timeout, job(found).continuous) == (0, True)
    assert (job(found, "k").timeout, job(found, "k").continuous) == (None, False)
    assert job(found, "k").timeout_node is not None


@pytest.mark.parametrize(
    ("jobs", "what"),
    [
        ("{j: {tasks: {a: {}}}}", "`tasks` is not a list"),
        ("{j: {tasks: [1]}}", "a task is not a mapping"),
        ("{j: {tasks: [{notebook_task: {}}]}}", "a task without a `task_key`"),
        ("{j: {tasks: [{task_key: a, notebook_task: [1]}]}}", "`notebook_task` is not a mapping"),
        ("{j: {tasks: [{task_key: a, depends_on: b}]}}", "`depends_on` is not a list"),
        ("{j: {tasks: [{task_key: a, depends_on: [b]}]}}", "an entry of `depends_on` has no `task_key`"),
    ],
)
def test_wrong_shapes_are_problems_and_leave_the_job_incomplete(jobs: str, what: str) -> None:
    found = bundle(f"resources:\n  jobs: {jobs}\n")
    assert problems(found) == [(2, what)]
    assert not job(found).complete


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("resources: {jobs: [1]}", "`jobs` is not a mapping"),
        ("resources: {jobs: {j: 1}}", "job `j` is not a mapping"),
        ("resources: 3", "`resources` is not a mapping"),
        ("targets: [dev]", "`targets` is not a mapping"),
        ("targets: {dev: 1}", "target `dev` is not a mapping"),
        ("include: a.yml", "`include` is not a list"),
        ("include: [/a.yml]", "include paths are relative: /a.yml"),
        ("variables: [a]", "`variables` is not a mapping"),
        ("variables: {a: b}", "variable `a` is not a mapping with `default` or `description`"),
    ],
)
def test_wrong_shapes_above_the_jobs_are_problems(text: str, what: str) -> None:
    assert problems(bundle(text)) == [(1, what)]


def test_jobs_that_python_code_makes_are_not_understood() -> None:
    read = project(
        {"databricks.yml": "python:\n  resources: ['r:load']\n  mutators: ['m:f']\nresources: {jobs: {j: {}}}"}
    )
    assert [(one.place.line, one.what) for one in read.not_understood] == [
        (2, "jobs that Python code defines are not read"),
        (3, "jobs that Python code changes are not read"),
    ]
    assert not job(read.bundles[0]).complete


def test_go_templates_are_not_understood() -> None:
    read = project({"databricks.yml": "bundle:\n  name: {{.project}}\n"})
    assert read.bundles == ()
    assert read.not_understood[0].what.endswith("(Go template syntax)")


KEYS = ["resources", "jobs", "j", "tasks", "variables", "a", "default", "targets", "task_key", "notebook_task"]
MORE_KEYS = ["include", "libraries", "environments", "parameters", "depends_on"]
SIGNS = ["- ", "[", "]", "{", "}", "\n", "  ", "${var.a}", "&x ", "*x", "<<: ", "null", "'", "1", ", ", "x.yml"]
FRAGMENTS = st.sampled_from([*SIGNS, *(f"{key}: " for key in KEYS + MORE_KEYS)])


@given(st.lists(FRAGMENTS, max_size=40))
def test_no_text_raises(parts: list[str]) -> None:
    project({"databricks.yml": "".join(parts), "x.yml": "".join(reversed(parts))})


# --- jobs that no bundle has --------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        (".dbx/project.json", "{}", "a project of dbx: the jobs that it deploys are not read"),
        (
            "conf/deployment.yml",
            "environments:\n  default:\n    workflows:\n      - name: x\n",
            "jobs that dbx deploys",
        ),
        ("deployment.json", '{"default": {"jobs": [{"spark_python_task": {}}]}}', "jobs that dbx deploys"),
        ("infra/jobs.tf", '\nresource "databricks_job" "train" {\n}\n', "jobs that Terraform makes are not read"),
        ("jobs/train.json", '{"tasks": [{"task_key": "a", "notebook_task": {}}]}', "a job that no bundle has"),
        (
            "job_train.json",
            '{"new_cluster": {}, "spark_python_task": {"python_file": "x"}}',
            "a job that no bundle has",
        ),
        ("workflows/train.yml", "tasks:\n  - task_key: a\n    notebook_task: {}\n", "a job that no bundle has"),
    ],
)
def test_jobs_defined_in_other_ways_are_not_understood(path: str, text: str, what: str) -> None:
    read = project({path: text})
    assert [one.place.path for one in read.other_jobs] == [path]
    assert read.other_jobs[0].what.startswith(what)
    assert set(read.other_jobs) <= set(read.not_understood)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deployment.yml", "kind: Deployment\nspec: {replicas: 2}\n"),
        ("data/rows.json", '{"task_key": "a", "notebook_task": {}}'),
        ("infra/main.tf", 'resource "databricks_cluster" "c" {}\n'),
        ("tests/fixtures/job.yml", "tasks:\n  - task_key: a\n    notebook_task: {}\n"),
        ("docs/job.yml", "tasks:\n  - task_key: a\n    notebook_task: {}\n"),
    ],
)
def test_what_only_looks_like_a_job_is_none(path: str, text: str) -> None:
    assert project({path: text}).other_jobs == ()


def test_a_file_that_a_bundle_takes_in_or_should_is_no_other_job() -> None:
    text = f"resources:\n  jobs:\n    j:\n      tasks: [{NOTEBOOK % 'nb.py'}]\n"
    read = project({"databricks.yml": "include: [a.yml]\n", "a.yml": text, "b.yml": text, "nb.py": NB})
    assert read.other_jobs == ()
    assert [(key.text, key.place.path, kind) for key, kind in read.bundles[0].unreached] == [("j", "b.yml", "jobs")]
