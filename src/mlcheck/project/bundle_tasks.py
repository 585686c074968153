"""The tasks of a job: what each runs, with which parameters, in which environment."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.project.bundle_environments import BundleEnvironments
from mlcheck.project.bundle_merge import with_value
from mlcheck.project.bundle_paths import NOTEBOOK_SUFFIXES, Located, Paths
from mlcheck.project.bundle_references import written
from mlcheck.project.model import BundleProblem, Parameter, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

# Where each kind of task names a file of ours, and which suffixes may be left off.
_FILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "notebook_task": (("notebook_path",), NOTEBOOK_SUFFIXES),
    "spark_python_task": (("python_file",), ()),
    "sql_task": (("file", "path"), ()),
}
# Kinds that take parameters by name, so that the job's own reach them.
_BY_NAME = {"notebook_task": "base_parameters", "python_wheel_task": "named_parameters", "sql_task": "parameters"}


@dataclass(slots=True)
class JobContext:
    """What a job's tasks share, and what is wrong with them."""

    paths: Paths
    folder: str  # of the file that defines the job
    git_source: bool
    parameters: tuple[Parameter, ...]
    environments: BundleEnvironments
    problems: list[BundleProblem]
    complete: bool = True

    def problem(self, place: Place, what: str) -> None:
        self.problems.append(BundleProblem(place, what))
        self.complete = False


def read_tasks(node: YamlNode | None, job: JobContext) -> tuple[Task, ...]:
    """The tasks of a job's list, an inner task after the loop that runs it."""
    if node is None:
        return ()
    if not isinstance(node, YamlList):
        if isinstance(node, YamlScalar) and (node.value is None or "${" in node.text):
            job.complete = job.complete and node.value is None
        else:
            job.problem(node.place, "`tasks` is not a list")
        return ()
    return tuple(task for element in node for task in _task(element, job, ()))


def _task(element: YamlNode, job: JobContext, outer: tuple[str, ...]) -> Iterator[Task]:
    if not isinstance(element, YamlMap):
        if isinstance(element, YamlScalar) and "${" in element.text:
            job.complete = False
        else:
            job.problem(element.place, "a task is not a mapping")
        return
    key = _text(element.get("task_key"))
    if key is None:
        job.problem(element.place, "a task without a `task_key`")
    kinds = [name.text for name, _ in element.entries if name.text.endswith("_task")]
    kind = kinds[0] if kinds else ""
    body = element.get(kind) if kind else None
    depends = (*outer, *_depends_on(element.get("depends_on"), job))
    yield _read(element, key or "", kind, body if isinstance(body, YamlMap) else None, depends, job)
    if kind and not isinstance(body, YamlMap):
        _wrong_shape(kind, body, job)
    inner = body.get("task") if kind == "for_each_task" and isinstance(body, YamlMap) else None
    if inner is not None:
        yield from _task(inner, job, depends)


def _wrong_shape(kind: str, body: YamlNode | None, job: JobContext) -> None:
    if isinstance(body, YamlScalar) and "${" in body.text:
        job.complete = False
    elif body is not None:
        job.problem(body.place, f"`{kind}` is not a mapping")


def _read(
    element: YamlMap, key: str, kind: str, body: YamlMap | None, depends: tuple[str, ...], job: JobContext
) -> Task:
    from_git = _from_git(body, job)
    located, file_place = _file(kind, body, job)
    if located is not None and file_place is not None and not from_git:
        job.problems += _path_problems(located, file_place, job)
    by_name, name_complete = _named(kind, body)
    arguments, argument_complete = _arguments(kind, body)
    key_node = element.key("task_key") or element
    return Task(
        key=key,
        kind=kind,
        place=key_node.place,
        node=element,
        file=located.file if located and not from_git else None,
        file_given=located.given if located else None,
        file_place=file_place,
        git_source=from_git,
        parameters=_pushed_down(by_name, job.parameters, kind, body),
        arguments=arguments,
        entry_point=_entry_point(body) if kind == "python_wheel_task" else None,
        depends_on=depends,
        libraries=job.environments.of_task(_with_symbolic_libraries(element, job.paths)),
        timeout=whole_number(element.get("timeout_seconds")),
        parameters_complete=name_complete and argument_complete and not _may_be_pushed_down(kind, body, job),
        missing=bool(located and located.missing and not from_git),
    )


def _with_symbolic_libraries(element: YamlMap, paths: Paths) -> YamlMap:
    libraries = element.get("libraries")
    return element if libraries is None else with_value(element, "libraries", paths.symbolic(libraries))


def _from_git(body: YamlMap | None, job: JobContext) -> bool:
    source = (_text(body.get("source")) if body is not None else None) or ""
    return source.upper() == "GIT" or (job.git_source and source.upper() != "WORKSPACE")


def _file(kind: str, body: YamlMap | None, job: JobContext) -> tuple[Located | None, Place | None]:
    steps, suffixes = _FILES.get(kind, ((), ()))
    node: YamlNode | None = body
    for step in steps:
        node = node.get(step) if isinstance(node, YamlMap) else None
    if not steps or not isinstance(node, YamlScalar) or node.value is None:
        return None, None
    return job.paths.locate(node, job.folder, suffixes), node.place


def _path_problems(located: Located, place: Place, job: JobContext) -> Iterator[BundleProblem]:
    """What the CLI refuses of a path, beside a file that isn't there."""
    given = located.given
    if located.fallback:
        right = posixpath.relpath(located.file or given, posixpath.dirname(place.path) or ".")
        what = f"{given} is relative to the file that defines the job, and not to this one"
        error = (
            f"path {given} is defined relative to the {job.folder} directory. Please update the path to be relative "
            "to the file where it is defined or use earlier version of CLI (0.261.0 or earlier)."
        )
        yield BundleProblem(place, what, "path", error, right, given, right)
    elif located.outside:
        error = f"path {given} is not contained in sync root path"
        what = f"{given} lies outside of what the bundle deploys"
        yield BundleProblem(place, what, "path", error, "sync: {paths: [., …]}", given)


def _named(kind: str, body: YamlMap | None) -> tuple[tuple[Parameter, ...], bool]:
    """Parameters given by name, and whether they could all be read."""
    node = body.get(_BY_NAME[kind]) if body is not None and kind in _BY_NAME else None
    if node is None or (isinstance(node, YamlScalar) and node.value is None):
        return (), True
    if not isinstance(node, YamlMap):
        return (), False
    return tuple(
        Parameter(key.text, written(value) if isinstance(value, YamlScalar) else None, key.place)
        for key, value in node.entries
    ), True


def _pushed_down(
    own: tuple[Parameter, ...], jobs: tuple[Parameter, ...], kind: str, body: YamlMap | None
) -> tuple[Parameter, ...]:
    """A task's parameters with the job's, which win where both give one name."""
    takes = kind in ("notebook_task", "sql_task") or (
        kind == "python_wheel_task" and body is not None and body.get("parameters") is None
    )
    if not takes:
        return own
    names = {parameter.name for parameter in jobs}
    return (*(parameter for parameter in own if parameter.name not in names), *jobs)


def _may_be_pushed_down(kind: str, body: YamlMap | None, job: JobContext) -> bool:
    """Whether it is not known that the job's parameters reach a wheel: they do where it takes them by name."""
    bare = body is None or (body.get("named_parameters") is None and body.get("parameters") is None)
    return kind == "python_wheel_task" and bare and bool(job.parameters)


def _arguments(kind: str, body: YamlMap | None) -> tuple[tuple[str, ...] | None, bool]:
    """The list of arguments of a task that takes one, and whether it could be read."""
    listed = kind == "python_wheel_task" or kind not in _BY_NAME
    node = body.get("parameters") if body is not None and listed else None
    if node is None or (isinstance(node, YamlScalar) and node.value is None):
        return None, True
    if not isinstance(node, YamlList) or not all(isinstance(item, YamlScalar) for item in node):
        return None, False
    return tuple(written(item) for item in node if isinstance(item, YamlScalar)), True


def _entry_point(body: YamlMap | None) -> tuple[str, str] | None:
    if body is None:
        return None
    package, entry = _text(body.get("package_name")), _text(body.get("entry_point"))
    return (package, entry) if package and entry else None


def _depends_on(node: YamlNode | None, job: JobContext) -> Iterator[str]:
    if node is None or (isinstance(node, YamlScalar) and node.value is None):
        return
    if not isinstance(node, YamlList):
        job.problem(node.place, "`depends_on` is not a list")
        return
    for element in node:
        key = _text(element.get("task_key")) if isinstance(element, YamlMap) else None
        if key is None:
            job.problem(element.place, "an entry of `depends_on` has no `task_key`")
        else:
            yield key


def whole_number(node: YamlNode | None) -> int | None:
    """A number of seconds, or None where it is absent, unresolved or no whole number."""
    if not isinstance(node, YamlScalar) or isinstance(node.value, bool):
        return None
    if isinstance(node.value, int):
        return node.value
    return int(node.text) if node.text.isascii() and node.text.isdigit() and len(node.text) < 12 else None


def read_job_parameters(node: YamlNode | None) -> tuple[tuple[Parameter, ...], bool]:
    """The parameters that a job declares, and whether they could all be read."""
    if node is None or (isinstance(node, YamlScalar) and node.value is None):
        return (), True
    if not isinstance(node, YamlList):
        return (), False
    found: list[Parameter] = []
    for element in node:
        name = _text(element.get("name")) if isinstance(element, YamlMap) else None
        if name is None or not isinstance(element, YamlMap):
            return tuple(found), False
        default = element.get("default")
        place = (element.key("name") or element).place
        found.append(Parameter(name, written(default) if isinstance(default, YamlScalar) else None, place))
    return tuple(found), True


def _text(node: YamlNode | None) -> str | None:
    return node.text if isinstance(node, YamlScalar) and node.value is not None else None
