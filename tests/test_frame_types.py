"""Types of expressions by Spark's rules; tests/oracle holds the same, and thousands more, against Spark itself."""

from __future__ import annotations

import pytest

from mlcheck.flow.frames.coercion import NEVER, both, wider
from mlcheck.flow.frames.expr import Call, Cast, Expr, Literal, Ref
from mlcheck.flow.frames.functions import Operand, case, cast, result
from mlcheck.flow.frames.functions_generators import columns
from mlcheck.flow.frames.functions_lambdas import given, parameters
from mlcheck.flow.frames.functions_names import by_python_name
from mlcheck.flow.frames.naming import automatic_name
from mlcheck.flow.frames.types import INT, STRING, DataType, parse_type


def kind(text: str) -> DataType:
    found = parse_type(text)
    assert found is not None
    return found


def told(name: str, *operands: str | int) -> str | None:
    """The type of a call; a number is a constant, a text a column of that type."""
    args = [Operand(INT, False, one) if isinstance(one, int) else Operand(kind(one), True) for one in operands]
    found = result(name, args)
    return found.condition or (str(found.type) if found.type is not None else None)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("avg", "decimal(10,2)"), "decimal(14,6)"),
        (("round", "decimal(10,2)", 1), "decimal(10,1)"),
        (("sum", "decimal(10,2)"), "decimal(20,2)"),
        (("*", "decimal(10,2)", "decimal(10,2)"), "decimal(21,4)"),
        (("+", "decimal(10,2)", 1), "decimal(11,2)"),
        (("coalesce", "decimal(10,2)", 0), "decimal(12,2)"),
        (("/", "decimal(10,2)", "int"), "decimal(21,13)"),
        (("*", "decimal(38,18)", "decimal(38,18)"), "decimal(38,6)"),
        (("sum", "int"), "bigint"),
        (("/", "int", "int"), "double"),
        (("-", "date", "date"), "interval day"),
        (("+", "date", 1), "date"),
        (("ceil", "decimal(10,2)"), "decimal(9,0)"),
        (("collect_list", "date"), "array<date>"),
        (("element_at", "map<string,double>", "string"), "double"),
        (("size", "array<int>"), "int"),
        (("date_trunc", "string", "timestamp"), "timestamp"),
    ],
)
def test_a_result_has_the_type_that_spark_gives(call: tuple[str | int, ...], expected: str) -> None:
    assert told(str(call[0]), *call[1:]) == expected


def test_what_ansi_changes_is_not_told() -> None:
    assert told("coalesce", "int", "string") is None
    assert told("+", "int", "string") is None
    assert told("=", "int", "boolean") == "boolean"  # refused with ANSI alone


def test_what_spark_surely_refuses_has_its_condition() -> None:
    assert told("year", "int") == "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"
    assert told("+", "int", "array<int>") == "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES"
    assert told("max", "map<string,int>") == "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE"
    assert told("length", "string", "string") == "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"
    assert told("coalesce", "int", "date") == "DATATYPE_MISMATCH.DATA_DIFF_TYPES"


def test_a_function_that_is_not_known_gives_nothing_and_is_not_refused() -> None:
    assert told("my_own_function", "int") is None
    assert told("year", "interval") == "int"


def test_types_that_meet_are_brought_to_one() -> None:
    assert both(lambda ansi: wider(kind("decimal(10,2)"), kind("bigint"), ansi)) == kind("decimal(22,2)")
    assert both(lambda ansi: wider(kind("array<int>"), kind("array<bigint>"), ansi)) == kind("array<bigint>")
    assert both(lambda ansi: wider(kind("int"), kind("float"), ansi)) is None
    assert both(lambda ansi: wider(kind("int"), kind("date"), ansi)) is NEVER


def test_a_case_without_else_may_be_null_and_a_cast_that_cannot_be_is_refused() -> None:
    condition, value = Operand(kind("boolean"), False), Operand(INT, False)
    assert case([condition], [value], None).nullable is True
    assert case([condition], [value], value).nullable is False
    assert cast(Operand(kind("date"), False), kind("timestamp")).condition == ""
    assert cast(Operand(kind("binary"), False), INT).condition == "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION"
    assert cast(Operand(kind("date"), False), INT).condition == ""  # without ANSI it is let through


def test_columns_without_an_alias_have_the_names_that_spark_gives() -> None:
    a, one = Ref(("a",)), Literal(INT, 1, "1")
    names: dict[str, Expr] = {
        "sum(a)": Call("sum", (a,)),
        "count(DISTINCT a)": Call("count", (a,), distinct=True),
        "(a * 1)": Call("*", (a, one)),
        "(NOT (a = b))": Call("!=", (a, Ref(("b",)))),
        "(a IS NULL)": Call("isnull", (a,)),
        "round(a, 0)": Call("round", (a,)),
        "a": Cast(a, STRING),
        "upper(CAST(a AS STRING))": Call("upper", (Cast(a, STRING),)),
    }
    assert {name: automatic_name(expr) for name, expr in names.items()} == {name: name for name in names}


def test_a_sum_of_what_may_be_a_date_has_no_name() -> None:
    expr = Call("+", (Ref(("a",)), Literal(INT, 1, "1")))
    assert automatic_name(expr) is None
    assert automatic_name(expr, lambda _: INT) == "(a + 1)"


def test_a_function_of_python_is_known_by_its_operands() -> None:
    lag, trim = by_python_name("lag"), by_python_name("trim")
    assert lag is not None and trim is not None
    assert (lag.sql, lag.parameters[0], lag.defaults) == ("lag", ("col", "column"), {"offset": 1})
    assert trim.arranged(["text", "what"]) == ["what", "text"] and trim.arranged(["text"]) == ["text"]
    distinct = by_python_name("countDistinct")
    assert distinct is not None and distinct.sql == "count" and distinct.distinct
    assert by_python_name("nothing_of_the_kind") is None


def test_lambdas_and_generators_have_the_types_of_elements() -> None:
    array, pairs = kind("array<double>"), kind("map<string,int>")
    assert parameters("aggregate", [array, INT]) == (INT, kind("double"))
    assert given("transform_values", [pairs, STRING]) == kind("map<string,string>")
    assert list(columns("posexplode", [Operand(pairs)])) == [("pos", INT), ("key", STRING), ("value", INT)]
    stacked = columns("stack", [Operand(INT, False, 2), Operand(INT), Operand(STRING), Operand(INT), Operand(STRING)])
    assert list(stacked) == [("col0", INT), ("col1", STRING)]
