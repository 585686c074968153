"""What a task runs on: a cluster of its own, a shared one, serverless, a SQL warehouse, or nothing.

Source: the Databricks CLI's bundle validation (`job_task_cluster_spec`, `override_compute`), read; Jobs API 2.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mlcheck.project.model import Job, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

ComputeKind = Literal["serverless", "classic", "warehouse", "none", "missing", "unknown"]

# Tasks that run our code, and so need a cluster or serverless compute; a notebook alone may name neither.
CODE_TASKS = frozenset(
    {"notebook_task", "python_wheel_task", "spark_python_task", "spark_jar_task", "spark_submit_task", "dbt_task"}
)
# Tasks that run elsewhere, and whose compute is not the job's.
_WAREHOUSE_TASKS = frozenset({"sql_task", "alert_task", "dashboard_task"})
_NO_COMPUTE_TASKS = frozenset(
    {
        "pipeline_task",
        "run_job_task",
        "condition_task",
        "for_each_task",
        "clean_rooms_notebook_task",
        "power_bi_task",
        "dbt_cloud_task",
        "dbt_platform_task",
    }
)
_OWN_CLUSTER = re.compile(r"\$\{resources\.clusters\.([\w-]+)\.(?:id|cluster_id)\}\Z")


@dataclass(frozen=True, slots=True)
class Compute:
    """What a task runs on.

    `missing`: the task needs a cluster or an environment, and names none.
    `unknown`: it could not be resolved. `cluster` is the specification where
    the bundle has it; `spark_version` is None where it is not known (an
    existing cluster, a policy, an unresolved variable). `environment` is the
    element of the job's `environments` that a serverless task names.
    """

    kind: ComputeKind
    place: Place  # the field that says so, or the task's key
    why: str
    cluster: YamlMap | None = None
    spark_version: str | None = None
    environment: YamlMap | None = None
    environment_version: str | None = None  # `environment_version`, or the older `client`


def compute_of(target: Target, job: Job, task: Task) -> Compute:
    """What a task of a job runs on in a target."""
    node = task.node
    if task.kind not in CODE_TASKS:
        return _without_cluster(task)
    override = at(target.config, "bundle", "cluster_id") or at(target.config, "bundle", "compute_id")
    if override is not None and _names_compute(node):
        return Compute("classic", override.place, "the target's `cluster_id` takes the place of each task's compute")
    new_cluster = at(node, "new_cluster")
    if new_cluster is not None:
        return _cluster(new_cluster, "a cluster of its own")
    existing = at(node, "existing_cluster_id")
    if existing is not None:
        return _existing(target, existing)
    key = at(node, "job_cluster_key")
    if key is not None:
        return _job_cluster(job, key)
    key = at(node, "environment_key")
    if key is not None:
        return _environment(job, key)
    return _named_none(task)


def _names_compute(node: YamlMap) -> bool:
    return any(
        at(node, key) is not None
        for key in ("new_cluster", "existing_cluster_id", "job_cluster_key", "environment_key")
    )


def _without_cluster(task: Task) -> Compute:
    if task.kind in _WAREHOUSE_TASKS:
        return Compute("warehouse", task.place, "a SQL warehouse")
    if task.kind in _NO_COMPUTE_TASKS:
        return Compute("none", task.place, f"a `{task.kind}` has no compute of its own")
    if at(task.node, "compute") is not None or task.kind in ("gen_ai_compute_task", "ai_runtime_task"):
        return Compute("serverless", task.place, "serverless compute with accelerators")
    return Compute("unknown", task.place, f"what a `{task.kind}` runs on is not known" if task.kind else "no task type")


def _cluster(node: YamlNode, why: str) -> Compute:
    if not isinstance(node, YamlMap):
        return Compute("classic", node.place, why)
    version = text_at(node, "spark_version")
    return Compute("classic", node.place, why, node, None if version is None or "${" in version else version)


def _existing(target: Target, node: YamlNode) -> Compute:
    """An existing cluster by its id: one of the bundle's own is known."""
    text = node.text if isinstance(node, YamlScalar) else ""
    own = _OWN_CLUSTER.match(text)
    found = at(target.config, "resources", "clusters", own.group(1)) if own else None
    if found is not None:
        return _cluster(found, f"the bundle's cluster `{own.group(1) if own else ''}`")
    return Compute("classic", node.place, "an existing cluster")


def _job_cluster(job: Job, key: YamlNode) -> Compute:
    element = _element(job, "job_clusters", "job_cluster_key", key)
    if element is None:
        return Compute("classic", key.place, "a job cluster that could not be resolved")
    return _cluster(at(element, "new_cluster") or element, f"the job cluster `{text_at(element, 'job_cluster_key')}`")


def _environment(job: Job, key: YamlNode) -> Compute:
    element = _element(job, "environments", "environment_key", key)
    version = text_at(element, "spec", "environment_version") or text_at(element, "spec", "client")
    known = version if version is not None and "${" not in version else None
    return Compute("serverless", key.place, "it names an environment", environment=element, environment_version=known)


def _element(job: Job, listed: str, name: str, key: YamlNode) -> YamlMap | None:
    """The element of a job's list that has the same key."""
    elements = at(job.node, listed)
    wanted = key.text if isinstance(key, YamlScalar) else None
    for element in elements if isinstance(elements, YamlList) else ():
        if isinstance(element, YamlMap) and wanted is not None and text_at(element, name) == wanted:
            return element
    return None


def _named_none(task: Task) -> Compute:
    if task.kind != "notebook_task":
        return Compute("missing", task.place, "it names neither a cluster nor an environment")
    if at(task.node, "notebook_task", "warehouse_id") is not None:
        return Compute("warehouse", task.place, "a SQL warehouse")
    return Compute("serverless", task.place, "a notebook that names no cluster")
