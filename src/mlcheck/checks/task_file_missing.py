"""A task's file is not there, or is of another kind than the task needs.

A notebook task wants a notebook: in source format its first line is the header.
A Python script task wants a plain file, and refuses a notebook. The suffix
belongs to the path. The CLI refuses all of these when it validates the bundle.

Breaks with: Error: notebook ./train.py not found
Breaks with: Error: expected a notebook for "…notebook_path" but got a file: file at … is not a notebook
Breaks with: Error: expected a file for "…python_file" but got a notebook: file at … is a notebook
Source: the Databricks CLI's translation of paths (`translate_paths.go`, `notebook/detect.go`), read; its pull request
573: a notebook loses its suffix when it is uploaded.

Fix: notebook_task: {notebook_path: ../src/train.py}    # first line: # Databricks notebook source
     spark_python_task: {python_file: ../src/train.py}  # no such line
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.lost_jobs import lost_jobs
from mlcheck.flow.facts import Facts
from mlcheck.printable import nearest
from mlcheck.project.model import Bundle, Job, Requirement, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlMap, YamlScalar, at, text_at

NAME = "task-file-missing"
_HEADERS = {
    ".py": "# Databricks notebook source",
    ".r": "# Databricks notebook source",
    ".sql": "-- Databricks notebook source",
    ".scala": "// Databricks notebook source",
}
# Kinds that name a file of the project.
_WITH_FILE = ("notebook_task", "spark_python_task", "sql_task")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A task of a job in one target."""

    facts: Facts
    bundle: Bundle
    target: Target
    job: Job
    task: Task
    instance: Instance

    @property
    def place(self) -> Place:
        return self.task.file_place or self.task.place

    def seen(self, note: str) -> Verdict:
        return Seen(NAME, self.place, note, None, self.instance, {"task": self.task.key})

    def unknown(self, why: str, place: Place | None = None) -> Verdict:
        return Unknown(NAME, why, place or self.place, None, self.instance, {"task": self.task.key})

    def finding(self, kind: str, message: str, why: str, fix: str, place: Place | None = None) -> Verdict:
        subject = {"task": self.task.key, "kind": kind}
        at_ = place or self.place
        targets = (self.target.name,)
        return Finding(NAME, "error", at_, message, why, fix, subject, None, self.instance, targets)


def run(facts: Facts) -> Iterator[Verdict]:
    names = facts.job_names()
    for lost in lost_jobs(facts):
        yield Unknown(NAME, f"jobs may be there that were not read: {lost.what}", lost.place)
    for bundle, target, job in facts.jobs():
        instance = Instance("job", names[bundle.path, job.key])
        for task in job.tasks:
            yield _verdict(_Asked(facts, bundle, target, job, task, instance))
        if not job.complete:
            yield Unknown(NAME, f"`{job.key}` could not be read whole", job.place, None, instance)


def _verdict(asked: _Asked) -> Verdict:
    task = asked.task
    if task.kind == "dbt_task":
        return _dbt_project(asked)
    if task.kind == "python_wheel_task":
        return _wheel(asked)
    if task.kind not in _WITH_FILE or (task.kind == "sql_task" and at(task.node, "sql_task", "file") is None):
        return asked.seen(f"a `{task.kind or 'task'}` names no file of the project")
    if task.git_source:
        return asked.unknown("the file comes from git, and not with the bundle")
    if task.file_given is None:
        return asked.unknown("the task names no file, or one that could not be read")
    if task.missing:
        return _missing(asked)
    if task.file is None:
        return asked.unknown(f"`{task.file_given}` is not a file of the project that is known")
    return _kind(asked, task.file)


# --- whether it is there


def _missing(asked: _Asked) -> Verdict:
    task = asked.task
    given = task.file_given or ""
    if _may_be_made(asked.bundle):
        return asked.unknown(f"`{given}` is not there, and the bundle has a build that may make it")
    noun = "notebook" if task.kind == "notebook_task" else "file"
    if task.file is not None:
        right = given + posixpath.splitext(task.file)[1]
        why = f'Error: notebook "{given}" not found. Did you mean "{right}"?'
        return asked.finding("suffix", f"`{given}` lacks its suffix: the file is `{right}`", why, right)
    near = _nearest(asked, given)
    hint = f"; `{near}` is" if near else ""
    why = f"Error: {noun} {given} not found"
    return asked.finding("missing", f"task `{task.key}`: `{given}` is not there{hint}", why, near or given)


def _nearest(asked: _Asked, given: str) -> str | None:
    """The path, as it would be written here, of the file that was probably meant."""
    folder = posixpath.dirname(asked.place.path)
    suffix = posixpath.splitext(given)[1]
    files = [file for file in asked.facts.project.files if not suffix or file.endswith(suffix)]
    name = posixpath.basename(given)
    same = [file for file in files if posixpath.basename(file) in (name, f"{name}.py", f"{name}.ipynb")]
    if len(same) == 1:
        return _relative(same[0], folder, given)
    wanted = posixpath.normpath(posixpath.join(folder, given))
    beside = [file for file in files if posixpath.dirname(file) == posixpath.dirname(wanted)]
    found = nearest(posixpath.basename(wanted), [posixpath.basename(file) for file in beside])
    return _relative(posixpath.join(posixpath.dirname(wanted), found), folder, given) if found else None


def _relative(file: str, folder: str, given: str) -> str:
    path = posixpath.relpath(file, folder or ".")
    return path if path.startswith("../") or not given.startswith("./") else f"./{path}"


def _may_be_made(bundle: Bundle) -> bool:
    """Whether something in the bundle makes files before they are deployed: a build, or a script."""
    for _, part in bundle.parts:
        if at(part, "experimental", "scripts") is not None or at(part, "scripts") is not None:
            return True
        artifacts = at(part, "artifacts")
        for _, artifact in artifacts.entries if isinstance(artifacts, YamlMap) else ():
            if text_at(artifact, "build") and text_at(artifact, "type") not in ("whl", "jar"):
                return True
    return False


# --- whether it is of the kind that the task needs


def _kind(asked: _Asked, file: str) -> Verdict:
    task = asked.task
    code = asked.facts.code(file)
    unread = next((one for one in asked.facts.project.not_understood if one.place.path == file), None)
    if code is None and unread is not None:
        return asked.unknown(f"`{file}` could not be read: {unread.what}")
    notebook = code is not None and code.kind == "notebook"
    if task.kind == "notebook_task":
        return _notebook(asked, file, notebook)
    if task.kind == "spark_python_task" and notebook:
        return _not_a_script(asked, file)
    return asked.seen(f"`{file}` is there")


def _notebook(asked: _Asked, file: str, notebook: bool) -> Verdict:
    suffix = posixpath.splitext(file)[1].lower()
    header = _HEADERS.get(suffix)
    if suffix == ".ipynb":
        return asked.seen(f"`{file}` is a notebook")
    why = f'Error: expected a notebook for "notebook_path" but got a file: file at {file} is not a notebook'
    if not notebook:
        fix = f"{header}          # as the first line of {file}" if header else "notebook_path: a .py, .ipynb or .sql"
        message = f"task `{asked.task.key}` runs `{file}` as a notebook, and it is a plain file"
        return asked.finding("not-a-notebook", message, why, fix)
    text = asked.facts.project.texts.get(file)
    first = text.partition("\n")[0] if text is not None else header
    if first != header and not _is_deployed(asked):
        message = f"task `{asked.task.key}` runs `{file}`, whose header is not its first line"
        return asked.finding("header", message, why, f"{header}          # alone on the first line of {file}")
    return asked.seen(f"`{file}` is a notebook")


def _not_a_script(asked: _Asked, file: str) -> Verdict:
    if _is_deployed(asked):
        return asked.unknown(
            f"`{file}` is a notebook, and whether the task can run it where it is deployed is not known"
        )
    return asked.finding(
        "is-a-notebook",
        f"task `{asked.task.key}` runs `{file}` as a script, and it is a notebook",
        f'Error: expected a file for "python_file" but got a notebook: file at {file} is a notebook',
        f"notebook_task:\n  notebook_path: {asked.task.file_given}",
    )


def _is_deployed(asked: _Asked) -> bool:
    """Whether the path names the file where it is deployed: the CLI does not look at it then."""
    given = asked.task.file_given or ""
    return given.startswith(("/", "${"))


# --- dbt projects and wheels


def _dbt_project(asked: _Asked) -> Verdict:
    node = at(asked.task.node, "dbt_task", "project_directory")
    if asked.task.git_source or not isinstance(node, YamlScalar):
        return asked.unknown("the dbt project comes from git, or no folder is named for it")
    given = node.text
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(node.place.path), given))
    if "${" in given or given.startswith("/") or folder.startswith(".."):
        return asked.unknown(f"`{given}` is not a folder of the project that is known")
    inside = "" if folder == "." else f"{folder}/"
    left_out = [one.path for one in asked.facts.project.left_out]
    if any(path.startswith(inside) or inside.startswith(f"{path.rstrip('/')}/") for path in left_out if inside):
        return asked.unknown(f"files of `{given}` were left out")
    files = [file for file in asked.facts.project.files if file.startswith(inside)]
    if not files:
        message = f"task `{asked.task.key}`: the folder `{given}` is not there"
        return asked.finding("missing", message, f"Error: {folder}: no such file or directory", given, node.place)
    if f"{inside}dbt_project.yml" not in files and f"{inside}dbt_project.yaml" not in files:
        message = f"task `{asked.task.key}`: `{given}` has no `dbt_project.yml`"
        why = "Runtime Error: No dbt_project.yml found at expected path"
        return asked.finding(
            "no-dbt-project", message, why, "project_directory: the folder of dbt_project.yml", node.place
        )
    return asked.seen(f"`{given}` is a dbt project")


def _wheel(asked: _Asked) -> Verdict:
    """Where a wheel task's package comes from: a local wheel must be built by something."""
    libraries = asked.task.libraries
    if libraries is None or libraries.not_understood:
        return asked.unknown("which wheel has the task's package could not be told")
    local = [one for one in libraries.requirements if _is_local_wheel(one)]
    if not local:
        return (
            asked.unknown("the task's package comes from elsewhere than the bundle")
            if _foreign(asked)
            else asked.seen("the task's package is installed by name")
        )
    return _built(asked, local[0])


def _is_local_wheel(requirement: Requirement) -> bool:
    target = requirement.target or ""
    return target.endswith(".whl") and not target.startswith(("/", "~")) and ":" not in target and "{{" not in target


def _foreign(asked: _Asked) -> bool:
    requirements = asked.task.libraries.requirements if asked.task.libraries is not None else ()
    return not any(one.name is not None for one in requirements)


def _built(asked: _Asked, wheel: Requirement) -> Verdict:
    path = wheel.target or ""
    artifacts = at(asked.target.config, "artifacts")
    if isinstance(artifacts, YamlMap) and artifacts.entries:
        return asked.seen("an artifact of the bundle builds the wheel")
    root = f"{asked.bundle.root}/" if asked.bundle.root else ""
    files = asked.facts.project.files
    if f"{root}setup.py" in files:
        return asked.seen("the CLI builds the wheel of the bundle's own `setup.py`")
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(wheel.place.path), posixpath.dirname(path)))
    if any(file.endswith(".whl") and posixpath.dirname(file) == folder for file in files):
        return asked.seen("the wheel is among the project's files")
    buildable = any(posixpath.basename(file) in ("setup.py", "pyproject.toml", "setup.cfg") for file in files)
    if buildable or "${" in path or any(one.path.rstrip("/") == folder for one in asked.facts.project.left_out):
        return asked.unknown(f"`{path}` is not there, no artifact builds it, and something else may", wheel.place)
    message = f"task `{asked.task.key}`: nothing builds its wheel `{path}`"
    fix = "artifacts:\n  default:\n    type: whl\n    path: ."
    return asked.finding("no-wheel", message, f"Error: no files match pattern: {path}", fix, wheel.place)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: ./trian.py  # error: [task-file-missing] `./trian.py` is not there; `./train.py` is
        - task_key: score
          notebook_task:
            notebook_path: ./score.py  # error: [task-file-missing] runs `score.py` as a notebook
# file: train.py
# Databricks notebook source
print(1)
# file: score.py
print(1)
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: ./train.py
        - task_key: score
          spark_python_task:
            python_file: ./score.py
# file: train.py
# Databricks notebook source
print(1)
# file: score.py
print(1)
""",
    mentions=(),
)
