"""What is there: the frozen values that reading a project yields, with positions. Nothing here judges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlcheck.project.place import LineMap, Place, split_lines
from mlcheck.project.tree import LeftOut
from mlcheck.project.yaml_nodes import YamlMap, YamlNode, YamlScalar

__all__ = [
    "Bundle",
    "BundleProblem",
    "Cell",
    "Code",
    "Column",
    "Environment",
    "Job",
    "LeftOut",
    "Magic",
    "NamedFile",
    "NotUnderstood",
    "OwnPackage",
    "Parameter",
    "Project",
    "Requirement",
    "Resource",
    "SavedModel",
    "Settings",
    "SignatureColumn",
    "TableSchema",
    "Target",
    "Task",
]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something that was looked at and could not be read or followed.

    `kind` is merge-marker or not-json where a notebook's file is broken as JSON.
    """

    place: Place
    what: str
    kind: str = ""


# --- code -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text lines `first` to `last` (from 1, inclusive) of its Code's text."""

    language: str  # python, sql, markdown, sh, r, scala, other; unknown: of a cell magic that is not known
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic line or cell that stands outside Python.

    `kind` is run (argument: the path as written), pip (the arguments after
    `pip`: `install -q x==1`), sql (the statement text), sh, restart (a
    `dbutils.library.restartPython` is code, not this), or other. `line` is
    where the argument starts: of a `%sql` above its statement, the statement's.
    """

    kind: str
    argument: str
    line: int  # in the Code's text, from 1
    place: Place
    parameters: tuple[tuple[str, str], ...] = ()  # of a `%run`: the widgets that it sets (`$name="value"`)


@dataclass(frozen=True, slots=True)
class Code:
    """A file of code, made one Python text: magics and other languages are comments in it.

    `text` parses as Python where every Python cell does; its lines are the
    file's own for `.py`, and mapped by `lines` for `.ipynb`. In a notebook of
    another language it holds the `%python` cells, and is empty where there are
    none; the notebook's SQL is in `magics`.
    """

    path: str
    kind: Literal["notebook", "module"]  # a Databricks notebook (source format or .ipynb), or plain
    language: Literal["python", "sql", "r", "scala"]
    text: str
    cells: tuple[Cell, ...]  # empty in a module
    magics: tuple[Magic, ...]
    lines: LineMap
    shown: tuple[str, ...] = ()  # an .ipynb's lines as written, where they differ from the text's
    of_databricks: bool = False  # an .ipynb that Databricks made; a notebook in source format always is

    @property
    def cells_passed_over(self) -> int:
        """How many cells are in languages that are not read."""
        return sum(cell.language not in ("python", "sql", "markdown") for cell in self.cells)

    def lines_around(self, place: Place, before: int, after: int) -> tuple[tuple[int, str], ...]:
        """The lines of an .ipynb at a place and around it in its cell, with the file's line numbers."""
        at = self.lines.index_of(place)
        if at is None:
            return ()
        shown, cells = self.shown or self.lines.text_lines, self.lines.cells
        near = range(max(at - before, 0), min(at + after, len(shown) - 1) + 1)
        return tuple((self.lines.lines[index], shown[index]) for index in near if cells[index] == cells[at])


# --- bundles ----------------------------------------------------------------

ROOT_FILES = ("databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml")


ProblemKind = Literal[
    "shape", "include", "variable", "reference", "target", "resource", "merge", "path", "cycle", "size", "yaml"
]


@dataclass(frozen=True, slots=True)
class BundleProblem:
    """What does not resolve in a bundle: an unknown variable, a missing include, a bad shape.

    `error` is the text that the CLI gives, where it refuses; `help` is what to
    write instead; `named` is the name that is wrong, `near` the one that was
    probably meant. `targets` are those in which it happens, none where it is
    in all of them or before any.
    """

    place: Place
    what: str
    kind: ProblemKind = "shape"
    error: str = ""
    help: str = ""
    named: str = ""
    near: str | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named parameter and its value as resolved; `${…}` and `{{…}}` left in it are unresolved."""

    name: str
    value: str | None  # None: not a scalar
    place: Place


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement as installed: `mlflow>=2`, `./dist/x.whl`, `git+https://…`.

    `name` is normalised (PEP 503), None for a path or an unnamed URL. `pinned`
    is True for `==`, `~=`, an upper bound or a URL; None where it can't be told
    (a variable or template in it). `specifier` is PEP 440's, "" where there is
    none or it is not known. `conditional`: a marker decides whether it is
    installed at all. `target` is the path of a folder or wheel, as written.
    """

    text: str
    name: str | None
    pinned: bool | None
    place: Place
    specifier: str = ""
    extras: tuple[str, ...] = ()
    conditional: bool = False
    target: str | None = None


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A requirements or constraints file that an environment names (`-r`, `-c`), as written."""

    path: str
    place: Place
    constraint: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """A source of requirements: a `%pip` line, a requirements file, a pyproject, a task's libraries.

    `includes` are further files that it names, relative to the folder of
    `path`; `mlcheck.project.environment.with_includes` takes them in.
    `upgrades`: pip was told to take the newest of what is installed already.
    """

    source: Literal["pip", "requirements", "pyproject", "libraries", "environment"]
    path: str
    requirements: tuple[Requirement, ...]
    not_understood: tuple[NotUnderstood, ...] = ()
    includes: tuple[NamedFile, ...] = ()
    upgrades: bool = False


@dataclass(frozen=True, slots=True)
class OwnPackage:
    """A package that the project builds: its folder, its name (PEP 503), and what it depends on.

    `requirements` is None where the file doesn't say; `extras` are its optional
    dependencies. `python` is what it requires of Python (PEP 440), "" for any.
    `scripts` are the names of its entry points, None where they are not all known.
    """

    path: str  # the file that says so
    folder: str
    name: str
    requirements: Environment | None
    extras: Mapping[str, Environment] = field(default_factory=dict)
    python: str = ""
    python_place: Place | None = None
    scripts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a job, in one target, merged and resolved as far as it goes."""

    key: str
    kind: str  # the field's name: notebook_task, spark_python_task, python_wheel_task, …; "" where none
    place: Place
    node: YamlMap
    file: str | None  # the project's path of the code it runs, where that exists
    file_given: str | None  # the path as written, after resolution
    file_place: Place | None
    git_source: bool  # runs from a git source, not the deployed files
    parameters: tuple[Parameter, ...]  # base_parameters, named_parameters, and the job's own, merged
    arguments: tuple[str, ...] | None  # `parameters` of a spark_python_task or wheel, None where none
    entry_point: tuple[str, str] | None  # package_name, entry_point of a wheel task
    depends_on: tuple[str, ...]
    libraries: Environment | None  # libraries, or the environment that environment_key names
    timeout: int | None  # timeout_seconds; None where absent or unresolved
    parameters_complete: bool = True  # False where a parameters node could not be read
    missing: bool = False  # the path is known, and the CLI finds no file there; `file` may be a notebook's full name


@dataclass(frozen=True, slots=True)
class Job:
    """A job as one target has it."""

    key: str
    name: str
    place: Place  # its key
    node: YamlMap
    parameters: tuple[Parameter, ...]
    tasks: tuple[Task, ...]
    timeout: int | None  # timeout_seconds; None where absent or unresolved
    timeout_node: YamlNode | None
    continuous: bool
    complete: bool = True  # False where a part of it could not be resolved


@dataclass(frozen=True, slots=True)
class Resource:
    """Any other resource: experiments, registered_models, model_serving_endpoints …"""

    kind: str
    key: str
    place: Place
    node: YamlMap


@dataclass(frozen=True, slots=True)
class Target:
    """A bundle as one target has it: everything merged, variables resolved as far as they go."""

    name: str
    place: Place
    mode: str | None  # development, production
    default: bool
    jobs: tuple[Job, ...]
    resources: tuple[Resource, ...]
    config: YamlMap  # all but `targets`: bundle, workspace, presets, resources …
    written: YamlMap | None = None  # the same before a mode or the CLI adds to it; None where that is not known


@dataclass(frozen=True, slots=True)
class Bundle:
    """A `databricks.yml` and what it includes. With no targets there is one, named `default`.

    `problems` are what the CLI refuses; `open` what it asks for when it deploys:
    variables that no target sets, and look-ups in the workspace. `unreached`
    are resources that files beside it define, and that no `include` takes in:
    the key of each, and its kind. `not_understood` is what of it was not read.
    """

    path: str
    root: str  # its folder, "" for the project's root
    name: str
    targets: tuple[Target, ...]
    files: tuple[str, ...]  # the YAML files that were read for it
    problems: tuple[BundleProblem, ...]
    parts: tuple[tuple[str, YamlMap], ...] = ()  # what each of these files says by itself
    open: tuple[BundleProblem, ...] = ()
    unreached: tuple[tuple[YamlScalar, str], ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()


# --- schemas ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # as written, `decimal(10,2)`
    nullable: bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A declared table. `name` is as written, with as many levels as the source gives.

    `complete`: the source lists every column; documentation of some of them
    does not. `timeseries` is the key column that is declared to be one.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    scd_type: int | None
    place: Place
    source: Literal["yaml", "dbt", "contract", "ddl", "snapshot"] = "yaml"
    complete: bool = True
    timeseries: str | None = None
    pulled: str | None = None  # of a snapshot: the date that it gives


@dataclass(frozen=True, slots=True)
class SignatureColumn:
    """A column of a saved model's signature: `double`, `string`, …; None where it is a tensor or nested."""

    name: str
    type: str | None
    required: bool


@dataclass(frozen=True, slots=True)
class SavedModel:
    """An `MLmodel` file: the signature (None where it has none), the flavors, and the MLflow that wrote it."""

    place: Place
    inputs: tuple[SignatureColumn, ...] | None
    outputs: tuple[SignatureColumn, ...] | None
    flavors: tuple[str, ...]
    mlflow_version: str | None


# --- settings and the whole ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """`[tool.mlcheck]` or `mlcheck.toml`: how code is read, and nothing else."""

    path: str | None = None
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    imports: Literal["importable", "inline-only"] = "importable"
    deployed_by: Literal["bundle", "git-folder"] = "bundle"


@dataclass(frozen=True, slots=True)
class Project:
    """All of it, read once.

    `texts` holds each text file that evidence may cite, as written but for its
    line ends; an .ipynb is in `code` alone, and `lines_around` knows both.
    `other_jobs`, which are among what was not understood, are jobs that no
    bundle has: dbx's, Terraform's, those of the Jobs API.
    """

    files: tuple[str, ...]
    code: Mapping[str, Code]
    bundles: tuple[Bundle, ...]
    environments: Mapping[str, Environment]  # by path: requirements files and pyprojects
    schemas: tuple[TableSchema, ...]
    settings: Settings
    texts: Mapping[str, str]
    wheel_scripts: Mapping[str, tuple[str, str]]  # `package:script`, and unique `script` -> (path, function)
    left_out: tuple[LeftOut, ...]
    not_understood: tuple[NotUnderstood, ...]
    packages: tuple[OwnPackage, ...] = ()
    saved_models: tuple[SavedModel, ...] = ()
    other_jobs: tuple[NotUnderstood, ...] = ()
    looked_into: Mapping[str, str] = field(default_factory=dict)  # texts of other files, which a pack asks about

    def text(self, path: str) -> str | None:
        """A file's text, where it was read as one; of an .ipynb, its cells'."""
        if path in self.texts:
            return self.texts[path]
        code = self.code.get(path)
        return code.text if code is not None else self.looked_into.get(path)

    def lost_jobs(self) -> Iterator[NotUnderstood]:
        """Where jobs may be that were not read: bundles and parts of them, templates, and what is no bundle."""
        of_roots = (one for one in self.not_understood if one.place.path.rpartition("/")[2] in ROOT_FILES)
        of_bundles = (one for bundle in self.bundles for one in bundle.not_understood)
        yield from dict.fromkeys((*of_roots, *of_bundles))
        for template in self.bundle_templates():
            yield NotUnderstood(Place(template.path, 1), "a template of a bundle, which was not read")
        yield from self.other_jobs

    def bundle_templates(self) -> Iterator[LeftOut]:
        """The root files of bundles that were left out, since they are templates."""
        for one in self.left_out:
            if one.why == "a template" and one.path.rpartition("/")[2].startswith(("databricks.y", "bundle.y")):
                yield one

    def lines_around(self, place: Place, before: int = 1, after: int = 1) -> tuple[tuple[int, str], ...]:
        """The lines at a place and around it, with their numbers in the file; of an .ipynb, its cell's."""
        code = self.code.get(place.path)
        if code is not None and code.lines.lines:
            return code.lines_around(place, before, after)
        text = self.texts.get(place.path, self.looked_into.get(place.path))
        lines = split_lines(text) if text is not None else ()
        first, last = max(place.line - before, 1), min(place.line + after, len(lines))
        return tuple((number, lines[number - 1]) for number in range(first, last + 1))

    def script(self, entry_point: tuple[str, str]) -> tuple[str, str] | None:
        """The module's path and the function that a wheel task's package and entry point name, or None."""
        package, name = entry_point
        normalised = re.sub(r"[-_.]+", "-", package).lower()
        return self.wheel_scripts.get(f"{normalised}:{name}") or self.wheel_scripts.get(name)
