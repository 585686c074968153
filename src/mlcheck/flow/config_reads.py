"""Transfer functions of what reads configuration: files opened, YAML, JSON, TOML and INI in the project.

A path that is not surely one of the project's files gives a Top that says so; a
name with unknown parts gives one of the files that it fits.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from fnmatch import fnmatchcase

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.config_values import KINDS, Node, Unreadable, content, values_of
from mlcheck.flow.folders import PROJECT, current_folder
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.system import path_text
from mlcheck.flow.values import (
    Const,
    Hole,
    Obj,
    Text,
    Value,
    constant_text,
    merge,
    options_of,
    parts_of,
    shown,
)

Maybe = Value | None
FILE, TEXT = "io.file", "io.text"  # an open file, and its whole text: data["path"]
_MOST_FILES = 8  # that one path may mean


# --- which file is meant


def files_meant(it: Interpreter, path: Value) -> tuple[str, ...]:
    """The project's files that a path may mean, where it surely means one of them; none where that is not known."""
    parts = parts_of(path) if isinstance(path, (Const, Text)) else []
    if not parts:
        return ()
    parts = _from_root(it, parts)
    first = parts[0]
    own = isinstance(first, Hole) and first.kind == PROJECT
    absolute = not own and (isinstance(first, Hole) or first.startswith(("/", "dbfs:", "~")))
    if absolute:
        return ()
    folder = "" if own else current_folder(it)
    pattern = "".join(one if isinstance(one, str) else one.what if one.kind == PROJECT else "*" for one in parts)
    if (
        own
        and isinstance(first, Hole)
        and first.what
        and len(parts) > 1
        and not pattern[len(first.what) :].startswith("/")
    ):
        return ()
    return _fitting(it, folder, pattern.lstrip("/"))


def _fitting(it: Interpreter, folder: str | None, pattern: str) -> tuple[str, ...]:
    """The files of that path, seen from a folder; else the only one that ends in it: no other would be found."""
    files = it.sources.data_files()
    if folder is not None:
        whole = posixpath.normpath(posixpath.join(folder, pattern))
        found = tuple(one for one in files if one == whole or ("*" in whole and _fits(one, whole)))
        if found or whole.startswith(".."):
            return found[:_MOST_FILES] if len(found) <= _MOST_FILES else ()
    tail = posixpath.normpath(pattern)
    while tail.startswith("../"):
        tail = tail[3:]
    ends = [one for one in files if one == tail or one.endswith(f"/{tail}")]
    return tuple(ends) if len(ends) == 1 and "*" not in tail else ()


def _fits(path: str, pattern: str) -> bool:
    """Whether a path has a pattern's form, `*` standing for a part of one name."""
    names, globs = path.split("/"), pattern.split("/")
    return len(names) == len(globs) and all(fnmatchcase(name, glob) for name, glob in zip(names, globs))


def _from_root(it: Interpreter, parts: list[str | Hole]) -> list[str | Hole]:
    """A path below where a bundle's files are deployed, as one of the project."""
    written = _flat(parts)
    for deployed, root in it.sources.deployed():
        if written.startswith(f"{deployed}/"):
            rest = written[len(deployed) + 1 :]
            holes = [part for part in parts if isinstance(part, Hole)][deployed.count("\0") :]
            pieces: list[str | Hole] = [Hole(PROJECT, root), "/"]
            for index, piece in enumerate(rest.split("\0")):
                pieces += [holes[index - 1], piece] if index else [piece]
            return pieces
    return parts


def _flat(parts: list[str | Hole]) -> str:
    """Parts as one text, each hole as a mark: two that only the one who deploys tells apart are alike."""
    return "".join(part if isinstance(part, str) else "\0" for part in parts).removeprefix("/Workspace")


# --- opening and reading


def open_(call: Call, file: Maybe, mode: Maybe) -> Value:
    """`open`: the file by its path; one that is written is not the repository's any more."""
    path = path_text(file) if isinstance(file, Obj) else file
    if path is None:
        return call.top("a file")
    how = constant_text(mode) if mode is not None else "r"
    if how is None or set(how) & set("wax+"):
        call.it.sources.rewritten.update(files_meant(call.it, path))
        return call.top("a file that is written")
    return Obj(FILE, {"path": path}, call.it.birth())


def path_open(call: Call, mode: Maybe) -> Value:
    return open_(call, call.receiver, mode)


def read_text(call: Call) -> Value:
    """`read_text` of a path, `read` of a file: its text, by its path."""
    owner = call.receiver
    path = owner.data.get("path") if owner is not None and owner.cls == FILE else path_text(owner) if owner else None
    return Obj(TEXT, {"path": path}, call.it.birth()) if path is not None else call.top("a file's text")


def write_text(call: Call) -> Value:
    if call.receiver is not None:
        call.it.sources.rewritten.update(files_meant(call.it, path_text(call.receiver)))
    return call.top("how much was written")


def _loaded(call: Call, source: Maybe, kind: str) -> Value:
    """What a reader makes of a file, a text or a path."""
    match source:
        case Obj(cls="io.file" | "io.text", data=data):
            return from_path(call, data["path"], kind)
        case Const(value=str(text)):
            return _values(call, lambda: content(text, "", kind), kind, "")
        case _:
            return call.top("the content of a file that is not known")


def from_path(call: Call, path: Value, kind: str = "") -> Value:
    """The content of the file that a path means; one of several, where it has unknown parts."""
    options = [one for option in options_of(path) for one in files_meant(call.it, option)]
    surely = all(files_meant(call.it, option) for option in options_of(path))
    if not options or not surely:
        return call.top(f"the content of `{shown(path)}`, which is not surely a file of the project")
    value: Value | None = None
    for one in dict.fromkeys(options):
        held = _content_of(call, one, kind)
        value = held if value is None else merge(value, held)
    assert value is not None
    return value


def _content_of(call: Call, path: str, kind: str) -> Value:
    sources = call.it.sources
    if path in sources.rewritten:
        return call.top(f"the content of `{path}`, which the code writes")
    kind = kind or KINDS.get(posixpath.splitext(path)[1].lower(), "")
    return _values(call, lambda: sources.content(path, kind), kind, path)


def _values(call: Call, read: Callable[[], Node], kind: str, path: str) -> Value:
    try:
        return values_of(read(), kind, call.it.birth())
    except Unreadable as error:
        return call.top(f"the content of `{path}`: {error}" if path else f"a text's content: {error}")


def yaml_load(call: Call, stream: Maybe) -> Value:
    return _loaded(call, stream, "yaml")


def json_load(call: Call, fp: Maybe) -> Value:
    return _loaded(call, fp, "json")


def toml_load(call: Call, f: Maybe) -> Value:
    """`tomllib.load` of a file; `toml.load` takes a path too."""
    if call.target == "toml.load" and isinstance(f, (Const, Text)):
        return from_path(call, f, "toml")
    return _loaded(call, f, "toml")


TRANSFERS: Transfers = {
    "builtins.open": open_,
    "io.open": open_,
    "codecs.open": open_,
    "pathlib.Path.open": path_open,
    "pathlib.Path.read_text": read_text,
    "pathlib.Path.read_bytes": read_text,
    "pathlib.Path.write_text": write_text,
    "pathlib.Path.write_bytes": write_text,
    "io.file.read": read_text,
    "yaml.safe_load": yaml_load,
    "yaml.load": yaml_load,
    "yaml.full_load": yaml_load,
    "yaml.unsafe_load": yaml_load,
    "json.load": json_load,
    "json.loads": json_load,
    "tomllib.load": toml_load,
    "tomllib.loads": toml_load,
    "tomli.load": toml_load,
    "tomli.loads": toml_load,
    "toml.load": toml_load,
    "toml.loads": toml_load,
}
