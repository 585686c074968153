"""From a project to its facts: every entry point evaluated once for each distinct tuple of parameters."""

from __future__ import annotations

import ast
import gc
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from mlcheck.flow.call import Arguments
from mlcheck.flow.catalog import Reader
from mlcheck.flow.defined_names import DefinedNames
from mlcheck.flow.entering import Ends
from mlcheck.flow.entry import EntryPoint, entry_points
from mlcheck.flow.estimators import PREDICTS, TRAINS
from mlcheck.flow.expressions import EXPRESSIONS
from mlcheck.flow.facts import (
    Caller,
    CallSeen,
    EntryFacts,
    Fact,
    Facts,
    Gap,
    ImportStatement,
    Mention,
    ModelRegistered,
    NotebookRun,
)
from mlcheck.flow.fates import settled
from mlcheck.flow.folders import place_of
from mlcheck.flow.frames.problems import ColumnsRead
from mlcheck.flow.import_statements import import_statements
from mlcheck.flow.interpreter import Bound, Interpreter, flatten
from mlcheck.flow.mentions import mentions
from mlcheck.flow.namespace import Kind
from mlcheck.flow.personal import unrun_paths
from mlcheck.flow.sources import Sources, run_code
from mlcheck.flow.statements import STATEMENTS
from mlcheck.flow.table_rounds import settle
from mlcheck.flow.values import Const, DictValue, Function, constant_text, options_of
from mlcheck.progress import Progress
from mlcheck.project.model import Code, NotUnderstood, Project
from mlcheck.project.place import Place


def evaluate_project(
    project: Project,
    words: frozenset[str],
    modules: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Facts:
    """Evaluate every entry point. `words` are the calls that checks ask about, `modules` the imports.

    Never raises: what can't be followed is a Gap with its place. `progress` hears of each entry point.
    """
    was_enabled = gc.isenabled()
    gc.disable()  # the values are many and acyclic for the most part: a tenth of the time
    try:
        return _evaluate(project, words, modules, progress)
    finally:
        if was_enabled:
            gc.enable()


def _evaluate(project: Project, words: frozenset[str], modules: frozenset[str], progress: Progress | None) -> Facts:
    sources = Sources(project, words)
    names = DefinedNames(sources)
    entries = entry_points(project)
    sources.shared = _shared(project, entries)
    sources.entry_folders = {posixpath.dirname(entry.path) for entry in entries}
    found: list[EntryFacts] = []
    evaluated: list[EntryPoint] = []
    written = _Written(sources, words, modules)
    done: set[tuple[object, ...]] = set()
    waiting = list(entries)
    while waiting:
        entry = waiting.pop(0)
        key = (entry.path, entry.function, entry.parameters, entry.arguments, bool(entry.callers))
        if key in done:
            continue
        done.add(key)
        sources.reader = Reader(len(found), entry.path)
        if progress is not None:
            progress("entry points", len(found), len(found) + 1 + len(waiting))
        found.append(_entry(sources, entry))
        evaluated.append(entry)
        waiting.extend(_notebook_runs(sources))
        if entry.path not in sources.shared:
            names.file(entry.path)
            written.read(entry.path)
    settle(sources, evaluated, found, _entry)
    run = {fact.path for facts in found for fact in facts.facts if isinstance(fact, NotebookRun)}
    found = [facts for facts in found if facts.callers or facts.path not in run]  # not run by itself as well
    own = {facts.path for facts in found} - sources.shared
    sources.let_go()
    found = _with_names(names, found)
    names.let_go()
    for path in project.code:
        if path not in own:
            written.read(path)
    facts = Facts(
        project,
        tuple(found),
        tuple(written.mentions),
        (*project.not_understood, *_problems(project), *sources.not_understood, *_gaps(found)),
        len(project.code),
        *_columns_read(found),
        len(sources.evaluated),
        sum(sources.evaluated.values()),
        tuple(broken for breaks in sources.breaks.values() for broken in breaks),
        tuple(one for path in project.code for one in written.imports.get(path, ())),
    )
    return replace(facts, entries=_named(found, facts.job_names()))


class _Written:
    """What is asked for of the files' text alone, run or not. Each file is read while its tree is at hand."""

    def __init__(self, sources: Sources, words: frozenset[str], modules: frozenset[str]) -> None:
        self.sources = sources
        self.words = words
        self.modules = modules
        self.mentions: list[Mention] = []
        self.imports: dict[str, list[ImportStatement]] = {}

    def read(self, path: str) -> None:
        """Read a file, what is broken in it included, and let its tree go."""
        self.sources.parse(self.sources.project.code[path])
        self.mentions += mentions(self.sources, self.words, path)
        self.mentions += unrun_paths(self.sources, path)
        self.imports[path] = import_statements(self.sources, self.modules, path)
        self.sources.forget(path)


def _with_names(names: DefinedNames, entries: list[EntryFacts]) -> list[EntryFacts]:
    """The entry points with what their names come to."""
    kinds: dict[str, Kind] = {"notebook": "notebook", "script": "script", "wheel": "module"}
    for entry in entries:
        names.entry(entry.path, kinds[entry.kind])
    added = {(entry.path, entry.kind): names.facts(entry.path, kinds[entry.kind]) for entry in entries}
    return [_with_facts(entry, (*entry.facts, *added[entry.path, entry.kind])) for entry in entries]


def _with_facts(entry: EntryFacts, facts: tuple[Fact, ...]) -> EntryFacts:
    by_type, by_method = _indexed(facts)
    return replace(entry, facts=facts, by_type=by_type, by_method=by_method)


def _columns_read(entries: Iterable[EntryFacts]) -> tuple[int, int]:
    """How many references to columns were met, each by its place and name, and how many of them were decided."""
    told: dict[tuple[Place, str], bool] = {}
    for entry in entries:
        for fact in entry.facts:
            if not isinstance(fact, ColumnsRead):
                continue
            for name in fact.open:
                told[fact.place, name] = False
            for name in fact.found:
                told.setdefault((fact.place, name), True)
    return len(told), sum(told.values())


def _shared(project: Project, entries: Iterable[EntryPoint]) -> set[str]:
    """Paths that aren't one entry point's own: modules, `%run` helpers, entries with several tuples."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.path] = counts.get(entry.path, 0) + 1
    return {path for path in project.code if counts.get(path, 0) != 1}


def _entry(sources: Sources, entry: EntryPoint) -> EntryFacts:
    code = sources.project.code[entry.path]
    it = Interpreter(sources, STATEMENTS, EXPRESSIONS, dict(entry.parameters), entry.arguments)
    it.notebook = code.kind == "notebook"
    it.code = code
    it.scope.names["__name__"] = Const("__main__")
    if not it.notebook:
        it.scope.names["__file__"] = place_of(code.path)
    if entry.kind != "wheel":
        it.running.append(code.path)
    _run(it, code, entry)
    facts = settled(it, flatten(it.facts))
    place = code.lines.at(1)
    sources.statements += it.statements
    names = _models(facts)
    role = _role(it)
    sources.let_go(it.scope.top)
    return EntryFacts(
        entry.path,
        entry.kind,
        role,
        entry.callers,
        facts,
        names,
        entry.path,
        None,
        frozenset(it.reached),
        place,
        of_databricks=code.of_databricks,
    )


def _indexed(facts: tuple[Fact, ...]) -> tuple[dict[type, tuple[Fact, ...]], dict[str, tuple[CallSeen, ...]]]:
    """The facts by their type, and the calls by their name's last part."""
    types: dict[type, list[Fact]] = {}
    methods: dict[str, list[CallSeen]] = {}
    for fact in facts:
        types.setdefault(type(fact), []).append(fact)
        if isinstance(fact, CallSeen):
            methods.setdefault(fact.method, []).append(fact)
    return {one: tuple(found) for one, found in types.items()}, {one: tuple(found) for one, found in methods.items()}


def _named(entries: list[EntryFacts], jobs: Mapping[tuple[str, str], str]) -> tuple[EntryFacts, ...]:
    """The entry points with their models' names: one for all targets, else its last two levels, else the path."""
    names: dict[str, set[tuple[str, ...]]] = {}
    for entry in entries:
        names.setdefault(entry.path, set()).add(entry.models)
    return tuple(replace(one, model=_model_name(one.path, names[one.path]), job=_job(one, jobs)) for one in entries)


def _job(entry: EntryFacts, jobs: Mapping[tuple[str, str], str]) -> str | None:
    names = {jobs[c.bundle.path, c.job.key] for c in entry.callers if c.bundle is not None and c.job is not None}
    return names.pop() if len(names) == 1 else None


def _model_name(path: str, names: set[tuple[str, ...]]) -> str:
    if any(len(one) != 1 for one in names):
        return path
    whole = {one[0] for one in names}
    ends = {".".join(one.split(".")[-2:]) for one in whole}
    return whole.pop() if len(whole) == 1 else (ends.pop() if len(ends) == 1 else path)


def _run(it: Interpreter, code: Code, entry: EntryPoint) -> None:
    try:
        if entry.kind != "wheel" or entry.function is None:
            run_code(it, code)
            return
        it.scope.names["__name__"] = Const(code.path)
        run_code(it, code)
        _enter_main(it, code, entry.function)
    except Ends:
        pass
    except Bound:
        it.found(
            Gap(
                code.lines.at(1),
                f"more than {it.bound:,} statements on one run; the rest was not followed",
            )
        )
    except RecursionError:
        it.found(Gap(code.lines.at(1), "nested too deeply to follow"))


def _enter_main(it: Interpreter, code: Code, name: str) -> None:
    """Enter a wheel's entry point: a function, or a command of click or typer."""
    from mlcheck.flow.calls import dispatch, is_known_decorator

    main = it.scope.find(name)
    node: ast.expr = ast.Name(name, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
    if isinstance(main, Function):
        dispatch(it, main, Arguments([], {}), main.node)  # type: ignore[arg-type]
    elif main is not None and is_known_decorator(main):
        dispatch(it, main, Arguments([], {}), node)
    else:
        it.found(Gap(code.lines.at(1), f"`{name}` is not a function of this file"))


def _role(it: Interpreter) -> Literal["training", "inference"] | None:
    if TRAINS in it.role_words:
        return "training"
    return "inference" if PREDICTS in it.role_words else None


def _models(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for fact in facts:
        if isinstance(fact, ModelRegistered):
            for option in options_of(fact.name):
                names[constant_text(option) or "?"] = None
    return tuple(names) if "?" not in names else ()


def _notebook_runs(sources: Sources) -> list[EntryPoint]:
    """Entry points that `dbutils.notebook.run` found, with the arguments that it gives."""
    found = []
    for call in sources.take_notebook_runs():
        given = call.arguments
        entries = given.entries if isinstance(given, DictValue) else {}
        whole = isinstance(given, DictValue) and not given.open
        parameters = tuple((str(key), value) for key, value in entries.items()) if whole else ()
        caller = Caller(None, None, None, None, call.by, tuple(str(key) for key in entries), whole, call.place)
        found.append(EntryPoint(call.path, "notebook", None, parameters, None, (caller,)))
    return found


def _problems(project: Project) -> tuple[NotUnderstood, ...]:
    """What does not resolve in the bundles: a part of them that was not understood."""
    return tuple(
        NotUnderstood(problem.place, problem.what) for bundle in project.bundles for problem in bundle.problems
    )


def _gaps(entries: list[EntryFacts]) -> tuple[NotUnderstood, ...]:
    seen: dict[tuple[Place, str], None] = {}
    for entry in entries:
        for gap in entry.gaps:
            seen[(gap.place, gap.why)] = None
    return tuple(NotUnderstood(place, why) for place, why in seen)
