"""Requirements files that something names by `-r` or `-c`, whatever they are called: which are there, which are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlcheck.project.environment import parse_pip
from mlcheck.project.installed import beside
from mlcheck.project.model import Bundle, Code, Environment, NamedFile, Project
from mlcheck.project.tree import LeftOut

_TEXT = (".txt", ".in", ".pip", ".lock")


def named_requirements(
    code: Mapping[str, Code], bundles: Iterable[Bundle], environments: Mapping[str, Environment], files: Iterable[str]
) -> Iterator[str]:
    """The project's files that installs name, and that were not read by their own name."""
    there = frozenset(files)
    for environment in _environments(code, bundles, environments):
        for named in environment.includes:
            path = beside(environment.path, named.path)
            if path in there and path not in environments and path.endswith(_TEXT):
                yield path


def _environments(
    code: Mapping[str, Code], bundles: Iterable[Bundle], environments: Mapping[str, Environment]
) -> Iterator[Environment]:
    yield from environments.values()
    for one in code.values():
        for magic in one.magics:
            if magic.kind == "pip" and ("-r" in magic.argument or "-c" in magic.argument):
                yield parse_pip(magic.argument, magic.place)
    for bundle in bundles:
        for target in bundle.targets:
            for job in target.jobs:
                yield from (task.libraries for task in job.tasks if task.libraries is not None)


def surely_missing(named: NamedFile, project: Project) -> str | None:
    """The path that a name means, where no file of the project is there and none can have been left out."""
    if any(letter in named.path for letter in "${*~") or named.path.startswith("/"):
        return None
    path = beside(named.place.path, named.path)
    if path is None or path in project.files or any(_covers(one, path) for one in project.left_out):
        return None
    return path


def _covers(left_out: LeftOut, path: str) -> bool:
    folder = left_out.path.rstrip("/")
    return path == folder or path.startswith(f"{folder}/")
