"""Transfer functions of Python itself: strings, containers, `json`, `os`, `pathlib`, and what can't be followed."""

from __future__ import annotations

import ast
import json
import re
import string
from typing import Any

from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.entering import Ends
from mlcheck.flow.facts import ExitCall, FolderMade, Gap
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.store import append, blur
from mlcheck.flow.values import (
    NONE,
    Const,
    DictValue,
    Function,
    Hole,
    Instance,
    Lib,
    ListValue,
    ModuleValue,
    Obj,
    Text,
    Top,
    Value,
    constant_text,
    merge,
    parts_of,
    text_of,
    truth,
)

# String methods that give another string than the whole.
STRING_CUTS = frozenset({"split", "rsplit", "replace", "lower", "upper", "partition", "rpartition", "title", "strip"})

Maybe = Value | None
# The folder of a path that is not known: data["of"] is the path.
FOLDER_OF = "os.path.dirname()"


def receiver_self(call: Call) -> Value:
    """The str, list or dict that a method is called on."""
    assert call.receiver is not None
    return call.receiver.data["self"]


# --- strings


def _constant_method(call: Call, *given: Maybe) -> Value:
    """A str method on constants, run on them; on anything else, Top."""
    owner = receiver_self(call)
    values = [*call.arguments.positional]
    if not isinstance(owner, Const) or not isinstance(owner.value, str) or call.arguments.keywords:
        return call.top("a part of a string with unknown parts")
    if not all(isinstance(value, Const) for value in values):
        return call.top("a string made with an argument that is not known")
    method = call.target.rpartition(".")[2]
    try:
        result: Any = getattr(owner.value, method)(*[value.value for value in values if isinstance(value, Const)])
    except (TypeError, ValueError, IndexError):
        return call.top("a string method that fails")
    if isinstance(result, (list, tuple)):
        return ListValue([Const(one) for one in result], birth=call.it.birth())
    return Const(result)


def _kept_method(call: Call) -> Value:
    """`strip` and its kin on a string with holes: its constant ends stay as they are."""
    owner = receiver_self(call)
    if isinstance(owner, Const):
        return _constant_method(call)
    return owner if not call.arguments.positional else call.top("a string cut at its ends")


def str_join(call: Call, iterable: Maybe) -> Value:
    glue = receiver_self(call)
    if not isinstance(iterable, ListValue) or iterable.open:
        return call.top("a string joined from values that are not known")
    parts: list[str | Hole] = []
    for index, one in enumerate(iterable.items):
        parts += [*(parts_of(glue) if index else []), *parts_of(one)]
    return text_of(parts)


def str_format(call: Call) -> Value:
    template = constant_text(receiver_self(call))
    if template is None:
        return call.top("a format of a string that is not known")
    parts: list[str | Hole] = []
    count = 0
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        return call.top("a format that fails")
    for literal, name, spec, conversion in pieces:
        parts.append(literal)
        if name is None:
            continue
        key, count = (str(count), count + 1) if name == "" else (name, count)
        parts += [Hole("unknown", "a formatted value", call.place)] if spec or conversion else _formatted(call, key)
    return text_of(parts)


def _formatted(call: Call, key: str) -> list[str | Hole]:
    positional = call.arguments.positional
    if key.isdigit() and int(key) < len(positional):
        return parts_of(positional[int(key)])
    if key in call.arguments.keywords:
        return parts_of(call.arguments.keywords[key])
    return [Hole("unknown", f"`{{{key}}}` of a format", call.place)]


def percent(it: Interpreter, template: str, value: Value, node: ast.expr) -> Value:
    """`template % value`, for `%s` and `%d`."""
    values = list(value.items) if isinstance(value, ListValue) else [value]
    pieces = re.split(r"%[sd]", template)
    if len(pieces) != len(values) + 1 or "%" in "".join(pieces).replace("%%", ""):
        return it.top(node, "a formatted string")
    parts: list[str | Hole] = [pieces[0].replace("%%", "%")]
    for piece, one in zip(pieces[1:], values):
        parts += [*parts_of(one), piece.replace("%%", "%")]
    return text_of(parts)


def to_str(call: Call, object: Maybe) -> Value:
    if object is None:
        return Const("")
    if isinstance(object, (Text, Top)):
        return object
    if isinstance(object, Const):
        return Const(str(object.value))
    return path_text(object) if isinstance(object, Obj) else call.top("the string of a value")


# --- containers


def list_append(call: Call, object: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, ListValue):
        append(call.it, owner, object or call.top("a value"))
    return NONE


def list_extend(call: Call, iterable: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, ListValue):
        if isinstance(iterable, ListValue):
            for one in list(iterable.items):
                append(call.it, owner, one)
            owner.open = owner.open or iterable.open
        else:
            owner.open = True
    return NONE


def _blurring(call: Call) -> Value:
    """A method that changes a container in a way that is not followed."""
    blur(call.it, receiver_self(call))
    return call.top("what is taken from a container")


def dict_get(call: Call, key: Maybe, default: Maybe) -> Value:
    owner = receiver_self(call)
    otherwise = default or NONE
    if not isinstance(owner, DictValue) or not isinstance(key, Const):
        return call.top("a value under a key that is not known")
    value = owner.entries.get(key.value)
    if value is not None:
        return value
    return merge(otherwise, call.top("a value of a dict that may hold more")) if owner.open else otherwise


def dict_setdefault(call: Call, key: Maybe, default: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, DictValue) and isinstance(key, Const) and key.value in owner.entries:
        return owner.entries[key.value]
    blur(call.it, owner)
    return call.top("a value of a dict")


def dict_items(call: Call) -> Value:
    owner = receiver_self(call)
    if not isinstance(owner, DictValue):
        return call.top("the items of a value")
    method = call.target.rpartition(".")[2]
    rows: list[Value] = []
    for key, value in owner.entries.items():
        pair = ListValue([Const(key), value], "tuple", birth=call.it.birth())
        rows.append({"keys": Const(key), "values": value}.get(method, pair))
    return ListValue(rows, is_open=owner.open, birth=call.it.birth())


def dict_update(call: Call, other: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, DictValue):
        added = dict(call.arguments.keywords)
        if isinstance(other, DictValue) and not other.open and call.it.wrote(owner):
            owner.entries.update(other.entries)
            owner.entries.update(added)
        elif other is not None or added:
            blur(call.it, owner)
    return NONE


def make_dict(call: Call, mapping: Maybe) -> Value:
    entries: dict[Any, Value] = dict(mapping.entries) if isinstance(mapping, DictValue) else {}
    entries.update(call.arguments.keywords)
    is_open = call.arguments.open or (mapping is not None and not isinstance(mapping, DictValue))
    return DictValue(entries, is_open=is_open, birth=call.it.birth())


def make_list(call: Call, iterable: Maybe) -> Value:
    if iterable is None:
        return ListValue([], birth=call.it.birth())
    if isinstance(iterable, ListValue):
        return ListValue(list(iterable.items), is_open=iterable.open, birth=call.it.birth())
    if isinstance(iterable, DictValue):
        keys: list[Value] = [Const(key) for key in iterable.entries]
        return ListValue(keys, is_open=iterable.open, birth=call.it.birth())
    return ListValue([], is_open=True, birth=call.it.birth())


def enumerate_(call: Call, iterable: Maybe) -> Value:
    if not isinstance(iterable, ListValue):
        return call.top("what is looped over")
    rows: list[Value] = [ListValue([Const(i), one], "tuple") for i, one in enumerate(iterable.items)]
    return ListValue(rows, is_open=iterable.open, birth=call.it.birth())


def zip_(call: Call) -> Value:
    given = call.arguments.positional
    if call.arguments.open or not all(isinstance(one, ListValue) and not one.open for one in given):
        return call.top("what is looped over")
    lists = [one.items for one in given if isinstance(one, ListValue)]
    rows: list[Value] = [ListValue(list(row), "tuple") for row in zip(*lists)]
    return ListValue(rows, birth=call.it.birth())


def range_(call: Call) -> Value:
    given = [one.value for one in call.arguments.positional if isinstance(one, Const)]
    if len(given) == len(call.arguments.positional) and all(isinstance(one, int) for one in given) and given:
        numbers = range(*[one for one in given if isinstance(one, int)][:3]) if 0 not in given[2:] else range(0)
        if len(numbers) <= 64:
            return ListValue([Const(one) for one in numbers], birth=call.it.birth())
    return call.top("a range")


def len_(call: Call, obj: Maybe) -> Value:
    if isinstance(obj, ListValue) and not obj.open:
        return Const(len(obj.items))
    return call.top("a length")


def bool_(call: Call, value: Maybe) -> Value:
    known = truth(value) if value is not None else False
    return call.top("a condition") if known is None else Const(known)


def int_(call: Call, value: Maybe) -> Value:
    if isinstance(value, Const) and isinstance(value.value, (str, int, float)):
        try:
            return Const(int(value.value))
        except (ValueError, OverflowError):
            return call.top("a number")
    return call.top("a number")


# --- what can't be followed, and what nearly can't


def getattr_(call: Call, object: Maybe, name: Maybe, default: Maybe) -> Value:
    from mlcheck.flow.attributes import attribute_of

    text = constant_text(name) if name is not None else None
    if object is None:
        return call.top("an attribute")
    if text is not None:
        value = attribute_of(call.it, object, text, call.node)
        return value if default is None or isinstance(object, (Lib, ModuleValue)) else merge(value, default)
    if isinstance(object, (Lib, ModuleValue, Obj)):
        return call.it.gap(call.node, "an attribute by a name that is not constant")
    return call.top("an attribute by a name that is not constant")


def setattr_(call: Call, object: Maybe, name: Maybe, value: Maybe) -> Value:
    from mlcheck.flow.store import set_attribute

    text = constant_text(name) if name is not None else None
    if object is not None and text is not None:
        set_attribute(call.it, object, text, value or NONE)
    elif isinstance(object, Instance):
        blur(call.it, object)
    return NONE


def exec_(call: Call, source: Maybe) -> Value:
    return call.it.gap(call.node, f"`{call.target.rpartition('.')[2]}` runs code that is not followed")


def import_module(call: Call, name: Maybe) -> Value:
    text = constant_text(name) if name is not None else None
    if text is None:
        return call.it.gap(call.node, "an import of a module by a name that is not constant")
    module = call.it.sources.module(call.it, text, call.node)
    return module if module is not None else Lib(text)


def isinstance_(call: Call) -> Value:
    return call.top("a condition")


def partial(call: Call, func: Maybe) -> Value:
    rest = ListValue(call.arguments.positional[1:], "tuple", is_open=call.arguments.open)
    keywords = DictValue(call.arguments.keywords)
    return Obj(
        "functools.partial",
        {"function": func or call.top("a function"), "arguments": rest, "keywords": keywords},
    )


def map_(call: Call, func: Maybe, iterable: Maybe) -> Value:
    """`map`: the function is called with each known element, or with anything."""
    from mlcheck.flow.calls import dispatch
    from mlcheck.flow.statements import in_branch

    elements: list[Value] = [call.top("an element of what is looped over")]
    if isinstance(iterable, ListValue) and not iterable.open and len(iterable.items) <= 32:
        elements = iterable.items
    for element in elements:
        if func is not None:
            with in_branch(call.it):
                dispatch(call.it, func, Arguments([element], {}), call.node)
    return call.top("what `map` gives")


def sys_exit(call: Call, status: Maybe) -> Value:
    call.found(ExitCall(call.place, "process", status or NONE, call.it.state.handler))
    raise Ends


def sys_path(call: Call) -> Value:
    for value in call.arguments.positional:
        text = constant_text(value)
        if text is not None:
            call.it.sources.roots.add(text.strip("./").rstrip("/"))
    return NONE


# --- json, os, pathlib


def json_dumps(call: Call, obj: Maybe) -> Value:
    """The JSON text, with holes where values are not known."""
    return text_of(_json_parts(obj)) if obj is not None else call.top("a JSON text")


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
    if parts and isinstance(parts[-1], str) and "/" in parts[-1]:
        return text_of([*parts[:-1], parts[-1].rpartition("/")[0]])
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


def _same(call: Call, value: Maybe) -> Value:
    return value if value is not None else call.top("a value")


def suppress(call: Call) -> Value:
    return Obj("contextlib.suppress")


_STRINGS = "capitalize casefold count endswith find index isdigit lower lstrip partition removeprefix removesuffix "
_STRINGS += "replace rpartition rsplit split splitlines startswith title upper zfill encode"
_LIST_CHANGES = "insert pop remove clear sort reverse"

TRANSFERS: Transfers = {
    **{f"str.{name}": _constant_method for name in _STRINGS.split()},
    "str.strip": _kept_method,
    "str.rstrip": _kept_method,
    "str.join": str_join,
    "str.format": str_format,
    "list.append": list_append,
    "list.add": list_append,
    "list.extend": list_extend,
    **{f"list.{name}": _blurring for name in _LIST_CHANGES.split()},
    "dict.get": dict_get,
    "dict.setdefault": dict_setdefault,
    "dict.items": dict_items,
    "dict.keys": dict_items,
    "dict.values": dict_items,
    "dict.update": dict_update,
    "dict.pop": _blurring,
    "dict.popitem": _blurring,
    "dict.clear": _blurring,
    "builtins.str": to_str,
    "builtins.dict": make_dict,
    "builtins.list": make_list,
    "builtins.tuple": make_list,
    "builtins.set": make_list,
    "builtins.sorted": make_list,
    "builtins.enumerate": enumerate_,
    "builtins.zip": zip_,
    "builtins.range": range_,
    "builtins.len": len_,
    "builtins.bool": bool_,
    "builtins.int": int_,
    "builtins.getattr": getattr_,
    "builtins.setattr": setattr_,
    "builtins.exec": exec_,
    "builtins.eval": exec_,
    "builtins.__import__": import_module,
    "importlib.import_module": import_module,
    "runpy.run_path": exec_,
    "runpy.run_module": exec_,
    "builtins.isinstance": isinstance_,
    "builtins.map": map_,
    "builtins.exit": sys_exit,
    "builtins.quit": sys_exit,
    "sys.exit": sys_exit,
    "os._exit": sys_exit,
    "sys.path.append": sys_path,
    "sys.path.insert": sys_path,
    "functools.partial": partial,
    "contextlib.suppress": suppress,
    "json.dumps": json_dumps,
    "os.path.join": os_join,
    "os.path.dirname": folder_of,
    "os.getenv": environ_get,
    "os.environ.get": environ_get,
    "os.makedirs": make_folders,
    "os.mkdir": make_folders,
    "pathlib.Path": path_,
    "pathlib.Path.mkdir": path_make_folder,
    "copy.deepcopy": _same,
    "copy.copy": _same,
}

__all__ = ["STRING_CUTS", "TRANSFERS", "Function", "Gap", "path_text", "percent"]
