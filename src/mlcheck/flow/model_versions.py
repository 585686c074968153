"""Transfer functions of the registry's versions: how the newest one is looked for.

A version's `version` is a string on Databricks, so the largest by it is "9"
among "9" and "10". `search_model_versions` gives versions by when they were
updated, in Unity Catalog in no order that is promised.

Sources: mlflow 3.17, read: `ModelVersion.version`, the default order of the
SQL store, and `order_by`, which Unity Catalog refuses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.facts import CallSeen, LatestVersions, NumberFallback, VersionPicked
from mlcheck.flow.interpreter import Interpreter, flatten
from mlcheck.flow.values import FIRST, Bound, Const, ListValue, Made, Obj, Value, constant_text, origins_of, parts_of

Maybe = Value | None

VERSIONS = "mlflow.store.entities.PagedList"
VERSION = "mlflow.entities.model_registry.ModelVersion"
_NO_ORDER = Const("unknown")
_FIRSTS_NUMBER = "the number of the first of versions in no order of their own"
LOOKUPS = frozenset(
    [
        *("search_model_versions", "get_latest_versions", "get_registered_model"),
        *("get_model_version", "get_model_version_by_alias"),
    ]
)


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
    one = any_version(versions)
    if isinstance(key, Const) and isinstance(key.value, int):
        if order == "text":
            it.found(VersionPicked(it.place(node), "text"))
        elif order == "none":
            one.data[FIRST] = it.top(node, "the first of versions in no order of their own")
            one.version = 1  # not the same as what the call gave
    return one


def latest_of(it: Interpreter, owner: Bound, node: ast.expr) -> Value | None:
    """An element of `model.latest_versions`; None where what it is of is no registered model that was asked for."""
    origins = origins_of(owner.receiver)
    if len(origins) != 1 or origins[0].method != "get_registered_model":
        return None
    it.found(LatestVersions(it.place(node), origins[0]))
    return Obj(VERSION, made=origins[0])


def is_first(value: Value) -> bool:
    """Whether a value is taken from the first of versions that are in no order of their own."""
    match value:
        case Bound(receiver=receiver):
            return FIRST in receiver.data
        case Made(why=why):
            return why == _FIRSTS_NUMBER
        case _:
            return False


def number_of(value: Value) -> Value | None:
    """`int(version.version)`: a number that still knows the calls that it comes from; None of anything else."""
    origins = origins_of(value)
    if not origins:
        return None
    return Made(_FIRSTS_NUMBER if is_first(value) else "a number", origins, "int")


def names_a_version(node: ast.JoinedStr) -> bool:
    """Whether an f-string is a model's address whose version is written down."""
    first, last = node.values[0] if node.values else None, node.values[-1] if node.values else None
    if not isinstance(first, ast.Constant) or not str(first.value).startswith("models:"):
        return False
    return isinstance(last, ast.Constant) and re.search(r"/\d+$", str(last.value)) is not None


def note_fallback(it: Interpreter, handler: ast.ExceptHandler, body: tuple[object, ...]) -> None:
    """A handler whose try asked for versions, and which binds or returns a number that is written down."""
    numbers = it.sources.once(handler, _numbers)
    if numbers and any(isinstance(one, CallSeen) and one.method in LOOKUPS for one in flatten(list(body))):
        for statement, number in numbers:
            it.found(NumberFallback(it.place(statement), number))


def note_conditional(it: Interpreter, node: ast.IfExp, values: Sequence[Value]) -> None:
    """`version if versions else 1`: a number that is written down, where no version was found."""
    for side, other in ((node.body, values[1]), (node.orelse, values[0])):
        is_number = isinstance(side, ast.Constant) and not isinstance(side.value, bool) and str(side.value).isdigit()
        if is_number and any(one.method in LOOKUPS for one in origins_of(other)):
            it.found(NumberFallback(it.place(node), ast.unparse(side).strip("'\"")))


def _numbers(handler: ast.AST) -> tuple[tuple[ast.stmt, str], ...]:
    found: list[tuple[ast.stmt, str]] = []
    for statement in getattr(handler, "body", ()):
        given = statement.value if isinstance(statement, (ast.Assign, ast.Return)) else None
        if isinstance(given, ast.Constant) and not isinstance(given.value, bool) and str(given.value).isdigit():
            found.append((statement, str(given.value)))
    return tuple(found)


def sort_versions(call: Call, key: Maybe) -> Value:
    """`versions.sort(key=…)`: their order from here on."""
    owner = call.receiver
    if owner is not None and call.it.wrote(owner):
        owner.data["order"] = Const(_order(call, any_version(owner), call.arguments.keywords.get("key")))
    return Const(None)


def sorted_(call: Call, iterable: Maybe, key: Maybe) -> Value:
    from mlcheck.flow.containers import in_order, make_list

    if isinstance(iterable, Obj) and iterable.cls == VERSIONS:
        order = _order(call, any_version(iterable), key)
        ordered = Obj(VERSIONS, {"order": Const(order)}, call.it.birth(), iterable.made)
        ordered.version = 1  # not the same as what the call gave
        return ordered
    return in_order(make_list(call, iterable), not call.arguments.keywords and not call.arguments.open)


def extreme(call: Call, arg: Maybe, other: Maybe) -> Value:
    """`max` and `min`: of versions, or of what is taken from each."""
    key = call.arguments.keywords.get("key")
    element = _any_element(arg) if other is None else None
    if element is None:
        return call.top("the largest or smallest of values")
    how = _order(call, element, key)
    if how == "unknown":  # by a metric, say: which one it is depends on more than the registry
        return call.top("one of the versions")
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
