"""Transfer functions of `os`, `pathlib`, `json` and `sys`: paths, folders of the workspace, exits."""

from __future__ import annotations

import ast
import itertools
import json

from mlcheck.flow import folders
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.entering import Ends
from mlcheck.flow.facts import ExitCall, FolderMade
from mlcheck.flow.folders import PROJECT
from mlcheck.flow.values import (
    NONE,
    Const,
    DictValue,
    Hole,
    Obj,
    OneOf,
    Text,
    Top,
    Value,
    constant_text,
    merge,
    options_of,
    parts_of,
    text_of,
)

Maybe = Value | None
# The folder of a path that is not known: data["of"] is the path.
FOLDER_OF = "os.path.dirname()"


def json_dumps(call: Call, obj: Maybe) -> Value:
    """The JSON text, with holes where values are not known; one text for each of a few values."""
    if obj is None:
        return call.top("a JSON text")
    if not isinstance(obj, DictValue) or not any(isinstance(one, OneOf) for one in obj.entries.values()):
        return text_of(_json_parts(obj))
    choices = [options_of(one) for one in obj.entries.values()]
    rows = [DictValue(dict(zip(obj.entries, row))) for row in itertools.islice(itertools.product(*choices), 8)]
    value = text_of(_json_parts(rows[0]))
    for row in rows[1:]:
        value = merge(value, text_of(_json_parts(row)))
    return value


def _json_parts(value: Value, depth: int = 0) -> list[str | Hole]:
    if depth > 8:
        return [Hole("unknown", "a value", None)]
    match value:
        case Const(value=constant) if not isinstance(constant, (bytes, complex)):
            return [json.dumps(constant)]
        case Text(parts=parts):
            return ['"', *parts, '"']
        case DictValue(entries=entries):
            parts_: list[str | Hole] = ["{"]
            for index, (key, one) in enumerate(entries.items()):
                parts_ += [", " if index else "", json.dumps(str(key)), ": ", *_json_parts(one, depth + 1)]
            return [*parts_, "}"]
        case _:
            return [Hole("unknown", "a value", None)]


def os_join(call: Call, a: Maybe) -> Value:
    parts: list[str | Hole] = []
    for value in call.arguments.positional:
        text = constant_text(value)
        if text is not None and text.startswith("/"):
            parts = []
        elif parts and not (isinstance(parts[-1], str) and parts[-1].endswith("/")):
            parts.append("/")
        parts += parts_of(value)
    return text_of(parts)


def folder_of(call: Call, p: Maybe) -> Value:
    """`os.path.dirname`; of a path that is not known, an object that says whose folder it is."""
    parts = parts_of(p) if isinstance(p, (Const, Text)) else []
    last = parts[-1] if parts else ""
    if isinstance(last, str) and "/" in last:
        return text_of([*parts[:-1], last.rpartition("/")[0]])
    if isinstance(last, Hole) and last.kind == PROJECT:
        return folders.path_attribute(text_of(parts), "parent")
    return Obj(FOLDER_OF, {"of": p}) if p is not None else call.top("a folder")


def environ_get(call: Call, key: Maybe, default: Maybe) -> Value:
    lost = call.top("an environment variable")
    return merge(default, lost) if default is not None else lost


def path_(call: Call) -> Value:
    return Obj("pathlib.Path", {"text": os_join(call, None)})


def path_text(value: Value) -> Value:
    """The string of a `Path`, or a Top."""
    if isinstance(value, Obj) and "text" in value.data:
        return value.data["text"]
    return Top(None, "a path that is not known")


def make_folders(call: Call, name: Maybe) -> Value:
    """`os.makedirs`: a folder of the workspace is made where the path says so."""
    first = parts_of(name)[0] if name is not None and parts_of(name) else ""
    if name is not None and isinstance(first, str) and first.startswith("/Workspace/"):
        make_folder(call, workspace_folder(name))
    return NONE


def path_make_folder(call: Call) -> Value:
    """`Path(…).mkdir()`."""
    return make_folders(call, path_text(call.receiver)) if call.receiver is not None else NONE


def make_folder(call: Call, folder: Value) -> None:
    """Note that a folder of the workspace is made."""
    call.found(FolderMade(call.place, folder))
    call.it.state.made |= {folder}


def workspace_folder(path: Value) -> Value:
    """A folder's path as experiments name it: without `/Workspace` in front or a slash at the end."""
    parts = parts_of(path)
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].removeprefix("/Workspace")
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip("/")
    return text_of(parts)


def written(call: Call) -> str:
    """A call's first argument as it is written, for a fix to paste; "" where there is none, or a long one."""
    given = call.node.args if isinstance(call.node, ast.Call) else []
    text = ast.unparse(given[0]) if given else ""
    return text if len(text) <= 120 else ""


def ends_well(code: Value) -> bool:
    """Whether a process that exits with a code surely ends as a success."""
    return isinstance(code, Const) and code.value in (None, 0, False) and not isinstance(code.value, (str, bytes))


def sys_exit(call: Call, status: Maybe) -> Value:
    call.found(ExitCall(call.place, "process", status or NONE, written(call), call.it.state.handler))
    call.it.raises += not ends_well(status or NONE)
    raise Ends


TRANSFERS: Transfers = {
    "builtins.exit": sys_exit,
    "builtins.quit": sys_exit,
    "sys.exit": sys_exit,
    "os._exit": sys_exit,
    "json.dumps": json_dumps,
    "os.path.join": os_join,
    "os.path.dirname": folder_of,
    "os.getenv": environ_get,
    "os.environ.get": environ_get,
    "os.makedirs": make_folders,
    "os.mkdir": make_folders,
    "pathlib.Path": path_,
    "pathlib.Path.mkdir": path_make_folder,
}
