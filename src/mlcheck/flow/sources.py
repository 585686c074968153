"""The project's code as the engine sees it: parsed once, modules entered once, calls remembered."""

from __future__ import annotations

import ast
import posixpath
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from mlcheck.flow.behind import Behind
from mlcheck.flow.catalog import Catalog, Reader
from mlcheck.flow.config_values import KINDS, Node, Unreadable, content
from mlcheck.flow.deployed import deployed_folders
from mlcheck.flow.entering import Ends, Remembered
from mlcheck.flow.facts import DoesNotParse, Gap
from mlcheck.flow.folders import place_of
from mlcheck.flow.frames.values import Cell
from mlcheck.flow.interpreter import LEAST_STATEMENTS, MOST_IN_ALL, MOST_STATEMENTS, Interpreter, Rope
from mlcheck.flow.modules import notebook_candidates
from mlcheck.flow.nodes import Nodes
from mlcheck.flow.scope import Scope, State
from mlcheck.flow.values import Const, ModuleValue, Value
from mlcheck.knowledge.distributions import is_library
from mlcheck.project.model import Code, NotUnderstood, Project
from mlcheck.project.parse import Parsed, parse
from mlcheck.project.personal_paths import may_hold
from mlcheck.project.place import Place

MOST_NOTEBOOK_RUNS = 16  # evaluations of one notebook by `dbutils.notebook.run`
Memo = dict[object, list[Remembered]]
Computed = TypeVar("Computed")


class NotebookCall(NamedTuple):
    """A notebook that another one runs, with what it is given, and where."""

    path: str
    by: str
    arguments: Value
    place: Place


class Sources:
    """Caches that all entry points of one project share. Nothing in it outlives the evaluation."""

    def __init__(self, project: Project, words: frozenset[str] = frozenset()) -> None:
        self.project = project
        self.words = words  # the calls that checks ask about
        self.catalog = Catalog(project)
        self.reader = Reader(0, "")  # the evaluation that is going on
        self.parsed: dict[str, Parsed] = {}
        self._nodes: dict[str, Nodes] = {}
        self.not_understood: dict[NotUnderstood, None] = {}
        self.breaks: dict[str, tuple[DoesNotParse, ...]] = {}
        self.modules: dict[str, tuple[ModuleValue, Rope, State, frozenset[str]]] = {}
        self.memo: Memo = {}
        self._before_pandas_3: bool | None = None
        self.cells: list[Cell] = []  # frames of pandas that were put where other names for them are not followed
        self.shared: set[str] = set()  # paths that more than one entry point runs
        self.evaluated: dict[tuple[str, int, int, int], bool] = {}
        self.passed: defaultdict[str, set[int]] = defaultdict(set)  # lines on which something was evaluated
        self.roots: set[str] = set()  # folders that `sys.path` lines add
        self.entry_folders: set[str] = set()  # each is first on the path of what starts in it
        self.statements = 0  # of all entry points so far
        self.taints = 0  # how often something was read that a memo's key doesn't have
        self.strange: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)  # calls of what nothing is known of
        self.holds_paths = any(may_hold(code.text) for code in project.code.values())
        self.paths_run: set[tuple[str, int, int]] = set()  # strings that may be a person's path, evaluated
        self.argv_uses: dict[str, dict[ast.AST, bool]] = {}  # how each file uses `sys.argv`
        self._found: dict[tuple[str, str, int], str | None] = {}
        self.makes_folders = any("mkdirs" in code.text for code in project.code.values())
        self.reads_tags = any(".tags" in code.text for code in project.code.values())
        self._once: dict[int, tuple[ast.AST, object]] = {}
        self._times_run: dict[str, int] = {}
        self._yielding: dict[str, bool] = {}
        self._holding: dict[str, bool] = {}
        self.any_root = False  # `sys.path` was changed in a way that is not known
        self._notebook_runs: list[NotebookCall] = []
        self.closed_over: set[Scope] = set()
        self._by_entry: dict[str, object] = {}  # modules that read parameters: entered for each entry point
        self._branch = 0
        self._call = 0
        self.by_tail = _by_tail(project)
        self.rewritten: set[str] = set()  # data files that the code writes
        self._contents: dict[tuple[str, str], Node | Unreadable] = {}
        self._data_files: tuple[str, ...] | None = None
        self.behind = Behind(self)
        self._deployed: tuple[tuple[str, str], ...] | None = None

    # --- counters

    def bound(self) -> int:
        """How many statements the next entry point may take."""
        return max(LEAST_STATEMENTS, min(MOST_STATEMENTS, MOST_IN_ALL - self.statements))

    def new_branch(self) -> int:
        self._branch += 1
        return self._branch

    def new_call(self) -> int:
        self._call += 1
        return self._call

    def taint(self) -> None:
        """What follows depends on the entry point's parameters: no call around it is remembered."""
        self.taints += 1

    def count_call(self, path: str, node: ast.Call, resolved: bool) -> None:
        line = node.lineno
        key = (path, line, node.col_offset, node.end_col_offset or 0)
        if resolved or key not in self.evaluated:
            self.evaluated[key] = resolved
        self.passed[path].add(line)

    def pass_line(self, path: str, line: int) -> None:
        self.passed[path].add(line)

    def may_yield(self, code: Code) -> bool:
        """Whether a generator can be in a file at all."""
        known = self._yielding.get(code.path)
        if known is None:
            known = self._yielding[code.path] = "yield" in code.text
        return known

    def may_hold_path(self, code: Code) -> bool:
        """Whether a person's path can be written in a file at all."""
        known = self._holding.get(code.path)
        if known is None:
            known = self._holding[code.path] = may_hold(code.text)
        return known

    def once(self, node: ast.AST, compute: Callable[[ast.AST], Computed]) -> Computed:
        """What is computed from a node alone, computed once. One node takes one computation."""
        known = self._once.get(id(node))
        if known is None:
            known = self._once[id(node)] = (node, compute(node))
        return cast(Computed, known[1])

    def forget_results(self) -> None:
        """Forget what functions and modules gave: they are evaluated again where they are next called."""
        self.memo = {}
        self.modules = {}

    # --- configuration that code reads

    def data_files(self) -> tuple[str, ...]:
        """The paths of the project's data files that may be read as configuration."""
        if self._data_files is None:
            texts = self.project.texts
            self._data_files = tuple(path for path in texts if posixpath.splitext(path)[1].lower() in KINDS)
        return self._data_files

    def content(self, path: str, kind: str) -> Node:
        """A data file's content, read once. Raises Unreadable."""
        known = self._contents.get((path, kind))
        if known is None and (path, kind) not in self._contents:
            try:
                known = content(self.project.texts[path], path, kind)
            except Unreadable as error:
                known = error
            self._contents[path, kind] = known
        if isinstance(known, Unreadable):
            raise known
        return known

    def deployed(self) -> tuple[tuple[str, str], ...]:
        """Where bundles are deployed, longest first, as texts with a mark for what only a run resolves; and what is."""
        if self._deployed is None:
            self._deployed = tuple(sorted(set(deployed_folders(self.project)), key=lambda one: -len(one[0])))
        return self._deployed

    # --- notebooks that run notebooks

    def note_notebook_run(self, it: Interpreter, path: str, arguments: Value, place: Place) -> bool:
        """Note that a notebook is run with arguments; False where it was, with too many others, before."""
        self._times_run[path] = self._times_run.get(path, 0) + 1
        if self._times_run[path] > MOST_NOTEBOOK_RUNS:
            return False
        self._notebook_runs.append(NotebookCall(path, it.code.path if it.code else "", arguments, place))
        self.shared.add(path)
        return True

    def take_notebook_runs(self) -> list[NotebookCall]:
        taken, self._notebook_runs = self._notebook_runs, []
        return taken

    # --- parsing

    def parse(self, code: Code) -> Parsed:
        """The statements of a code, with what did not parse; kept while others may need it."""
        known = self.parsed.get(code.path)
        if known is None:
            known = parse(code)
            self.not_understood.update(dict.fromkeys(known.failures))
            if known.breaks:
                found = (DoesNotParse(one.place, one.what, one.kind, one.error) for one in known.breaks)
                self.breaks[code.path] = tuple(found)
            self.parsed[code.path] = known
        return known

    def nodes(self, code: Code) -> Nodes:
        """All nodes of a code, kept as its statements are."""
        known = self._nodes.get(code.path)
        if known is None:
            known = self._nodes[code.path] = Nodes(self.parse(code).body)
        return known

    def forget(self, path: str) -> None:
        """Drop the tree of a file that nobody needs any more."""
        self.parsed.pop(path, None)
        self._nodes.pop(path, None)
        self._once.clear()

    def let_go(self, top: Scope | None = None) -> None:
        """Empty the scopes within one that has run, or all: they and the functions in them hold each other."""
        done = [scope for scope in self.closed_over if top is None or scope.top is top]
        for scope in done:
            scope.leave()
        if top is not None:
            top.leave()
        self.closed_over.difference_update(done)

    @property
    def before_pandas_3(self) -> bool:
        """Whether text in columns of pandas is an object: on every known runtime it is."""
        if self._before_pandas_3 is None:
            asked = [
                one
                for environment in self.project.environments.values()
                for one in environment.requirements
                if one.name == "pandas"
            ]
            databricks = bool(self.project.bundles) or any(one.kind == "notebook" for one in self.project.code.values())
            self._before_pandas_3 = all(_excludes_3(one.specifier) for one in asked) and (databricks or bool(asked))
        return self._before_pandas_3

    def memo_for(self, it: Interpreter, code: Code) -> Memo:
        """The memo of a function: the project's where several entry points reach it, else the entry's own."""
        return self.memo if code.path in self.shared else it.memo

    # --- modules

    def module(self, it: Interpreter, name: str, node: ast.stmt | ast.expr) -> ModuleValue | None:
        """The project's module of a dotted name, entered, or None where it is a library's."""
        path = self.module_path(it.code.path if it.code else "", name)
        return self._entered(it, path, node) if path is not None else None

    def module_path(self, from_path: str, name: str) -> str | None:
        """The path of the project's module that a file's import of a dotted name finds."""
        folder = posixpath.dirname(from_path)
        tail = name.replace(".", "/")
        if tail not in self.by_tail:
            return None
        key = (folder, name, len(self.roots) + self.any_root)
        if key not in self._found:
            self._found[key] = self._look_for(folder, tail)
        return self._found[key]

    def _look_for(self, folder: str, tail: str) -> str | None:
        while True:
            for root in (folder, posixpath.join(folder, "src")):
                found = self._at(root, tail)
                if found is not None and not self._is_hidden(found, tail):
                    return found
            if not folder:
                break
            folder = posixpath.dirname(folder)
        for root in sorted(self.roots):
            found = self._at(root, tail)
            if found is not None:
                return found
        known = [path for path in self.by_tail.get(tail, ()) if not self._is_hidden(path, tail)]
        return known[0] if len(known) == 1 and ("/" in tail or self.any_root) else None

    def _at(self, root: str, tail: str) -> str | None:
        base = posixpath.join(root, tail) if root else tail
        for candidate in (f"{base}.py", f"{base}/__init__.py"):
            if candidate in self.project.code:
                return candidate
        return None

    def is_own(self, name: str) -> bool:
        """Whether a dotted name's first part is a package or module of the project, as far as imports find it."""
        first = name.partition(".")[0]
        return any(not self._is_hidden(path, first) for path in self.by_tail.get(first, ()))

    def _is_hidden(self, path: str, tail: str) -> bool:
        """Whether a file has a library's name within a package of which no path begins: imports find the library."""
        root = path.removesuffix("/__init__.py").removesuffix(".py").removesuffix(tail).rstrip("/")
        if self.any_root or root in self.roots or root in self.entry_folders:
            return False
        within = f"{root}/__init__.py" in self.project.code
        return within and is_library(tail.partition("/")[0])

    def is_only(self, name: str, path: str) -> bool:
        """Whether no other file of the project can be meant by a dotted name."""
        return self.by_tail.get(name.replace(".", "/"), ()) == (path,)

    def submodule(self, it: Interpreter, package: str, name: str, node: ast.expr | ast.stmt) -> Value:
        """`package.name` that the package's own code doesn't bind: a module beside it, or unknown."""
        if package.endswith("/__init__.py"):
            base = posixpath.join(posixpath.dirname(package), name)
            for candidate in (f"{base}.py", f"{base}/__init__.py"):
                if candidate in self.project.code:
                    entered = self._entered(it, candidate, node)
                    if entered is not None:
                        return entered
        return it.top(node, f"`{name}` is not bound in {package}", foreign=True)

    def _entered(self, it: Interpreter, path: str, node: ast.expr | ast.stmt) -> ModuleValue | None:
        code = self.project.code.get(path)
        if code is None or code.language != "python":
            return None
        known = self.modules.get(path)
        if known is None or self._by_entry.get(path, it.itself) is not it.itself:
            taints = self.taints
            known = self._enter(it, code)
            if self.taints != taints:
                self._by_entry[path] = it.itself
        module, facts, state, reached = known
        it.facts.append(facts)
        it.reached |= reached
        if state.tracking != "databricks":
            it.state.tracking = state.tracking
        if state.registry != "unset":
            it.state.registry = state.registry
        return module

    def _enter(self, it: Interpreter, code: Code) -> tuple[ModuleValue, Rope, State, frozenset[str]]:
        scope = Scope()
        scope.names["__name__"] = Const(posixpath.basename(code.path).removesuffix(".py"))
        scope.names["__file__"] = place_of(code.path)
        rope: Rope = []
        module = ModuleValue(code.path, scope)
        self.modules[code.path] = (module, rope, State(), frozenset((code.path,)))
        outer = (it.scope, it.code, it.facts, it.state, it.reads, it.reached)
        it.scope, it.code, it.facts, it.state, it.reads, it.reached = (
            scope,
            code,
            rope,
            State(),
            {},
            {code.path},
        )
        try:
            run_code(it, code)
        except Ends:
            pass  # what the module bound until then is what others see
        finally:
            state, reached = it.state, frozenset(it.reached)
            it.scope, it.code, it.facts, it.state, it.reads, it.reached = outer
        self.modules[code.path] = (module, rope, state, reached)
        return self.modules[code.path]

    def notebook(self, from_path: str, given: str) -> Code | None:
        """The project's notebook or file that a path given in a notebook means."""
        for candidate in notebook_candidates(from_path, given):
            code = self.project.code.get(candidate)
            if code is not None:
                return code
        return None


def _excludes_3(specifier: str) -> bool:
    """Whether a requirement keeps pandas below 3."""
    try:
        wanted = SpecifierSet(specifier)
    except InvalidSpecifier:
        return False
    return not any(wanted.contains(f"3.{minor}.{patch}") for minor in range(4) for patch in range(4))


def run_code(it: Interpreter, code: Code) -> None:
    """Run a file's statements and magics in order, in the scope and state that the interpreter has."""
    from mlcheck.flow.blocks import LEAVES, run_statement
    from mlcheck.flow.databricks import run_magic

    outer, outer_frame = it.code, it.frame
    it.code, it.frame = code, None
    it.reached.add(code.path)
    try:
        parsed = it.sources.parse(code)
        for broken in it.sources.breaks.get(code.path, ()):
            it.found(broken)
            it.found(Gap(broken.place, broken.what, it.sources.behind.breaks(code), True))
        waiting = list(code.magics)
        for statement in parsed.body:
            while waiting and waiting[0].line <= statement.lineno:
                run_magic(it, waiting.pop(0))
            if run_statement(it, statement) == LEAVES:
                raise Ends
        for magic in waiting:
            run_magic(it, magic)
    finally:
        it.code, it.frame = outer, outer_frame


def _by_tail(project: Project) -> dict[str, tuple[str, ...]]:
    """Every tail of a module's path (without suffix) with the paths that end in it."""
    tails: dict[str, tuple[str, ...]] = {}
    for path in project.code:
        if not path.endswith(".py"):
            continue
        segments = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
        for start in range(len(segments)):
            tail = "/".join(segments[start:])
            tails[tail] = (*tails.get(tail, ()), path)
    return tails
