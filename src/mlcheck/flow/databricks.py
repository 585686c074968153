"""Transfer functions of the notebook: `dbutils`, the workspace client, `%run`, `%pip` and `%sql`.

Source: Databricks' documentation of dbutils; `dbutils.notebook.exit` ends a
notebook as a success whatever it is given.
"""

from __future__ import annotations

import re

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.entering import Ends
from mlcheck.flow.facts import (
    AllWidgetsRead,
    ExitCall,
    FolderMade,
    Gap,
    Installed,
    NotebookRun,
    NotebookTaken,
    OtherCell,
    SqlCell,
    WidgetRead,
)
from mlcheck.flow.failures import Included, Watched
from mlcheck.flow.fallbacks import absence_is_handled
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.personal import note_magic
from mlcheck.flow.scope import ANY_FOLDER
from mlcheck.flow.spark_sql import cell as run_cell
from mlcheck.flow.system import FOLDER_OF, make_folder, workspace_folder, written
from mlcheck.flow.values import (
    NONE,
    Const,
    DictValue,
    Hole,
    Obj,
    Text,
    Value,
    constant_text,
    merge,
    options_of,
    parts_of,
    text_of,
)
from mlcheck.project.environment import parse_pip
from mlcheck.project.model import Magic

Maybe = Value | None


# --- widgets


def declare_widget(call: Call, name: Maybe, defaultValue: Maybe) -> Value:
    """`widgets.text|dropdown|combobox|multiselect`: the name may be read from here on."""
    text = constant_text(name) if name is not None else None
    call.it.sources.taint()
    if text is not None:
        call.it.widgets[text] = defaultValue or Const("")
    elif name is not None:
        call.it.widgets["*"] = call.top("a widget whose name is not constant")
    return NONE


def get_widget(call: Call, name: Maybe, default: Maybe) -> Value:
    """The parameter's value, else the declared default; a name that neither has is noted."""
    call.it.sources.taint()
    given = name or NONE
    results = [_widget(call, option, default) for option in options_of(given)]
    value = results[0]
    for other in results[1:]:
        value = merge(value, other)
    return value


def _widget(call: Call, name: Value, default: Maybe) -> Value:
    it = call.it
    text = constant_text(name)
    given = text is not None and text in it.parameters
    declared = (text is not None and text in it.widgets) or "*" in it.widgets
    guarded = text is not None and text in it.state.guards
    tolerated = bool(it.state.protected or it.state.branch) or guarded or default is not None
    handled = default is not None or absence_is_handled(it)
    call.found(WidgetRead(call.place, name, declared, given, tolerated, handled))
    if text is None:
        return call.top("a widget whose name is not known")
    if given:
        return it.parameters[text]
    if text in it.widgets:
        return it.widgets[text]
    return default if default is not None else call.top(f"the parameter `{text}`")


def all_widgets(call: Call) -> Value:
    call.it.sources.taint()
    call.found(AllWidgetsRead(call.place))
    entries: dict[str, Value] = {**call.it.widgets, **call.it.parameters}
    entries.pop("*", None)
    return DictValue(entries, is_open=True, birth=call.it.birth())


def remove_widgets(call: Call, name: Maybe) -> Value:
    """`removeAll` and `remove`: what was declared may be gone; parameters stay."""
    text = constant_text(name) if name is not None else None
    call.it.sources.taint()
    if text is not None:
        call.it.widgets.pop(text, None)
    elif name is None:
        call.it.widgets.clear()
    return NONE


# --- notebooks


def notebook_exit(call: Call, value: Maybe) -> Value:
    call.found(ExitCall(call.place, "notebook", value or NONE, written(call), call.it.state.handler))
    raise Ends


def notebook_run(call: Call, path: Maybe, timeout_seconds: Maybe, arguments: Maybe) -> Value:
    """Another notebook, run on its own: it is an entry point with these arguments."""
    text = constant_text(path) if path is not None else None
    code = call.it.sources.notebook(call.it.code.path, text) if text is not None and call.it.code else None
    if code is not None and call.it.code is not None:
        call.it.facts.append(Watched("notebook", code.path, call.node, call.it.frame, call.it.code))
    call.found(NotebookRun(call.place, code.path if code is not None else None))
    if code is None:
        return call.it.gap(call.node, _why_not_run(text), frozenset())
    given = arguments or (call.top("arguments") if call.arguments.open else DictValue({}))
    if not call.it.sources.note_notebook_run(call.it, code.path, given, call.place):
        return call.it.gap(call.node, f"{code.path} is run with more arguments than are followed", frozenset())
    return call.top("what another notebook gives")


def _why_not_run(path: str | None) -> str:
    if path is None:
        return "a notebook is run whose path is not known"
    return f"`{path}` is run, and is not among the project's files"


def restart_python(call: Call) -> Value:
    """Python starts again: every name that the notebook bound is gone."""
    call.it.scope.top.names.clear()
    call.it.state.run = "none"
    call.it.state.registry = "unset"
    return NONE


# --- the workspace


def make_workspace_folder(call: Call, path: Maybe) -> Value:
    """`mkdirs`: the folder is made, and so are those above it; `*` where which is not known."""
    if isinstance(path, (Const, Text)):
        make_folder(call, workspace_folder(path))
    elif isinstance(path, Obj) and path.cls == FOLDER_OF:
        make_folder(call, path.data["of"])
    else:
        make_folder(call, ANY_FOLDER)
    return NONE


def files_make_folder(call: Call, dir: Maybe) -> Value:
    """`dbutils.fs.mkdirs`: a workspace folder where the path is under `/Workspace`."""
    parts = parts_of(dir) if dir is not None else []
    if parts and isinstance(parts[0], str) and "/Workspace" in parts[0]:
        parts[0] = "/Workspace" + parts[0].partition("/Workspace")[2]
        make_folder(call, workspace_folder(text_of(parts)))
    return NONE


def post(call: Call, url: Maybe) -> Value:
    """A call of the REST API: one that makes folders makes one that is not known."""
    parts = parts_of(url) if url is not None else []
    if any(isinstance(part, str) and "workspace/mkdirs" in part for part in parts):
        make_folder(call, ANY_FOLDER)
    return call.top("an answer")


def utilities(call: Call) -> Value:
    """`DBUtils(spark)`: the notebook's own `dbutils`."""
    return Obj("dbutils")


def current_user(call: Call) -> Value:
    return Obj("current_user")


# --- magics


def run_magic(it: Interpreter, magic: Magic) -> None:
    """A magic line or cell, where it stands among the statements."""
    if it.sources.holds_paths:
        note_magic(it, magic)
    if magic.kind == "run":
        _run_notebook(it, magic)
    elif magic.kind == "sh" and "mkdirs" in magic.argument:
        it.found(FolderMade(magic.place, ANY_FOLDER))
        it.state.made |= {ANY_FOLDER}
    elif magic.kind == "other":
        _declare_in(it, _IN_OTHERS, magic.argument)
        it.found(OtherCell(magic.place, magic.argument))
    elif magic.kind == "pip":
        environment = parse_pip(magic.argument, magic.place)
        it.found(Installed(environment, magic.place))
    elif magic.kind == "sql" and magic.argument.strip():
        _declare_in(it, _IN_SQL, magic.argument)
        it.found(SqlCell(magic.place, magic.argument))
        run_cell(it, magic)


# Widgets that a cell of another language declares: a notebook's are the same for all of them.
_IN_SQL = re.compile(r"\bCREATE\s+WIDGET\s+(?:TEXT|DROPDOWN|COMBOBOX|MULTISELECT)\s+`?([\w.-]+)", re.IGNORECASE)
_IN_OTHERS = re.compile(r"\bwidgets\.(?:text|dropdown|combobox|multiselect)\(\s*[\"']([^\"']+)[\"']")


def _declare_in(it: Interpreter, pattern: re.Pattern[str], text: str) -> None:
    for name in pattern.findall(text):
        it.sources.taint()
        it.widgets[name] = Text((Hole("unknown", f"the widget `{name}`", None),))


def _run_notebook(it: Interpreter, magic: Magic) -> None:
    from mlcheck.flow.sources import run_code

    given = magic.argument
    code = it.sources.notebook(it.code.path, given) if it.code is not None and given else None
    it.found(NotebookTaken(magic.place, given, code.path if code is not None else None))
    if code is None:
        it.found(Gap(magic.place, f"`%run {given}` is not among the project's files"))
        return
    if code.path in it.running:
        return
    outer = it.parameters
    if magic.parameters:
        it.sources.taint()
        it.parameters = {**outer, **{name: Const(value) for name, value in magic.parameters}}
    it.running.append(code.path)
    assert it.code is not None
    it.facts.append(Included(code.path, magic.line, it.code))
    try:
        run_code(it, code)
    finally:
        it.running.pop()
        it.parameters = outer


_MKDIRS = (
    "databricks.sdk.WorkspaceClient.workspace.mkdirs",
    "databricks_cli.workspace.api.WorkspaceApi.mkdirs",
)

TRANSFERS: Transfers = {
    **{f"dbutils.widgets.{kind}": declare_widget for kind in ("text", "dropdown", "combobox", "multiselect")},
    "dbutils.widgets.get": get_widget,
    "dbutils.widgets.getArgument": get_widget,
    "notebook.getArgument": get_widget,
    "dbutils.widgets.getAll": all_widgets,
    "dbutils.widgets.removeAll": remove_widgets,
    "dbutils.widgets.remove": remove_widgets,
    "dbutils.notebook.exit": notebook_exit,
    "dbutils.notebook.run": notebook_run,
    "dbutils.library.restartPython": restart_python,
    **dict.fromkeys(_MKDIRS, make_workspace_folder),
    "pyspark.dbutils.DBUtils": utilities,
    "dbutils.fs.mkdirs": files_make_folder,
    "requests.post": post,
    "requests.request": post,
    "databricks.sdk.WorkspaceClient.current_user.me": current_user,
}
