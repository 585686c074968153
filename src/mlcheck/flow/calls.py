"""Calls: who is called, with what, and what comes back. Functions of the project are entered."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from mlcheck.flow import (
    argument_parser,
    click,
    commandline,
    config_reads,
    containers,
    databricks,
    estimators,
    feature_frames,
    feature_store,
    folders,
    frame_cells,
    installing,
    instances,
    mlflow,
    model_versions,
    pandas_frames,
    pandas_functions,
    pandas_groups,
    pandas_index,
    pandas_joins,
    pandas_models,
    pandas_series,
    python,
    spark,
    spark_columns,
    spark_frames,
    spark_sql,
    spark_tables,
    spark_udfs,
    strings,
    system,
    typer,
)
from mlcheck.flow.attributes import class_attribute
from mlcheck.flow.call import Arguments, Call, Transfer, apply
from mlcheck.flow.entering import Ends, defaults_of, enter
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.facts import AllWidgetsRead, Gap, UnresolvedCall
from mlcheck.flow.failures import Watched
from mlcheck.flow.frames.spots import spot_of
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.names import BUILTINS, NOTEBOOK_GLOBALS, canonical, is_quiet
from mlcheck.flow.nodes import end_of
from mlcheck.flow.returns import PANDAS_FRAME, fits_itself, returned_class
from mlcheck.flow.runs import run_where_handed
from mlcheck.flow.scope import NO_GATE, State
from mlcheck.flow.seen import seen_call
from mlcheck.flow.strings import percent
from mlcheck.flow.system import path_text
from mlcheck.flow.values import (
    Bound,
    Class,
    Const,
    Context,
    DictValue,
    Function,
    Instance,
    Lib,
    ListValue,
    Made,
    ModuleValue,
    Obj,
    OneOf,
    Text,
    Top,
    Value,
    derived,
    merge,
)
from mlcheck.flow.works import concurrent_kind

__all__ = [
    "builtin",
    "call",
    "defaults_of",
    "enter",
    "is_path",
    "is_user",
    "path_text",
    "percent",
    "subscripted",
]

TRANSFERS: dict[str, Transfer] = {
    **python.TRANSFERS,
    **strings.TRANSFERS,
    **containers.TRANSFERS,
    **system.TRANSFERS,
    **folders.TRANSFERS,
    **config_reads.TRANSFERS,
    **instances.TRANSFERS,
    **databricks.TRANSFERS,
    **spark.TRANSFERS,
    **spark_columns.TRANSFERS,
    **spark_frames.TRANSFERS,
    **spark_sql.TRANSFERS,
    **spark_tables.TRANSFERS,
    **spark_udfs.TRANSFERS,
    **pandas_frames.TRANSFERS,
    **pandas_series.TRANSFERS,
    **pandas_functions.TRANSFERS,
    **pandas_groups.TRANSFERS,
    **pandas_index.TRANSFERS,
    **pandas_joins.TRANSFERS,
    **pandas_models.TRANSFERS,
    **mlflow.TRANSFERS,
    **model_versions.TRANSFERS,
    **feature_store.TRANSFERS,
    **feature_frames.TRANSFERS,
    **estimators.TRANSFERS,
    **argument_parser.TRANSFERS,
    **click.TRANSFERS,
    **typer.TRANSFERS,
    **commandline.TRANSFERS,
    **installing.TRANSFERS,
}

_FUNCTIONS = "pyspark.sql.functions."  # of any of these, what it gives is a column

# What shows a frame, and what estimators do with one: they leave it as it is.
_SHOWS = frozenset({"builtins.print", "notebook.display", "builtins.len"})
_ESTIMATES = frozenset(
    ["fit", "predict", "predict_proba", "transform", "fit_transform", "fit_predict", "score", "info", "debug", "append"]
)

# Decorators that may stand without a call.
DECORATORS = frozenset(
    {"click.command", "click.group", "pyspark.sql.functions.udf", "pyspark.sql.functions.pandas_udf"}
)

# What looks at a function that it is handed, and doesn't call it.
_NEVER_CALLS = frozenset(
    [
        "functools.wraps",
        "functools.update_wrapper",
        "inspect.signature",
        "inspect.getsource",
        "builtins.callable",
        "builtins.getattr",
        "builtins.hasattr",
        "builtins.id",
        "builtins.isinstance",
        "builtins.print",
        "builtins.repr",
        "builtins.type",
    ]
)
# Whatever the receiver, these are the notebook's own utilities.
_UTILITIES = ("widgets.", "notebook.exit", "notebook.run", "library.restartPython")


def builtin(it: Interpreter, name: str) -> Value | None:
    """A name that nobody binds: a builtin, or what every notebook has."""
    if name in BUILTINS:
        return Lib(f"builtins.{name}")
    if name in NOTEBOOK_GLOBALS and it.notebook:
        cls = NOTEBOOK_GLOBALS[name]
        return Obj(cls) if cls else Lib(f"notebook.{name}")
    return None


def is_user(value: Value) -> bool:
    return isinstance(value, Obj) and value.cls == "current_user"


def is_path(value: Value) -> bool:
    return isinstance(value, Obj) and value.cls == "pathlib.Path"


def call(it: Interpreter, callee: Value, node: ast.Call) -> Value:
    """The result of a call whose callee is evaluated already."""
    arguments = _arguments(it, node)
    _count(it, callee, node)
    return dispatch(it, callee, arguments, node)


def _count(it: Interpreter, callee: Value, node: ast.Call) -> None:
    assert it.code is not None
    resolved = not (callee.receiver.cls == "?" if isinstance(callee, Bound) else isinstance(callee, Top))
    it.sources.count_call(it.code.path, node, resolved)


def _arguments(it: Interpreter, node: ast.Call) -> Arguments:
    given = Arguments([], {})
    for argument in node.args:
        value = evaluate(it, argument)
        if not isinstance(argument, ast.Starred):
            given.positional.append(value)
        elif isinstance(value, ListValue) and not value.open:
            given.positional.extend(value.items)
        else:
            given.open = True
    for keyword in node.keywords:
        value = evaluate(it, keyword.value)
        if keyword.arg is not None:
            given.keywords[keyword.arg] = value
        elif isinstance(value, DictValue):
            given.keywords.update({str(key): one for key, one in value.entries.items()})
            given.open = given.open or value.open
        else:
            given.open = True
    return given


def dispatch(it: Interpreter, callee: Value, arguments: Arguments, node: ast.expr) -> Value:
    match callee:
        case Lib(name=name):
            return _library(it, canonical(name), None, arguments, node)
        case Bound(receiver=receiver, method=method):
            return _method(it, receiver, method, arguments, node)
        case Function():
            return enter(it, callee, arguments.positional, arguments.keywords, node, arguments.open)
        case Class():
            return instances.instantiate(it, callee, arguments, node)
        case OneOf(options=options):
            return _any(it, options, arguments, node)
        case Instance():
            called = class_attribute(callee.cls, "__call__")
            if isinstance(called, Function):
                bound = called.to(callee, callee.cls)
                return enter(it, bound, arguments.positional, arguments.keywords, node, arguments.open)
            return it.top(node, "a call of an instance")
        case Obj(cls="current_user"):
            return callee
        case Obj(cls="functools.partial", data=data):
            return _partial(it, data, arguments, node)
        case Obj(cls=cls) if f"{cls}.__call__" in TRANSFERS:
            return apply(TRANSFERS[f"{cls}.__call__"], Call(it, node, f"{cls}.__call__", callee, arguments))
        case Top() as top:
            _note_strange(it, node, top.foreign)
            _escape(it, arguments, node, "a call of something that is not known")
            lose_frames(it, arguments, node)
            if top.foreign:
                it.lose()
            return top
        case _:
            return it.top(node, "a call of something that is not known")


def is_known_decorator(value: Value) -> bool:
    """Whether a library's decorator is one that has a transfer function."""
    if isinstance(value, Obj):
        return f"{value.cls}.__call__" in TRANSFERS
    return isinstance(value, Lib) and canonical(value.name) in DECORATORS


def _any(it: Interpreter, options: Sequence[Value], arguments: Arguments, node: ast.expr) -> Value:
    """A call of one of several: each may be the one, none surely is. What is no function raises there."""
    outer = it.state.branch
    it.state.branch = it.sources.new_branch()
    before = it.state.copy()
    value: Value | None = None
    after: State | None = None
    for option in [one for one in options if not isinstance(one, Const)] or options:
        it.state.take(before)
        try:
            result = dispatch(it, option, arguments, node)
        except Ends:
            continue
        value = result if value is None else merge(value, result)
        met = it.state.copy()
        if after is not None:
            met.meet(after, it.state)
        after = met
    it.state.branch = outer
    if value is None or after is None:
        raise Ends
    it.state.take(after)
    return value


def _partial(it: Interpreter, data: dict[str, Value], arguments: Arguments, node: ast.expr) -> Value:
    first, keywords = data["arguments"], data["keywords"]
    assert isinstance(first, ListValue) and isinstance(keywords, DictValue)
    merged = {**{str(key): value for key, value in keywords.entries.items()}, **arguments.keywords}
    return dispatch(
        it, data["function"], Arguments([*first.items, *arguments.positional], merged, arguments.open), node
    )


def _note_role(it: Interpreter, words: tuple[str, ...]) -> None:
    """What a call says of the entry point's role; where it trains, what was passed before says nothing of the model."""
    if words:
        it.role_words.update(words)
        if estimators.TRAINS in words:
            it.state.passed = NO_GATE


def _library(it: Interpreter, name: str, receiver: Obj | None, arguments: Arguments, node: ast.expr) -> Value:
    _note_role(it, estimators.role_words(name))
    seen = seen_call(it, name, receiver, arguments, node)
    value = _transferred(it, name, receiver, arguments, node)
    if seen is None:
        return value
    if isinstance(value, Made) and not value.calls:
        return value.by((seen,))
    if type(value) is Top:
        if receiver is not None and fits_itself(name) and receiver.cls != "?":
            return receiver.data.get("lost", receiver)
        return Made(value.why, (seen,), returned_class(name), value.foreign)
    if isinstance(value, Obj) and value.made is None and value.version == 0 and value is not receiver:
        value.made = seen
    if isinstance(value, ListValue) and value.kind == "tuple":  # what several were made at once
        value.items = [one.by((seen,)) if isinstance(one, Made) and not one.calls else one for one in value.items]
    return value


def _transferred(it: Interpreter, name: str, receiver: Obj | None, arguments: Arguments, node: ast.expr) -> Value:
    transfer = TRANSFERS.get(name)
    if transfer is None and name.startswith(_FUNCTIONS) and spark_columns.is_function(name, arguments.positional):
        transfer = spark_columns.function
    if transfer is not None:
        if name.startswith("pandas.") and name not in pandas_frames.ENTERS:
            _escape(it, arguments, node, f"passed to `{name}`, which may call it", name)
        return apply(transfer, Call(it, node, name, receiver, arguments))
    if name not in _NEVER_CALLS:
        _escape(it, arguments, node, f"passed to `{name}`, which may call it", name)
    quiet = is_quiet(name)
    if not quiet and name not in _SHOWS:
        lose_frames(it, arguments, node)
    _note_strange(it, node, not quiet)
    if not quiet or (it.sources.makes_folders and _speaks_of(arguments, "mkdirs")):
        it.lose()
    last = name.rpartition(".")[2]
    if last[:1].isupper() and name != PANDAS_FRAME:  # a frame that is made is as one that is read
        return Obj(name, dict(arguments.keywords), it.birth())
    return it.top(node, f"what `{name}` returns", foreign=not quiet)


def _speaks_of(arguments: Arguments, word: str) -> bool:
    """Whether a string among the arguments, or in a list of them, has a word."""
    for value in (*arguments.positional, *arguments.keywords.values()):
        for one in value.items if isinstance(value, ListValue) else (value,):
            if isinstance(one, Const):
                if isinstance(one.value, str) and word in one.value:
                    return True
            elif isinstance(one, Text) and any(isinstance(part, str) and word in part for part in one.parts):
                return True
    return False


def _method(it: Interpreter, receiver: Obj, method: str, arguments: Arguments, node: ast.expr) -> Value:
    if receiver.cls == "current_user":
        return it.top(node, "a part of the current user's name") if method in strings.STRING_CUTS else receiver
    if receiver.cls == "?":
        return _lost(it, receiver, method, arguments, node)
    return _library(it, canonical(f"{receiver.cls}.{method}"), receiver, arguments, node)


def _lost(it: Interpreter, receiver: Obj, method: str, arguments: Arguments, node: ast.expr) -> Value:
    """A method of a receiver that is not known: by its name alone."""
    if method.startswith(_UTILITIES):
        return _library(it, f"dbutils.{method}", receiver, arguments, node)
    if method == "apply" and arguments.positional == [Const("user")]:
        return Obj("current_user")
    _note_role(it, estimators.role_words(f"?.{method}"))
    lost = receiver.data["lost"]
    why = lost.why if isinstance(lost, Top) else "the receiver is not known"
    last = method.rpartition(".")[2]
    seen = seen_call(it, f"?.{method}", receiver, arguments, node)
    if last in it.sources.words:
        it.found(UnresolvedCall(it.place(node), last, f"`{last}` on something that is not known: {why}"))
    _escape(it, arguments, node, f"passed to `.{last}` of something that is not known, which may call it", last)
    foreign = isinstance(lost, Top) and lost.foreign
    if last not in _ESTIMATES:
        lose_frames(it, arguments, node)
    _note_strange(it, node, foreign)
    if foreign or (it.sources.makes_folders and _speaks_of(arguments, "mkdirs")):
        it.lose()
    if seen is not None:
        return Made(why, (seen,), None, foreign)
    top = it.top(node, why, foreign)
    return top if foreign else derived(top, "operation", lost, *arguments.positional)


def lose_frames(it: Interpreter, arguments: Arguments, node: ast.expr) -> None:
    """What is not followed may change a frame that it is handed."""
    given = [one for one in (*arguments.positional, *arguments.keywords.values()) if type(one) in frame_cells.HOLDERS]
    if given:
        assert it.code is not None
        frame_cells.lose(it, given, "handed to what is not followed", spot_of(it.code.lines, node))


def _note_strange(it: Interpreter, node: ast.expr, foreign: bool) -> None:
    """Note a call of what nothing is known of, for those who ask what it may do."""
    if foreign and it.code is not None:
        it.sources.strange[it.code.path].add(end_of(node))


def _escape(it: Interpreter, arguments: Arguments, node: ast.expr, why: str, to: str = "something") -> None:
    """Functions that are handed to code that can't be followed: entered once, as if called with anything."""
    for value in (*arguments.positional, *arguments.keywords.values()):
        if isinstance(value, _INERT):
            continue
        if isinstance(value, (Obj, Bound)) and _is_widgets(value):
            it.found(AllWidgetsRead(it.place(node)))
        elif isinstance(value, Lib) and value.name.rpartition(".")[2] in it.sources.words:
            it.found(Gap(it.place(node), f"`{value.name}` is {why}", frozenset({value.name.rpartition(".")[2]})))
        elif isinstance(value, (Function, OneOf)):
            for option in value.options if isinstance(value, OneOf) else (value,):
                if isinstance(option, Function):
                    perhaps(it, option, node, to)


_INERT = (Top, Const, Text, ListValue, DictValue)  # nothing in them is looked for


def _is_widgets(value: Obj | Bound) -> bool:
    """The notebook's utilities, or their widgets: whoever has them can read every parameter."""
    if isinstance(value, Obj):
        return value.cls in ("dbutils", "dbutils.widgets")
    return value.receiver.cls in ("dbutils", "dbutils.widgets") and value.method in ("widgets", "get", "getAll")


def perhaps(it: Interpreter, function: Function, node: ast.expr, to: str) -> None:
    from mlcheck.flow.statements import in_branch

    start = len(it.facts)
    before, handed = it.state.run, run_where_handed(to, it.state.run)
    with in_branch(it):
        it.handed = to
        it.state.run = handed
        enter(it, function, [], {}, node, True)
        if it.state.run == handed:
            it.state.run = before
    kind = concurrent_kind(to)
    if kind is not None and it.code is not None:
        it.facts.append(Watched(kind, to, node, it.frame, it.code, tuple(it.facts[start:])))


def subscripted(it: Interpreter, owner: Value, key: Value, node: ast.expr) -> Value:
    """`owner[key]` of what is no container of the engine's."""
    match owner:
        case Obj(cls="current_user"):
            return owner
        case Obj(cls="os.environ"):
            return it.top(node, "an environment variable")
        case Obj(cls=model_versions.VERSIONS):
            return model_versions.item_of(it, owner, key, node)
        case Bound(method="latest_versions"):
            latest = model_versions.latest_of(it, owner, node)
            return latest if latest is not None else it.top(node, "an element of a value that is not known")
        case Instance() | ModuleValue() | Function() | Context():
            return it.top(node, "an element of a value that is not known")
        case Lib():  # a generic: list[str], Optional[X]
            return owner
        case _:
            return it.top(node, "an element of a value that is not known")
