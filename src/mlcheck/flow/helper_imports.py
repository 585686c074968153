"""What an entry point's imports of the project's own code find, where the code is deployed.

A notebook or script looks in its own folder, in what `sys.path` is given
before, in a Git folder's root, and among what is installed. Source:
Databricks' documentation of workspace modules; CPython 3.11, executed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from mlcheck.flow.environments import held
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, Installed, NotebookTaken, OwnImport, PathAdded
from mlcheck.knowledge.distributions import distributions_of, is_standard
from mlcheck.printable import nearest
from mlcheck.project.bundle_paths import sync_root_of
from mlcheck.project.installed import package_of, whole
from mlcheck.project.model import Environment, OwnPackage
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import text_at

_SHIPS = ("addPyFile", "addArtifact", "addArtifacts")  # calls that bring modules from elsewhere
_GENERATED = ("_pb2", "_pb2_grpc", "_version", "version")


@dataclass(frozen=True, slots=True)
class HelperImport:
    """An import of the project's own code, and whether it is found.

    `kind` says how it is found (folder, path, root, wheel, package), or why not:
    path (no folder of `sys.path` leads there; `folder` would), notebook (the
    file is a notebook), relative (there is no package), sibling (a wheel has
    no such top-level module), gone (no such file).
    """

    place: Place
    module: str
    state: Literal["found", "broken", "unknown"]
    kind: str
    why: str
    path: str | None = None
    folder: str | None = None
    near: str | None = None


def helper_imports(facts: Facts, entry: EntryFacts) -> Iterator[HelperImport]:
    """Each import of the project's own code that the entry point runs, in order."""
    search = _Search(facts, entry)
    search.start()
    for fact in entry.facts:
        if isinstance(fact, PathAdded):
            search.add(fact)
        elif isinstance(fact, Installed):
            search.install(fact.environment)
        elif isinstance(fact, NotebookTaken) and fact.path is not None:
            search.taken.add(fact.path)
        elif isinstance(fact, CallSeen) and fact.method in _SHIPS:
            search.doubt = search.doubt or f"`{fact.method}` may bring it"
        elif isinstance(fact, OwnImport):
            found = search.judge(fact)
            if found is not None:
                yield _tolerant(found) if fact.tolerated else found


def _tolerant(found: HelperImport) -> HelperImport:
    if found.state != "broken":
        return found
    why = f"`{found.module}` is not found, and a handler or a condition stands around its import"
    return HelperImport(found.place, found.module, "unknown", found.kind, why, found.path)


@dataclass(slots=True)
class _Search:
    """Where modules are looked for, as an entry point's run goes on."""

    facts: Facts
    entry: EntryFacts
    folders: dict[str, str] = field(default_factory=dict)  # with what brought each
    doubt: str = ""  # why other folders may be looked in
    installed: set[str] = field(default_factory=set)  # the project's packages, by the file that says so
    perhaps: set[str] = field(default_factory=set)  # those that some of the tasks have
    more: str = ""  # what the tasks may have beside what is shown
    wheel: str | None = None  # the root of the wheel that runs, else None
    taken: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)  # by which dotted names a file was imported

    # --- where

    def start(self) -> None:
        entry = self.entry
        tasks = [caller for caller in entry.callers if caller.task is not None]
        if entry.kind == "wheel":
            self._wheel()
        else:
            self.folders[posixpath.dirname(entry.path)] = "its own folder"
            in_git = bool(tasks) and all(one.task is not None and one.task.git_source for one in tasks)
            if self.facts.project.settings.deployed_by == "git-folder" or in_git:
                self.folders.setdefault("", "the root of its Git folder")
        for index, caller in enumerate(tasks):
            has = held(self.facts, caller)
            own = {path for step in has.before for path in self._own(step.environment)}
            self.installed = own if not index else self.installed & own
            self.perhaps |= own
            self.more = self.more or has.more
        texts = (self.facts.project.texts.get(path, "") for one in tasks if one.bundle for path in one.bundle.files)
        if any("PYTHONPATH" in text or "init_scripts" in text for text in texts):
            self.doubt = "the cluster's own settings may add folders"

    def _wheel(self) -> None:
        package = self._package(self.entry.path)
        folder = package.folder if package is not None else posixpath.dirname(posixpath.dirname(self.entry.path))
        source = posixpath.join(folder, "src")
        self.wheel = source if self.entry.path.startswith(f"{source}/") else folder
        self.folders[self.wheel] = "the wheel"

    def _own(self, environment: Environment) -> Iterator[str]:
        for requirement in environment.requirements:
            package = package_of(requirement, self.facts.project)
            if package is not None:
                yield package.path

    def install(self, environment: Environment) -> None:
        taken = whole(environment, self.facts.project)
        own = set(self._own(taken))
        self.installed |= own
        self.perhaps |= own
        if any(one.name is None for one in taken.requirements) and not own:
            self.more = self.more or "what is installed by a path or an address is not known"

    def add(self, fact: PathAdded) -> None:
        folders = [fact.folder] if fact.folder is not None else self._deployed(fact.written)
        for folder in folders:
            self.folders.setdefault(folder, f"`sys.path`, line {fact.place.line}")
        if not folders:
            self.doubt = self.doubt or f"`{fact.written}` is added to `sys.path` ({fact.place.shown()})"

    def _deployed(self, written: str) -> list[str]:
        """The project's folders that a path means under the one to which the tasks' bundles are deployed."""
        found: dict[str, None] = {}
        for caller in self.entry.callers:
            targets = caller.bundle.targets if caller.bundle is not None else ()
            for target in targets:
                there = text_at(target.config, "workspace", "file_path")
                if target.name == caller.target and there and f"{written}/".startswith(f"{there}/"):
                    root = sync_root_of(target.config, caller.bundle.root if caller.bundle is not None else "")
                    if root is None:
                        continue
                    path = posixpath.normpath(posixpath.join(root, written.removeprefix(there).lstrip("/")))
                    found["" if path == "." else path] = None
        return list(found)

    def _package(self, path: str) -> OwnPackage | None:
        """The package that a file is part of: that of the nearest folder above it."""
        holding = [one for one in self.facts.project.packages if not one.folder or path.startswith(f"{one.folder}/")]
        return max(holding, key=lambda one: len(one.folder), default=None)

    # --- what

    def judge(self, fact: OwnImport) -> HelperImport | None:
        if fact.level:
            return self._relative(fact)
        found = self._find(fact.module)
        if found is None:
            return self._elsewhere(fact)
        folder, path = found
        how = self.folders[folder]
        names = fact.names or ("",)
        paths = [path, *(self._file(posixpath.join(folder, fact.module.replace(".", "/"), name)) for name in names)]
        notebook = next((one for one in paths if one and self.facts.project.code[one].kind == "notebook"), None)
        for one in paths:
            if one is not None:
                self.names.setdefault(one, set()).add(fact.module if one == path else f"{fact.module}.?")
        if notebook is not None and self.wheel is None:
            why = "a notebook is no module: a file with the notebook header can't be imported"
            return HelperImport(fact.place, fact.module, "broken", "notebook", why, notebook)
        if self.wheel is not None and folder == self.wheel and not self._in_wheel(fact.module):
            why = f"whether the wheel holds `{fact.module}` is not known"
            return HelperImport(fact.place, fact.module, "unknown", "wheel", why, path)
        return HelperImport(fact.place, fact.module, "found", "folder", f"`{fact.module}` is in {how}", path)

    def _in_wheel(self, module: str) -> bool:
        """Whether a module is of the package that runs, or the wheel's source folder holds packages alone."""
        top = self.entry.path.removeprefix(f"{self.wheel}/" if self.wheel else "").partition("/")[0]
        return module.partition(".")[0] == top.removesuffix(".py") or posixpath.basename(self.wheel or "") == "src"

    def _find(self, module: str) -> tuple[str, str | None] | None:
        """The folder in which a module is found, and its file; None for a folder without `__init__.py`."""
        tail = module.replace(".", "/")
        for folder in self.folders:
            base = posixpath.join(folder, tail)
            path = self._file(base)
            if path is not None or self._is_folder(base):
                return folder, path
        return None

    def _file(self, base: str) -> str | None:
        candidates = (f"{base}.py", f"{base}/__init__.py")
        return next((one for one in candidates if one in self.facts.project.code), None)

    def _is_folder(self, base: str) -> bool:
        return any(one.startswith(f"{base}/") and one.endswith(".py") for one in self.facts.project.code)

    def _elsewhere(self, fact: OwnImport) -> HelperImport | None:
        """An import that no folder leads to."""
        if distributions_of(fact.module) or is_standard(fact.module):
            return None
        path = fact.path if fact.path is not None else self._meant(fact.module)
        if path is None:
            return self._gone(fact)
        fact = replace(fact, path=path)
        package = self._holding(fact)
        if package is not None and package.path in self.installed:
            return HelperImport(fact.place, fact.module, "found", "wheel", f"`{package.name}` is installed", fact.path)
        why = self._why_unsure(fact, package)
        if why:
            return HelperImport(fact.place, fact.module, "unknown", "path", why, fact.path)
        if self.wheel is not None:
            why = f"the wheel has no top-level module `{fact.module.partition('.')[0]}`"
            return HelperImport(fact.place, fact.module, "broken", "sibling", why, fact.path)
        root = _root(path, fact.module)
        why = f"ModuleNotFoundError: No module named '{fact.module.partition('.')[0]}'"
        return HelperImport(fact.place, fact.module, "broken", "path", why, fact.path, root)

    def _meant(self, module: str) -> str | None:
        """The one file of a module's name in a folder that a `sys.path` line names, be it too late or beside it."""
        tail = module.replace(".", "/")
        ends = (f"/{tail}.py", f"/{tail}/__init__.py")
        files = [path for path in self.facts.project.code if path.endswith(ends)]
        root = _root(files[0], module) if len(files) == 1 else None
        named = {posixpath.basename((one.folder or one.written).rstrip("/")) for one in self.entry.of(PathAdded)}
        return files[0] if root and posixpath.basename(root) in named else None

    def _holding(self, fact: OwnImport) -> OwnPackage | None:
        """The package that has an import's module under the name that is imported."""
        package = self._package(fact.path or "")
        if package is None:
            return None
        root = _root(fact.path or "", fact.module)
        source = posixpath.join(package.folder, "src")
        return package if root in (package.folder, source) or root is None else None

    def _why_unsure(self, fact: OwnImport, package: OwnPackage | None) -> str:
        """Why an import that no known folder leads to may be found all the same."""
        assert fact.path is not None
        if self.doubt:
            return f"`{fact.module}` is in no folder that is known, and {self.doubt}"
        if not self.entry.on_databricks:
            return f"`{fact.module}` is in no folder that is known, and what runs this is not known"
        if package is not None and (package.path in self.perhaps or self.more or not self._placed()):
            return f"whether `{package.name or package.path}`, which holds `{fact.module}`, is installed is not known"
        if not self._placed() and _root(fact.path, fact.module) == "":
            return f"`{fact.module}` is found from the repository's root, which is on `sys.path` in a Git folder alone"
        return ""

    def _placed(self) -> bool:
        """Whether it is known where the entry point is deployed: by a bundle's tasks, from its own files."""
        callers = self.entry.callers
        return bool(callers) and all(one.task is not None and one.bundle is not None for one in callers)

    def _gone(self, fact: OwnImport) -> HelperImport | None:
        """A module of a package that is found, where no file of that name is."""
        parent, _, last = fact.module.rpartition(".")
        found = self._find(parent) if parent else None
        if found is None or last.endswith(_GENERATED) or self.doubt:
            why = f"`{fact.module}` is not among the project's files"
            return HelperImport(fact.place, fact.module, "unknown", "gone", why)
        folder = posixpath.join(found[0], parent.replace(".", "/"))
        inside = (one.removeprefix(f"{folder}/") for one in self.facts.project.code if one.startswith(f"{folder}/"))
        near = nearest(last, sorted({one.partition("/")[0].removesuffix(".py") for one in inside} - {"__init__"}))
        why = f"ModuleNotFoundError: No module named '{fact.module}'"
        return HelperImport(fact.place, fact.module, "broken", "gone", why, folder=folder, near=near)

    def _relative(self, fact: OwnImport) -> HelperImport:
        shown = "." * fact.level + fact.module
        names = self.names.get(fact.importer, set())
        in_package = fact.importer.endswith("__init__.py") or any("." in one for one in names)
        if self.wheel is not None or in_package:
            if fact.path is not None:
                self.names.setdefault(fact.path, set()).add(f".{fact.module}")
            return HelperImport(fact.place, shown, "found", "package", f"`{shown}` is within its package", fact.path)
        running = fact.importer == self.entry.path or fact.importer in self.taken
        if running or names:
            why = "ImportError: attempted relative import with no known parent package"
            return HelperImport(fact.place, shown, "broken", "relative", why, fact.path)
        why = f"under which name {fact.importer} is imported is not known"
        return HelperImport(fact.place, shown, "unknown", "relative", why, fact.path)


def _root(path: str, module: str) -> str | None:
    """The folder from which a module's name leads to its file, None where none does."""
    for end in (".py", "/__init__.py"):
        tail = module.replace(".", "/") + end
        if path == tail:
            return ""
        if path.endswith(f"/{tail}"):
            return path.removesuffix(f"/{tail}")
    return None
