"""Files that models and tasks are to take along (`code_paths`, wheels): in the project, built from it, or neither.

Source: mlflow 3.17, executed: a path that can't be copied raises, and so does a string instead of a list.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import Literal

from packaging.utils import canonicalize_name

from mlcheck.flow.facts import EntryFacts, Facts, Installed
from mlcheck.flow.folders import project_path
from mlcheck.flow.values import Const, ListValue, Text, Top, Value, options_of, parts_of, shown
from mlcheck.printable import nearest
from mlcheck.project.installed import beside, deployed_path
from mlcheck.project.model import Bundle, OwnPackage, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlMap, at

_LIKE = 0.75
_MAKES = re.compile(r"open\(|write|copy|mkdir|makedirs|touch|download|build|git clone", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShippedPath:
    """A path that is taken along: found, missing (`near` is like it), not a list, or not known."""

    place: Place
    written: str
    state: Literal["found", "missing", "not-a-list", "unknown"]
    why: str
    wheel: bool = False
    near: str | None = None


def model_paths(facts: Facts, entry: EntryFacts) -> Iterator[ShippedPath]:
    """`code_paths` of the models that an entry point logs or saves."""
    for call in entry.calls("log_model", "save_model"):
        given = call.argument("code_paths") or call.argument("code_path")
        if given is None:
            continue
        for option in options_of(given):
            yield from _of_argument(facts, entry, option, call.place)


def _of_argument(facts: Facts, entry: EntryFacts, given: Value, place: Place) -> Iterator[ShippedPath]:
    match given:
        case Const(value=None):
            return
        case Const(value=str(text)):
            why = "TypeError: Argument code_paths should be a list, not <class 'str'>"
            yield ShippedPath(place, text, "not-a-list", why)
        case ListValue(items=items, open=is_open):
            for item in items:
                for option in options_of(item):
                    yield _model_path(facts, entry, option, place)
            if is_open:
                yield ShippedPath(place, "…", "unknown", "paths that are not known are among the model's code")
        case _:
            yield ShippedPath(place, "…", "unknown", "the paths of the model's code are not known")


def _model_path(facts: Facts, entry: EntryFacts, given: Value, place: Place) -> ShippedPath:
    written = shown(given) if isinstance(given, (Const, Text)) else "…"
    folder = posixpath.dirname(entry.path) if entry.kind != "wheel" else None
    if isinstance(given, Top) or not isinstance(given, (Const, Text)):
        return ShippedPath(place, written, "unknown", "a path of the model's code is not known")
    if written.endswith(".whl"):
        text = "".join(part if isinstance(part, str) else "*" for part in parts_of(given))
        path = None if text.startswith(("/", "*")) or folder is None else beside(f"{folder}/x" if folder else "x", text)
        return _wheel(facts, path, written, place, built=False)
    known = project_path(given, folder)
    if known is None:
        return ShippedPath(place, written, "unknown", f"`{written}` is not a path of this project, as far as is known")
    if _exists(facts, known):
        return ShippedPath(place, written, "found", f"`{written}` is {known or 'the root'} of the project")
    why = _may_be_made(facts, entry, known)
    if why:
        return ShippedPath(place, written, "unknown", f"`{written}` is not in the project, and {why}")
    near = nearest(posixpath.basename(known), _names(facts, posixpath.dirname(known)))
    return ShippedPath(place, written, "missing", f"{known} is not in the project", False, near)


def _exists(facts: Facts, path: str) -> bool:
    return not path or any(one == path or one.startswith(f"{path}/") for one in facts.project.files)


def _names(facts: Facts, folder: str) -> list[str]:
    start = f"{folder}/" if folder else ""
    inside = {one.removeprefix(start).partition("/")[0] for one in facts.project.files if one.startswith(start)}
    return sorted(inside)


def _may_be_made(facts: Facts, entry: EntryFacts, path: str) -> str:
    """Why a path that isn't there may be made before it is taken: by the code itself, or beside git."""
    ignored = next(
        (one.path for one in facts.project.left_out if f"{path}/".startswith(f"{one.path.rstrip('/')}/")), None
    )
    if ignored is not None:
        return f"{ignored} was left out"
    name = posixpath.basename(path)
    for reached in sorted(entry.reached):
        code = facts.code(reached)
        if code is None or (name not in code.text and not any(name in magic.argument for magic in code.magics)):
            continue
        if any(name in magic.argument for magic in code.magics):
            return "a magic may make it"
        if any(name in line and _MAKES.search(line) for line in code.lines.text_lines):
            return "the code may make it"
    return ""


# --- wheels


def task_wheels(facts: Facts) -> Iterator[tuple[str, Task, ShippedPath]]:
    """The local wheels among the tasks' libraries, with the target and the task."""
    for bundle, target, job in facts.jobs():
        for task in job.tasks:
            for requirement in task.libraries.requirements if task.libraries is not None else ():
                given = requirement.target or ""
                if given.endswith(".whl"):
                    roots = dict.fromkeys(bundle.files, bundle.root)
                    holder = requirement.place.path
                    path = deployed_path(given, holder, roots) or beside(holder, given)
                    built = _builds_wheels(bundle, target)
                    yield target.name, task, _wheel(facts, path, given, requirement.place, built=built)


def notebook_wheels(facts: Facts, entry: EntryFacts) -> Iterator[ShippedPath]:
    """The local wheels that an entry point installs itself."""
    for installed in entry.of(Installed):
        for requirement in installed.environment.requirements:
            given = requirement.target or ""
            if given.endswith(".whl"):
                yield _wheel(facts, beside(installed.place.path, given), given, installed.place, built=False)


def _builds_wheels(bundle: Bundle, target: Target) -> bool:
    """Whether the bundle builds wheels when it is deployed."""
    artifacts = at(target.config, "artifacts")
    return isinstance(artifacts, YamlMap)


def _wheel(facts: Facts, path: str | None, written: str, place: Place, *, built: bool) -> ShippedPath:
    if path is None or "$" in path or "{" in path:
        return ShippedPath(place, written, "unknown", f"whether `{written}` is there is not known", True)
    if any(fnmatchcase(one, path) for one in facts.project.files):
        return ShippedPath(place, written, "found", f"`{written}` is in the project", True)
    name = canonicalize_name(re.split(r"-(?=[\d*{])|\.whl\Z|(?<=.)\*", posixpath.basename(path))[0])
    own = _builder(facts, path, name)
    if own is not None and (built or _detected(facts, own)):
        return ShippedPath(place, written, "found", f"`{written}` is built from {own.path}", True)
    if own is not None:
        why = f"`{written}` is not in the project; whether it is built from {own.path}, and deployed, is not known"
        return ShippedPath(place, written, "unknown", why, True)
    near = _like(facts, name)
    if near is not None:
        why = f"no package of this project builds `{name}`; `{near}` is one"
        return ShippedPath(place, written, "missing", why, True, near)
    return ShippedPath(place, written, "unknown", f"`{written}` is not in the project, nor built from it", True)


def _builder(facts: Facts, path: str, name: str) -> OwnPackage | None:
    """The package of the project that a wheel is built from, by its name or, with a wildcard, by its folder."""
    packages = facts.project.packages
    named = next((one for one in packages if one.name and canonicalize_name(one.name) == name), None)
    if named is not None or name not in ("", "*"):
        return named
    folder = posixpath.dirname(posixpath.dirname(path))
    return next((one for one in packages if one.folder == folder), packages[0] if len(packages) == 1 else None)


def _detected(facts: Facts, own: OwnPackage) -> bool:
    """Whether the CLI builds a package without being told: a `setup.py` in a bundle's root."""
    return posixpath.basename(own.path) == "setup.py" and any(one.root == own.folder for one in facts.bundles)


def _like(facts: Facts, name: str) -> str | None:
    names = [one.name for one in facts.project.packages if one.name]
    scored = [(SequenceMatcher(None, name, canonicalize_name(one)).ratio(), one) for one in names]
    best = max(scored, default=None)
    return best[1] if best is not None and best[0] >= _LIKE and name not in ("", "*") else None
