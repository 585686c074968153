"""What does not hold together in a job as a target has it: its tasks, what they run on, whom they wait for.

Source: the CLI's `validate:job_task_cluster_spec` and `validate:job_cluster_key_defined`, read; the Jobs API's
reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.knowledge.bundle_schema import bundle_types
from mlcheck.printable import nearest, suggestion
from mlcheck.project.compute import compute_of
from mlcheck.project.job_settings import recipients_of
from mlcheck.project.model import Job, OwnPackage, Project, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlScalar, at, text_at

FlawKind = Literal["task-types", "no-compute", "undefined-key", "unknown-dependency", "entry-point", "notification"]
_KEYS = {"job_cluster_key": "job_clusters", "environment_key": "environments"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that does not hold together, what it leads to, and what to write instead."""

    place: Place
    kind: FlawKind
    what: str
    why: str
    help: str
    named: str
    near: str | None = None
    task: str | None = None


def job_flaws(project: Project, target: Target, job: Job) -> Iterator[Flaw]:
    """The flaws of a job that was wholly read, in a target."""
    keys = [task.key for task in job.tasks]
    for task in job.tasks if job.complete else ():
        yield from _task_types(task)
        yield from _compute(target, job, task)
        yield from _undefined_keys(job, task)
        yield from _dependencies(task, keys)
        yield from _entry_point(project, task)


def silent_notifications(job: Job) -> Iterator[Flaw]:
    """An `on_failure` with nobody in it, in a job of which nobody else is told."""
    failures = [one for one in recipients_of(job) if one.event == "on_failure"]
    if any(one.names or not one.complete for one in failures):
        return
    for one in failures:
        example = "[{id: …}]" if one.channel == "webhook_notifications" else "[team@example.com]"
        yield Flaw(
            one.place,
            "notification",
            f"`on_failure` of job `{job.key}` names nobody",
            "nothing: the job fails, and nobody is told",
            f"on_failure: {example}",
            "on_failure",
            task=one.task,
        )


def _task_types(task: Task) -> Iterator[Flaw]:
    """A task is of one type; those that the format knows count, set to something."""
    known = bundle_types()["jobs.Task"].fields
    types = [key.text for key, _ in task.node.entries if key.text.endswith("_task")]
    given = [key for key in dict.fromkeys(types) if key in known and at(task.node, key) is not None]
    if len(given) > 1:
        names = " and ".join(f"`{one}`" for one in given)
        key = task.node.key(given[1])
        why = "a task has one type: the Jobs API refuses the job, or runs one of them only"
        place = key.place if key is not None else task.place
        help = f"tasks of their own, the second with depends_on: [{{task_key: {task.key}}}]"
        yield Flaw(place, "task-types", f"task `{task.key}` is {names} at once", why, help, given[1], task=task.key)
    elif not types:
        why = "a task without a type runs nothing: the Jobs API refuses the job"
        help = "notebook_task: {notebook_path: ./train.py}"
        yield Flaw(task.place, "task-types", f"task `{task.key}` has no type", why, help, task.key, task=task.key)


def _compute(target: Target, job: Job, task: Task) -> Iterator[Flaw]:
    if compute_of(target, job, task).kind != "missing":
        return
    why = (
        f'Missing required cluster or environment settings: Task "{task.key}" requires a cluster or an environment '
        "to run. Specify one of the following fields: "
        "job_cluster_key, environment_key, existing_cluster_id, new_cluster."
    )
    what = f"task `{task.key}` names no cluster and no environment, and a `{task.kind}` needs one"
    help = "job_cluster_key: …" if task.kind in ("spark_jar_task", "spark_submit_task") else "environment_key: default"
    yield Flaw(task.place, "no-compute", what, why, help, task.kind, task=task.key)


def _undefined_keys(job: Job, task: Task) -> Iterator[Flaw]:
    for name, listed in _KEYS.items():
        key = at(task.node, name)
        if not isinstance(key, YamlScalar) or "${" in key.text:
            continue
        elements = at(job.node, listed)
        defined = [text_at(one, name) for one in elements] if isinstance(elements, YamlList) else []
        if key.text in defined or any(one is None or "${" in one for one in defined):
            continue
        if elements is not None and not isinstance(elements, YamlList):
            continue  # a reference, or a shape of which another finding speaks
        names = [one for one in defined if one is not None]
        near = nearest(key.text, names)
        hint = f"; {suggestion(key.text, names)}" if names else ""
        why = (
            f"job_cluster_key {key.text} is not defined"
            if name == "job_cluster_key"
            else "the Jobs API refuses a task whose environment its job does not have"
        )
        what = f"`{name}` of task `{task.key}` is `{key.text}`, which `{listed}` doesn't define{hint}"
        help = f"{name}: {near}" if near else f"{listed}: [{{{name}: {key.text}, …}}]"
        yield Flaw(key.place, "undefined-key", what, why, help, key.text, near, task.key)


def _dependencies(task: Task, keys: list[str]) -> Iterator[Flaw]:
    listed = at(task.node, "depends_on")
    for element in listed if isinstance(listed, YamlList) else ():
        key = at(element, "task_key")
        if not isinstance(key, YamlScalar) or "${" in key.text or key.text in keys:
            continue
        if any("${" in one for one in keys):
            continue
        near = nearest(key.text, keys)
        what = f"task `{task.key}` depends on `{key.text}`, which the job doesn't have; {suggestion(key.text, keys)}"
        why = "the Jobs API refuses a dependency on a task that the job does not have"
        help = f"- task_key: {near}" if near else "depends_on: [{task_key: …}]"
        yield Flaw(key.place, "unknown-dependency", what, why, help, key.text, near, task.key)


def _entry_point(project: Project, task: Task) -> Iterator[Flaw]:
    """An entry point that the project's own wheel does not have; of other wheels nothing is known."""
    if task.kind != "python_wheel_task" or task.entry_point is None or "${" in "".join(task.entry_point):
        return
    package, name = task.entry_point
    own = _own_package(project, package)
    if own is None or own.scripts is None or name in own.scripts or _may_define(project, own, package, name):
        return
    near = nearest(name, own.scripts)
    node = at(task.node, "python_wheel_task", "entry_point")
    hint = f"; {suggestion(name, own.scripts)}" if own.scripts else "; it has none"
    yield Flaw(
        node.place if node is not None else task.place,
        "entry-point",
        f"the wheel `{package}` has no entry point `{name}`{hint}",
        f"the task fails: neither an entry point of the package's metadata, nor a function `{name}` of its module",
        f"entry_point: {near}" if near else f'[project.scripts] {name} = "{_module(package)}.…:main"',
        name,
        near,
        task.key,
    )


def _own_package(project: Project, package: str) -> OwnPackage | None:
    """The one package of the project that has a name, where all that describes it was read."""
    wanted = re.sub(r"[-_.]+", "-", package).lower()
    found = [one for one in project.packages if one.name == wanted]
    if len(found) != 1 or f"{found[0].folder}/setup.cfg".lstrip("/") in project.files:
        return None
    return found[0]


def _may_define(project: Project, own: OwnPackage, package: str, name: str) -> bool:
    """Whether the package's module may have a function of the name, which a task may run too."""
    for below in ("", "src/"):
        path = f"{own.folder}/{below}{_module(package)}/__init__.py".lstrip("/")
        code = project.code.get(path)
        if code is not None:
            return bool(re.search(rf"\b{re.escape(name)}\b|\*|__getattr__", code.text))
    return True  # where the module is, is not known


def _module(package: str) -> str:
    return package.replace("-", "_")
