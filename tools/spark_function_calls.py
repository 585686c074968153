"""Write `tests/oracle/python_functions.txt`: calls of each function of `pyspark.sql.functions` that Spark takes.

    python tools/spark_function_calls.py        (needs pyspark and Java; some minutes)

For each function operands are tried until Spark takes them, with all of its
parameters and with those alone that it needs.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "oracle"), str(ROOT / "src")]

from pyspark.sql import functions as F  # noqa: E402
from type_judge import Judge, spark  # noqa: E402
from type_programs import DDL, PAIRS  # noqa: E402

from mlcheck.flow.frames.functions_names import PythonFunction, by_python_name  # noqa: E402
from mlcheck.knowledge.spark_functions import spark_functions  # noqa: E402

OUT = ROOT / "tests" / "oracle" / "python_functions.txt"
COLUMNS = tuple(f'"c_{short}"' for short in (*PAIRS, "aa", "at", "v", "mi"))
LITERALS = (
    "1",
    "2",
    "'a'",
    "'yyyy-MM-dd'",
    "0.5",
    "'month'",
    "'int'",
    "True",
    "'a int'",
    "'UTC'",
    "[0.25, 0.5]",
    "'9.9'",
)
LAMBDAS = (
    "lambda x: x",
    "lambda x: x > 1",
    "lambda x, y: x",
    "lambda x, y: x > y",
    "lambda x, y, z: z",
    "lambda x, y: x + y",
)
TRIES, KEPT = 60, 2


def attempts(name: str, function: PythonFunction) -> Iterator[str]:
    chance = random.Random(name)
    required = [one for one in function.parameters if one[1] != "option"]
    for _ in range(TRIES):
        count = chance.randint(0, len(required))
        yield f"F.{name}({', '.join(one for kind in required[:count] for one in operands(kind[1], chance))})"


def operands(kind: str, chance: random.Random) -> list[str]:
    match kind:
        case "column":
            return [chance.choice(COLUMNS) if chance.random() < 0.85 else f"F.lit({chance.choice(LITERALS)})"]
        case "columns":
            return [chance.choice(COLUMNS) for _ in range(chance.choice((1, 2, 2, 3)))]
        case "literals":
            return ["'a'", "'b'"]
        case "lambda":
            return [chance.choice(LAMBDAS)]
    return [chance.choice(LITERALS)]


def taken(judge: Judge, text: str) -> bool:
    """Whether Spark takes a call, with ANSI and without."""
    for ansi in (True, False):
        judge.ansi(ansi)
        try:
            made: Any = eval(text, {"F": F})
            judge.session.table("t").select(made).schema  # noqa: B018
        except Exception:
            return False
    return True


def main() -> None:
    lines: list[str] = []
    with spark() as judge:
        judge.table("t", DDL)
        for name in spark_functions():
            function = by_python_name(name)
            assert function is not None
            found: list[str] = []
            for text in attempts(name, function):
                if len(found) < KEPT and text not in found and taken(judge, text):
                    found.append(text)
            lines += found
            if not found:
                print(f"{name}: none")
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
