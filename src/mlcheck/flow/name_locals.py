"""A function's own names: which it reads before any path has bound them, and which come from outside."""

from __future__ import annotations

from mlcheck.flow.name_ops import (
    LATER,
    MAYBE,
    SURE,
    Bind,
    Block,
    Branch,
    ClassBody,
    Define,
    Free,
    FunctionNames,
    Loop,
    Read,
    Try,
    Unbound,
)
from mlcheck.flow.name_walk import NOTHING, NameWalk


def settle(function: FunctionNames, block: Block, parameters: set[str]) -> None:
    """Fill in what a function reads from outside, and where a local is surely unbound."""
    outside = function.globals_bound | function.nonlocals_bound
    locals_ = (block.binds | parameters) - outside
    function.locals_ = frozenset(locals_)
    walk = _LocalWalk(function, block, locals_)
    walk.run(block, set(parameters), NOTHING, None)


class _LocalWalk(NameWalk):
    def __init__(self, function: FunctionNames, block: Block, locals_: set[str]) -> None:
        super().__init__()
        self.function = function
        self.block = block
        self.locals_ = locals_
        self.gone: dict[str, tuple[int, bool]] = {}

    def on_read(self, op: Read, names: set[str], bound: bool, sure: bool) -> None:
        if op.name not in self.locals_:
            if not (self.in_class and bound):
                self._free(op.name, op.node, LATER if op.mode == LATER else SURE if sure else MAYBE, op.called)
        elif not bound and op.mode != LATER:
            line, caught = self.gone.get(op.name, (0, False))
            bound_at = _bound_at(self.block, op.name)
            self.function.unbound.append(Unbound(op.name, op.node, line, caught, op.mode == SURE, bound_at))
            names.add(op.name)

    def _free(self, name: str, node: object, mode: int, called: bool) -> None:
        known = self.function.free.get(name)
        if known is None:
            self.function.free[name] = Free(node, mode, called)  # type: ignore[arg-type]
            return
        if mode < known.mode:
            known.node, known.mode = node, mode  # type: ignore[assignment]
        known.called = known.called or called

    def on_delete(self, name: str, line: int, caught: bool, names: set[str]) -> None:
        names.discard(name)
        self.gone[name] = (line, caught)

    def on_define(self, op: Define, names: set[str]) -> None:
        inner = op.function
        self.function.inner.append(inner)
        for name, free in inner.free.items():
            if name not in self.locals_:
                self._free(name, free.node, LATER, False)
        names |= inner.nonlocals_bound & self.locals_
        self.function.nonlocals_bound |= inner.nonlocals_bound - self.locals_
        self.function.globals_bound |= inner.globals_bound
        self.function.opens = self.function.opens or inner.opens


def _bound_at(block: Block, name: str) -> int:
    """A line that binds a name in a block, 0 where none does."""
    for op in block.ops:
        if isinstance(op, Bind) and op.name == name:
            return op.line
        if isinstance(op, ClassBody):
            continue
        for inner in _blocks_of(op):
            line = _bound_at(inner, name) if name in inner.binds else 0
            if line:
                return line
    return 0


def _blocks_of(op: object) -> list[Block]:
    match op:
        case Branch(blocks=blocks):
            return blocks
        case Loop(body=body, orelse=orelse):
            return [body, orelse]
        case Try(body=body, handlers=handlers, orelse=orelse, final=final):
            return [body, *(block for _, _, block in handlers), orelse, final]
        case _:
            return []
