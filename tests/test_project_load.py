"""A tree as one project: schemas, settings, texts, links, what was left out and why."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mlcheck.git.repository import find_repository
from mlcheck.project.commit_tree import CommitTree
from mlcheck.project.globs import path_matcher
from mlcheck.project.installed import with_includes
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Project, Settings
from mlcheck.project.place import Place
from mlcheck.project.work_tree import WorkTree

SCHEMA = """\
table_name: dim_property
schema: gold
catalog: main
primary_key: {columns: [property_id, valid_from]}
scd_type: 2
columns:
  - {name: property_id, type: BIGINT, nullable: false}
  - name: price
    type: "DECIMAL(10,2)"
"""


def project(files: dict[str, str | bytes], settings: Settings | None = None) -> Project:
    tree = MemoryTree({path: text.encode() if isinstance(text, str) else text for path, text in files.items()})
    return load_project(tree, settings or Settings())


# --- schemas ------------------------------------------------------------------------


def test_a_schema_is_found_by_its_keys() -> None:
    (schema,) = project({"gold/dim.yaml": SCHEMA, "other.yml": "a: 1"}).schemas
    assert (schema.name, schema.primary_key, schema.scd_type) == (
        "main.gold.dim_property",
        ("property_id", "valid_from"),
        2,
    )
    assert [(one.name, one.type, one.nullable, one.place.line) for one in schema.columns] == [
        ("property_id", "BIGINT", False, 7),
        ("price", "DECIMAL(10,2)", None, 8),
    ]
    assert schema.place == Place("gold/dim.yaml", 1, 13, 1, 25)


@pytest.mark.parametrize(
    ("lines", "name", "key", "scd"),
    [
        ("table_name: t\ncolumns: []", "t", (), None),
        ("table_name: a.b.t\nschema: x\ncolumns: []", "a.b.t", (), None),
        ("table_name: t\nschema: s\ncolumns: []", "s.t", (), None),
        ("table_name: t\nschema: '${s}'\ncatalog: c\ncolumns: []", "t", (), None),
        ("table_name: t\nprimary_key: [a, b]\nscd_type: SCD2\ncolumns: []", "t", ("a", "b"), 2),
        ("table_name: t\nprimary_key: a\nscd_type: type 1\ncolumns: []", "t", ("a",), 1),
        ("table_name: t\nscd_type: SCD_TYPE_2\ncolumns: []", "t", (), 2),
        ("table_name: t\nscd_type: slowly\ncolumns: []", "t", (), None),
    ],
)
def test_schemas_take_the_forms_that_are_in_use(lines: str, name: str, key: tuple[str, ...], scd: int | None) -> None:
    (schema,) = project({"t.yaml": lines}).schemas
    assert (schema.name, schema.primary_key, schema.scd_type) == (name, key, scd)


def test_a_schema_with_a_column_that_can_not_be_read_is_not_understood() -> None:
    read = project({"t.yaml": "table_name: t\ncolumns:\n  - {name: a}\n  - {type: INT}\n"})
    assert read.schemas == ()
    assert [(one.place.line, one.what) for one in read.not_understood] == [(4, "a column of t has no `name`")]


def test_a_file_that_settings_call_a_schema_must_be_one() -> None:
    read = project({"gold/a.yaml": "x: 1", "gold/b.yaml": "["}, Settings(schemas=("gold/**",)))
    assert [(one.place.path, one.what[:12]) for one in read.not_understood] == [
        ("gold/a.yaml", "not a schema"),
        ("gold/b.yaml", "not YAML: di"),
    ]


# --- what is left out ----------------------------------------------------------------


def test_what_is_left_out_says_why() -> None:
    read = project(
        {
            "a.py": "x = 1",
            "old/b.py": "x = 1",
            "c.py.tmpl": "{{.x}}",
            "{{cookiecutter.name}}/d.py": "x",
            "{{.input}}/e.py": "x",
            ".mlcheck/config.toml": "[repo]",
        },
        Settings(exclude=("old/",)),
    )
    assert read.files == ("a.py",)
    assert {one.path: one.why for one in read.left_out} == {
        "old/b.py": "excluded by settings",
        "c.py.tmpl": "a template",
        "{{cookiecutter.name}}/d.py": "a template",
        "{{.input}}/e.py": "a template",
    }


@pytest.mark.parametrize(
    ("glob", "path", "meant"),
    [
        ("old/", "old/a/b.py", True),
        ("old", "x/old/b.py", True),
        ("old/**", "old/a/b.py", True),
        ("src/old", "x/src/old/b.py", False),
        ("*.py", "a/b.py", True),
        ("src/*.py", "src/a/b.py", False),
        ("src/**/*.py", "src/b.py", True),
        ("src/**/*.py", "src/a/c/b.py", True),
        ("./src/?.py", "src/b.py", True),
        ("old", "older.py", False),
        ("a+b", "a+b", True),
        ("/top.py", "x/top.py", False),
        ("/top.py", "top.py", True),
        ("**/a", "a", True),
        ("a[0-9].py", "a7.py", True),
        ("a[!0-9].py", "a7.py", False),
        ("a[z-a].py", "az.py", False),
        ("**/" * 30 + "b", "a/" * 60 + "c", False),
        ("*a" * 40 + "b", "a" * 200, False),
    ],
)
def test_globs_mean_what_they_do_elsewhere(glob: str, path: str, meant: bool) -> None:
    assert path_matcher((glob,))(path) is meant


# --- texts and places -----------------------------------------------------------------


def test_lines_around_a_place_are_those_of_the_file() -> None:
    notebook = "# Databricks notebook source\n%pip install x\ny = 1\n"
    read = project({"a.py": notebook, "r.yml": "a: 1\r\nb: 2\r\n", "requirements.txt": "x\n"})
    assert read.lines_around(Place("a.py", 2)) == (
        (1, "# Databricks notebook source"),
        (2, "%pip install x"),
        (3, "y = 1"),
    )
    assert read.lines_around(Place("r.yml", 1), 0, 0) == ((1, "a: 1"),)
    assert read.lines_around(Place("r.yml", 99)) == ()
    assert read.lines_around(Place("missing", 1)) == ()


def test_a_utf16_requirements_file_is_read() -> None:
    read = project({"requirements-dev.txt": "mlflow==3.1\r\n".encode("utf-16")})
    assert [one.name for one in read.environments["requirements-dev.txt"].requirements] == ["mlflow"]


def test_the_environment_of_a_task_finds_its_requirements_file() -> None:
    read = project(
        {
            "resources/j.yml": (
                "resources: {jobs: {j: {tasks: [{task_key: t, environment_key: e}],"
                " environments: [{environment_key: e, spec: {dependencies: ['-r ../requirements.txt']}}]}}}"
            ),
            "databricks.yml": "include: [resources/*.yml]",
            "requirements.txt": "mlflow==3.1",
        }
    )
    (task,) = read.bundles[0].targets[0].jobs[0].tasks
    assert task.libraries is not None
    assert [one.name for one in with_includes(task.libraries, read.environments).requirements] == ["mlflow"]


def test_scripts_of_packages_are_found_with_their_package_first() -> None:
    read = project(
        {
            "a/pyproject.toml": "[project]\nname = 'pkg-a'\nscripts = {main = 'pkg_a.run:main', other = 'gone:x'}",
            "a/src/pkg_a/run.py": "",
            "b/setup.py": "setup(name='pkg_b', entry_points={'console_scripts': ['main = pkg_b:start']})",
            "b/pkg_b/__init__.py": "",
        }
    )
    assert read.script(("pkg_a", "main")) == ("a/src/pkg_a/run.py", "main")
    assert read.script(("pkg-b", "main")) == ("b/pkg_b/__init__.py", "start")
    assert read.script(("pkg_c", "main")) is None
    assert read.script(("pkg_a", "other")) is None


def test_files_that_can_not_be_read_are_not_understood() -> None:
    read = project({"a.py": b"\0", "b.yml": b"\xff", "c.ipynb": b"[]", "d.toml": b"\xff", "pyproject.toml": b"["})
    assert [one.place.path for one in read.not_understood] == ["a.py", "b.yml", "c.ipynb", "d.toml", "pyproject.toml"]
    assert read.code == {}


# --- the disk and git -------------------------------------------------------------------


def test_links_within_the_project_are_followed_by_paths(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "nb.py").write_text("# Databricks notebook source\n")
    (tmp_path / "linked").symlink_to("src")
    (tmp_path / "alias.py").symlink_to("linked/nb.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    tasks = ", ".join(
        f"{{task_key: t{index}, notebook_task: {{notebook_path: {path}}}}}"
        for index, path in enumerate(["linked/nb", "alias.py", "loop.py"])
    )
    (tmp_path / "databricks.yml").write_text(f"resources: {{jobs: {{j: {{tasks: [{tasks}]}}}}}}")
    read = load_project(WorkTree(tmp_path), Settings())
    assert [task.file for task in read.bundles[0].targets[0].jobs[0].tasks] == ["src/nb.py", "src/nb.py", None]
    assert set(read.code) == {"src/nb.py"}


def test_a_commit_and_its_checkout_are_the_same_project(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "databricks.yml").write_text("resources: {jobs: {j: {}}}\n")
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    repository = find_repository(tmp_path)
    assert repository is not None
    head = repository.head()
    assert head is not None
    assert load_project(CommitTree(repository, head), Settings()) == load_project(WorkTree(tmp_path), Settings())


def test_a_file_that_vanishes_is_not_understood(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    tree = WorkTree(tmp_path)
    (tmp_path / "a.py").unlink()
    read = load_project(tree, Settings())
    assert [one.place.path for one in read.not_understood] == ["a.py"]
