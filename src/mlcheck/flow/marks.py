"""What a failure leaves behind: the names, attributes and results that tell of it, and what conditions make of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlcheck.flow.values import Const, DictValue, ListValue, OneOf, Text, Top, Value, merge, truth


class Absent(Top):
    """A name that the failed body would have bound: reading it raises."""

    __slots__ = ()


class Doubtful(Top):
    """A name that may not be bound: what reading it does is not known."""

    __slots__ = ()


class Some(Top):
    """Not empty, or above zero; no more is known of it."""

    __slots__ = ()


class Future(Top):
    """A future, or several: whoever asks for the result gets the exception."""

    __slots__ = ()


class Successes(Top):
    """What only a round that succeeds adds to: it says nothing of one that failed."""

    __slots__ = ()


DOUBTFUL = Doubtful(None, "perhaps not bound")
ABSENT, SOME, SUCCESSES = Absent(None, "not bound"), Some(None, "not empty"), Successes(None, "what succeeded")
ANY, FUTURE = Top(None, "it depends on the failure"), Future(None, "a future")


@dataclass(slots=True)
class Marks:
    """The names, attributes and calls' results (by their node's identity) that depend on the failure, with values.

    `touched`: names whose object was changed in place, so that whoever handed it in sees the change.
    """

    names: dict[str, Value] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)
    nodes: dict[int, Value] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def copy(self) -> Marks:
        return Marks(dict(self.names), dict(self.attributes), dict(self.nodes), set(self.touched))

    def meet(self, others: list[Marks]) -> None:
        """What is marked after paths that meet: what any of them marked."""
        names: dict[str, Value] = {}
        attributes: dict[str, Value] = {}
        for other in others:
            for name, value in other.names.items():
                names[name] = met(names[name], value) if name in names else value
            for name, value in other.attributes.items():
                attributes[name] = met(attributes[name], value) if name in attributes else value
            self.touched |= other.touched
        self.names, self.attributes = names, attributes

    def __bool__(self) -> bool:
        return bool(self.names or self.attributes or self.nodes)


def met(one: Value, other: Value) -> Value:
    if one is other or (type(one) is type(other) and isinstance(one, (Absent, Future, Some, Successes))):
        return one
    if isinstance(one, Top) or isinstance(other, Top):
        return ANY
    return merge(one, other)


def truth_of(value: Value) -> bool | None:
    """Whether a condition on a value holds where the failure happened, or None."""
    if isinstance(value, Some):
        return True
    if isinstance(value, OneOf):
        known = {truth_of(option) for option in value.options}
        return known.pop() if len(known) == 1 else None
    if isinstance(value, ListValue) and value.items:
        return True
    return truth(value)


def compared(left: Value, op: str, right: Value) -> bool | None:
    """A comparison of what is known; `op` is the operator's name in `ast`."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        lefts = left.options if isinstance(left, OneOf) else (left,)
        rights = right.options if isinstance(right, OneOf) else (right,)
        each = {compared(one, op, other) for one in lefts for other in rights}
        return each.pop() if len(each) == 1 else None
    if op in ("NotEq", "IsNot", "NotIn"):
        known_is = compared(left, {"NotEq": "Eq", "IsNot": "Is", "NotIn": "In"}[op], right)
        return None if known_is is None else not known_is
    if op == "In":
        return _inside(left, right)
    if isinstance(left, Const) and isinstance(right, Const):
        return _constants(left, op, right)
    if op in ("Eq", "Is"):
        known = _differ(left, right)
        return known if known is not None else _differ(right, left)
    if isinstance(left, Some) and isinstance(right, Const):
        return _some(op, right.value)
    return None


def _constants(left: Const, op: str, right: Const) -> bool | None:
    one, two = left.value, right.value
    if op in ("Eq", "Is"):
        return bool(one == two)
    if not isinstance(one, (int, float)) or not isinstance(two, (int, float)):
        return None
    return {"Lt": one < two, "LtE": one <= two, "Gt": one > two, "GtE": one >= two}.get(op)


def _differ(left: Value, right: Value) -> bool | None:
    """False where a value that isn't constant can't be the constant."""
    if not isinstance(right, Const):
        return None
    if isinstance(left, (DictValue, ListValue)):
        return False
    if isinstance(left, Some):
        return False if right.value in (None, 0, "") else None
    if isinstance(left, Text):
        if not isinstance(right.value, str):
            return False
        first, last = left.parts[0], left.parts[-1]
        starts = not isinstance(first, str) or right.value.startswith(first)
        ends = not isinstance(last, str) or right.value.endswith(last)
        return None if starts and ends else False
    return None


def _some(op: str, limit: object) -> bool | None:
    if not isinstance(limit, int):
        return None
    if (op == "Gt" and limit <= 0) or (op == "GtE" and limit <= 1):
        return True
    return False if (op == "Lt" and limit <= 1) or (op == "LtE" and limit <= 0) else None


def _inside(left: Value, right: Value) -> bool | None:
    if isinstance(left, Const) and isinstance(left.value, str):
        if isinstance(right, Const) and isinstance(right.value, str):
            return left.value in right.value
        if isinstance(right, Text) and any(isinstance(part, str) and left.value in part for part in right.parts):
            return True
    if isinstance(left, Const) and isinstance(right, DictValue):
        return True if left.value in right.entries else (None if right.open else False)
    if isinstance(right, ListValue) and isinstance(left, Const):
        known = [compared(left, "Eq", item) for item in right.items]
        if True in known:
            return True
        return False if not right.open and None not in known else None
    if isinstance(right, ListValue) and isinstance(left, Text) and not right.open:
        known = [compared(left, "Eq", item) for item in right.items]
        return False if all(one is False for one in known) else None
    return None


def fits(text: Value, word: str, wanted: str) -> Value:
    """What a text's `startswith` or `endswith` gives, where the part that it looks at is known."""
    if isinstance(text, Const):
        return Const(getattr(text.value, word)(wanted)) if isinstance(text.value, str) else ANY
    edge = text.parts[0 if word == "startswith" else -1] if isinstance(text, Text) else None
    if not isinstance(edge, str):
        return ANY
    if getattr(edge, word)(wanted):
        return Const(True)
    cut = wanted[: len(edge)] if word == "startswith" else wanted[-len(edge) :]
    return ANY if edge == cut else Const(False)
