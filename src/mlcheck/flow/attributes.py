"""Attributes: of modules, library names, objects, instances and classes of the project."""

from __future__ import annotations

import ast

from mlcheck.flow import argv, folders, pandas_access, pandas_accessors, spark_access
from mlcheck.flow.frames.values import Frame, Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import (
    NONE,
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
    merge,
)

# Constants of the standard library that paths are made of.
_CONSTANTS: dict[str, Value] = {
    f"{module}.{name}": Const(text)
    for module in ("os", "os.path")
    for name, text in (("pardir", ".."), ("curdir", "."), ("sep", "/"))
}
# Attribute paths of objects that are the current user's name, wherever they hang.
_USER_ATTRIBUTES = frozenset({"userName", "user_name", "current_user_name"})


def attribute(it: Interpreter, owner: Value, node: ast.Attribute) -> Value:
    """`owner.name`, where the owner is evaluated already."""
    return attribute_of(it, owner, node.attr, node)


def attribute_of(it: Interpreter, owner: Value, name: str, node: ast.expr) -> Value:
    if name == "notebookPath":
        return Lib("dbutils.notebook.path")
    if type(owner) is Obj:  # these two are most of them, and the last that the patterns below would try
        return _of_object(owner, name)
    if type(owner) is Top:
        return Obj("current_user") if name in _USER_ATTRIBUTES else Bound(Obj("?", {"lost": owner}), name)
    match owner:
        case Lib(name=path):
            if it.code is not None:
                it.sources.pass_line(it.code.path, node.end_lineno or node.lineno)
            if name == "argv":
                return argv.library_name(it, f"{path}.{name}", node)
            return _CONSTANTS.get(f"{path}.{name}") or Lib(f"{path}.{name}")
        case Frame(cls="pandas.DataFrame") if (taken := pandas_access.attribute(it, owner, name, node)) is not None:
            return taken
        case Series() if (taken := pandas_access.of_series(it, owner, name, node)) is not None:
            return taken
        case Bound(receiver=Obj(data={"lost": Series() as series}), method="dt" | "cat" as accessor) if (
            taken := pandas_accessors.part(it, series, accessor, name, node)
        ) is not None:
            return taken
        case ListValue(kind="index"):
            return Bound(Obj("pandas.Index", {"self": owner}), name)
        case Frame(cls="pyspark.sql.DataFrame") if (taken := spark_access.attribute(it, owner, name, node)) is not None:
            return taken
        case Frame(cls="pyspark.sql.types.StructType") if name in ("names", "fieldNames"):
            return spark_access.names_of(it, owner.schema)
        case Top():
            cls = owner.cls if isinstance(owner, Made) and owner.cls else "?"
            return Obj("current_user") if name in _USER_ATTRIBUTES else Bound(Obj(cls, {"lost": owner}), name)
        case ModuleValue(scope=scope, path=path):
            value = scope.names.get(name)
            return value if value is not None else it.sources.submodule(it, path, name, node)
        case Instance():
            return _of_instance(it, owner, name, node)
        case Class():
            return _of_class(it, owner, name, node)
        case Const() | Text() if name in folders.PATH_ATTRIBUTES:
            return folders.path_attribute(owner, name)
        case Const() if name == "value":  # of an enumeration's member, which is its value here
            return owner
        case Const() | Text() | ListValue() | DictValue():
            return Bound(Obj(_PLAIN.get(type(owner), "str"), {"self": owner}), name)
        case OneOf(options=options):
            held = [one for one in options if one != NONE] or options  # of None it raises, and goes no further
            values = [attribute_of(it, option, name, node) for option in held]
            value = values[0]
            for other in values[1:]:
                value = merge(value, other)
            return value
        case Function() | Context() | Bound():
            return _of_callable(it, owner, name, node)
    return it.top(node, "an attribute")


_PLAIN: dict[type, str] = {Const: "str", Text: "str", ListValue: "list", DictValue: "dict"}


def _of_object(owner: Obj, name: str) -> Value:
    if name in owner.data:
        return owner.data[name]
    if name in _USER_ATTRIBUTES:
        return Obj("current_user")
    if owner.cls == "pathlib.Path" and name in folders.PATH_ATTRIBUTES:
        return folders.path_attribute(owner, name)
    return Bound(owner, name)


def _of_callable(it: Interpreter, owner: Value, name: str, node: ast.expr) -> Value:
    """An attribute of a method that was not called: `w.current_user` of a client, say."""
    if isinstance(owner, Bound):
        if name in _USER_ATTRIBUTES:
            return Obj("current_user")
        if owner.receiver.cls == "?":
            return Bound(owner.receiver, f"{owner.method}.{name}")
        lost = owner.receiver.data.get("lost", owner.receiver)
        return Bound(Obj(f"{owner.receiver.cls}.{owner.method}", {"lost": lost}), name)
    return it.top(node, "an attribute of a function")


def _of_instance(it: Interpreter, owner: Instance, name: str, node: ast.expr) -> Value:
    value = owner.attributes.get(name)
    if value is not None:
        return value
    found = class_attribute(owner.cls, name)
    if isinstance(found, Function):
        decorators = _decorators(found)
        if "staticmethod" in decorators:
            return found
        method = found.to(owner.cls if "classmethod" in decorators else owner, owner.cls)
        if decorators & {"property", "cached_property"}:
            from mlcheck.flow.calls import enter

            return enter(it, method, [], {}, node)
        return method
    if found is not None:
        return found
    if name == "__dict__":
        return DictValue(dict(owner.attributes), birth=it.birth())
    base = library_base(owner.cls)
    if base is not None:
        return Bound(Obj(base, {"instance": owner}), name)
    return Bound(Obj("?", {"lost": it.top(node, f"`.{name}` of `{owner.cls.name}`")}), name)


def _of_class(it: Interpreter, owner: Class, name: str, node: ast.expr) -> Value:
    value = class_attribute(owner, name)
    if isinstance(value, Function) and "classmethod" in _decorators(value):
        return value.to(owner, owner)
    if value is not None:
        return value
    base = library_base(owner)
    if base is not None and base.endswith(".BaseModel"):
        return Bound(Obj(base, {"class": owner}), name)
    return it.top(node, f"`{owner.name}.{name}`, from a base that is not known")


def _decorators(function: Function) -> set[str]:
    return {one.id for one in getattr(function.node, "decorator_list", []) if isinstance(one, ast.Name)}


def class_attribute(cls: Class, name: str, depth: int = 0) -> Value | None:
    """A name of a class or of its bases in the project, in order."""
    value = cls.names.get(name)
    if value is not None or depth > 16:
        return value
    for base in cls.bases:
        if isinstance(base, Class):
            value = class_attribute(base, name, depth + 1)
            if value is not None:
                return value
    return None


def library_base(cls: Class, depth: int = 0) -> str | None:
    """The library's class that a class of the project derives from, or None."""
    for base in cls.bases:
        if isinstance(base, Lib):
            return base.name
        if isinstance(base, Class) and depth < 16:
            found = library_base(base, depth + 1)
            if found is not None:
                return found
    return None
