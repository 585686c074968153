"""The jobs that a verdict on an entry point speaks of: each one that runs it."""

from __future__ import annotations

from collections.abc import Mapping

from mlcheck.checks.base import Instance
from mlcheck.flow.facts import EntryFacts

Names = Mapping[tuple[str, str], str]  # `Facts.job_names()`


def job_instances(names: Names, entry: EntryFacts) -> tuple[Instance, ...]:
    """The jobs that run an entry point; where none is known to, the entry point itself, by its path."""
    keys = ((one.bundle.path, one.job.key) for one in entry.callers if one.bundle is not None and one.job is not None)
    jobs = dict.fromkeys(names[key] for key in keys)
    return tuple(Instance("job", name) for name in jobs) or (Instance("job", entry.path),)


def job_of(entry: EntryFacts) -> Instance | None:
    """The job that runs an entry point, the entry point by its path for several, None where none does."""
    return Instance("job", entry.job or entry.path) if is_run_by_a_job(entry) else None


def is_run_by_a_job(entry: EntryFacts) -> bool:
    return any(caller.task is not None for caller in entry.callers)
