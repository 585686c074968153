"""The columns that a function makes which gives several rows of one: `explode`, `inline`, `stack`, `json_tuple`.

Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Sequence

from mlcheck.flow.frames.operands import Args
from mlcheck.flow.frames.types import INT, STRING, VARIANT, Array, DataType, Map, Struct

Columns = Sequence["tuple[str | None, DataType | None]"]
UNSEEN: Columns = ((None, None),)  # one column at least, of which nothing is known


def columns(name: str, args: Args) -> Columns:
    """The names and types of a generator's columns, None where not known."""
    of = args[0].type if args else None
    base = name.removesuffix("_outer")
    if base == "explode":
        return _exploded(of)
    if base == "posexplode":
        return (("pos", INT), *_exploded(of))
    if base == "inline":
        element = of.element if isinstance(of, Array) else None
        return element.fields if isinstance(element, Struct) and not element.open else UNSEEN
    if base == "json_tuple":
        return tuple((f"c{index}", STRING) for index in range(len(args) - 1)) or UNSEEN
    if base == "stack":
        return _stacked(args)
    if base == "variant_explode":
        return (("pos", INT), ("key", STRING), ("value", VARIANT))
    return UNSEEN


def _exploded(of: DataType | None) -> Columns:
    if isinstance(of, Map):
        return (("key", of.key), ("value", of.value))
    return (("col", of.element),) if isinstance(of, Array) else UNSEEN


def _stacked(args: Args) -> Columns:
    """`stack(rows, a, b, …)`: the values fill rows from the left."""
    rows = args[0].literal if args else None
    if not isinstance(rows, int) or rows < 1 or len(args) < 2:
        return UNSEEN
    width = -(-(len(args) - 1) // rows)
    found: list[tuple[str | None, DataType | None]] = []
    for index in range(width):
        kinds = {one.type for one in args[1 + index :: width]}
        found.append((f"col{index}", kinds.pop() if len(kinds) == 1 else None))
    return found
