"""What a list of requirements comes to: with the files that it names, and the project's own packages and theirs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from mlcheck.project.model import Environment, NamedFile, NotUnderstood, OwnPackage, Project, Requirement
from mlcheck.project.place import Place

# Where a bundle's files are put, as paths in it say.
_DEPLOYED = re.compile(r"(?:/Workspace/?)?\$\{workspace\.(?:file_path\}|root_path\}/files)(?:/|\Z)")
_BUILT = ("dist", ".build", "build", "whl", "wheels")
_EXACT = re.compile(r"={2,3}\s*([^*\s]+)")
_MOST, _DEEPEST = 4_000, 40  # requirements of one environment, and files that name files


@dataclass(slots=True)
class _Gathering:
    """What an environment has come to so far."""

    files: Mapping[str, Environment]
    packages: Sequence[OwnPackage]
    roots: Mapping[str, str]  # the bundle's root, by its YAML files
    requirements: list[Requirement] = field(default_factory=list)
    missing: list[NotUnderstood] = field(default_factory=list)
    constraints: dict[str, Requirement] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    depth: int = 0  # of files that name files

    def take(self, environment: Environment) -> None:
        self.missing += environment.not_understood
        if self.depth > _DEEPEST or len(self.requirements) + len(environment.requirements) > _MOST:
            self.missing.append(NotUnderstood(Place(environment.path, 1), "more requirements than are followed"))
            return
        self.depth += 1
        self._take(environment)
        self.depth -= 1

    def _take(self, environment: Environment) -> None:
        for requirement in environment.requirements:
            self.requirements.append(requirement)
            package = own_package(requirement, self.packages, self.roots)
            if package is not None:
                self._package(package, requirement)
        for named in environment.includes:
            self._file(environment, named)

    def _package(self, package: OwnPackage, asked: Requirement) -> None:
        for extra in asked.extras:
            if extra in package.extras and f"{package.path}[{extra}]" not in self.seen:
                self.seen.add(f"{package.path}[{extra}]")
                self.take(package.extras[extra])
        if package.path not in self.seen:
            self.seen.add(package.path)
            if package.requirements is not None:
                self.take(package.requirements)

    def _file(self, holder: Environment, named: NamedFile) -> None:
        path = beside(holder.path, named.path)
        found = self.files.get(path) if path is not None else None
        if found is None and (deployed := deployed_path(named.path, named.place.path, self.roots)) is not None:
            found = self.files.get(deployed)
        if found is None:
            known_later = "$" in named.path or "{" in named.path
            why = "is known only when it runs" if known_later else "is not in the project"
            self.missing.append(NotUnderstood(named.place, f"the requirements file {named.path} {why}"))
        elif found.path not in self.seen:
            self.seen.add(found.path)
            if named.constraint:
                self.constraints |= {one.name: one for one in found.requirements if one.name and one.pinned}
                self.missing += found.not_understood
            else:
                self.take(found)


def with_includes(
    environment: Environment,
    files: Mapping[str, Environment],
    packages: Sequence[OwnPackage] = (),
    roots: Mapping[str, str] | None = None,
) -> Environment:
    """The environment with the requirements of the files and own packages that it names, and theirs.

    A requirement that a constraints file pins counts as pinned. A file that is
    not in the project is in `not_understood`.
    """
    gathering = _Gathering(files, packages, roots or {})
    gathering.take(environment)
    return replace(
        environment,
        requirements=tuple(_constrained(gathering.requirements, gathering.constraints)),
        not_understood=tuple(dict.fromkeys(gathering.missing)),
        includes=(),
    )


def whole(environment: Environment, project: Project) -> Environment:
    """All that a project's environment comes to."""
    return with_includes(environment, project.environments, project.packages, _roots(project))


def package_of(requirement: Requirement, project: Project) -> OwnPackage | None:
    """The project's own package that a requirement installs, or None."""
    return own_package(requirement, project.packages, _roots(project)) if requirement.target else None


def _roots(project: Project) -> dict[str, str]:
    return {path: bundle.root for bundle in project.bundles for path in bundle.files}


def _constrained(requirements: Iterable[Requirement], constraints: Mapping[str, Requirement]) -> Iterator[Requirement]:
    for one in requirements:
        held = constraints.get(one.name or "")
        yield replace(one, pinned=True, specifier=_joined(one.specifier, held.specifier)) if held else one


def _joined(first: str, second: str) -> str:
    return ",".join(part for part in (first, second) if part)


def exact(specifier: str) -> Version | None:
    """The one version that a specifier allows, None where it allows several or none is known."""
    parts = specifier.split(",")
    for part in parts:
        match = _EXACT.fullmatch(part.strip())
        if match:
            try:
                return Version(match.group(1))
            except InvalidVersion:
                return None
    return None


def satisfies(installed: str, wanted: str) -> bool:
    """Whether the one version that is installed surely fits what is wanted; with none wanted any does."""
    if not wanted:
        return True
    version = exact(installed)
    return version is not None and version in SpecifierSet(wanted, prereleases=True)


def disjoint(one: str, other: str) -> bool:
    """Whether no version fits both specifiers, as far as it can be told: one of them is an exact version."""
    first, second = exact(one), exact(other)
    if first is not None and second is not None:
        return first != second
    if first is not None:
        return not SpecifierSet(other).contains(first, prereleases=True)
    return second is not None and not SpecifierSet(one).contains(second, prereleases=True)


# --- packages of the project ----------------------------------------------------


def own_package(
    requirement: Requirement, packages: Sequence[OwnPackage], roots: Mapping[str, str]
) -> OwnPackage | None:
    """The project's own package that a path or a wheel's name means, or None."""
    target = requirement.target
    if target is None or not packages:
        return None
    if target.endswith(".whl"):
        named = [one for one in packages if one.name and one.name == requirement.name]
        if len(named) == 1:
            return named[0]
        if "*" not in target.rpartition("/")[2] and requirement.name is not None:
            return None
    folder = deployed_path(target, requirement.place.path, roots)
    if folder is None:
        folder = beside(requirement.place.path, target)
    return None if folder is None else _in_folder(folder, packages, target.endswith(".whl"))


def _in_folder(path: str, packages: Sequence[OwnPackage], wheel: bool) -> OwnPackage | None:
    folder = path
    if wheel:
        folder = posixpath.dirname(path)
        while folder and posixpath.basename(folder) in _BUILT:
            folder = posixpath.dirname(folder)
    found = [one for one in packages if one.folder == folder]
    return found[0] if len(found) == 1 else None


def deployed_path(text: str, holder: str, roots: Mapping[str, str]) -> str | None:
    """The project's path of a file that a bundle deploys, from `${workspace.file_path}/…`."""
    match = _DEPLOYED.match(text)
    root = roots.get(holder)
    if match is None or root is None:
        return None
    return beside(f"{root}/x" if root else "x", text[match.end() :] or ".")


def beside(holder: str, path: str) -> str | None:
    """A path written in a file, as one of the project, or None where it is out of it."""
    if path.startswith(("/", "~")) or "://" in path:
        return None
    parts: list[str] = []
    for part in (*PurePosixPath(holder).parent.parts, *path.split("/")):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
