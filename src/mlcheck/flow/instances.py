"""Instances of the project's classes: what their initialiser sets, or the fields of data classes and pydantic models.

Source: pydantic 2 and dataclasses, executed: given keywords win over a settings
class's environment; a dict for a field that is a model becomes one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlcheck.flow.attributes import class_attribute, library_base
from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.entering import enter
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.scope import Scope
from mlcheck.flow.values import (
    NONE,
    Class,
    Const,
    DictValue,
    Function,
    Instance,
    Lib,
    ListValue,
    ModuleValue,
    Obj,
    OneOf,
    Value,
    constant_text,
    merge,
)

Maybe = Value | None
MODELS = ("pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel")
_DEEPEST = 8
_LISTS = frozenset(("list", "List", "Sequence", "Iterable", "tuple", "Tuple", "set", "Set"))
_DICTS = frozenset(("dict", "Dict", "Mapping"))


def instantiate(it: Interpreter, cls: Class, arguments: Arguments, node: ast.expr, converts: bool = False) -> Value:
    """A new instance. `converts`: dicts become the instances that the fields' annotations name, as pydantic has it."""
    base = library_base(cls)
    if len(arguments.positional) == 1 and any(
        isinstance(one, Lib) and one.name.startswith("enum.") for one in cls.bases
    ):
        return arguments.positional[0]  # `Stage("prod")`: a member is its value here
    instance = Instance(cls, it.birth())
    initialiser = class_attribute(cls, "__init__")
    if isinstance(initialiser, Function):
        bound = initialiser.to(instance, cls)
        enter(it, bound, arguments.positional, arguments.keywords, node, arguments.open)
        return instance
    names = _all_fields(cls)
    given = {**dict(zip(names, arguments.positional)), **arguments.keywords}
    if base in MODELS or converts:
        given = {name: _converted(it, cls, name, value, node) for name, value in given.items()}
    instance.attributes.update(given)
    _fill(it, instance, names, arguments.open, base, node)
    after = class_attribute(cls, "__post_init__")
    if isinstance(after, Function):
        enter(it, after.to(instance, cls), [], {}, node)
    return instance


def _fill(
    it: Interpreter, instance: Instance, names: tuple[str, ...], is_open: bool, base: str | None, node: ast.expr
) -> None:
    """What is not given, or may become something else, is not known; a field's default stays with the class."""
    cls = instance.cls
    unknown = base is not None and base not in MODELS
    changed = _changed_by_validators(cls) if base is not None else frozenset()
    for name in names:
        lost = it.top(node, f"`{name}` of `{cls.name}`, which may be given or loaded elsewhere")
        default = class_attribute(cls, name)
        if name not in instance.attributes and isinstance(default, Obj) and default.cls.endswith(".Field"):
            plain = "default" in default.data and not any("alias" in key for key in default.data) and not is_open
            instance.attributes[name] = default.data["default"] if plain and not unknown else lost
        elif name not in instance.attributes and (is_open or unknown):
            instance.attributes[name] = lost
        elif name in instance.attributes and (name in changed or "*" in changed):
            instance.attributes[name] = it.top(node, f"`{name}` of `{cls.name}`, which a validator may change")


def _all_fields(cls: Class, depth: int = 0) -> tuple[str, ...]:
    inherited: tuple[str, ...] = ()
    for base in cls.bases:
        if isinstance(base, Class) and depth < 16:
            inherited += _all_fields(base, depth + 1)
    return (*inherited, *(name for name in cls.fields if name not in inherited))


# --- what a field's annotation makes of a value


def _converted(it: Interpreter, cls: Class, name: str, value: Value, node: ast.expr) -> Value:
    owner = _owner_of(cls, name)
    if owner is None or not isinstance(value, (DictValue, ListValue, OneOf, Const)):
        return value
    return _as(it, owner.fields[name], owner.scope, value, node, 0)


def _owner_of(cls: Class, name: str, depth: int = 0) -> Class | None:
    if name in cls.fields:
        return cls
    bases = [one for one in cls.bases if isinstance(one, Class)] if depth < 16 else []
    return next((found for one in bases if (found := _owner_of(one, name, depth + 1)) is not None), None)


def _as(it: Interpreter, annotation: ast.expr, scope: Scope, value: Value, node: ast.expr, depth: int) -> Value:
    """A value as an annotation's type: models from dicts, in lists and dicts too; all else as it is."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, OneOf):
        made = [_as(it, annotation, scope, one, node, depth + 1) for one in value.options]
        result = made[0]
        for other in made[1:]:
            result = merge(result, other)
        return result
    for meant in _alternatives(annotation):
        held = meant.slice if isinstance(meant, ast.Subscript) else None
        name = _last_name(meant.value if isinstance(meant, ast.Subscript) else meant)
        if isinstance(value, ListValue) and held is not None and name in _LISTS:
            inner = held.elts[0] if isinstance(held, ast.Tuple) and held.elts else held
            items = [_as(it, inner, scope, one, node, depth + 1) for one in value.items]
            return ListValue(items, value.kind, is_open=value.open, birth=it.birth())
        if isinstance(value, DictValue) and isinstance(held, ast.Tuple) and name in _DICTS and len(held.elts) == 2:
            rows = {key: _as(it, held.elts[1], scope, one, node, depth + 1) for key, one in value.entries.items()}
            return DictValue(rows, is_open=value.open, birth=it.birth())
        if held is None:
            cls = _named(scope, meant)
            if isinstance(cls, Class) and isinstance(value, DictValue):
                keywords = {str(key): one for key, one in value.entries.items()}
                return instantiate(it, cls, Arguments([], keywords, value.open), node, converts=True)
            if isinstance(cls, Lib) and cls.name == "pathlib.Path" and constant_text(value) is not None:
                return Obj("pathlib.Path", {"text": value})
    return value


def _alternatives(annotation: ast.expr) -> Iterator[ast.expr]:
    """The types of `X | None`, `Optional[X]`, `Union[X, Y]`, `Annotated[X, …]`, and of a string."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str) and len(annotation.value) < 200:
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
    if isinstance(annotation, ast.BinOp):
        yield from _alternatives(annotation.left)
        yield from _alternatives(annotation.right)
    elif isinstance(annotation, ast.Subscript) and _last_name(annotation.value) in ("Optional", "Union", "Annotated"):
        inner = annotation.slice
        for one in inner.elts if isinstance(inner, ast.Tuple) else [inner]:
            yield from _alternatives(one)
    else:
        yield annotation


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _named(scope: Scope, node: ast.expr) -> Value | None:
    if isinstance(node, ast.Name):
        return scope.find(node.id)
    if isinstance(node, ast.Attribute):
        owner = _named(scope, node.value)
        if isinstance(owner, ModuleValue):
            return owner.scope.names.get(node.attr)
        return Lib(f"{owner.name}.{node.attr}") if isinstance(owner, Lib) else None
    return None


# --- validators


def _changed_by_validators(cls: Class, depth: int = 0) -> frozenset[str]:
    """The fields that a validator may change, `*` for all; one that only looks changes none."""
    found: set[str] = set()
    for value in cls.names.values():
        if isinstance(value, Function) and isinstance(value.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found |= _of_validator(value.node)
    config = cls.names.get("model_config")
    if isinstance(config, (Obj, DictValue)):
        keys = config.data if isinstance(config, Obj) else config.entries
        if any(str(key).startswith(("str_", "alias_", "populate_")) for key in keys):
            found.add("*")
    for base in cls.bases:
        if isinstance(base, Class) and depth < 16:
            found |= _changed_by_validators(base, depth + 1)
    return frozenset(found)


def _of_validator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = _last_name(called)
        if "validator" in name and not _only_looks(node):
            given = decorator.args if isinstance(decorator, ast.Call) and "root" not in name else []
            texts = {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            return texts or {"*"}
    return {"*"} if node.name == "model_post_init" and not _only_looks(node) else set()


def _only_looks(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a validator gives back what it is given, and sets nothing."""
    parameters = {one.arg for one in node.args.args}
    for one in ast.walk(node):
        if isinstance(one, (ast.Attribute, ast.Subscript)) and not isinstance(one.ctx, ast.Load):
            return False
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and one.id in parameters:
            return False
        if isinstance(one, ast.Call) and _last_name(one.func) in (
            "setattr",
            "__setattr__",
            "update",
            "setdefault",
            "pop",
        ):
            return False
        given = one.value if isinstance(one, ast.Return) else None
        if given is not None and not (isinstance(given, ast.Name) and given.id in parameters):
            return False
    return True


# --- what classes and instances of pydantic's offer


def model_validate(call: Call, obj: Maybe) -> Value:
    """`Model.model_validate(dict)` and `parse_obj`: an instance, with its parts."""
    cls = call.receiver.data.get("class") if call.receiver is not None else None
    if not isinstance(cls, Class):
        return call.top("an instance of a model")
    if isinstance(obj, OneOf):
        made = [_validated(call, cls, one) for one in obj.options]
        value = made[0]
        for other in made[1:]:
            value = merge(value, other)
        return value
    return _validated(call, cls, obj)


def _validated(call: Call, cls: Class, obj: Maybe) -> Value:
    if isinstance(obj, DictValue):
        arguments = Arguments([], {str(key): one for key, one in obj.entries.items()}, obj.open)
        return instantiate(call.it, cls, arguments, call.node, converts=True)
    if isinstance(obj, Instance):
        return obj
    return instantiate(call.it, cls, Arguments([], {}, True), call.node, converts=True)


def from_dict(call: Call, data_class: Maybe, data: Maybe) -> Value:
    """`dacite.from_dict`."""
    return _validated(call, data_class, data) if isinstance(data_class, Class) else call.top("an instance")


def model_dump(call: Call) -> Value:
    """`model_dump` and `dict` of a model: its fields as a dict."""
    instance = call.receiver.data.get("instance") if call.receiver is not None else None
    if not isinstance(instance, Instance) or call.arguments.keywords or call.arguments.open:
        return call.top("a model as a dict")
    return as_dict(call, instance)


def as_dict(call: Call, obj: Maybe) -> Value:
    """`dataclasses.asdict`: the fields as a dict, their instances too."""
    return _plain(call.it, obj, 0) if isinstance(obj, Instance) else call.top("an instance as a dict")


def _plain(it: Interpreter, value: Value, depth: int) -> Value:
    match value:
        case Instance(attributes=attributes, cls=cls) if depth < _DEEPEST:
            rows = {name: _plain(it, one, depth + 1) for name, one in attributes.items()}
            missing = [name for name in _all_fields(cls) if name not in rows]
            rows.update({name: class_attribute(cls, name) or NONE for name in missing})
            return DictValue(rows, birth=it.birth())
        case ListValue(items=items) if depth < _DEEPEST:
            return ListValue([_plain(it, one, depth + 1) for one in items], value.kind, is_open=value.open)
        case _:
            return value


_VALIDATES = ("model_validate", "parse_obj")

TRANSFERS: Transfers = {
    **{f"{base}.{method}": model_validate for base in MODELS for method in _VALIDATES},
    **{f"{base}.{method}": model_dump for base in MODELS for method in ("model_dump", "dict")},
    "dacite.from_dict": from_dict,
    "dataclasses.asdict": as_dict,
}
