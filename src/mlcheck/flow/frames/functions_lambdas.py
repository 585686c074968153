"""Functions that are handed a function: of which types its parameters are, and what the whole gives.

Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Sequence

from mlcheck.flow.frames.types import BOOLEAN, INT, Array, DataType, Map

Kinds = Sequence["DataType | None"]


def parameters(name: str, before: Kinds) -> tuple[DataType | None, ...]:
    """The types of a lambda's parameters, from those of the operands before it."""
    first = before[0] if before else None
    second = before[1] if len(before) > 1 else None
    match name:
        case "transform" | "filter" | "exists" | "forall":
            return (_element(first), INT)
        case "array_sort":
            return (_element(first), _element(first))
        case "aggregate" | "reduce":
            return (second, _element(first)) if len(before) == 2 else (None,)
        case "zip_with":
            return (_element(first), _element(second))
        case "map_filter" | "transform_keys" | "transform_values":
            return (first.key, first.value) if isinstance(first, Map) else (None, None)
        case "map_zip_with" if isinstance(first, Map) and isinstance(second, Map):
            return (first.key, first.value, second.value)
    return ()


def _element(kind: DataType | None) -> DataType | None:
    return kind.element if isinstance(kind, Array) else None


def given(name: str, kinds: Kinds) -> DataType | None:
    """The type of the whole, from the types of its operands and its lambdas' bodies, in their order."""
    first, last = (kinds[0], kinds[-1]) if kinds else (None, None)
    second = kinds[1] if len(kinds) > 1 else None
    match name:
        case "filter" | "array_sort" | "map_filter":
            return first
        case "exists" | "forall":
            return BOOLEAN
        case "transform" | "zip_with":
            return Array(last)
        case "aggregate" | "reduce":
            return last if len(kinds) == 4 or (len(kinds) == 3 and second == last) else None
        case "transform_keys" if isinstance(first, Map):
            return Map(last, first.value)
        case "transform_values" if isinstance(first, Map):
            return Map(first.key, last)
        case "map_zip_with" if isinstance(first, Map) and isinstance(second, Map):
            return Map(first.key if first.key == second.key else None, last)
    return None
