"""Jobs that are defined in other ways than in a bundle: they are not read, and that is said."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from mlcheck.project.bundle_beside import NOT_DEPLOYED
from mlcheck.project.model import NotUnderstood
from mlcheck.project.place import Place

_TASK = re.compile(
    r"[\"']?\b(?:notebook|spark_python|python_wheel|spark_jar|spark_submit|sql|dbt|pipeline|run_job)_task\b"
)
# What a job of the Jobs API has beside its task, the older ones with no task key.
_BESIDE = re.compile(r"[\"']?\b(?:task_key|new_cluster|existing_cluster_id)\b[\"']?\s*:")
_DBX = re.compile(r"(?:^|/)(?:conf/)?deployment[^/]*\.(?:ya?ml|json)(?:\.j2)?\Z")
_DBX_WORKFLOWS = re.compile(r"(?:^|[\s{,])[\"']?(?:workflows|jobs)[\"']?\s*:")
_TERRAFORM = re.compile(r"^\s*resource\s+\"databricks_job\"", re.MULTILINE)
# Where a JSON file is looked into: most JSON is data.
_JOB_JSON = re.compile(r"(?:job|workflow|task|deploy|pipeline|schedul)[^/]*(?:/[^/]*)?\.json\Z", re.IGNORECASE)
MAX_BYTES = 512 * 1024


def other_jobs(
    files: Iterable[str], taken: frozenset[str], text: Callable[[str], str | None]
) -> Iterator[NotUnderstood]:
    """Where jobs are defined that no bundle has; `taken` are the files that bundles have read."""
    for path in files:
        found = _kind(path, text) if path not in taken else None
        if found is not None:
            line, what = found
            yield NotUnderstood(Place(path, line), what)


def _kind(path: str, text: Callable[[str], str | None]) -> tuple[int, str] | None:
    """The line and the kind of a definition of jobs, or None where a file is none."""
    name = posixpath.basename(path)
    if path.endswith(".dbx/project.json"):
        return 1, "a project of dbx: the jobs that it deploys are not read"
    if name.endswith((".tf", ".tf.json")):
        return _found(text(path), "jobs that Terraform makes are not read", _TERRAFORM)
    if _DBX.search(path):
        found = _found(text(path), "jobs that dbx deploys are not read", _TASK, _DBX_WORKFLOWS)
        return found or _found(
            text(path), "jobs that dbx deploys are not read", _DBX_WORKFLOWS, re.compile("environments")
        )
    if NOT_DEPLOYED.search(path):
        return None
    if name.endswith((".yml", ".yaml")) or _JOB_JSON.search(path):
        return _found(text(path), "a job that no bundle has is not read", _TASK, _BESIDE)
    return None


def _found(text: str | None, what: str, *patterns: re.Pattern[str]) -> tuple[int, str] | None:
    """The line of the first pattern where a text has all of them."""
    if text is None or len(text) > MAX_BYTES:
        return None
    matches = [pattern.search(text) for pattern in patterns]
    first = matches[0]
    if first is None or None in matches:
        return None
    return text.count("\n", 0, first.end()) + 1, what
