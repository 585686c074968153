"""What functions of arrays and maps give, and strings that may be binary.

Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from mlcheck.flow.frames.coercion import (
    NEVER,
    Wide,
    all_wider,
    is_integral,
    is_ordered,
    wider_but_strings,
)
from mlcheck.flow.frames.operands import UNKNOWN, Args, Operand, Result, Rule, any_null, of, refused, shown
from mlcheck.flow.frames.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    STRING,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    VOID,
    Array,
    DataType,
    Map,
    Struct,
    parse_type,
)


def _kind(args: Args, place: int = 0) -> DataType | None:
    return args[place].type if len(args) > place else None


def _known(kind: Wide) -> DataType | None:
    return None if kind is NEVER else kind


def _element(kind: DataType | None) -> DataType | None:
    return kind.element if isinstance(kind, Array) else None


# --- made of values


def array(args: Args, ansi: bool) -> Result:
    if not args:
        return Result(Array(VOID), False)
    found = all_wider([one.type for one in args], ansi)
    if found is NEVER:
        return refused("DATA_DIFF_TYPES", f"`array` does not take {shown(args)}")
    return Result(Array(found), False)


def map_(args: Args, ansi: bool) -> Result:
    if len(args) % 2 or not args:
        return UNKNOWN
    key, value = (all_wider([one.type for one in args[start::2]], ansi) for start in (0, 1))
    if NEVER in (key, value):
        return refused("", f"`map` does not take {shown(args)}")
    if isinstance(key, Map):
        return UNKNOWN
    return Result(Map(_known(key), _known(value)), False)


def map_from_arrays(args: Args, ansi: bool) -> Result:
    keys, values = _kind(args), _kind(args, 1)
    if not isinstance(keys, Array) or not isinstance(values, Array):
        return UNKNOWN
    return Result(Map(keys.element, values.element))


def map_from_entries(args: Args, ansi: bool) -> Result:
    entry = _element(_kind(args))
    if not isinstance(entry, Struct) or entry.open or len(entry.fields) != 2:
        return UNKNOWN
    return Result(Map(entry.fields[0][1], entry.fields[1][1]))


def sequence(args: Args, ansi: bool) -> Result:
    """Numbers from one to another, or dates or times by an interval."""
    if len(args) < 2:
        return UNKNOWN
    kinds = [one.type for one in args[:2]]
    if all(is_integral(kind) for kind in kinds):
        steps = [one.type for one in args]
        return of(_array_of(all_wider(steps, ansi))) if all(is_integral(kind) for kind in steps) else UNKNOWN
    if kinds in ([DATE, DATE], [TIMESTAMP, TIMESTAMP]):
        return Result(Array(kinds[0]))
    return UNKNOWN


def _array_of(kind: Wide) -> Wide:
    return kind if kind is None or kind is NEVER else Array(kind)


def repeated(args: Args, ansi: bool) -> Result:
    return Result(Array(args[0].type)) if len(args) == 2 else UNKNOWN


# --- arrays


def same_array(args: Args, ansi: bool) -> Result:
    """An array as it was, with other elements left or in another order."""
    return Result(_kind(args) if isinstance(_kind(args), Array) else None)


def sorted_array(args: Args, ansi: bool) -> Result:
    element = _element(_kind(args))
    if element is not None and is_ordered(element) is False:
        return refused("INVALID_ORDERING_TYPE", f"{element} has no order")
    return same_array(args, ansi)


def extreme(args: Args, ansi: bool) -> Result:
    """`array_max`, `array_min`."""
    element = _element(_kind(args))
    if element is not None and is_ordered(element) is False:
        return refused("INVALID_ORDERING_TYPE", f"{element} has no order")
    return Result(element, True) if element is not None else UNKNOWN


def flatten(args: Args, ansi: bool) -> Result:
    kind = _kind(args)
    if not isinstance(kind, Array) or kind.element is None:
        return UNKNOWN
    if not isinstance(kind.element, Array):
        return refused("UNEXPECTED_INPUT_TYPE", f"`flatten` takes an array of arrays, not {kind}")
    return Result(kind.element)


def together(args: Args, ansi: bool) -> Result:
    """`array_union`, `array_intersect`, `array_except` of arrays of one type."""
    kinds = [one.type for one in args]
    if len(kinds) != 2 or not all(isinstance(kind, Array) for kind in kinds):
        return UNKNOWN
    found = wider_but_strings(kinds[0], kinds[1], ansi)
    if found is NEVER:
        return refused("BINARY_ARRAY_DIFF_TYPES", f"it does not take {shown(args)}")
    return of(found if _elements_known(found) else None)


def _elements_known(kind: Wide) -> bool:
    return isinstance(kind, Array) and kind.element is not None


def with_value(args: Args, ansi: bool) -> Result:
    """`array_append`, `array_prepend`: the value is brought to the elements' type, or both to a wider."""
    kind, value = _kind(args), _kind(args, 1)
    if not isinstance(kind, Array) or value is None or kind.element is None:
        return UNKNOWN
    found = wider_but_strings(kind.element, value, ansi)
    return Result(Array(_known(found)), args[0].nullable) if found not in (NEVER, None) else UNKNOWN


def inserted(args: Args, ansi: bool) -> Result:
    return with_value((args[0], args[2]), ansi) if len(args) == 3 else UNKNOWN


def without(args: Args, ansi: bool) -> Result:
    """`array_remove`."""
    kind, value = _kind(args), _kind(args, 1)
    same = isinstance(kind, Array) and value is not None and kind.element == value
    return Result(kind, any_null(args)) if same else UNKNOWN


def zipped(args: Args, ansi: bool) -> Result:
    """`arrays_zip(a, b)`: structs whose fields bear the columns' names."""
    if any(one.name is None or "." in one.name or not isinstance(one.type, Array) for one in args):
        return Result(Array(Struct((), True)) if all(isinstance(one.type, Array) for one in args) else None)
    fields = tuple((one.name or str(index), _element(one.type)) for index, one in enumerate(args))
    return Result(Array(Struct(fields)))


def contains(kind: DataType) -> Rule:
    """`array_contains` and its kin: the value must be comparable with the elements."""

    def rule(args: Args, ansi: bool) -> Result:
        array, value = _kind(args), _kind(args, 1)
        element = _element(array)
        if element is None or value is None:
            return Result(kind)
        found = wider_but_strings(element, value, ansi)
        if found is NEVER and STRING not in (element, value):
            return refused("", f"it does not take {shown(args)}")
        return Result(kind)

    return rule


def overlap(args: Args, ansi: bool) -> Result:
    one, other = _element(_kind(args)), _element(_kind(args, 1))
    if one is not None and other is not None and STRING not in (one, other):
        found = wider_but_strings(one, other, ansi)
        if found is NEVER:
            return refused("", f"`arrays_overlap` does not take {shown(args)}")
    return Result(BOOLEAN)


# --- parts


def element_at(args: Args, ansi: bool) -> Result:
    """An array's element by its place, a map's value by its key."""
    kind = _kind(args)
    if isinstance(kind, Map):
        return Result(kind.value)
    return Result(_element(kind))


def get(args: Args, ansi: bool) -> Result:
    return Result(_element(_kind(args)), True if isinstance(_kind(args), Array) else None)


def map_keys(args: Args, ansi: bool) -> Result:
    kind = _kind(args)
    return Result(Array(kind.key)) if isinstance(kind, Map) else UNKNOWN


def map_values(args: Args, ansi: bool) -> Result:
    kind = _kind(args)
    return Result(Array(kind.value)) if isinstance(kind, Map) else UNKNOWN


def map_entries(args: Args, ansi: bool) -> Result:
    kind = _kind(args)
    if not isinstance(kind, Map):
        return UNKNOWN
    return Result(Array(Struct((("key", kind.key), ("value", kind.value)))))


def map_concat(args: Args, ansi: bool) -> Result:
    kinds = [one.type for one in args]
    if not kinds or not all(isinstance(kind, Map) for kind in kinds):
        return UNKNOWN
    return of(all_wider(kinds, ansi) if len(set(kinds)) == 1 else None)


# --- strings that may be binary


def text_or_bytes(args: Args, ansi: bool) -> Result:
    """`substring`, `left`, `lpad`: of bytes there are bytes."""
    kind = _kind(args)
    if kind is None or kind in (BINARY, VOID):
        return Result(None)
    return Result(STRING)


def reverse(args: Args, ansi: bool) -> Result:
    kind = _kind(args)
    if isinstance(kind, Array) or kind == STRING:
        return Result(kind, args[0].nullable)
    return UNKNOWN if kind in (None, BINARY, VOID) else Result(STRING)


def from_text(args: Args, ansi: bool) -> Result:
    """`from_json(text, 'a int, b string')`: by its schema, where that is written down."""
    if len(args) < 2:
        return UNKNOWN
    return Result(written_schema(args[1]), True)


def written_schema(operand: Operand) -> DataType | None:
    """A schema that is a constant: the columns of a struct, or one type."""
    text = operand.literal
    if not isinstance(text, str) or text.lstrip().startswith("{"):
        return None
    return parse_type(text) if parse_type(text) is not None else parse_type(f"struct<{text}>")


def text(args: Args, ansi: bool) -> Result:
    return Result(STRING)


def to_bytes(args: Args, ansi: bool) -> Result:
    return Result(BINARY)


def window(args: Args, ansi: bool) -> Result:
    """A span of time: its start and its end."""
    kind = _kind(args)
    if kind not in (TIMESTAMP, TIMESTAMP_NTZ):
        return UNKNOWN
    return Result(Struct((("start", kind), ("end", kind))))


def elt(args: Args, ansi: bool) -> Result:
    return UNKNOWN if any(one.type in (None, BINARY) for one in args[1:]) else Result(STRING)


COLLECTIONS: dict[str, Rule] = {
    "array": array,
    "map": map_,
    "map_from_arrays": map_from_arrays,
    "map_from_entries": map_from_entries,
    "sequence": sequence,
    "array_repeat": repeated,
    **dict.fromkeys(("array_distinct", "array_compact", "shuffle", "slice"), same_array),
    "sort_array": sorted_array,
    "array_sort": sorted_array,
    "to_char": text,
    "to_varchar": text,
    "array_max": extreme,
    "array_min": extreme,
    "flatten": flatten,
    **dict.fromkeys(("array_union", "array_intersect", "array_except"), together),
    "array_append": with_value,
    "array_prepend": with_value,
    "array_insert": inserted,
    "array_remove": without,
    "arrays_zip": zipped,
    "array_contains": contains(BOOLEAN),
    "array_position": contains(BIGINT),
    "arrays_overlap": overlap,
    "element_at": element_at,
    "try_element_at": element_at,
    "get": get,
    "map_keys": map_keys,
    "map_values": map_values,
    "map_entries": map_entries,
    "map_concat": map_concat,
    **dict.fromkeys(("substring", "substr", "left", "lpad", "rpad", "overlay"), text_or_bytes),
    **dict.fromkeys(("unhex", "aes_encrypt"), to_bytes),
    **dict.fromkeys(("window", "session_window"), window),
    "space": text,
    "reverse": reverse,
    **dict.fromkeys(("from_json", "from_csv", "from_xml"), from_text),
    "elt": elt,
}
