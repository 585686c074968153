"""Transfer functions of Python's builtins, and of what can't be followed or nearly can't."""

from __future__ import annotations

from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.model_versions import number_of
from mlcheck.flow.store import blur
from mlcheck.flow.values import (
    NONE,
    Bound,
    Const,
    DictValue,
    Instance,
    Lib,
    ListValue,
    Made,
    ModuleValue,
    Obj,
    Value,
    constant_text,
    merge,
    truth,
)

Maybe = Value | None


def bool_(call: Call, value: Maybe) -> Value:
    known = truth(value) if value is not None else False
    return call.top("a condition") if known is None else Const(known)


def int_(call: Call, value: Maybe) -> Value:
    if isinstance(value, Const) and isinstance(value.value, (str, int, float)):
        try:
            return Const(int(value.value))
        except (ValueError, OverflowError):
            return call.top("a number")
    number = number_of(value) if value is not None else None
    return number if number is not None else call.top("a number")


def getattr_(call: Call, object: Maybe, name: Maybe, default: Maybe) -> Value:
    from mlcheck.flow.attributes import attribute_of

    text = constant_text(name) if name is not None else None
    if object is None:
        return call.top("an attribute")
    if text is not None:
        value = attribute_of(call.it, object, text, call.node)
        return value if default is None or isinstance(object, (Lib, ModuleValue)) else merge(value, default)
    if isinstance(object, (Lib, ModuleValue, Obj, Bound)) or (isinstance(object, Made) and object.cls):
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
        why = "an import of a module by a name that is not constant"
        return call.it.gap(call.node, why, call.it.sources.behind.modules(), broad=True)
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
                call.it.handed = "builtins.map"
                dispatch(call.it, func, Arguments([element], {}), call.node)
    return call.top("what `map` gives")


def _same(call: Call, value: Maybe) -> Value:
    return value if value is not None else call.top("a value")


def suppress(call: Call) -> Value:
    return Obj("contextlib.suppress", {"caught": ListValue(call.arguments.positional, "tuple")})


TRANSFERS: Transfers = {
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
    "functools.partial": partial,
    "contextlib.suppress": suppress,
    "copy.deepcopy": _same,
    "copy.copy": _same,
}
