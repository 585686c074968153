"""Write `src/mlcheck/knowledge/spark_functions.json`: what each function of `pyspark.sql.functions` is to Spark.

    python tools/spark_functions.py        (needs pyspark and Java)

Each function is called with a mark for each of its parameters, and the expression
that it makes is read: which SQL function it is, at which place each mark comes
back, and whether a string became a column's name or a constant.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark import __version__
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

OUT = Path(__file__).parents[1] / "src" / "mlcheck" / "knowledge" / "spark_functions.json"
# These are no functions of columns, or are read by their own rules.
OTHERS = frozenset(
    [
        "col",
        "column",
        "lit",
        "when",
        "expr",
        "broadcast",
        "udf",
        "udtf",
        "pandas_udf",
        "arrow_udf",
        "arrow_udtf",
        "call_udf",
        "call_function",
    ]
)
OPTIONS = "option"  # said to the function, no operand of it
VALUES: dict[str, Any] = {"numBits": 256, "arg1": 70.5}  # where not every value is taken


class Mark:
    """What is handed to one parameter, and how it is known again."""

    def __init__(self, index: int, parameter: inspect.Parameter) -> None:
        self.index, self.parameter, self.text = index, parameter, str(parameter.annotation)
        plain = any(word in self.text for word in ("str", "int", "Any", "float", "bool", "Type"))
        self.kind = "column" if "ColumnOrName" in self.text or ("Column" in self.text and not plain) else "literal"
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            self.kind = "columns"
        elif "Callable" in self.text:
            self.kind = "lambda"
        elif "Mapping" in self.text or "Dict[" in self.text or "ParentDataFrame" in self.text:
            self.kind = OPTIONS
        self.value = self._value()

    def _value(self) -> Any:
        if self.kind == "lambda":
            several = self.text.count("Column") > 2 or "Column, Column" in self.text
            return (lambda one, other: one) if several else (lambda one: one)
        if self.kind == OPTIONS:
            return {}
        if self.parameter.name in VALUES:
            return VALUES[self.parameter.name]
        if self.kind in ("column", "columns") or "str" in self.text or "Any" in self.text:
            return f"mark{self.index}"
        if "bool" in self.text:
            return True
        if "float" in self.text and "int" not in self.text:
            return 70.5 + self.index
        return 70 + self.index


def tree(node: Any) -> Any:
    """An expression of Spark: ("f", name, arguments, distinct), ("column", name), ("literal", value), or a kind."""
    kind = node.getClass().getSimpleName()
    if kind == "UnresolvedFunction":
        return ("f", node.functionName(), [tree(one) for one in _items(node.arguments())], node.isDistinct())
    if kind == "UnresolvedAttribute":
        return ("column", ".".join(_items(node.nameParts())))
    if kind == "Literal":
        return ("literal", node.value())
    if kind == "SortOrder":
        return ("sort", tree(node.child()))
    return (kind,)


def _items(found: Any) -> list[Any]:
    return [found.apply(index) for index in range(found.size())]


def called(function: Callable[..., Any], marks: list[Mark]) -> Any:
    values = [one.value for one in marks]
    if marks and marks[-1].kind == "columns":
        values.append("another")
    return tree(function(*values)._jc.node())


def read(name: str, function: Callable[..., Any]) -> dict[str, Any] | None:
    """A function's SQL name, its parameters with their kinds in Python's order, and the order of its operands."""
    marks = [Mark(index, one) for index, one in enumerate(inspect.signature(function).parameters.values())]
    marks = [one for one in marks if one.parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
    found = None
    for given in (marks, [one for one in marks if one.parameter.default is inspect.Parameter.empty]):
        try:
            found = called(function, given)
            break
        except Exception as error:
            print(f"{name}: {type(error).__name__} {str(error)[:90]!r} with {len(given)} of {len(marks)}")
    if found is None:
        return None
    if found[0] == "sort":
        return {"sql": name, "parameters": [["col", "column"]]}
    if found[0] != "f":
        print(f"{name}: {found}")
        return None
    return _row(found, marks)


def _row(found: Any, marks: list[Mark]) -> dict[str, Any]:
    order: list[int | None] = []
    for operand in found[2]:
        order.append(next((one.index for one in marks if one.index not in order and _is(operand, one)), None))
    for one in marks:
        if one.kind in ("column", "literal") and ("literal", one.value) in found[2]:
            one.kind = "column" if one.parameter.name == "arg1" else "literal"  # of `log`: a number, or a column
        elif one.kind in ("column", "literal") and ("column", one.value) in found[2]:
            one.kind = "column"
        elif one.kind == "columns" and ("literal", one.value) in found[2]:
            one.kind = "literals"
        elif one.index not in order:
            one.kind = OPTIONS
    row: dict[str, Any] = {"sql": found[1].lower(), "parameters": [[one.parameter.name, one.kind] for one in marks]}
    if found[3]:
        row["distinct"] = True
    defaults = {one.parameter.name: one.parameter.default for one in marks if _is_said(one.parameter.default)}
    if defaults:
        row["defaults"] = defaults
    known = [one for one in order if one is not None]
    if known != sorted(known) or None in order[: len(known)]:
        row["order"] = order
    return row


def _is_said(default: object) -> bool:
    return default is not None and isinstance(default, (str, int, float, bool))


def _is(operand: Any, mark: Mark) -> bool:
    if mark.kind == "lambda":
        return bool(operand[0] == "LambdaFunction")
    return (
        operand[:1] in (("column",), ("literal",)) and operand[1] == mark.value and type(operand[1]) is type(mark.value)
    )


def main() -> None:
    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    rows = {}
    for name in sorted(dir(F)):
        function = getattr(F, name)
        if (
            name.startswith("_")
            or not inspect.isfunction(function)
            or name in OTHERS
            or function.__module__ == "typing"
        ):
            continue
        if not function.__module__.startswith("pyspark.sql.functions"):
            continue
        row = read(name, function)
        if row is not None:
            rows[name] = row
    session.stop()
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    source = f"pyspark {__version__}, pyspark.sql.functions, each called by tools/spark_functions.py"
    OUT.write_text(f'{{"source": {json.dumps(source)}, "functions": {{\n{lines}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
