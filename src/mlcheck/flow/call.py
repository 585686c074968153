"""One call of a library: its arguments bound to the parameters' names that the transfer function gives."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mlcheck.flow.facts import Fact
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Obj, Top, Value
from mlcheck.project.place import Place

Transfer = Callable[..., Value]


@dataclass(slots=True)
class Arguments:
    """Arguments as given. `open`: a `*` or `**` of unknown content may add others."""

    positional: list[Value]
    keywords: dict[str, Value]
    open: bool = False


@dataclass(slots=True)
class Call:
    """What a transfer function gets beside its bound arguments."""

    it: Interpreter
    node: ast.expr
    target: str
    receiver: Obj | None
    arguments: Arguments

    @property
    def place(self) -> Place:
        return self.it.place(self.node)

    def found(self, fact: Fact) -> None:
        self.it.found(fact)

    def top(self, why: str) -> Top:
        return self.it.top(self.node, why)

    def missing(self, name: str) -> Value | None:
        """None where an argument surely isn't given; a Top where `**` may bring it."""
        return self.top(f"`{name}` may come from `**`") if self.arguments.open else None


def apply(transfer: Transfer, call: Call) -> Value:
    """Call a transfer function: positions by its parameters' order, keywords by their names.

    A parameter that isn't given is None (a Top where `*` or `**` may give it);
    arguments that it doesn't name are left in `call.arguments`.
    """
    names, given = _parameters(transfer), call.arguments
    bound: list[Value | None] = [*given.positional[: len(names)]]
    for name in names[len(bound) :]:
        value = given.keywords.get(name)
        bound.append(call.missing(name) if value is None else value)
    return transfer(call, *bound)


@lru_cache(maxsize=1024)
def _parameters(transfer: Transfer) -> tuple[str, ...]:
    return transfer.__code__.co_varnames[1 : transfer.__code__.co_argcount]


def receiver_self(call: Call) -> Value:
    """The str, list or dict that a method is called on."""
    assert call.receiver is not None
    return call.receiver.data["self"]


Transfers = Mapping[str, Transfer]
