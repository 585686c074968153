"""Assignment: to names, attributes, items and patterns. What may not happen leaves both values."""

from __future__ import annotations

import ast

from mlcheck.flow import argv, frame_cells, pandas_stores
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.facts import CallSeen, SideSet
from mlcheck.flow.folders import change_path
from mlcheck.flow.frames.values import Frame
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.returns import PANDAS_FRAME
from mlcheck.flow.scope import State
from mlcheck.flow.seen import with_column
from mlcheck.flow.values import (
    MOST_ITEMS,
    Const,
    DictValue,
    Instance,
    Lib,
    ListValue,
    Made,
    ModuleValue,
    Obj,
    OneOf,
    Scalar,
    Top,
    Value,
    merge,
    parts_of,
)

_LOCAL = ("sqlite:", "file:", "http://localhost", "http://127.0.0.1", "http://0.0.0.0", "./", "mlruns")
# What is under a name or key that only a branch sets: nothing, or what a class has.
_ABSENT = Top(None, "a value that only a branch sets")


def assign(it: Interpreter, target: ast.expr, value: Value) -> None:
    """Bind a target to a value, taking tuples apart."""
    if isinstance(target, ast.Name):
        it.scope.bind(target.id, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _take_apart(it, target.elts, value)
    elif isinstance(target, ast.Attribute):
        owner = _evaluated(it, target.value)
        if isinstance(owner, Frame):
            pandas_stores.put_attribute(it, owner, target, value)
        set_attribute(it, owner, target.attr, value)
    elif isinstance(target, ast.Subscript):
        owner = _evaluated(it, target.value)
        if pandas_stores.put(it, owner, target, value):
            return
        key = _evaluated(it, target.slice)
        if isinstance(owner, Made) and owner.cls == PANDAS_FRAME and isinstance(target.value, ast.Name):
            it.scope.bind(target.value.id, with_column(it, owner, key, value, target))
        else:
            set_item(it, owner, key, value)
    elif isinstance(target, ast.Starred):
        assign(it, target.value, it.top(target, "the rest of a sequence"))


def _evaluated(it: Interpreter, node: ast.expr) -> Value:
    return evaluate(it, node)


def _take_apart(it: Interpreter, targets: list[ast.expr], value: Value) -> None:
    exact = (
        isinstance(value, ListValue)
        and not value.open
        and len(value.items) == len(targets)
        and not any(isinstance(target, ast.Starred) for target in targets)
    )
    for index, target in enumerate(targets):
        if exact and isinstance(value, ListValue):
            assign(it, target, value.items[index])
        elif isinstance(value, Top):
            assign(it, target, value)
        else:
            assign(it, target, it.top(target, "an element of a value that is not known"))


def set_attribute(it: Interpreter, owner: Value, name: str, value: Value) -> None:
    frame_cells.hold(it, value)
    match owner:
        case Instance(attributes=attributes):
            sure = it.wrote(owner)
            old = attributes.get(name)
            attributes[name] = value if sure else merge(old or _ABSENT, value)
        case ModuleValue(scope=scope):
            scope.names[name] = value
        case Made(call=CallSeen(name="mlflow.models.infer_signature") as made) if name in ("inputs", "outputs"):
            it.found(SideSet(made.place, made, name))
        case Obj(data=data):
            sure = it.wrote(owner)
            old = data.get(name)
            data[name] = value if sure else merge(old or _ABSENT, value)
        case Lib(name="sys") if name == "argv":
            argv.replaced(it, value)
        case Lib(name="sys") if name == "path" and it.code is not None:
            change_path(it, value, it.code.lines.at(1))
        case _:
            pass


def set_item(it: Interpreter, owner: Value, key: Value, value: Value) -> None:
    frame_cells.hold(it, value)
    match owner, key:
        case DictValue(entries=entries), Const(value=constant):
            sure = it.wrote(owner)
            old = entries.get(constant)
            entries[constant] = value if sure else merge(old or _ABSENT, value)
            owner.open = owner.open or not sure
        case DictValue(), _:
            blur(it, owner)
        case ListValue(items=items, open=False), Const(value=int(index)) if -len(items) <= index < len(items):
            items[index] = value if it.wrote(owner) else merge(items[index], value)
        case ListValue(), _:
            blur(it, owner)
        case Lib(name="os.environ"), Const(value="MLFLOW_TRACKING_URI"):
            set_tracking(it.state, tracking_of(value))
        case Lib(name="os.environ"), Const(value="MLFLOW_REGISTRY_URI"):
            it.state.registry = registry_of(value)
        case _:
            pass


def tracking_of(uri: Value) -> str:
    """Where a tracking URI leads: databricks, local, or unknown."""
    if isinstance(uri, OneOf):
        return _same([tracking_of(option) for option in uri.options])
    first = parts_of(uri)[0] if parts_of(uri) else ""
    if not isinstance(first, str):
        return "unknown"
    if first.startswith(("databricks", "uc:")):
        return "databricks"
    return "local" if first.startswith(_LOCAL) else "unknown"


def set_tracking(state: State, tracking: str) -> None:
    """Runs go there from here on, and so do models, where no registry was set."""
    state.tracking = tracking
    if state.registry == "unset" and tracking != "databricks":
        state.registry = tracking


def _same(kinds: list[str]) -> str:
    return kinds[0] if len(set(kinds)) == 1 else "unknown"


def registry_of(uri: Value) -> str:
    """Where a registry URI leads: uc, workspace (Databricks' older registry), local, or unknown.

    None leaves what is set.
    """
    if isinstance(uri, OneOf):
        return _same([registry_of(option) for option in uri.options])
    first = parts_of(uri)[0] if parts_of(uri) else ""
    if not isinstance(first, str):
        return "unknown"
    if first.startswith("databricks-uc"):
        return "uc"
    if first.startswith("databricks"):
        whole = isinstance(uri, Const) or first.startswith("databricks:")
        return "workspace" if whole else "unknown"
    return "local" if first.startswith((*_LOCAL, "http://", "https://")) else "unknown"


def blur(it: Interpreter, owner: Value) -> None:
    """Any element of a container may have changed, and others come in."""
    match owner:
        case DictValue(entries=entries):
            it.wrote(owner)
            lost = Top(None, "a value of a dict that was changed under a key that is not known")
            keys: list[Scalar] = list(entries)
            for key in keys:
                entries[key] = merge(entries[key], lost)
            owner.open = True
        case ListValue(items=items):
            it.wrote(owner)
            lost = Top(None, "an element of a list that was changed at a place that is not known")
            items[:] = [merge(item, lost) for item in items]
            owner.open = True
        case Instance(attributes=attributes):
            it.wrote(owner)
            lost = Top(None, "an attribute that was set where it can't be followed")
            for name in list(attributes):
                attributes[name] = merge(attributes[name], lost)
        case _:
            pass


def append(it: Interpreter, owner: ListValue, value: Value) -> None:
    """`list.append`: the value is surely in, or may be."""
    frame_cells.hold(it, value)
    sure = it.wrote(owner)
    if len(owner.items) < MOST_ITEMS:
        owner.items.append(value)
    else:
        sure = False
    owner.open = owner.open or not sure
