"""A job, or code that runs, names the absolute path of one person.

It works for that person, until the account is closed or the folder is moved;
for whoever else runs it, permission is denied or there is nothing. What a
target's `workspace` says is where the bundle is deployed, and is no such path;
the experiment of a notebook that no job runs is another matter too.

Breaks with: PERMISSION_DENIED: … does not have Read permissions on /Users/…
Breaks with: FileNotFoundError: [Errno 2] No such file or directory: '/home/…'
Source: Databricks' documentation of workspace folders and their permissions.

Fix: /Volumes/<catalog>/<schema>/<volume>/…   for data
     ${workspace.file_path}/…                 for the bundle's own files
     /Workspace/Shared/…                      for what several people share
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.job_instances import Names, is_run_by_a_job, job_instances
from mlcheck.checks.task_arguments import names_given
from mlcheck.flow.facts import EntryFacts, ExperimentSet, Facts, PersonalPathMade
from mlcheck.flow.personal import WORD
from mlcheck.flow.values import constant_text
from mlcheck.project.model import Bundle, Job, Target
from mlcheck.project.personal_paths import PersonalPath, personal_paths
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, text_at

NAME = "personal-path"
_TELLS = ("description", "name", "comment", "tags")  # what is told to a person, and opens nothing
_DEPLOYED_TO = ("root_path", "file_path", "artifact_path", "state_path", "resource_path")


def run(facts: Facts) -> Iterator[Verdict]:
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        yield from _job(facts, bundle, target, job, Instance("job", names[bundle.path, job.key]))
    told: set[tuple[str, str, str]] = set()
    for entry in facts.entries:
        yield from _entry(facts, names, entry, told)
    for mention in facts.unreached_calls(frozenset({WORD})):
        yield Unknown(NAME, f"a path of one person: {mention.why}", mention.place)


# --- in jobs


def _job(facts: Facts, bundle: Bundle, target: Target, job: Job, instance: Instance) -> Iterator[Verdict]:
    clean = True
    roots = [text for name in _DEPLOYED_TO if (text := text_at(target.config, "workspace", name)) is not None]
    for scalar in _scalars(job.node):
        for found in personal_paths(scalar.text, shell=True):
            if any(scalar.text.startswith(root) for root in roots if root):
                continue
            clean = False
            place = _where(facts, bundle, scalar, found)
            fix = "a path below the bundle, ${workspace.file_path}/…, or /Volumes/…"
            yield _finding(place, found.path, found.who, fix, instance, (target.name,))
    if not job.complete:
        yield Unknown(NAME, f"`{job.key}` could not be read whole", job.place, None, instance)
    elif clean:
        yield Seen(NAME, job.place, "no path of one person in the job", None, instance)


def _scalars(node: YamlNode) -> Iterator[YamlScalar]:
    stack: list[YamlNode] = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, YamlScalar):
            yield one
        elif isinstance(one, YamlList):
            stack.extend(one.items)
        elif isinstance(one, YamlMap):
            stack.extend(value for key, value in one.entries if key.text not in _TELLS)


def _where(facts: Facts, bundle: Bundle, scalar: YamlScalar, found: PersonalPath) -> Place:
    """Where the path is written: at the value itself, else where the variable has it that the value comes from."""
    if any(found.who in line for _, line in facts.project.lines_around(scalar.place, 0, 0)):
        return scalar.place
    for path in bundle.files:
        text = facts.project.texts.get(path, "")
        at_ = text.find(found.path)
        if at_ >= 0:
            return Place(path, text.count("\n", 0, at_) + 1)
    return scalar.place


# --- in code


def _entry(facts: Facts, names: Names, entry: EntryFacts, told: set[tuple[str, str, str]]) -> Iterator[Verdict]:
    instances = job_instances(names, entry)
    clean = True
    for fact in entry.of(PersonalPathMade):
        if _is_experiment(entry, fact):
            continue
        if _is_overridden(entry, fact):
            note = "a default that the task overrides"
            yield from (Seen(NAME, fact.place, note, entry.role, instance) for instance in instances)
            continue
        clean = False
        for instance in instances:
            if _is_new(facts, fact, instance, told):
                fix = "/Volumes/<catalog>/<schema>/<volume>/… for data, /Workspace/Shared/… for files, or a parameter"
                yield _finding(fact.place, fact.path, fact.who, fix, instance, entry.targets, entry)
    for instance in instances if is_run_by_a_job(entry) else ():
        for gap in entry.gaps:
            if gap.hides_code:
                yield Unknown(NAME, gap.why, gap.place, entry.role, instance)
        if clean:
            yield Seen(NAME, entry.place, "no path of one person in what it runs", entry.role, instance)


def _is_new(facts: Facts, fact: PersonalPathMade, instance: Instance, told: set[tuple[str, str, str]]) -> bool:
    """Whether it was not told yet: one that is put together from one name again and again is told once."""
    written = fact.path in _line(facts, fact.place)
    key = (instance.name, f"{fact.place.path}:{fact.place.line if written else 0}", fact.who)
    if key in told:
        return False
    told.add(key)
    return True


def _line(facts: Facts, place: Place) -> str:
    return "".join(line for _, line in facts.project.lines_around(place, 0, 0))


def _is_experiment(entry: EntryFacts, fact: PersonalPathMade) -> bool:
    """An experiment below a person's folder, in a notebook that no job runs: the experiment's path has its own item."""
    if is_run_by_a_job(entry):
        return False
    return any(constant_text(one.name) == fact.text for one in entry.of(ExperimentSet) if one.name is not None)


def _is_overridden(entry: EntryFacts, fact: PersonalPathMade) -> bool:
    """A widget's default, in a notebook whose callers all give that parameter."""
    for call in entry.calls("text", "dropdown", "combobox", "multiselect"):
        default = call.argument("defaultValue", 1)
        name = constant_text(call.positional[0]) if call.positional else None
        if "widgets" in call.name and default is not None and constant_text(default) == fact.text and entry.callers:
            return all(name in names_given(caller) for caller in entry.callers)
    return False


def _finding(
    place: Place,
    path: str,
    who: str,
    fix: str,
    instance: Instance,
    targets: tuple[str, ...],
    entry: EntryFacts | None = None,
) -> Finding:
    return Finding(
        NAME,
        "warning",
        place,
        f"`{path}/…` is a path of one person",
        "it works for that person alone, and until the folder is gone",
        fix,
        {"person": who},
        entry.role if entry is not None else None,
        instance,
        targets,
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
        - task_key: score
          notebook_task:
            notebook_path: /Users/jane@example.com/churn/score  # error: [personal-path] is a path of one person
# file: train.py
# Databricks notebook source
df = spark.read.parquet("dbfs:/Users/jane@example.com/sales")  # error: [personal-path] is a path of one person
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
df = spark.read.parquet("/Volumes/main/churn/sales")
user = spark.sql("select current_user()").first()[0]
df.write.save(f"/Users/{user}/sample")
""",
    mentions=(WORD,),
)
