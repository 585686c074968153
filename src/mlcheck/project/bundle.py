"""Bundles: each `databricks.yml` of a tree, as each of its targets has it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mlcheck.project.bundle_effects import deployed
from mlcheck.project.bundle_files import BundleSource, ReadYaml, is_root_file, read_source
from mlcheck.project.bundle_jobs import JobReader
from mlcheck.project.bundle_merge import joined_resources, with_value
from mlcheck.project.bundle_modes import mode_problems
from mlcheck.project.bundle_paths import Paths, sync_root_of
from mlcheck.project.bundle_references import Resolver
from mlcheck.project.bundle_targets import in_target, targets_of
from mlcheck.project.bundle_variables import (
    Variable,
    declared_variables,
    from_file,
    open_variables,
    overridden_variables,
    unset_variables,
)
from mlcheck.project.file_index import FileIndex
from mlcheck.project.model import Bundle, BundleProblem, Job, NotUnderstood, Resource, Target
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

MAX_TARGETS = 64
_BEFORE_DEPLOYMENT = frozenset({"var", "variables", "bundle", "workspace"})
_AT_DEPLOYMENT = frozenset({"resources"})


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
        elif isinstance(config, YamlMap) and _is_bundle(path, config):
            source = read_source(path, config, files, read, index.unseen)
            bundle, further = _Reading(source, read, index).bundle()
            bundles.append(bundle)
            not_understood += [*source.not_understood, *further]
        elif config is not None and "databricks" in posixpath.basename(path):
            not_understood.append(NotUnderstood(config.place, "a bundle that is not a mapping"))
    return BundlesRead(tuple(bundles), tuple(not_understood))


def _is_bundle(path: str, config: YamlMap) -> bool:
    return "databricks" in posixpath.basename(path) or isinstance(config.get("bundle"), YamlMap)


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


class _Reading:
    """One bundle being read, target by target."""

    def __init__(self, source: BundleSource, read: ReadYaml, index: FileIndex) -> None:
        self.source, self.read, self.index = source, read, index
        self.problems: list[BundleProblem] = []
        self.open: list[BundleProblem] = []
        self.in_python = [*_in_python(source.config)]
        parts = {part for part, _ in self.in_python}
        self.complete = source.complete and "mutators" not in parts
        self.all_resources = source.complete and not parts

    def bundle(self) -> tuple[Bundle, list[NotUnderstood]]:
        """The bundle, and what was not understood of it."""
        source = self.source
        not_understood = [what for _, what in self.in_python]
        declared = declared_variables(source.config.get("variables"), self.problems)
        given = [*targets_of(source.config, self.problems)][:MAX_TARGETS]
        cases: list[tuple[YamlScalar | None, YamlMap | None]] = [*given] or [(None, None)]
        targets = [self._target(key, node, self._variables(declared, key, node, cases)) for key, node in cases]
        names = [target.name for target in targets]
        problems = tuple(_once([*source.problems, *self.problems], names))
        if not source.complete:  # what looks wrong may be right with the file that could not be read
            broken = tuple(problem for problem in problems if problem.kind == "yaml")
            not_understood += [NotUnderstood(one.place, one.what) for one in problems if one not in broken]
            problems = broken
        name = text_at(source.config, "bundle", "name") or ""
        found = Bundle(
            source.path,
            source.root,
            name,
            tuple(targets),
            source.files,
            problems,
            source.parts,
            tuple(_once(self.open, names)),
            not_understood=(*source.not_understood, *not_understood),
        )
        return found, not_understood

    def _variables(
        self,
        declared: dict[str, Variable],
        key: YamlScalar | None,
        overrides: YamlMap | None,
        cases: Sequence[tuple[YamlScalar | None, YamlMap | None]],
    ) -> dict[str, Variable]:
        """The variables of a target, and those that have no value there."""
        name = key.text if key is not None else "default"
        variables = overridden_variables(declared, at(overrides, "variables"), name, self.problems)
        path = posixpath.join(self.source.root, f".databricks/bundle/{name}/variable-overrides.json")
        given = self.read(path) if self.index.find(path) is not None else None
        variables = from_file(variables, given if isinstance(given, YamlMap) else None)
        if any(variable.value is None for variable in variables.values()):
            others = () if self.index.unseen(path) else (node for other, node in cases if other is not key)
            elsewhere = frozenset(_set_in(others))
            place = key.place if key is not None else Place(self.source.path, 1)
            self.problems += unset_variables(variables, name, place, elsewhere)
            self.open += open_variables(variables, name, elsewhere)
        return variables

    def _target(self, key: YamlScalar | None, overrides: YamlMap | None, variables: dict[str, Variable]) -> Target:
        problems: list[BundleProblem] = []
        name = key.text if key is not None else "default"
        before = in_target(self.source.config, key, overrides, problems)
        resolver = Resolver(before, variables, _BEFORE_DEPLOYMENT)
        whole = _resolved(before, resolver)
        written = whole.get("resources")
        if isinstance(written, YamlMap):
            written = joined_resources(written, problems)
            whole = with_value(whole, "resources", written)
        as_written = whole
        whole = deployed(whole)
        later = Resolver(whole, variables, _AT_DEPLOYMENT, self.all_resources)
        whole = _resolved(whole, later)
        jobs = self._jobs(whole, later.resolved(written) if written is not None else None, problems)
        problems += [*resolver.problems.values(), *later.problems.values(), *_undefined(whole.get("resources"))]
        problems += mode_problems(whole, key.place if key is not None else Place(self.source.path, 1))
        self.problems += [replace(one, targets=one.targets or (name,)) for one in problems]
        shown = [(variable, variable.node()) for variable in variables.values()]
        entries = tuple((YamlScalar(v.name, v.name, v.place), resolver.resolved(node)) for v, node in shown)
        return Target(
            name=name,
            place=key.place if key is not None else Place(self.source.path, 1),
            mode=text_at(overrides, "mode"),
            default=key is None or text_at(overrides, "default") == "true",
            jobs=jobs,
            resources=tuple(_other_resources(whole.get("resources"))),
            config=with_value(whole, "variables", YamlMap(entries, whole.place)) if entries else whole,
            written=as_written,
        )

    def _jobs(self, config: YamlMap, written: YamlNode | None, problems: list[BundleProblem]) -> tuple[Job, ...]:
        root = self.source.root
        file_path = text_at(config, "workspace", "file_path")
        paths = Paths(root, self.index, sync_root_of(config, root), file_path)
        return JobReader(paths, problems, self.complete).jobs(written, at(config, "resources", "jobs"))


def _resolved(config: YamlMap, resolver: Resolver) -> YamlMap:
    found = resolver.resolved(config)
    return found if isinstance(found, YamlMap) else config


def _set_in(targets: Iterable[YamlMap | None]) -> Iterator[str]:
    """The variables that targets set."""
    for target in targets:
        variables = at(target, "variables")
        if isinstance(variables, YamlMap):
            yield from variables.keys()


def _once(problems: Sequence[BundleProblem], targets: Sequence[str]) -> Iterator[BundleProblem]:
    """Each problem once, with the targets in which it happens; none where it happens in all."""
    found: dict[tuple[Place, str], tuple[BundleProblem, dict[str, None]]] = {}
    for one in problems:
        _, names = found.setdefault((one.place, one.what), (one, {}))
        names.update(dict.fromkeys(one.targets))
    for one, names in found.values():
        yield replace(one, targets=() if set(names) >= set(targets) else tuple(names))


def _undefined(resources: YamlNode | None) -> Iterator[BundleProblem]:
    """Resources of which there is a key and nothing else."""
    for kind, found in resources.entries if isinstance(resources, YamlMap) else ():
        for key, node in found.entries if isinstance(found, YamlMap) else ():
            if isinstance(node, YamlScalar) and node.value is None:
                what = f"{kind.text}.{key.text} is empty"
                error = f"{kind.text.removesuffix('s')} {key.text} is not defined"
                yield BundleProblem(key.place, what, "resource", error, "define it, or take its key away", key.text)


def _other_resources(resources: YamlNode | None) -> Iterator[Resource]:
    for kind, found in resources.entries if isinstance(resources, YamlMap) else ():
        if kind.text == "jobs" or not isinstance(found, YamlMap):
            continue
        for key, node in found.entries:
            if isinstance(node, YamlMap):
                yield Resource(kind.text, key.text, key.place, node)
