"""`frame.columns` as a list of names: `.tolist()`, `.str.lower()`, `.difference(…)`, and looping over a frame.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable

from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.pandas_values import INDEX, Maybe, names_of
from mlcheck.flow.values import Const, Function, Lib, ListValue, Value, constant_text


def _own(call: Call) -> ListValue | None:
    receiver = call.receiver
    held = receiver.data.get("self") if receiver is not None else None
    lost = receiver.data.get("lost") if receiver is not None else None
    if held is None and lost is not None:
        held = getattr(lost, "data", {}).get("self")
    return held if isinstance(held, ListValue) else None


def _listed(call: Call, names: list[str], is_open: bool, kind: str = INDEX) -> ListValue:
    return ListValue([Const(name) for name in names], kind, is_open=is_open, birth=call.it.birth())


def to_list(call: Call) -> Value:
    held = _own(call)
    if held is None:
        return call.top("names of columns")
    kind = "list" if call.target.endswith("list") else INDEX
    return ListValue(list(held.items), kind, is_open=held.open, birth=call.it.birth())


def _changed(call: Call, change: Callable[[str], str | None]) -> Value:
    held = _own(call)
    given = names_of(held)
    if held is None or given is None:
        return call.top("names of columns")
    names = [change(name) for name in given[0]]
    known = [name for name in names if name is not None]
    return _listed(call, known, not given[1] or len(known) < len(names))


def text(call: Call) -> Value:
    """`.str.lower()` and its kin."""
    method = call.target.rpartition(".")[2]
    changes: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "title": str.title}
    return _changed(call, changes.get(method, str.strip))


def replaced(call: Call, pat: Maybe, repl: Maybe, n: Maybe, case: Maybe, flags: Maybe, regex: Maybe) -> Value:
    old = constant_text(pat) if pat is not None else None
    new = constant_text(repl) if repl is not None else None
    plain = old is not None and (regex == Const(False) or all(one.isalnum() or one in " _-/," for one in old))
    if old is None or new is None or not plain:
        return ListValue([], INDEX, is_open=True, birth=call.it.birth())
    return _changed(call, lambda name: name.replace(old, new))


def mapped(call: Call, mapper: Maybe) -> Value:
    from mlcheck.flow.calls import dispatch

    if not isinstance(mapper, (Function, Lib)):
        return ListValue([], INDEX, is_open=True, birth=call.it.birth())
    function: Function | Lib = mapper
    return _changed(
        call, lambda name: constant_text(dispatch(call.it, function, Arguments([Const(name)], {}), call.node))
    )


def without(call: Call, other: Maybe) -> Value:
    """`.difference(names)`, in the order of the alphabet, and `.drop(names)`, which refuses what is not there."""
    given, gone = names_of(_own(call)), names_of(other)
    if given is None or gone is None or not gone[1]:
        return ListValue([], INDEX, is_open=True, birth=call.it.birth())
    names = [name for name in given[0] if name not in gone[0]]
    ordered = (
        sorted(names) if call.target.endswith("difference") and call.arguments.keywords.get("sort") is None else names
    )
    return _listed(call, ordered, not given[1])


def united(call: Call, other: Maybe) -> Value:
    given, more = names_of(_own(call)), names_of(other)
    if given is None or more is None:
        return ListValue([], INDEX, is_open=True, birth=call.it.birth())
    names = list(dict.fromkeys([*given[0], *more[0]]))
    return _listed(call, names, not given[1] or not more[1])


def shared(call: Call, other: Maybe) -> Value:
    given, more = names_of(_own(call)), names_of(other)
    if given is None or more is None or not given[1] or not more[1]:
        return ListValue([], INDEX, is_open=True, birth=call.it.birth())
    return _listed(call, [name for name in given[0] if name in more[0]], False)


_INDEX = "pandas.Index"
TRANSFERS: Transfers = {
    **{f"{_INDEX}.{name}": to_list for name in ("tolist", "to_list", "copy", "unique", "to_numpy")},
    **{f"{_INDEX}.str.{name}": text for name in ("lower", "upper", "strip", "title")},
    f"{_INDEX}.str.replace": replaced,
    f"{_INDEX}.map": mapped,
    f"{_INDEX}.difference": without,
    f"{_INDEX}.drop": without,
    f"{_INDEX}.union": united,
    f"{_INDEX}.append": united,
    f"{_INDEX}.intersection": shared,
}
