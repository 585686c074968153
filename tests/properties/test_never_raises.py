"""Whatever becomes of a pipeline's files, deciding them raises nothing, and gives the same twice."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcheck.knowledge.demo_files import demo_files
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings
from mlcheck.reports.check_json import render as render_json
from mlcheck.reports.check_text import render as render_text

FILES = {**demo_files("before")}
PACKS = load_packs(MemoryTree({}))
PIECES = [line for data in FILES.values() for line in data.decode().splitlines()]
PIECES += [
    "getattr(mlflow, x)(y)",
    "exec(z)",
    "for a in b:",
    "    continue",
    "try:",
    "finally:",
    "with mlflow.start_run():",
    "class A(B): x: int",
    "lambda: (yield)",
    "# MAGIC %run ./nowhere",
    "%pip install x",
    "mlflow.set_experiment(*a, **b)",
    "x = [mlflow.set_experiment('/') for y in z]",
    "match x:",
    "    case {'a': b}: pass",
    "del a.b, c[d]",
    "dbutils.notebook.exit()",
    "dbutils.widgets.get(*x)",
    "a, *b = c = d[e] = f.g = h",
    "import a.b.c as d, e",
    "from . import x",
    "global y",
    "        - *anchor",
    "      tasks: 3",
    "${var.x}: {{y}}",
    "\x00",
]
edits = st.lists(
    st.tuples(
        st.sampled_from(sorted(FILES)),
        st.sampled_from(["drop", "insert", "swap", "indent"]),
        st.integers(0, 80),
        st.sampled_from(PIECES),
    ),
    min_size=1,
    max_size=12,
)


def edited(changes: list[Any]) -> dict[str, bytes]:
    lines = {path: data.decode().splitlines() for path, data in FILES.items()}
    for path, kind, number, piece in changes:
        own = lines[path]
        at = number % (len(own) + 1)
        if kind == "insert":
            own.insert(at, piece)
        elif kind == "drop":
            del own[at : at + 2]
        elif kind == "indent" and at < len(own):
            own[at] = "    " + own[at]
        elif at + 1 < len(own):
            own[at], own[at + 1] = own[at + 1], own[at]
    return {path: ("\n".join(own) + "\n").encode() for path, own in lines.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(edits)
def test_an_edited_pipeline_is_decided_without_an_exception(changes: list[Any]) -> None:
    tree = MemoryTree(edited(changes))
    first = judge(tree, settings=Settings(), packs=PACKS)
    assert render_text(first, color=True, details=True)
    second = judge(tree, settings=Settings(), packs=PACKS)
    assert render_json(first) == render_json(second)
    assert [[one.exhibit.digest for one in item.instances] for item in first.items] == [
        [one.exhibit.digest for one in item.instances] for item in second.items
    ]
