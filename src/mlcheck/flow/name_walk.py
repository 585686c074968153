"""A program of names, run once over every path: which names may be bound where each is read.

What is computed is the set of names that *some* path has bound, so a name that
is not in it is bound on none. In a loop a read that comes in every round before
a binding below it meets the first round, where that has not happened yet.
"""

from __future__ import annotations

from mlcheck.flow.name_ops import (
    SURE,
    Bind,
    Block,
    Branch,
    ClassBody,
    Define,
    Delete,
    Import,
    Leave,
    Loop,
    Open,
    Read,
    Restart,
    Run,
    Try,
)

NOTHING: frozenset[str] = frozenset()


class Frame:
    """A loop that the walk is in: what it binds, and what is bound where a round breaks off."""

    __slots__ = ("binds", "broke", "continued")

    def __init__(self, binds: set[str]) -> None:
        self.binds = binds
        self.continued: set[str] = set()
        self.broke: set[str] | None = None


class NameWalk:
    """The control flow of a program of names; what a read or a binding means is the subclass's."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.depth = 0  # blocks that may not run, around here
        self.left = False  # whether a path may have left before
        self.in_class = 0
        self.around: frozenset[str] | set[str] = NOTHING  # what other rounds of loops here may have bound

    # --- what subclasses say

    def on_read(self, op: Read, names: set[str], bound: bool, sure: bool) -> None:
        raise NotImplementedError

    def on_bind(self, op: Bind, names: set[str]) -> None:
        names.add(op.name)

    def on_delete(self, name: str, line: int, caught: bool, names: set[str]) -> None:
        names.discard(name)

    def on_define(self, op: Define, names: set[str]) -> None:
        raise NotImplementedError

    def on_other(self, op: Import | Run | Restart | Open, names: set[str]) -> None:
        """An import, `%run`, a restart, or a place where any name may be bound."""

    def runs_main(self) -> bool:
        """Whether `if __name__ == "__main__"` holds here."""
        return True

    # --- blocks

    def run(self, block: Block, names: set[str], extra: frozenset[str], frame: Frame | None) -> bool:
        """Run a block; whether the path goes on after it.

        `extra` are names that an earlier round of a loop may have bound;
        `frame` is the loop whose body this block is.
        """
        for op in block.ops:
            kind = type(op)
            if kind is Read:
                self._read(op, names, extra, frame)  # type: ignore[arg-type]
            elif kind is Bind:
                self.on_bind(op, names)  # type: ignore[arg-type]
            elif kind is Leave:
                self._leave(op, names)  # type: ignore[arg-type]
                return False
            elif kind in _BLOCKS:
                within = extra | frame.binds if frame is not None else extra
                if not getattr(self, _BLOCKS[kind])(op, names, within):
                    return False
            elif kind is Define:
                self.on_define(op, names)  # type: ignore[arg-type]
            elif kind is Delete:
                self.on_delete(op.name, op.line, False, names)  # type: ignore[union-attr]
            else:
                self.on_other(op, names)  # type: ignore[arg-type]
        return True

    def _read(self, op: Read, names: set[str], extra: frozenset[str], frame: Frame | None) -> None:
        bound = op.name in names or op.name in extra
        if not bound and frame is not None:
            bound = op.name in frame.continued or (op.mode != SURE and op.name in frame.binds)
        self.around = extra | frame.binds if frame is not None else extra
        self.on_read(op, names, bound, op.mode == SURE and not self.depth and not self.left)

    def _leave(self, op: Leave, names: set[str]) -> None:
        if op.how != "return" and self.frames:
            frame = self.frames[-1]
            if op.how == "continue":
                frame.continued |= names
            else:
                frame.broke = names | frame.broke if frame.broke is not None else set(names)

    def _inner(self, block: Block, names: set[str], extra: frozenset[str], frame: Frame | None = None) -> bool:
        """Run a block that may not be run."""
        self.depth += 1
        goes_on = self.run(block, names, extra, frame)
        self.depth -= 1
        self.left = self.left or block.leaves
        return goes_on

    def branch(self, op: Branch, names: set[str], extra: frozenset[str]) -> bool:
        if op.main:
            return self.run(op.blocks[0 if self.runs_main() else 1], names, extra, None)
        ended: list[set[str]] = []
        for block in op.blocks:
            mine = set(names)
            if self._inner(block, mine, extra):
                ended.append(mine)
        return _meet(names, ended)

    def loop(self, op: Loop, names: set[str], extra: frozenset[str]) -> bool:
        frame = Frame(op.body.binds)
        inner = set(names)
        self.frames.append(frame)
        goes_on = self._inner(op.body, inner, extra, frame)
        self.frames.pop()
        names |= frame.continued
        if goes_on:
            names |= inner
        if op.endless:
            return _meet(names, [names | frame.broke] if frame.broke is not None else [])
        after = set(names)
        ended = [frame.broke] if frame.broke is not None else []
        if self._inner(op.orelse, after, extra):
            ended.append(after)
        return _meet(names, ended)

    def attempt(self, op: Try, names: set[str], extra: frozenset[str]) -> bool:
        broken_off = names | op.body.binds
        body = set(names)
        ended: list[set[str]] = []
        if self._inner(op.body, body, extra) and self._inner(op.orelse, body, extra):
            ended.append(body)
        for name, line, block in op.handlers:
            mine = set(broken_off)
            goes_on = self._inner(block, mine, extra)
            if name is not None:
                self.on_delete(name, line, True, mine)
            if goes_on:
                ended.append(mine)
        if op.final.ops:
            final = broken_off.union(op.orelse.binds, *(block.binds for _, _, block in op.handlers))
            if not self._inner(op.final, final, extra):
                return False
            for one in ended:
                one |= op.final.binds
        return _meet(names, ended)

    def class_body(self, op: ClassBody, names: set[str], extra: frozenset[str]) -> bool:
        self.in_class += 1
        self.run(op.block, set(), extra | names, None)
        self.in_class -= 1
        return True


def _meet(names: set[str], ended: list[set[str]]) -> bool:
    """Take the names of the paths that go on; False where none does."""
    if not ended:
        return False
    names.clear()
    names.update(*ended)
    return True


# What runs each operation that holds blocks: a method, which a subclass may have of its own.
_BLOCKS: dict[type, str] = {Branch: "branch", Loop: "loop", Try: "attempt", ClassBody: "class_body"}
