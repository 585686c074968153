"""The jobs of a target's resources."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from mlcheck.project.bundle_environments import read_environments
from mlcheck.project.bundle_paths import Paths
from mlcheck.project.bundle_tasks import JobContext, read_job_parameters, read_tasks, whole_number
from mlcheck.project.model import BundleProblem, Job
from mlcheck.project.yaml_nodes import YamlMap, YamlNode, YamlScalar, at, text_at


@dataclass(frozen=True, slots=True)
class JobReader:
    """Reads jobs, and notes what has the wrong shape."""

    paths: Paths
    problems: list[BundleProblem]
    complete: bool  # False where something that was not read may change them

    def jobs(self, resources: YamlNode | None, deployed: YamlNode | None) -> tuple[Job, ...]:
        """The jobs of a target's resources, with the names that they are deployed under."""
        if resources is None or (isinstance(resources, YamlScalar) and resources.value is None):
            return ()
        jobs = resources.get("jobs") if isinstance(resources, YamlMap) else resources
        if jobs is None or (isinstance(jobs, YamlScalar) and jobs.value is None):
            return ()
        if not isinstance(jobs, YamlMap):
            what = "`jobs`" if isinstance(resources, YamlMap) else "`resources`"
            self._problem(jobs, f"{what} is not a mapping")
            return ()
        found = (self._job(key, node, text_at(deployed, key.text, "name")) for key, node in jobs.entries)
        return tuple(job for job in found if job is not None)

    def _job(self, key: YamlScalar, node: YamlNode, name: str | None) -> Job | None:
        if not isinstance(node, YamlMap):
            if not (isinstance(node, YamlScalar) and node.value is None):  # of an empty one the bundle speaks
                self._problem(key, f"job `{key.text}` is not a mapping")
            return None
        environments = node.get("environments")
        parameters, parameters_complete = read_job_parameters(node.get("parameters"))
        context = JobContext(
            paths=self.paths,
            folder=posixpath.dirname(key.place.path),
            git_source=at(node, "git_source") is not None,
            parameters=parameters,
            environments=read_environments(None if environments is None else self.paths.symbolic(environments)),
            problems=self.problems,
            complete=self.complete and parameters_complete,
        )
        tasks = read_tasks(node.get("tasks"), context)
        return Job(
            key=key.text,
            name=(name if at(node, "name") is not None else None) or key.text,
            place=key.place,
            node=node,
            parameters=parameters,
            tasks=tasks,
            timeout=whole_number(node.get("timeout_seconds")),
            timeout_node=node.get("timeout_seconds"),
            continuous=at(node, "continuous") is not None,
            complete=context.complete,
        )

    def _problem(self, node: YamlNode, what: str) -> None:
        self.problems.append(BundleProblem(node.place, what))
