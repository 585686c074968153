"""Entry points: what runs, who runs it, and with which parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.deployed import REFERENCE
from mlcheck.flow.facts import Caller
from mlcheck.flow.modules import notebook_candidates
from mlcheck.flow.values import Hole, Text, Value, text_of
from mlcheck.project.model import Code, Project, Task
from mlcheck.project.place import Place
from mlcheck.project.suites import is_test

_MAIN = re.compile(r"^if\s+__name__\s*==|^if\s+[\"']__main__[\"']\s*==", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A file that something runs, with one tuple of parameters and all who give it."""

    path: str
    kind: Literal["notebook", "script", "wheel"]
    function: str | None
    parameters: tuple[tuple[str, Value], ...]
    arguments: tuple[Value, ...] | None
    callers: tuple[Caller, ...]


def entry_points(project: Project) -> list[EntryPoint]:
    """Every entry point of the project, one for each distinct tuple of parameters.

    A notebook or guarded script that no task runs is one too, with no caller;
    a notebook that only `%run` reaches is not, nor is a test suite.
    """
    merged: dict[tuple[object, ...], EntryPoint] = {}
    for entry in _called(project):
        key = (entry.path, entry.function, entry.parameters, entry.arguments)
        known = merged.get(key)
        callers = (*known.callers, *entry.callers) if known else entry.callers
        merged[key] = EntryPoint(entry.path, entry.kind, entry.function, entry.parameters, entry.arguments, callers)
    entries = list(merged.values())
    called = {entry.path for entry in entries}
    helpers = _run_by_others(project)
    for path, code in project.code.items():
        if path not in called and path not in helpers and _starts(code):
            kind: Literal["notebook", "script"] = "notebook" if code.kind == "notebook" else "script"
            entries.append(EntryPoint(path, kind, None, (), None, ()))
    return sorted(entries, key=lambda entry: (entry.path, str(entry.parameters)))


def _starts(code: Code) -> bool:
    """Whether a file runs by itself: a notebook with Python in it or magics, or a guarded script."""
    if code.kind == "notebook":
        return code.language == "python" or bool(code.text.strip()) or any(m.kind == "run" for m in code.magics)
    return _MAIN.search(code.text) is not None and not is_test(code)


def _called(project: Project) -> Iterator[EntryPoint]:
    for bundle in project.bundles:
        for target in bundle.targets:
            for job in target.jobs:
                for task in job.tasks:
                    entry = _of_task(project, task, Caller(target.name, job, task, bundle))
                    if entry is not None:
                        yield entry


def _of_task(project: Project, task: Task, caller: Caller) -> EntryPoint | None:
    if task.entry_point is not None:
        script = project.script(task.entry_point)
        if script is None:
            return None
        return EntryPoint(script[0], "wheel", script[1], (), _arguments(task), (caller,))
    code = project.code.get(task.file) if task.file else None
    if code is None:
        return None
    if task.kind == "spark_python_task":
        return EntryPoint(code.path, "script", None, (), _arguments(task), (caller,))
    parameters = tuple((one.name, template(one.value, one.place)) for one in task.parameters)
    return EntryPoint(code.path, "notebook", None, parameters, None, (caller,))


def _arguments(task: Task) -> tuple[Value, ...]:
    named = tuple(template(f"--{one.name}={one.value}", one.place) for one in task.parameters if one.value is not None)
    if task.arguments is None:
        return named
    return tuple(template(one, task.place) for one in task.arguments)


def template(text: str | None, place: Place) -> Value:
    """A bundle's string as a value: what only a run resolves is a hole."""
    if text is None:
        return Text((Hole("parameter", "a value that is not a string", place),))
    parts: list[str | Hole] = []
    end = 0
    for match in REFERENCE.finditer(text):
        user = "current_user" in match.group()
        parts += [text[end : match.start()], Hole("user" if user else "parameter", match.group(), place)]
        end = match.end()
    parts.append(text[end:])
    return text_of(parts)


def _run_by_others(project: Project) -> frozenset[str]:
    """Notebooks that others take in by `%run`: they run within those."""
    helpers: set[str] = set()
    for code in project.code.values():
        for magic in code.magics:
            if magic.kind == "run":
                for candidate in notebook_candidates(code.path, magic.argument):
                    if candidate in project.code and candidate != code.path:
                        helpers.add(candidate)
                        break
    return frozenset(helpers)
