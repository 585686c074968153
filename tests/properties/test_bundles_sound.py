"""No bundle makes the reader or the checks of bundles raise, and each finding has a place and one line."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mlcheck.checks import bundle_structure, bundle_unresolved
from mlcheck.checks.base import Finding
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.knowledge.bundle_schema import bundle_types
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

FIELDS = sorted({field for shape in bundle_types().values() for field in shape.fields})
NAMES = ["j", "a", "dev", "prod", *("jobs", "resources", "targets", "variables", "tasks", "health")]
TEXTS = [
    "x",
    "",
    "${var.a}",
    "${var.a.b}",
    "${resources.jobs.j.id}",
    "${bundle.x}",
    "nb.py",
    "../nb.py",
    "a\u202eb\x07",
]
VALUES = st.none() | st.booleans() | st.integers(-1, 3) | st.floats() | st.sampled_from(TEXTS)
KEYS = st.sampled_from(NAMES) | st.sampled_from(FIELDS)
TREES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25
)


@given(TREES, TREES, TREES, TREES)
def test_no_bundle_raises(job: Any, more: Any, variables: Any, whole: Any) -> None:
    config = {
        "bundle": {"name": "b"},
        "include": ["more.yml"],
        "variables": {"a": variables},
        "resources": {"jobs": {"j": job}, "pipelines": more},
        "targets": {"dev": more, "prod": {"resources": {"jobs": {"j": more}}, "variables": {"a": job}}},
    }
    files = {
        "databricks.yml": json.dumps(config),
        "more.yml": json.dumps(whole),
        "beside.yml": f"resources:\n {json.dumps(whole)}\n",
    }
    project = load_project(MemoryTree({path: text.encode() for path, text in files.items()}), Settings())
    facts = evaluate_project(project, frozenset())
    for check in (bundle_unresolved, bundle_structure):
        for verdict in check.run(facts):
            if isinstance(verdict, Finding):
                assert verdict.place.path in files and verdict.place.line >= 1
                assert verdict.message and verdict.why and verdict.help
