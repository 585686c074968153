"""Where code lies, and where modules are looked for: `os.getcwd`, `__file__`, the notebook's path, `sys.path`.

A place under the project is a hole that holds the project's path: wherever it
is deployed, `Path.cwd().parent / "src"` in `notebooks/train.py` is `src`.
Source: Databricks' documentation: from runtime 14 on the current directory is
the folder of the notebook or script that runs.
"""

from __future__ import annotations

import posixpath

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.facts import PathAdded
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import (
    NONE,
    Bound,
    Const,
    Hole,
    ListValue,
    Obj,
    Text,
    Top,
    Value,
    options_of,
    parts_of,
    text_of,
)
from mlcheck.project.place import Place

Maybe = Value | None
PROJECT = "project"  # the kind of a hole that is a place of the project, wherever that is deployed
PLACES = "places"  # the kind of a list that holds the parts of a place
# Attributes of a path that a text, which a path is here, doesn't have.
_FILES = ("open", "read_text", "read_bytes", "write_text", "write_bytes")
PATH_ATTRIBUTES = frozenset(["parent", "parents", "resolve", "absolute", "as_posix", "joinpath", "expanduser", *_FILES])
_MOST_PARENTS = 8


def place_of(path: str) -> Value:
    """The deployed place of a path of the project; "" is its root."""
    return Text((Hole(PROJECT, path),))


def current_folder(it: Interpreter) -> str | None:
    """The project's folder that is the current directory, None where it is not known.

    What comes of it depends on the entry point, so that no call around it is remembered.
    """
    it.sources.taint()
    if not it.running or it.code is None or (it.code.path not in it.running and not it.calls):
        return None
    return posixpath.dirname(it.running[0])


def project_path(value: Value, folder: str | None) -> str | None:
    """The project's path that a path means, given in a folder of it; None where it is not known, or outside."""
    parts = parts_of(value) if isinstance(value, (Const, Text)) else []
    if parts and isinstance(parts[0], str) and parts[0].rstrip("/") in ("", "/Workspace", "file:"):
        parts = parts[1:] if len(parts) > 1 else parts
    if not parts:
        return None
    first, rest = parts[0], parts[1:]
    if any(isinstance(part, Hole) for part in rest):
        return None
    tail = "".join(part for part in rest if isinstance(part, str))
    if isinstance(first, Hole):
        if first.kind != PROJECT:
            return None
        return _inside(posixpath.join(first.what, tail.lstrip("/")) if tail else first.what)
    whole = first + tail
    if whole.startswith("/") or folder is None:
        return None
    return _inside(posixpath.join(folder, whole))


def _inside(path: str) -> str | None:
    normal = posixpath.normpath(path) if path else ""
    return None if normal.startswith("..") else "" if normal == "." else normal


# --- paths


def _path_value(value: Value) -> Value:
    return value.data.get("text", value) if isinstance(value, Obj) else value


def _absolute(it: Interpreter, value: Value) -> Value:
    """A path made absolute and normal."""
    known = project_path(value, current_folder(it))
    return value if known is None else place_of(known)


def _parent(value: Value) -> Value:
    parts = parts_of(value) if isinstance(value, (Const, Text)) else []
    if not parts:
        return Top(None, "the folder of a path that is not known")
    last = parts[-1]
    if isinstance(last, Hole):
        if last.kind != PROJECT or last.what == "":
            return Top(None, "the folder of a path that is not known")
        return text_of([*parts[:-1], Hole(PROJECT, posixpath.dirname(last.what))])
    if "/" in last:
        return text_of([*parts[:-1], posixpath.dirname(last)])
    if len(parts) == 1:
        return Const(".." if last in (".", "") else posixpath.join(last, "..") if last.endswith("..") else ".")
    return text_of(parts[:-1])


def path_attribute(value: Value, name: str) -> Value:
    """`path.parent` and its kin; a method is looked up as one of `pathlib.Path`."""
    path = _path_value(value)
    if name == "parent":
        return _parent(path)
    if name == "parents":
        found: list[Value] = []
        for _ in range(_MOST_PARENTS):
            path = _parent(path)
            if isinstance(path, Top):
                break
            found.append(path)
        return ListValue(found, "tuple")
    return Bound(Obj("pathlib.Path", {"text": path}), name)


def split_place(value: Value, separator: str, right: bool, most: int) -> ListValue | None:
    """`split` or `rsplit` of a place, `most` times (-1: as often as it goes); None where what comes is not known."""
    if not (isinstance(value, Text) and len(value.parts) == 1):
        return None
    hole = value.parts[0]
    if not isinstance(hole, Hole) or hole.kind != PROJECT:
        return None
    if separator == "/":
        names = hole.what.split("/")
        if most < 0:
            return ListValue([place_of(""), *map(Const, names)], PLACES, is_open=True)
        if not right or most > len(names):
            return None
        kept = len(names) - most
        return ListValue([place_of("/".join(names[:kept])), *map(Const, names[kept:])])
    whole = f"/{hole.what}"
    at = whole.rfind(separator) if right else whole.find(separator)
    if at < 0 or len(separator) < 3:
        return None
    return ListValue([place_of(whole[:at].lstrip("/")), Const(whole[at + len(separator) :])])


def part_of_place(value: ListValue, key: Value, upper: Value | None = None) -> Value | None:
    """`parts[-1]`, or `parts[:-2]` where `upper` is given: only what is counted from the end is known."""
    counted = key if upper is None else upper
    if not (isinstance(counted, Const) and isinstance(counted.value, int)):
        return None
    if not -len(value.items) < counted.value < 0:
        return None
    if upper is None:
        return value.items[counted.value]
    return ListValue(value.items[: counted.value], PLACES, is_open=True) if key == NONE else None


def getcwd(call: Call) -> Value:
    folder = current_folder(call.it)
    return place_of(folder) if folder is not None else call.top("the current directory")


def absolute(call: Call, path: Maybe) -> Value:
    """`os.path.abspath`, `realpath` and `normpath`."""
    return _absolute(call.it, _path_value(path)) if path is not None else call.top("a path")


def path_absolute(call: Call) -> Value:
    return _absolute(call.it, _path_value(call.receiver)) if call.receiver is not None else call.top("a path")


def path_same(call: Call) -> Value:
    return _path_value(call.receiver) if call.receiver is not None else call.top("a path")


def path_join(call: Call) -> Value:
    parts: list[str | Hole] = parts_of(_path_value(call.receiver)) if call.receiver is not None else []
    for value in call.arguments.positional:
        parts += ["/", *parts_of(_path_value(value))]
    return text_of(parts)


def notebook_path(call: Call) -> Value:
    """`…notebookPath()`: the running notebook's own path in the workspace, without a suffix."""
    if current_folder(call.it) is None:
        return call.top("the notebook's path")
    return Obj("notebook.path", {"text": place_of(posixpath.splitext(call.it.running[0])[0])})


# --- sys.path


def add_path(call: Call) -> Value:
    """`sys.path.append`, `insert`, `extend`, and `site.addsitedir`."""
    values = [value for value in call.arguments.positional if not (isinstance(value, Const) and value.value == 0)]
    _added(call.it, call.place, values[-1] if values else call.top("a path"))
    return NONE


def _added(it: Interpreter, place: Place, value: Value) -> None:
    for one in value.items if isinstance(value, ListValue) else options_of(value):
        path = _path_value(one)
        folder = project_path(path, current_folder(it))
        it.found(PathAdded(place, folder, _written(path)))
        if folder is None:
            it.sources.any_root = True
        else:
            it.sources.roots.add(folder)
    if isinstance(value, ListValue) and value.open:
        it.found(PathAdded(place, None, "paths that are not known"))
        it.sources.any_root = True


def _written(value: Value) -> str:
    """A path as text, its holes as what they stand for: `${workspace.current_user.userName}`."""
    if not isinstance(value, (Const, Text)):
        return "a path that is not known"
    return "".join(part if isinstance(part, str) else part.what for part in parts_of(value))


def change_path(it: Interpreter, value: Value, place: Place) -> None:
    """`sys.path += […]` and `sys.path = […]`."""
    _added(it, place, value if isinstance(value, ListValue) else Top(place, "a value that is not known"))


TRANSFERS: Transfers = {
    "os.getcwd": getcwd,
    "pathlib.Path.cwd": getcwd,
    "os.path.abspath": absolute,
    "os.path.realpath": absolute,
    "os.path.normpath": absolute,
    "pathlib.Path.resolve": path_absolute,
    "pathlib.Path.absolute": path_absolute,
    "pathlib.Path.expanduser": path_same,
    "pathlib.Path.as_posix": path_same,
    "pathlib.Path.joinpath": path_join,
    "dbutils.notebook.path": notebook_path,
    "notebook.path.get": path_same,
    "notebook.path.getOrElse": path_same,
    "notebook.path.toString": path_same,
    "sys.path.append": add_path,
    "sys.path.insert": add_path,
    "sys.path.extend": add_path,
    "site.addsitedir": add_path,
}
