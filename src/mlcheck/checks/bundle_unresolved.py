"""A bundle does not resolve: a variable that isn't declared, an include that isn't there, a key defined twice.

The CLI stops at the first of these, before anything is deployed. A variable
that other targets set and this one does not was forgotten there; one that no
target sets is given when the bundle is deployed, and is open, as is whatever
is looked up in the workspace.

Breaks with: Error: reference does not exist: ${var.catalogue}
Breaks with: Error: no value assigned to required variable catalog. Variables are usually assigned in databricks.yml, …
Breaks with: Error: failed to perform target override for target=prod: variable catalogue is not defined but is …
Breaks with: Error: resources/train.yml defined in 'include' section does not match any files
Breaks with: Error: multiple resources or scripts have been defined with the same key: train
Breaks with: Error: failed to load resources/train.yml: yaml: line 6: could not find expected ':'
Breaks with: Error: path ../shared/train.py is not contained in sync root path
Source: the Databricks CLI, its source read and its acceptance tests' recorded output compared (docs/bundle-judge.md).

Fix: variables:
       catalog:
         default: dev
     targets:
       prod:
         variables: {catalog: main}
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.project.model import Bundle, BundleProblem, NotUnderstood
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import is_broken, text_at

NAME = "bundle-unresolved"
_REFUSED = "the CLI refuses the bundle, and nothing is deployed"


def run(facts: Facts) -> Iterator[Verdict]:
    for lost in facts.project.lost_jobs():
        if is_broken(lost.what) and _is_root(lost.place):
            yield _not_yaml(lost)
        elif lost not in facts.project.other_jobs:
            yield Unknown(NAME, lost.what, lost.place)
    for bundle in facts.bundles:
        yield from _bundle(bundle)


def _is_root(place: Place) -> bool:
    return place.path.rpartition("/")[2] in ("databricks.yml", "databricks.yaml")


def _not_yaml(lost: NotUnderstood) -> Finding:
    path = lost.place.path
    return Finding(
        NAME,
        "error",
        lost.place,
        lost.what,
        f"Error: failed to load {path}: yaml: line {lost.place.line}: {lost.what.partition(': ')[2]}",
        "mend the YAML there",
        {"kind": "yaml", "name": path},
        None,
        Instance("bundle", path),
    )


def _bundle(bundle: Bundle) -> Iterator[Verdict]:
    instance = Instance("bundle", bundle.path)
    for problem in bundle.problems:
        if problem.kind != "shape":  # of what the CLI drops, and goes on, bundle-structure speaks
            yield _finding(problem, instance)
    for one in bundle.open:
        yield Unknown(NAME, one.what, one.place, None, instance, {"variable": one.named})
    if not bundle.name and all(text_at(one.config, "workspace", "root_path") is None for one in bundle.targets):
        yield _nameless(bundle, instance)
        return
    broken = {name for problem in bundle.problems for name in problem.targets}
    everywhere = any(not problem.targets for problem in bundle.problems)
    for target in bundle.targets:
        if not everywhere and target.name not in broken:
            note = f"target `{target.name}` resolves: {len(bundle.files)} files, {len(target.jobs)} jobs"
            yield Seen(NAME, target.place, note, None, instance, {"target": target.name})


def _finding(problem: BundleProblem, instance: Instance) -> Finding:
    subject = {"kind": problem.kind, "name": problem.named}
    if problem.near:
        subject["suggestion"] = problem.near
    return Finding(
        NAME,
        _severity(problem),
        problem.place,
        problem.what,
        f"Error: {problem.error}" if problem.error else _REFUSED,
        problem.help or "databricks bundle validate --target …",
        subject,
        None,
        instance,
        problem.targets,
    )


def _nameless(bundle: Bundle, instance: Instance) -> Finding:
    return Finding(
        NAME,
        "error",
        Place(bundle.path, 1),
        "the bundle has no name",
        "Error: unable to define default workspace root: bundle name not defined",
        "bundle: {name: …}",
        {"kind": "target", "name": "name"},
        None,
        instance,
    )


def _severity(problem: BundleProblem) -> Severity:
    """Older CLIs read a path from the folder of its job, and say nothing; an `include` elsewhere is only warned of."""
    harmless = problem.error.startswith(("Include section", "expected map")) or "0.261.0" in problem.error
    return "warning" if harmless else "error"


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
variables: {catalog: {default: dev}}
resources:
  jobs:
    train:
      name: train-${var.catalogue}  # error: [bundle-unresolved] unknown variable `catalogue`
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
print(1)
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
variables: {catalog: {default: dev}}
resources:
  jobs:
    train:
      name: train-${var.catalog}
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
print(1)
""",
    mentions=(),
)
