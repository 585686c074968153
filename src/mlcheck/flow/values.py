"""What a name can hold: constants, strings with holes, containers, code, library names, and Top.

Plain slotted classes, since the engine makes millions of them. Texts, constants
and library names are never changed after they are made; containers and
instances are, by `flow.store`, as Python's own are: two names for one list see
one list.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from mlcheck.project.model import Code
from mlcheck.project.place import LineMap, Place

if TYPE_CHECKING:
    from mlcheck.flow.facts import CallSeen
    from mlcheck.flow.scope import Scope

# The undecided branch and the call in which a container was made: what a change to it means
# depends on whether both still are the current ones.
Birth = tuple[int, int]
UNBORN: Birth = (0, 0)

Scalar = Union[str, int, float, bool, bytes, complex, None]


class Top:
    """Anything. `place` and `why` say where the engine lost the value.

    The place is computed when it is asked for: most are never asked. `foreign`:
    it comes from code that nothing is known of, so that calling it may do anything.
    """

    __slots__ = ("_at", "_node", "foreign", "why")

    def __init__(
        self,
        at: Place | LineMap | None,
        why: str,
        foreign: bool = False,
        node: ast.expr | ast.stmt | ast.excepthandler | None = None,
    ) -> None:
        """`node`: where in the lines it is; its place is not computed yet."""
        self._at = at
        self._node = node
        self.why = why
        self.foreign = foreign

    @property
    def place(self) -> Place | None:
        if isinstance(self._at, LineMap) and self._node is not None:
            self._at, self._node = self._at.node(self._node), None
        return self._at if isinstance(self._at, Place) else None


class Made(Top):
    """What a library's call gave: its class where that is known, and the calls that it may come from.

    One call, or those of the paths that met; where they are too many, none. All
    else of it is not known, so that whoever asks for a Top gets one.
    """

    __slots__ = ("calls", "cls")

    def __init__(self, why: str, calls: tuple[CallSeen, ...], cls: str | None, foreign: bool = False) -> None:
        super().__init__(None, why, foreign)
        self.calls = calls
        self.cls = cls

    @property
    def place(self) -> Place | None:
        return self.calls[0].place if self.calls else None

    @property
    def call(self) -> CallSeen | None:
        """The one call that it comes from, or None where there are several, or too many."""
        return self.calls[0] if len(self.calls) == 1 else None

    def by(self, calls: tuple[CallSeen, ...]) -> Made:
        """The same as the result of other calls."""
        return Made(self.why, calls, self.cls, self.foreign)

    def met(self, other: Made, calls: tuple[CallSeen, ...]) -> Made | None:
        """What is either of two, where more of them is kept than their calls and class."""
        return None

    def hide(self) -> None:
        """It goes on as something of which nothing is known: what can be changed may be changed there."""

    def content_key(self) -> object:
        """What a memo compares of it beside its calls and class."""
        return None


class Derived(Made):
    """The result of an operation on what calls gave: `how` is compare, equal, not, divide, length, or operation.

    Its `calls` are those of its operands; it is none of their results.
    """

    __slots__ = ("how",)

    def __init__(self, why: str, calls: tuple[CallSeen, ...], how: str, cls: str | None = None) -> None:
        super().__init__(why, calls, cls)
        self.how = how

    @property
    def call(self) -> CallSeen | None:
        return None


class Const:
    """A constant. `True`, `1` and `1.0` are three constants."""

    __slots__ = ("value",)

    def __init__(self, value: Scalar) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def __repr__(self) -> str:
        return f"Const({self.value!r})"


@dataclass(slots=True, unsafe_hash=True)
class Hole:
    """An unknown part of a string.

    `kind`: user (the current user's name), parameter, attribute (of what a library's call gave), or unknown.
    `origin` is the library's call that it comes from, by its canonical name, with the attribute; "" where not known.
    """

    kind: str
    what: str
    place: Place | None = None
    origin: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Text:
    """A string with holes: `f"/Shared/{name}"`. Never all constant: that is a Const."""

    parts: tuple[Union[str, Hole], ...]


@dataclass(slots=True, unsafe_hash=True)
class Lib:
    """A name of a library: a module, function or class, by its dotted path."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class Bound:
    """A method of a library's object: `client.create_experiment`."""

    receiver: Obj
    method: str


class Obj:
    """An instance of a library's class, with what is known of it in `data`, and the call that made it."""

    __slots__ = ("birth", "cls", "data", "made", "version")

    def __init__(
        self, cls: str, data: dict[str, Value] | None = None, birth: Birth = UNBORN, made: CallSeen | None = None
    ) -> None:
        self.cls = cls
        self.data: dict[str, Value] = data or {}
        self.birth = birth
        self.made = made
        self.version = 0


class ListValue:
    """A list, tuple or set. `open`: it may hold more than `items`."""

    __slots__ = ("birth", "items", "kind", "open", "version")

    def __init__(self, items: list[Value], kind: str = "list", *, is_open: bool = False, birth: Birth = UNBORN) -> None:
        self.items = items
        self.kind = kind
        self.open = is_open
        self.birth = birth
        self.version = 0


class DictValue:
    """A dict with constant keys. `open`: it may hold more."""

    __slots__ = ("birth", "entries", "open", "version")

    def __init__(self, entries: Mapping[Any, Value], *, is_open: bool = False, birth: Birth = UNBORN) -> None:
        self.entries: dict[Scalar, Value] = dict(entries)
        self.open = is_open
        self.birth = birth
        self.version = 0


class Function:
    """A function of the project, with the scope that it closes over and, of a method, its receiver."""

    __slots__ = ("bound", "code", "defaults", "is_generator", "name", "node", "owner", "scope", "strange")

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        code: Code,
        scope: Scope,
        defaults: dict[str, Value],
        bound: Value | None = None,
        owner: Class | None = None,
        is_generator: bool = False,
    ) -> None:
        self.node = node
        self.code = code
        self.name = getattr(node, "name", "<lambda>")
        self.scope = scope
        self.defaults = defaults
        self.bound = bound
        self.owner = owner
        self.is_generator = is_generator
        self.strange = False  # a decorator of it was not followed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self.node is other.node and self.bound is other.bound

    def __hash__(self) -> int:
        return hash((id(self.node), id(self.bound)))

    def to(self, receiver: Value, owner: Class | None) -> Function:
        """The function as a method of a receiver."""
        method = Function(self.node, self.code, self.scope, self.defaults, receiver, owner, self.is_generator)
        method.strange = self.strange
        return method


class Class:
    """A class of the project: its body's names, its bases, and whether a base is unknown."""

    __slots__ = ("bases", "fields", "name", "names", "scope")

    def __init__(
        self, name: str, names: dict[str, Value], bases: tuple[Value, ...], fields: dict[str, ast.expr], scope: Scope
    ) -> None:
        self.name = name
        self.names = names
        self.bases = bases
        self.fields = fields  # annotated names with their annotations, for dataclasses
        self.scope = scope  # that the class stands in


class Instance:
    """An instance of a class of the project."""

    __slots__ = ("attributes", "birth", "cls", "version")

    def __init__(self, cls: Class, birth: Birth = UNBORN) -> None:
        self.cls = cls
        self.attributes: dict[str, Value] = {}
        self.birth = birth
        self.version = 0


class ModuleValue:
    """A module of the project, by its scope."""

    __slots__ = ("path", "scope")

    def __init__(self, path: str, scope: Scope) -> None:
        self.path = path
        self.scope = scope


class Context:
    """What a generator yields to `with`: the value, the run that is open at its `yield`, and the `try` around it."""

    __slots__ = ("run", "tries", "value")

    def __init__(self, value: Value, run: str, tries: tuple[ast.Try, ...] = ()) -> None:
        self.value = value
        self.run = run
        self.tries = tries


class OneOf:
    """One of a few values, by branches that were not decided."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Value, ...]) -> None:
        self.options = options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneOf) and self.options == other.options

    def __hash__(self) -> int:
        return hash(self.options)


Value = Union[
    Top,
    Const,
    Text,
    Lib,
    Bound,
    Obj,
    ListValue,
    DictValue,
    Function,
    Class,
    Instance,
    ModuleValue,
    Context,
    OneOf,
]

NONE = Const(None)
FIRST = "*first"  # in the data of a model's version: it was the first of a list in no order of its own
_MOST_OPTIONS = 8
_MOST_CALLS = 6  # that a value may come from
MOST_ITEMS = 2_000  # of a list that is followed; the rest is unseen
_LONGEST_TEXT = 20_000  # characters
_MOST_PARTS = 400


def text_of(parts: list[Union[str, Hole]]) -> Value:
    """A string value from its parts: neighbours joined, a Const where no hole is left."""
    merged: list[Union[str, Hole]] = []
    last, length = "", 0
    for part in parts:
        if isinstance(part, str):
            length += len(part)
            if last:
                merged[-1] = last = last + part
            elif part:
                merged.append(part)
                last = part
        else:
            merged.append(part)
            last = ""
    if not merged:
        return Const("")
    if length > _LONGEST_TEXT or len(merged) > _MOST_PARTS:
        return Top(None, f"a string of more than {_LONGEST_TEXT:,} characters")
    if len(merged) == 1 and isinstance(merged[0], str):
        return Const(merged[0])
    return Text(tuple(merged))


def parts_of(value: Value) -> list[Union[str, Hole]]:
    """The parts that a value has where it stands in a string."""
    match value:
        case Const(value=constant):
            return [str(constant)]
        case Text(parts=parts):
            return list(parts)
        case Made(place=place, why=why, calls=calls) if not isinstance(value, Derived):
            return [Hole("unknown", why, place, calls[0].name if calls else "")]
        case Top(place=place, why=why):
            return [Hole("unknown", why, place)]
        case Obj(cls="current_user"):
            return [Hole("user", "the current user")]
        case Bound(receiver=receiver, method=method):
            return [_attribute_hole(receiver, method)]
        case _:
            return [Hole("unknown", "a value that is not a string", None)]


def _attribute_hole(receiver: Obj, method: str) -> Hole:
    origins = origins_of(receiver)
    if not origins:
        return Hole("attribute", f"the `{method}` of a value")
    first = "the first of " if FIRST in receiver.data else ""
    what = f"the `{method}` of {first}what `{origins[0].method}` gives"
    return Hole("attribute", what, None, f"{origins[0].name}.{method}")


def merge(left: Value, right: Value) -> Value:
    """What a name holds after two branches."""
    if left is right:
        return left
    if isinstance(left, Top) and isinstance(right, Top):
        return _met(left, right)
    if left == right:
        return left
    options: list[Value] = []
    for option in (*options_of(left), *options_of(right)):
        if option not in options:
            options.append(option)
    if len(options) > _MOST_OPTIONS:
        for option in options:
            if isinstance(option, Made):
                option.hide()
        return Top(None, f"one of more than {_MOST_OPTIONS} values")
    return OneOf(tuple(options))


def _met(left: Top, right: Top) -> Top:
    """Of two results what both are; a plain Top is anything, so all of it is."""
    if not isinstance(left, Made):
        if isinstance(right, Made):
            right.hide()
        return left
    if not isinstance(right, Made):
        left.hide()
        return right
    for one, other in ((left, right), (right, left)):  # a frame, and the frame with a column more: both are in that
        if other.call is not None and other.call.method == "__setitem__" and other.call.receiver is one:
            return one.met(other, other.calls) or other
    calls = tuple(dict.fromkeys((*left.calls, *right.calls))) if left.calls and right.calls else ()
    both = left.met(right, calls if len(calls) <= _MOST_CALLS else ())
    if both is not None:
        return both
    left.hide()
    right.hide()
    if calls == left.calls and left.cls == right.cls and type(left) is type(right):
        return left
    if isinstance(left, Derived) or isinstance(right, Derived):
        return Derived(left.why, calls if len(calls) <= _MOST_CALLS else (), "operation")
    cls = left.cls if left.cls == right.cls else None
    return Made(left.why, calls if len(calls) <= _MOST_CALLS else (), cls, left.foreign or right.foreign)


def options_of(value: Value) -> tuple[Value, ...]:
    """The values that it may be: itself, or a OneOf's options."""
    return value.options if isinstance(value, OneOf) else (value,)


def origins_of(value: Value) -> tuple[CallSeen, ...]:
    """The calls of libraries that a value, or what it is an attribute of, may come from; none where not known."""
    match value:
        case Made(calls=calls):
            return calls
        case Bound(receiver=receiver):
            return origins_of(receiver)
        case Obj(made=made, data=data):
            if made is not None:
                return (made,)
            return origins_of(data["lost"]) if "lost" in data else ()
        case OneOf(options=options):
            return tuple(dict.fromkeys(call for option in options for call in origins_of(option)))
        case _:
            return ()


def derived(why: Top, how: str, *operands: Value) -> Value:
    """The result of an operation: with the calls that its operands come from, where any is known."""
    calls = tuple(dict.fromkeys([call for one in operands for call in origins_of(one)]))
    if not calls:
        return why
    classes = {one.cls for one in operands if isinstance(one, Made)}
    return Derived(why.why, calls[:_MOST_CALLS], how, classes.pop() if len(classes) == 1 else None)


def constant_text(value: Value) -> str | None:
    """The string that a constant is, or None."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def shown(value: Value) -> str:
    """A value as a message shows it: `"/Shared/{name}"`."""
    match value:
        case Const(value=constant):
            return str(constant)
        case Text(parts=parts):
            return "".join(part if isinstance(part, str) else "{…}" for part in parts)
        case _:
            return "…"


def truth(value: Value) -> bool | None:
    """Whether a condition holds, or None where it can't be told."""
    match value:
        case Const(value=constant):
            return bool(constant)
        case Text(parts=parts):
            return True if any(isinstance(part, str) for part in parts) else None
        case ListValue(items=items, open=is_open):
            return True if items and not is_open else (None if is_open else False)
        case DictValue(entries=entries, open=is_open):
            return True if entries and not is_open else (None if is_open else False)
        case Lib(name=name):
            return not name.endswith(".TYPE_CHECKING")  # what runs is never being checked
        case Function() | Class() | ModuleValue():
            return True
        case _:
            return None
