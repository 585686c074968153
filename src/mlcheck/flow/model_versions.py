"""Transfer functions of the registry's versions: how the newest one is looked for.

A version's `version` is a string on Databricks, so the largest by it is "9"
among "9" and "10". `search_model_versions` gives versions by when they were
updated, in Unity Catalog in no order that is promised.

Sources: mlflow 3.17, read: `ModelVersion.version`, the default order of the
SQL store, and `order_by`, which Unity Catalog refuses.
"""

from __future__ import annotations

from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.facts import VersionPicked
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Bound, Const, ListValue, Made, Obj, Value, constant_text, parts_of

Maybe = Value | None

VERSIONS = "mlflow.store.entities.PagedList"
VERSION = "mlflow.entities.model_registry.ModelVersion"


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


def element_of(versions: Obj) -> Obj:
    """Any of the versions."""
    return Obj(VERSION, made=versions.made)


def picked(it: Interpreter, versions: Obj, place_of: Call | None, how: str) -> None:
    """Note that one of the versions was chosen."""


def sort_versions(call: Call, key: Maybe) -> Value:
    """`versions.sort(key=…)`: their order from here on."""
    owner = call.receiver
    if owner is not None and call.it.wrote(owner):
        owner.data["order"] = Const(_order(call, element_of(owner), call.arguments.keywords.get("key")))
    return Const(None)


def sorted_(call: Call, iterable: Maybe, key: Maybe) -> Value:
    from mlcheck.flow.containers import make_list

    if isinstance(iterable, Obj) and iterable.cls == VERSIONS:
        order = _order(call, element_of(iterable), key)
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
            return element_of(value)
        case ListValue(items=[one]):
            return one if isinstance(one, (Bound, Made, Obj)) else None
        case _:
            return None


def _order(call: Call, element: Value, key: Maybe) -> str:
    """By what elements are ordered: text (a version's string), number, time, or unknown."""
    from mlcheck.flow.calls import dispatch

    value = dispatch(call.it, key, Arguments([element], {}), call.node) if key is not None else element
    if isinstance(value, Bound) and value.receiver.cls == VERSION:
        return {"version": "text", "creation_timestamp": "time", "last_updated_timestamp": "time"}.get(
            value.method, "unknown"
        )
    if isinstance(value, Made) and value.cls == "int":
        return "number"
    return "unknown"
