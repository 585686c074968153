"""Transfer functions of the registry's versions: how the newest one is looked for.

A version's `version` is a string on Databricks, so the largest by it is "9"
among "9" and "10". `search_model_versions` gives versions by when they were
updated, in Unity Catalog in no order that is promised.

Sources: mlflow 3.17, read: `ModelVersion.version`, the default order of the
SQL store, and `order_by`, which Unity Catalog refuses.
"""

from __future__ import annotations

import ast

from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.facts import VersionPicked
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Bound, Const, ListValue, Made, Obj, Value, constant_text, parts_of

Maybe = Value | None

VERSIONS = "mlflow.store.entities.PagedList"
VERSION = "mlflow.entities.model_registry.ModelVersion"
_NO_ORDER = Const("unknown")


def search_model_versions(call: Call, filter_string: Maybe, max_results: Maybe, order_by: Maybe) -> Value:
    """Versions, in an order that is asked for, or that only one can be in (of one run), or none."""
    asked = order_by is not None or (filter_string is not None and _one_run(filter_string))
    return Obj(VERSIONS, {"order": Const("asked" if asked else "none")}, call.it.birth())


def _one_run(text: Value) -> bool:
    return any(isinstance(part, str) and "run_id" in part for part in parts_of(text))


def get_latest_versions(call: Call) -> Value:
    """One version of each stage."""
    return Obj(VERSIONS, {"order": Const("asked")}, call.it.birth())


def one_version(call: Call) -> Value:
    return Obj(VERSION, birth=call.it.birth())


def any_version(versions: Obj) -> Obj:
    """Any of the versions that a call gave."""
    return Obj(VERSION, made=versions.made)


def item_of(it: Interpreter, versions: Obj, key: Value, node: ast.expr) -> Obj:
    """`versions[0]`: the first of a list in no order of its own, or the first or last by its version's string."""
    order = constant_text(versions.data.get("order", _NO_ORDER))
    if isinstance(key, Const) and isinstance(key.value, int):
        how = {"none": "first", "text": "text"}.get(order or "")
        if how is not None:
            it.found(VersionPicked(it.place(node), how))
    return any_version(versions)


def sort_versions(call: Call, key: Maybe) -> Value:
    """`versions.sort(key=…)`: their order from here on."""
    owner = call.receiver
    if owner is not None and call.it.wrote(owner):
        owner.data["order"] = Const(_order(call, any_version(owner), call.arguments.keywords.get("key")))
    return Const(None)


def sorted_(call: Call, iterable: Maybe, key: Maybe) -> Value:
    from mlcheck.flow.containers import make_list

    if isinstance(iterable, Obj) and iterable.cls == VERSIONS:
        order = _order(call, any_version(iterable), key)
        return Obj(VERSIONS, {"order": Const(order)}, call.it.birth(), iterable.made)
    return make_list(call, iterable)


def extreme(call: Call, arg: Maybe, other: Maybe) -> Value:
    """`max` and `min`: of versions, or of what is taken from each."""
    key = call.arguments.keywords.get("key")
    element = _any_element(arg) if other is None else None
    if element is None:
        return call.top("the largest or smallest of values")
    how = _order(call, element, key)
    if how != "unknown":
        call.found(VersionPicked(call.place, how))
    return element


def _any_element(value: Maybe) -> Value | None:
    match value:
        case Obj(cls=cls) if cls == VERSIONS:
            return any_version(value)
        case ListValue(items=[one]):
            return one if isinstance(one, (Bound, Made, Obj)) else None
        case _:
            return None


def _order(call: Call, element: Value, key: Maybe) -> str:
    """By what elements are ordered: text (a version's string), number, time, or unknown."""
    from mlcheck.flow.calls import dispatch

    value = dispatch(call.it, key, Arguments([element], {}), call.node) if key is not None else element
    if isinstance(value, Bound) and value.receiver.cls == VERSION:
        return _ORDERS.get(value.method, "unknown")
    return "number" if isinstance(value, Made) and value.cls == "int" else "unknown"


_ORDERS = {"version": "text", "creation_timestamp": "time", "last_updated_timestamp": "time"}
_CLIENT = "mlflow.MlflowClient"

TRANSFERS: Transfers = {
    "mlflow.search_model_versions": search_model_versions,
    f"{_CLIENT}.search_model_versions": search_model_versions,
    f"{_CLIENT}.get_latest_versions": get_latest_versions,
    f"{_CLIENT}.get_model_version": one_version,
    f"{_CLIENT}.get_model_version_by_alias": one_version,
    f"{_CLIENT}.create_model_version": one_version,
    f"{_CLIENT}.copy_model_version": one_version,
    f"{VERSIONS}.sort": sort_versions,
    "builtins.sorted": sorted_,
    "builtins.max": extreme,
    "builtins.min": extreme,
}
