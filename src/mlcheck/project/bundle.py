"""Bundles: each `databricks.yml` of a tree, as each of its targets has it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlcheck.project.bundle_environments import read_environments
from mlcheck.project.bundle_files import BundleSource, ReadYaml, is_root_file, read_source
from mlcheck.project.bundle_merge import joined_lists, merged, with_value
from mlcheck.project.bundle_paths import Paths
from mlcheck.project.bundle_tasks import JobContext, read_job_parameters, read_tasks, whole_number
from mlcheck.project.bundle_variables import Resolver, read_variables
from mlcheck.project.file_index import FileIndex
from mlcheck.project.model import Bundle, BundleProblem, Job, NotUnderstood, Resource, Target
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

# What a target may override, beside its variables.
_OVERRIDDEN = ("bundle", "workspace", "artifacts", "resources", "presets", "run_as", "permissions", "sync")
MAX_TARGETS = 64


@dataclass(frozen=True, slots=True)
class BundlesRead:
    """The bundles of a tree, and what of them could not be read."""

    bundles: tuple[Bundle, ...]
    not_understood: tuple[NotUnderstood, ...]


def read_bundles(files: Sequence[str], read: ReadYaml, index: FileIndex) -> BundlesRead:
    """Every bundle below the root: nested ones stand for themselves.

    `read` gives a YAML file's node; `index` finds the files that paths name.
    """
    bundles: list[Bundle] = []
    not_understood: list[NotUnderstood] = []
    for path in files:
        if not is_root_file(path):
            continue
        config = read(path)
        if isinstance(config, NotUnderstood):
            not_understood.append(config)
        elif isinstance(config, YamlMap) and (
            "databricks" in posixpath.basename(path) or isinstance(config.get("bundle"), YamlMap)
        ):
            source = read_source(path, config, files, read)
            bundle, further = _bundle(source, index)
            bundles.append(bundle)
            not_understood += [*source.not_understood, *further]
        elif config is not None and "databricks" in posixpath.basename(path):
            not_understood.append(NotUnderstood(config.place, "a bundle that is not a mapping"))
    return BundlesRead(tuple(bundles), tuple(not_understood))


def _bundle(source: BundleSource, index: FileIndex) -> tuple[Bundle, list[NotUnderstood]]:
    problems = list(source.problems)
    in_python = [*_in_python(source.config)]
    not_understood = [what for _, what in in_python]
    given = [*_targets(source.config, problems)][:MAX_TARGETS]
    complete = source.complete and not any(part == "mutators" for part, _ in in_python)
    targets = [_target(source, complete, key, node, index, problems) for key, node in given]
    if not given:
        targets = [_target(source, complete, None, None, index, problems)]
    once = tuple(dict.fromkeys(problems))
    if not source.complete:  # what looks wrong may be right with the file that could not be read
        not_understood += [NotUnderstood(problem.place, problem.what) for problem in once]
        once = ()
    name = _field(source.config, "bundle", "name")
    bundle = Bundle(source.path, source.root, name or "", tuple(targets), source.files, once)
    return bundle, not_understood


def _in_python(config: YamlMap) -> Iterator[tuple[str, NotUnderstood]]:
    """What Python code adds (`resources`) and changes (`mutators`): it is not seen."""
    experimental = config.get("experimental")
    holders = [config, experimental] if isinstance(experimental, YamlMap) else [config]
    for holder in holders:
        for name in ("python", "pydabs"):
            node = holder.get(name)
            for part in ("resources", "mutators"):
                key = node.key(part) if isinstance(node, YamlMap) else None
                listed = node.get(part) if isinstance(node, YamlMap) else None
                if key is not None and isinstance(listed, YamlList) and listed.items:
                    verb = "defines" if part == "resources" else "changes"
                    yield part, NotUnderstood(key.place, f"jobs that Python code {verb} are not read")


def _targets(config: YamlMap, problems: list[BundleProblem]) -> Iterator[tuple[YamlScalar, YamlMap | None]]:
    node = merged(config.get("environments"), config.get("targets"))
    if node is None or (isinstance(node, YamlScalar) and node.value is None):
        return
    if not isinstance(node, YamlMap):
        problems.append(BundleProblem(node.place, "`targets` is not a mapping"))
        return
    for key, target in node.entries:
        if isinstance(target, YamlMap):
            yield key, target
        elif isinstance(target, YamlScalar) and target.value is None:
            yield key, None
        else:
            problems.append(BundleProblem(key.place, f"target `{key.text}` is not a mapping"))


def _target(
    source: BundleSource,
    complete: bool,
    key: YamlScalar | None,
    overrides: YamlMap | None,
    index: FileIndex,
    problems: list[BundleProblem],
) -> Target:
    config = _overridden(source.config, overrides)
    name = key.text if key is not None else "default"
    own = overrides.get("variables") if overrides is not None else None
    variables = read_variables(config.get("variables"), own, problems)
    resolver = Resolver(config, variables, name)
    whole = _resolved(config, resolver)
    resolved = whole.get("resources")
    reader = _JobReader(resolver, Paths(source.root, index), problems, complete)
    jobs = reader.jobs(resolved)
    problems += resolver.problems.values()
    mode = _field(overrides, "mode")
    return Target(
        name=name,
        place=key.place if key is not None else Place(source.path, 1),
        mode=mode,
        default=key is None or _field(overrides, "default") == "true",
        jobs=jobs,
        resources=tuple(_other_resources(resolved)),
        config=whole,
    )


def _resolved(config: YamlMap, resolver: Resolver) -> YamlMap:
    """The parts of a configuration that have a say in a target, with their references resolved."""
    entries = [(key, node) for key, node in config.entries if key.text in _OVERRIDDEN]
    return YamlMap(tuple((key, resolver.resolved(node)) for key, node in entries), config.place)


def _overridden(config: YamlMap, overrides: YamlMap | None) -> YamlMap:
    """The configuration with a target's own values merged in."""
    entries = {key.text: (key, node) for key, node in config.entries}
    for name in _OVERRIDDEN:
        given = overrides.get(name) if overrides is not None else None
        key = config.key(name) or (overrides.key(name) if overrides is not None else None)
        node = merged(config.get(name), given)
        if key is not None and node is not None:
            entries[name] = (key, node)
    whole = YamlMap(tuple(entries.values()), config.place)
    return _with_joined_jobs(whole)


def _with_joined_jobs(config: YamlMap) -> YamlMap:
    resources = config.get("resources")
    jobs = resources.get("jobs") if isinstance(resources, YamlMap) else None
    if not isinstance(resources, YamlMap) or not isinstance(jobs, YamlMap):
        return config
    joined = tuple((key, joined_lists(job) if isinstance(job, YamlMap) else job) for key, job in jobs.entries)
    return with_value(config, "resources", with_value(resources, "jobs", YamlMap(joined, jobs.place)))


def _other_resources(resources: YamlNode | None) -> Iterator[Resource]:
    for kind, found in resources.entries if isinstance(resources, YamlMap) else ():
        if kind.text == "jobs" or not isinstance(found, YamlMap):
            continue
        for key, node in found.entries:
            if isinstance(node, YamlMap):
                yield Resource(kind.text, key.text, key.place, node)


@dataclass(frozen=True, slots=True)
class _JobReader:
    resolver: Resolver
    paths: Paths
    problems: list[BundleProblem]
    complete: bool

    def jobs(self, resources: YamlNode | None) -> tuple[Job, ...]:
        """The jobs of a target's resources."""
        if resources is None or (isinstance(resources, YamlScalar) and resources.value is None):
            return ()
        jobs = resources.get("jobs") if isinstance(resources, YamlMap) else resources
        if jobs is None or (isinstance(jobs, YamlScalar) and jobs.value is None):
            return ()
        if not isinstance(jobs, YamlMap):
            what = "`jobs`" if isinstance(resources, YamlMap) else "`resources`"
            self.problems.append(BundleProblem(jobs.place, f"{what} is not a mapping"))
            return ()
        return tuple(job for key, node in jobs.entries if (job := self._job(key, node)) is not None)

    def _job(self, key: YamlScalar, node: YamlNode) -> Job | None:
        if not isinstance(node, YamlMap):
            self.problems.append(BundleProblem(key.place, f"job `{key.text}` is not a mapping"))
            return None
        parameters, parameters_complete = read_job_parameters(node.get("parameters"))
        git_source = node.get("git_source")
        context = JobContext(
            paths=self.paths,
            folder=posixpath.dirname(key.place.path),
            git_source=git_source is not None,
            parameters=parameters,
            environments=read_environments(node.get("environments")),
            originals=self.resolver.originals,
            problems=self.problems,
            complete=self.complete and parameters_complete,
        )
        tasks = read_tasks(node.get("tasks"), context)
        continuous = node.get("continuous")
        return Job(
            key=key.text,
            name=_field(node, "name") or key.text,
            place=key.place,
            node=node,
            parameters=parameters,
            tasks=tasks,
            timeout=whole_number(node.get("timeout_seconds")),
            timeout_node=node.get("timeout_seconds"),
            continuous=continuous is not None and not (isinstance(continuous, YamlScalar) and continuous.value is None),
            complete=context.complete,
        )


def _field(node: YamlNode | None, *steps: str) -> str | None:
    for step in steps:
        node = node.get(step) if isinstance(node, YamlMap) else None
    return node.text if isinstance(node, YamlScalar) and node.value is not None else None
