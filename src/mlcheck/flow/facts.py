"""What the flow engine found out, resolved: what checks read. A check has this one argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar, Union, cast

from mlcheck.flow.failures import Fate
from mlcheck.flow.frames.problems import AccessorUsed, ColumnsRead, FrameProblem, TableRead, TableWritten
from mlcheck.flow.frames.rows import JoinSeen, JoinSettled, VersionsRead, VersionsSettled
from mlcheck.flow.scope import Handler
from mlcheck.flow.values import Value
from mlcheck.project.model import (
    Bundle,
    Code,
    Environment,
    Job,
    NotUnderstood,
    Project,
    TableSchema,
    Target,
    Task,
)
from mlcheck.project.place import LineMap, Place

__all__ = [
    "AllWidgetsRead",
    "ArgvRead",
    "CallSeen",
    "Caller",
    "DatasetLogged",
    "Divided",
    "DoesNotParse",
    "EntryFacts",
    "ExitCall",
    "ExperimentSet",
    "Fact",
    "Facts",
    "FolderMade",
    "Gap",
    "HandlerSeen",
    "ImportStatement",
    "Imported",
    "Installed",
    "LatestVersions",
    "LineageLogged",
    "Looked",
    "Masked",
    "MissingColumnFilled",
    "ModelRegistered",
    "NameUncertain",
    "NamesRead",
    "NotebookRun",
    "NotebookTaken",
    "NumberFallback",
    "OtherCell",
    "OwnImport",
    "ParserRead",
    "PathAdded",
    "PersonalPathMade",
    "Refusal",
    "ResultSeen",
    "RunOpened",
    "SecondColumn",
    "SqlCell",
    "UndefinedName",
    "UnresolvedCall",
    "VersionPicked",
    "VersionWritten",
    "WidgetRead",
    "Work",
]


@dataclass(frozen=True, slots=True)
class ExperimentSet:
    """`set_experiment` or `create_experiment`, with the name that reaches it.

    `name` is None where the experiment is named by id. `made` are the folders
    made before, on this path; `tracking` is databricks, local or unknown.
    """

    place: Place
    name: Value | None
    made: frozenset[Value]
    tracking: str
    creates: bool


@dataclass(frozen=True, slots=True)
class FolderMade:
    """A folder of the workspace is made; `folder` is Const("*") where which is not known."""

    place: Place
    folder: Value


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """`dbutils.notebook.run`: the path of the project's notebook, None where it is not known."""

    place: Place
    path: str | None


@dataclass(frozen=True, slots=True)
class NotebookTaken:
    """`%run`: the path as given, and the project's file that it names, None where there is none."""

    place: Place
    given: str
    path: str | None


@dataclass(frozen=True, slots=True)
class DoesNotParse:
    """A place that keeps a file, or a notebook's cell, from being read; `kind` as `project.breaks` names it.

    `error` is what Python says; "" where only a newer Python may read it.
    """

    place: Place
    what: str
    kind: str
    error: str


@dataclass(frozen=True, slots=True)
class UndefinedName:
    """A name that is read where no path has bound it.

    `kind` is never; below, branch, restarted or deleted (`where` it is bound,
    `cause` what takes it away); called (a call, `cause`, comes before `where`); local
    or exception (a function's own name); notebook (the notebook's own name, in
    an imported module); import (the module at `where` doesn't bind it).
    `function` reads it, "" at the top; `owner` is the class or `function()`
    that has a name like it; `line` an import that brings it; `near` a like name.
    """

    place: Place
    name: str
    kind: str
    where: Place | None = None
    cause: Place | None = None
    function: str = ""
    owner: str = ""
    line: str | None = None
    near: str | None = None


@dataclass(frozen=True, slots=True)
class NameUncertain:
    """A name that nothing seen binds, and that something not followed may bind."""

    place: Place
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class NamesRead:
    """How many names a file reads; those that no other fact speaks of are bound where they are read."""

    place: Place
    count: int


@dataclass(frozen=True, slots=True)
class PathAdded:
    """A folder is added to `sys.path`: the project's, None where it is not known; `written` as it is given."""

    place: Place
    folder: str | None
    written: str


@dataclass(frozen=True, slots=True)
class OwnImport:
    """An import of what may be the project's own: `path` is the file that it means, None where there is none.

    `module` is the dotted name as written, `level` the dots of a relative
    import; `names` are those imported from it. `tolerated`: a handler or an
    undecided branch stands around it.
    """

    place: Place
    importer: str
    module: str
    level: int
    names: tuple[str, ...]
    path: str | None
    tolerated: bool


@dataclass(frozen=True, slots=True)
class RunOpened:
    """A run is started here; `in_experiment` where the call names its experiment.

    `run` is which run was open before, as of a CallSeen; `nested`: it is, or may be, asked for as a nested one.
    """

    place: Place
    in_experiment: bool = False
    run: str = "none"
    nested: bool = False


@dataclass(frozen=True, slots=True)
class DatasetLogged:
    """`mlflow.log_input`, and which run is open where it is called: none, active, maybe, implicit."""

    place: Place
    run: str


@dataclass(frozen=True, slots=True)
class SideSet:
    """One side of a signature is set after it was made: `signature.outputs = …`; `call` made it."""

    place: Place
    call: CallSeen
    side: str


@dataclass(frozen=True, slots=True)
class LineageLogged:
    """The feature client logs a model with its training set: the dataset's lineage is in it."""

    place: Place


@dataclass(frozen=True, slots=True)
class ModelRegistered:
    """A model is logged under a registered name, or registered."""

    place: Place
    name: Value


@dataclass(frozen=True, slots=True)
class ExitCall:
    """`dbutils.notebook.exit` (`how` is notebook) or `sys.exit` and its kin (process).

    `handler` is the innermost handler that the path is in, through callers.
    """

    place: Place
    how: Literal["notebook", "process"]
    value: Value
    written: str  # the argument as it is written, "" where none
    handler: Handler | None


@dataclass(frozen=True, slots=True)
class Work:
    """A call that is the work of a pipeline: training, scoring, writing … (`flow.works`).

    `target` is the table, model or notebook that it names, as a text to compare, "" where nothing is known of it;
    `label` the same as a person reads it.
    """

    kind: str
    name: str
    place: Place
    target: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class HandlerSeen:
    """A place that takes a failure, followed to its end: an `except`, `suppress`, or a `return` in `finally`.

    `caught` are the exceptions named, empty for a bare one. `work` are the
    calls of the body that may fail and that no handler within it takes;
    `strange` those of which nothing is known. `does` is the work that the handler
    itself does, `makes` whether it makes an experiment or a folder;
    `exits` whether it has an exit. `fate`: what becomes of the failure.
    """

    place: Place
    kind: str
    caught: tuple[str, ...]
    broad: bool
    work: tuple[Work, ...]
    strange: tuple[tuple[Place, str], ...]
    does: tuple[Work, ...]
    makes: bool
    exits: bool
    fate: Fate


@dataclass(frozen=True, slots=True)
class ResultSeen:
    """A call whose result alone tells of a failure, and what becomes of that.

    `kind`: future (`submit`, an executor's `map`), thread, command
    (`subprocess.run` without `check`), notebook (`dbutils.notebook.run`: `name`
    is its path), validation (a function of the project, by its name, that
    returns False), collected (a list of errors, by its name, to which one is
    added) or tag (one that says that something failed). `work` is what it runs that may fail, where that is known.
    """

    place: Place
    kind: str
    name: str
    work: tuple[Work, ...]
    fate: Fate


@dataclass(frozen=True, slots=True)
class WidgetRead:
    """`dbutils.widgets.get`: whether the name is declared before, or given by who calls.

    `tolerated`: a handler, or a condition that was not decided, stands around it.
    `handled`: where it is missing, the handler goes on with something else.
    """

    place: Place
    name: Value
    declared: bool
    given: bool
    tolerated: bool
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a program says against the arguments that it is given, before it ends with code 2."""

    kind: Literal["required", "unrecognized", "value"]
    name: str  # the option or argument that it speaks of
    says: str  # the error's text
    known: tuple[str, ...]  # the options that it takes there


@dataclass(frozen=True, slots=True)
class ParserRead:
    """A program takes its command line apart: argparse's `parse_args`, a click or typer command, or another `reader`.

    `unsure` says why what it makes of the arguments is not known; there are no
    refusals then. `left` are the arguments, by index, that nothing takes
    (`parse_known_args`), and `left_used` whether code looks at those.
    """

    place: Place
    reader: str
    refusals: tuple[Refusal, ...] = ()
    unsure: str | None = None
    left: tuple[int, ...] = ()
    left_used: bool = True


@dataclass(frozen=True, slots=True)
class ArgvRead:
    """`sys.argv`: which of the arguments are read, from 0; `last` None: all that follow.

    `given` is how many there are, None where that is not known. `tolerated`:
    a handler, or a condition that was not decided, stands around it.
    """

    place: Place
    first: int
    last: int | None
    given: int | None
    tolerated: bool


@dataclass(frozen=True, slots=True)
class AllWidgetsRead:
    """Every parameter is read at once: `widgets.getAll`, or widgets handed to code that is not followed."""

    place: Place


@dataclass(frozen=True, slots=True)
class PersonalPathMade:
    """A string with an absolute path of one person, where code that runs makes it: the path up to the person's name."""

    place: Place
    path: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class OtherCell:
    """A cell of another language than Python and SQL that runs, by its text."""

    place: Place
    text: str


@dataclass(slots=True, eq=False)
class Imported:
    """An import of what is not the project's, where a path runs it: the module, and the names taken from it.

    `tolerated`: a handler or an undecided branch stands around it, so that its absence may be meant.
    """

    module: str
    names: tuple[str, ...]
    tolerated: bool
    lines: LineMap
    line: int  # in the code's own text, with its columns in bytes from 0
    column: int
    end_line: int
    end_column: int

    @property
    def place(self) -> Place:
        return self.lines.span(self.line, self.column, self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class Installed:
    """A `%pip install` in a notebook, or one that it runs, or that a process or pip is told by code."""

    environment: Environment
    place: Place


@dataclass(frozen=True, slots=True)
class Looked:
    """A condition or assertion looks at data: the calls that what it looks at comes from, and its words.

    `words` are the attributes and functions that it names (`count`, `empty`,
    `nunique`), and those by which its values were made.
    """

    place: Place
    calls: tuple[CallSeen, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class SecondColumn:
    """`x[:, 1]` of what a call gave; `in_try`: a handler stands around it."""

    place: Place
    call: CallSeen
    in_try: bool


@dataclass(frozen=True, slots=True)
class Divided:
    """A division by what calls gave, in a function or file. `by` is the divisor as it is written.

    `guard` says what keeps it from zero in the expression itself (a sum, `maximum`, `where`, a mask), "" for nothing.
    `column` is the column that it is, "" where that is not known.
    """

    place: Place
    calls: tuple[CallSeen, ...]
    by: str
    guard: str
    column: str


@dataclass(frozen=True, slots=True)
class Masked:
    """Rows are kept by a comparison, `frame[frame["y"] > 0]`: with what calls gave, of which columns ("" not known)."""

    place: Place
    calls: tuple[CallSeen, ...]
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class MissingColumnFilled:
    """A column is made because a frame hasn't it. `column` is "" for one of several; `value` as it is written."""

    place: Place
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class SqlCell:
    """A `%sql` cell, or one of a SQL notebook, where it runs among the statements: one or more of SQL's own."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class NumberFallback:
    """A handler puts a number that is written down where a look-up of model versions failed."""

    place: Place
    number: str


@dataclass(frozen=True, slots=True)
class VersionWritten:
    """A model's address is put together with a version that is written down in it: `f"models:/{name}/1"`."""

    place: Place
    uri: Value


@dataclass(frozen=True, slots=True)
class VersionPicked:
    """One version of a registered model is chosen among several.

    `how`: text (the largest by its string), number, time.
    """

    place: Place
    how: str


@dataclass(frozen=True, slots=True)
class LatestVersions:
    """An element of the `latest_versions` of a registered model is taken; `call` asked for the model."""

    place: Place
    call: CallSeen


@dataclass(slots=True, eq=False)
class CallSeen:
    """A call of a library, with what reaches it and the state of the path. Never changed once it is made.

    `name` is the canonical dotted path: `mlflow.sklearn.log_model`,
    `mlflow.MlflowClient.set_tag`, `pyspark.sql.DataFrame.toPandas`; where the
    receiver is not known `?.log_model`, and then only for calls that checks
    ask about. Arguments are as they were at the call; `open`: a `*` or `**` of
    unknown content may add others. `receiver` is the object that a method is
    called on, None for a function. `run` is none, active, maybe, or implicit (one
    that MLflow opened by itself, to log into); `handler`
    the innermost one that the path is in, through callers; `in_try`: a handler
    stands around it; `certain`: no undecided branch does; `guards` are the
    constants that those branches look at. `gate` is what must hold before it
    runs (flow.gates): nothing, a condition, or a comparison; `registry` where
    models are registered: unset, uc, workspace, local, unknown, uc-or-unset (by branches).
    """

    name: str
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    open: bool
    receiver: Value | None
    run: str
    handler: Handler | None
    in_try: bool
    certain: bool
    guards: frozenset[str]
    gate: int
    registry: str
    lines: LineMap
    line: int  # in the code's own text, with its columns in bytes from 0
    column: int
    end_line: int
    end_column: int
    _key: object = None

    @property
    def place(self) -> Place:
        return self.lines.span(self.line, self.column, self.end_line, self.end_column)

    @property
    def method(self) -> str:
        """The name's last part."""
        return self.name.rpartition(".")[2]

    def argument(self, name: str, position: int | None = None) -> Value | None:
        """An argument by its keyword or its position (from 0), None where it isn't given as one that is seen.

        Where `open` holds, one that isn't seen may still be given.
        """
        if name in self.keywords:
            return self.keywords[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None


@dataclass(frozen=True, slots=True)
class UnresolvedCall:
    """A call by a name that checks care about, on a receiver that is not known."""

    place: Place
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that was not followed: `exec`, a module that isn't there, a bound that was reached.

    `words` are the names that may be behind it; None: anything. `broad`: it
    is code that was not seen, and may do more than call what the words say.
    """

    place: Place
    why: str
    words: frozenset[str] | None = None
    broad: bool = False

    @property
    def hides_code(self) -> bool:
        """Whether values, imports and conditions may be behind it, and not a call alone."""
        return self.words is None or self.broad


Fact = Union[
    ExperimentSet,
    AccessorUsed,
    ColumnsRead,
    FrameProblem,
    VersionsRead,
    VersionsSettled,
    JoinSeen,
    JoinSettled,
    TableRead,
    TableWritten,
    FolderMade,
    NotebookRun,
    NotebookTaken,
    DoesNotParse,
    UndefinedName,
    NameUncertain,
    NamesRead,
    PathAdded,
    OwnImport,
    RunOpened,
    DatasetLogged,
    SideSet,
    LineageLogged,
    ModelRegistered,
    ExitCall,
    HandlerSeen,
    ResultSeen,
    WidgetRead,
    ParserRead,
    Imported,
    ArgvRead,
    AllWidgetsRead,
    OtherCell,
    PersonalPathMade,
    Installed,
    SqlCell,
    MissingColumnFilled,
    Looked,
    SecondColumn,
    Divided,
    Masked,
    NumberFallback,
    VersionPicked,
    VersionWritten,
    LatestVersions,
    CallSeen,
    UnresolvedCall,
    Gap,
]
AFact = TypeVar("AFact", bound=Fact)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs an entry point: a task of a job in a bundle's target, or another notebook.

    Of a notebook: the names that it gives, whether these are all, and where it runs the other.
    """

    target: str | None
    job: Job | None
    task: Task | None
    bundle: Bundle | None
    notebook: str | None = None
    gives: tuple[str, ...] = ()
    gives_all: bool = False
    place: Place | None = None

    @property
    def in_target(self) -> Target | None:
        """The bundle's target that its job is in; None of a notebook."""
        targets = self.bundle.targets if self.bundle is not None else ()
        return next((one for one in targets if one.name == self.target), None)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry point, evaluated once for each distinct tuple of parameters.

    `callers` are those who give these parameters; empty where nobody that is
    known runs it. `models` are the registered names that it logs, where known.
    """

    path: str
    kind: Literal["notebook", "script", "wheel"]
    role: Literal["training", "inference"] | None
    callers: tuple[Caller, ...]
    facts: tuple[Fact, ...]
    models: tuple[str, ...]
    model: str  # the instance that its items speak of: the model's registered name, else its path
    job: str | None  # the name of the one job that runs it, as an instance
    reached: frozenset[str]  # the paths of the project's code that it runs, itself included
    place: Place
    by_type: Mapping[type, tuple[Fact, ...]] = field(default_factory=dict, compare=False, repr=False)
    by_method: Mapping[str, tuple[CallSeen, ...]] = field(default_factory=dict, compare=False, repr=False)
    of_databricks: bool = False  # an .ipynb that Databricks made
    kept: dict[str, object] = field(default_factory=dict, compare=False, repr=False)  # what is worked out from it once

    def of(self, kind: type[AFact]) -> tuple[AFact, ...]:
        """The facts of one type, in the order in which they were found."""
        return cast("tuple[AFact, ...]", self.by_type.get(kind, ()))

    def calls(self, *methods: str) -> Iterator[CallSeen]:
        """The calls whose name's last part is one of these, by each in the order in which they were found."""
        for method in methods:
            yield from self.by_method.get(method, ())

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(sorted({caller.target for caller in self.callers if caller.target}))

    @property
    def on_databricks(self) -> bool:
        """Whether it surely runs there: a task runs it, or it is a notebook in source format, or one made there."""
        return bool(self.callers) or self.of_databricks or (self.kind == "notebook" and self.path.endswith(".py"))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.of(Gap)


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """An import as it is written, in code that runs or not; `import_module` of a constant too."""

    module: str
    names: tuple[str, ...]
    place: Place

    def brings(self, module: str) -> bool:
        """Whether it imports a module, a part of it, or a name that it is."""
        parent, _, last = module.rpartition(".")
        inside = self.module == module or self.module.startswith(f"{module}.")
        return inside or (self.module == parent and last in self.names)


@dataclass(frozen=True, slots=True)
class Mention:
    """A call by a name, in code that no entry point was seen to run."""

    place: Place
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that checks read: the entry points' facts, the project, and what was not followed."""

    project: Project
    entries: tuple[EntryFacts, ...]
    mentions: tuple[Mention, ...]
    not_understood: tuple[NotUnderstood, ...]
    files: int
    column_references: int
    columns_decided: int  # of these references
    calls: int
    calls_resolved: int
    breaks: tuple[DoesNotParse, ...] = ()  # all that were met, in code that nothing runs too
    imports: tuple[ImportStatement, ...] = ()  # of the modules that checks ask about

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        return self.project.bundles

    @property
    def schemas(self) -> tuple[TableSchema, ...]:
        return self.project.schemas

    def job_names(self) -> Mapping[tuple[str, str], str]:
        """By bundle and key, a job's name as an instance: its key, with the bundle where several have it."""
        keys = {(bundle.path, job.key) for bundle, _, job in self.jobs()}
        counts: dict[str, int] = {}
        for _, key in keys:
            counts[key] = counts.get(key, 0) + 1
        return {(path, key): key if counts[key] == 1 else f"{path}:{key}" for path, key in keys}

    def jobs(self) -> Iterator[tuple[Bundle, Target, Job]]:
        """Every job of every target."""
        for bundle in self.project.bundles:
            for target in bundle.targets:
                for job in target.jobs:
                    yield bundle, target, job

    def code(self, path: str) -> Code | None:
        return self.project.code.get(path)

    def unfollowed(self, entry: EntryFacts, words: frozenset[str]) -> Iterator[tuple[Place, str]]:
        """The places of an entry point where a call by one of the words may hide, and why; of no words, any code."""
        for gap in entry.of(Gap):
            if gap.words is None or gap.words & words or (gap.broad and not words):
                yield gap.place, gap.why
        for lost in entry.of(UnresolvedCall):
            if lost.name in words:
                yield lost.place, lost.why

    def unreached_calls(self, words: frozenset[str]) -> Iterator[Mention]:
        """Calls by one of the words in code that no entry point was seen to run."""
        for mention in self.mentions:
            if mention.word in words:
                yield mention
