"""What was not read that may define jobs: files of bundles, and others that speak of tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.flow.facts import Facts
from mlcheck.project.model import NotUnderstood

_SPEAKS_OF_JOBS = re.compile(
    r"^\s*(jobs|tasks|resources|include|targets|bundle|environments|variables|workflows|deployments?)\s*:|_task\b", re.M
)


def lost_jobs(facts: Facts) -> Iterator[NotUnderstood]:
    """YAML that was not understood, but for what surely holds something else."""
    of_bundles = {path for bundle in facts.bundles for path in bundle.files}
    for lost in facts.project.not_understood:
        path = lost.place.path
        if not path.endswith((".yml", ".yaml")):
            continue
        text = facts.project.texts.get(path)
        if path in of_bundles or text is None or _SPEAKS_OF_JOBS.search(text):
            yield lost
