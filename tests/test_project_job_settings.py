"""What a job's settings come to in a target: compute, pauses, recipients, retries."""

from __future__ import annotations

import pytest

from mlcheck.project.compute import Compute, compute_of
from mlcheck.project.job_settings import concurrent_runs, queued, recipients_of, retries_of, triggers_of
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Job, Settings, Target


def target(text: str, name: str = "default") -> Target:
    project = load_project(MemoryTree({"databricks.yml": text.encode()}), Settings())
    return next(one for one in project.bundles[0].targets if one.name == name)


def job(text: str, rest: str = "", name: str = "default") -> tuple[Target, Job]:
    found = target(f"resources:\n  jobs:\n    j: {text}\n{rest}", name)
    return found, found.jobs[0]


def compute(task: str, more: str = "", rest: str = "") -> Compute:
    found, one = job(f"{{tasks: [{{task_key: t, {task}}}]{more}}}", rest)
    return compute_of(found, one, one.tasks[0])


WHEEL = "python_wheel_task: {package_name: p, entry_point: e}"


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ("notebook_task: {notebook_path: a}", "serverless"),
        ("notebook_task: {notebook_path: a, warehouse_id: x}", "warehouse"),
        ("notebook_task: {notebook_path: a}, existing_cluster_id: x", "classic"),
        (WHEEL, "missing"),
        (f"{WHEEL}, new_cluster: {{spark_version: 16.4.x-scala2.12}}", "classic"),
        (f"{WHEEL}, environment_key: e", "serverless"),
        ("spark_python_task: {python_file: a.py}, job_cluster_key: gone", "classic"),
        ("sql_task: {warehouse_id: x}", "warehouse"),
        ("pipeline_task: {pipeline_id: x}", "none"),
        ("run_job_task: {job_id: 1}", "none"),
        ("description: nothing", "unknown"),
    ],
)
def test_the_compute_of_a_task_is_known_by_what_it_names(task: str, kind: str) -> None:
    assert compute(task).kind == kind


def test_a_clusters_runtime_is_found_through_its_key_and_through_the_bundles_own_cluster() -> None:
    by_key = compute(
        f"{WHEEL}, job_cluster_key: k",
        ", job_clusters: [{job_cluster_key: k, new_cluster: {spark_version: '${var.runtime}'}}]",
        "variables: {runtime: {default: 15.4.x-cpu-ml-scala2.12}}",
    )
    assert (by_key.spark_version, by_key.why) == ("15.4.x-cpu-ml-scala2.12", "the job cluster `k`")
    found = target(
        "resources:\n  clusters: {c: {spark_version: 14.3.x-scala2.12}}\n"
        f"  jobs: {{j: {{tasks: [{{task_key: t, existing_cluster_id: '${{resources.clusters.c.id}}', {WHEEL}}}]}}}}"
    )
    (one,) = found.jobs
    assert compute_of(found, one, one.tasks[0]).spark_version == "14.3.x-scala2.12"


def test_a_runtime_that_only_the_deployment_knows_is_none() -> None:
    assert (
        compute(f"{WHEEL}, new_cluster: {{spark_version: '${{var.x}}'}}", "", "variables: {x: {}}").spark_version
        is None
    )


def test_an_environments_version_is_read_by_both_of_its_names() -> None:
    for name in ("environment_version", "client"):
        found = compute(
            f"{WHEEL}, environment_key: e", f", environments: [{{environment_key: e, spec: {{{name}: '3'}}}}]"
        )
        assert (found.kind, found.environment_version) == ("serverless", "3")


def test_a_targets_cluster_takes_the_place_of_what_a_task_names() -> None:
    found, one = job(
        f"{{tasks: [{{task_key: t, environment_key: e, {WHEEL}}}, {{task_key: n, notebook_task: {{notebook_path: a}}}}]}}",
        "bundle: {cluster_id: abc}",
    )
    assert [compute_of(found, one, task).kind for task in one.tasks] == ["classic", "serverless"]


@pytest.mark.parametrize(
    ("schedule", "presets", "mode", "expected"),
    [
        ("{}", "", "", (False, "default")),
        ("{}", "", "development", (True, "development mode")),
        ("{}", "", "production", (False, "default")),
        ("{pause_status: PAUSED}", "", "production", (True, "written")),
        ("{pause_status: UNPAUSED}", "", "development", (False, "written")),
        ("{pause_status: '${var.x}'}", "", "production", (None, "written")),
        ("{}", "trigger_pause_status: PAUSED", "production", (True, "preset")),
        ("{}", "trigger_pause_status: UNPAUSED", "development", (False, "preset")),
    ],
)
@pytest.mark.parametrize("kind", ["schedule", "trigger", "continuous"])
def test_a_trigger_is_paused_by_itself_by_presets_or_by_development_mode(
    kind: str, schedule: str, presets: str, mode: str, expected: tuple[bool | None, str]
) -> None:
    rest = f"variables: {{x: {{}}}}\ntargets: {{t: {{mode: {mode or 'null'}, presets: {{{presets}}}}}}}"
    found, one = job(f"{{{kind}: {schedule}}}", rest, "t")
    (trigger,) = triggers_of(found, one)
    assert (trigger.kind, trigger.paused, trigger.by) == (kind, *expected)


def test_recipients_are_those_of_the_job_and_of_its_tasks() -> None:
    _, one = job(
        "{email_notifications: {on_failure: [a@example.com, '${var.x}']}, webhook_notifications: {on_start: [{id: i}]},"
        " tasks: [{task_key: t, email_notifications: {on_failure: []}}, {task_key: u, email_notifications: '${var.x}'}]}",
        "variables: {x: {}}",
    )
    found = [(r.event, r.channel[:5], r.names, r.complete, r.task) for r in recipients_of(one)]
    assert found[:3] == [
        ("on_failure", "email", ("a@example.com",), False, None),
        ("on_start", "webho", ("i",), True, None),
        ("on_failure", "email", (), True, "t"),
    ]
    assert {(event, complete, task) for event, _, _, complete, task in found[3:]} >= {("on_failure", False, "u")}


@pytest.mark.parametrize(
    ("task", "limit", "automatic", "may_retry"),
    [
        ("existing_cluster_id: x", None, False, False),
        ("existing_cluster_id: x, max_retries: 2", 2, False, True),
        ("existing_cluster_id: x, max_retries: -1", -1, False, True),
        ("existing_cluster_id: x, max_retries: '${var.x}'", None, False, None),
        ("max_retries: 0", 0, True, True),
        ("max_retries: 0, disable_auto_optimization: true", 0, False, False),
        ("disable_auto_optimization: '${var.x}'", None, None, None),
    ],
)
def test_serverless_retries_unless_it_is_told_not_to(
    task: str, limit: int | None, automatic: bool | None, may_retry: bool | None
) -> None:
    found, one = job(f"{{tasks: [{{task_key: t, notebook_task: {{notebook_path: a}}, {task}}}]}}", "variables: {x: {}}")
    retries = retries_of(found, one, one.tasks[0])
    assert (retries.limit, retries.automatic, retries.may_retry) == (limit, automatic, may_retry)


def test_runs_wait_in_a_queue_and_side_by_side_as_the_bundle_says() -> None:
    for text, rest, expected in [
        ("{}", "", (True, 1)),
        ("{queue: {enabled: false}, max_concurrent_runs: 3}", "", (False, 3)),
        ("{queue: {enabled: true}}", "targets: {default: {mode: development}}", (True, 4)),
        ("{}", "targets: {default: {presets: {jobs_max_concurrent_runs: 7}}}", (True, 7)),
    ]:
        found, one = job(text, rest)
        assert (queued(one), concurrent_runs(found, one)) == expected
