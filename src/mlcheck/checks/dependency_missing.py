"""An import that nothing in the task's environment brings.

What a task has is its runtime (or serverless environment version), its
libraries or environment, what the project's wheel requires, and what the code
itself installs before the import. Only an import that surely runs counts: not
one under `try` or a condition. It is missing where all of that is known, down
to what the packages bring with them; where the runtime, a package or the
import's own package is not known, that is said instead.

Breaks with: ModuleNotFoundError: No module named 'xgboost'
Breaks with: ERROR: Could not open requirements file: [Errno 2] No such file or directory
Source: what runtimes ship: knowledge/runtimes.json; imports and what packages require: knowledge/distributions.json.

Fix: %pip install xgboost==3.0.2
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.job_instances import job_of
from mlcheck.flow.environments import Held, environments_of
from mlcheck.flow.facts import EntryFacts, Facts, Installed
from mlcheck.flow.imports import Import, imports_of
from mlcheck.project.model import NamedFile
from mlcheck.project.named_files import surely_missing

NAME = "dependency-missing"
_MOST_NAMED = 6
_PYTHON_TASKS = frozenset({"notebook_task", "spark_python_task", "python_wheel_task"})


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        if entry.role is None and not entry.callers:
            continue
        instance = job_of(entry)
        for place, why in facts.unfollowed(entry, frozenset()):
            yield Unknown(NAME, why, place, None, instance)
        yield from _files(facts, entry, instance)
        for held in environments_of(facts, entry):
            yield from _task(entry, held, instance, list(imports_of(facts, entry, held)))
    yield from _other_tasks(facts)


def _files(facts: Facts, entry: EntryFacts, instance: Instance | None) -> Iterator[Verdict]:
    """Requirements files that a notebook installs, and that are not there."""
    for installed in entry.of(Installed):
        for named in installed.environment.includes:
            path = surely_missing(named, facts.project) if named.place.path == entry.path else None
            if path is None:
                continue
            if _may_be_written(facts, entry, path):
                why = f"`{named.path}` is not in the project, and the notebook may write it"
                yield Unknown(NAME, why, named.place, None, instance)
            else:
                yield _no_file(facts, entry, instance, named, path)


def _may_be_written(facts: Facts, entry: EntryFacts, path: str) -> bool:
    """Whether code that runs names the file elsewhere than in installs."""
    name = posixpath.basename(path)
    codes = [facts.code(one) for one in entry.reached]
    mentions = sum(code.text.count(name) for code in codes if code is not None)
    installs = sum(
        magic.argument.count(name) for code in codes if code is not None for magic in code.magics if magic.kind == "pip"
    )
    return mentions > installs or any(
        name in magic.argument for code in codes if code is not None for magic in code.magics if magic.kind == "sh"
    )


def _no_file(facts: Facts, entry: EntryFacts, instance: Instance | None, named: NamedFile, path: str) -> Finding:
    name = posixpath.basename(path)
    same = sorted(one for one in facts.project.environments if posixpath.basename(one) == name)
    near = same[0] if same else None
    where = posixpath.relpath(near, posixpath.dirname(entry.path) or ".") if near else ""
    hint = f"; `{where}` is" if where else ""
    return Finding(
        NAME,
        "error",
        named.place,
        f"the requirements file `{named.path}` is not there{hint}",
        f"ERROR: Could not open requirements file: [Errno 2] No such file or directory: '{named.path}'",
        f"%pip install -r {where or named.path}",
        {"file": path, "kind": "file"},
        entry.role,
        instance,
        entry.targets,
    )


def _other_tasks(facts: Facts) -> Iterator[Verdict]:
    """Tasks whose code was not looked at: another kind than Python, or not found."""
    looked_at = {(caller.target, id(caller.task)) for entry in facts.entries for caller in entry.callers}
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        instance = Instance("job", names[bundle.path, job.key])
        for task in job.tasks:
            if (target.name, id(task)) in looked_at:
                continue
            if task.kind in _PYTHON_TASKS:
                why = f"what task `{task.key}` runs was not found, so what it imports is not known"
                yield Unknown(NAME, why, task.place, None, instance)
            elif task.kind:
                yield Seen(NAME, task.place, f"a `{task.kind}` imports nothing of the project's", None, instance)


def _task(entry: EntryFacts, held: Held, instance: Instance | None, imports: Sequence[Import]) -> Iterator[Verdict]:
    for one in imports:
        if one.state == "missing":
            yield _missing(entry, held, instance, one)
    unknown: dict[str, list[Import]] = {}
    for one in imports:
        if one.state == "unknown":
            unknown.setdefault(one.why if one.package else "", []).append(one)
    for why, lost in unknown.items():
        yield Unknown(NAME, _lost(why, lost), lost[0].place, None, instance)
    there = [one for one in imports if one.state == "there"]
    if there:
        where = held.runtime.name if held.runtime is not None else "what is installed"
        note = f"{len(there)} import{'s' if len(there) > 1 else ''} found: {where}, and what is installed on it"
        yield Seen(NAME, there[0].place, note, None, instance)
    elif not imports:
        yield Seen(NAME, entry.place, "nothing is imported but Python's own and the project's", None, instance)


def _lost(why: str, lost: Sequence[Import]) -> str:
    """One sentence for imports that are not known for one reason."""
    named = ", ".join(f"`{one.module}`" for one in lost[:_MOST_NAMED])
    more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    return f"{named}{more}: {why}" if why else f"which packages bring {named}{more} is not known"


def _missing(entry: EntryFacts, held: Held, instance: Instance | None, one: Import) -> Finding:
    assert held.runtime is not None
    task = f"task `{held.task}`"
    if not one.package:
        message = f"`{one.module}` is no longer in Python {held.runtime.python}, which {task} runs on"
        help_ = f"a successor of `{one.module}`, as Python 3.12's release notes name them"
    elif one.later:
        message = f"`{one.module}` is imported before the install that brings `{one.package}`"
        help_ = f"%pip install {one.package}==<version>  # in the first cell"
    else:
        message = f"`{one.module}` is imported, and {task} has no `{one.package}`: not in {held.runtime.name}"
        help_ = _install(entry, held, one)
    related = ((held.place, f"{task}: {held.runtime.name}"),) if held.place is not None else ()
    return Finding(
        NAME,
        "error",
        one.place,
        message,
        f"ModuleNotFoundError: No module named '{one.module}'",
        help_,
        {"module": one.module, "package": one.package},
        entry.role,
        instance,
        (held.caller.target,) if held.caller is not None and held.caller.target else entry.targets,
        related,
    )


def _install(entry: EntryFacts, held: Held, one: Import) -> str:
    pin = f"{one.package}==<the version that you tested>"
    if entry.kind == "notebook":
        return f"%pip install {pin}"
    if entry.kind == "wheel":
        return f'dependencies = ["{pin}"]  # in pyproject.toml'
    if held.compute is not None and held.compute.kind == "serverless":
        return f"dependencies:\n  - {pin}"
    return f"libraries:\n  - pypi: {{package: {pin}}}"


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
          spark_python_task: {python_file: ./train.py}
          environment_key: ml
      environments:
        - environment_key: ml
          spec:
            environment_version: "3"
            dependencies: [mlflow==3.1.4]
# file: train.py
import mlflow
import xgboost  # error: [dependency-missing] `xgboost` is imported, and task `train` has no `xgboost`
xgboost.XGBClassifier().fit(X, y)
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          spark_python_task: {python_file: ./train.py}
          environment_key: ml
      environments:
        - environment_key: ml
          spec:
            environment_version: "3"
            dependencies: [mlflow==3.1.4, xgboost==3.0.2]
# file: train.py
import mlflow
import xgboost
xgboost.XGBClassifier().fit(X, y)
""",
    mentions=(),
)
