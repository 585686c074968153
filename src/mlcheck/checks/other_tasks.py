"""Tasks of jobs that run none of the code that was evaluated, and what they can't do."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Absent, Instance, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.project.model import Task

# Tasks that start something else, show something or decide, and that write nothing themselves.
WRITE_NOTHING = frozenset({"run_job_task", "condition_task", "dashboard_task", "alert_task", "power_bi_task"})
# Tasks whose code, if any, is SQL that a warehouse runs.
NO_PYTHON = WRITE_NOTHING | {"sql_task", "dbt_task", "dbt_cloud_task", "dbt_platform_task"}


def other_tasks(facts: Facts) -> Iterator[tuple[Instance, Task]]:
    """The tasks that no entry point stands for, each once for its job; a loop's inner task is one of its own."""
    looked_at = {(caller.target, id(caller.task)) for entry in facts.entries for caller in entry.callers}
    names = facts.job_names()
    done: set[tuple[str, str, str]] = set()
    for bundle, target, job in facts.jobs():
        instance = Instance("job", names[bundle.path, job.key])
        for task in job.tasks:
            key = (instance.name, task.key, task.kind)
            if (target.name, id(task)) not in looked_at and key not in done and task.kind != "for_each_task":
                done.add(key)
                yield instance, task


def told(check: str, instance: Instance, task: Task, harmless: frozenset[str], why: str) -> Verdict:
    """What a check says of such a task: Absent where its kind is harmless, else that it was not followed."""
    if task.kind in harmless:
        return Absent(check, task.place, f"a `{task.kind}` {why}", None, instance)
    what = {
        "pipeline_task": f"what the pipeline of task `{task.key}` does is not followed",
        "spark_jar_task": f"the JAR of task `{task.key}` is not read",
        "sql_task": f"the SQL of task `{task.key}` was not found",
        "dbt_task": f"what dbt makes in task `{task.key}` is not followed",
    }.get(task.kind, f"what task `{task.key}` runs was not found or is not followed")
    return Unknown(check, what, task.place, None, instance)
