"""The rows of an item: its instances, and those of them that a verdict speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from mlcheck.checks.base import Absent, Finding, Instance, Verdict
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.packs.model import Item


class Rows:
    """Which instances there are, and which entry points belong to them; worked out once for all items."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.jobs = sorted(facts.job_names().values())
        self._all_jobs_read = not any(True for _ in facts.project.lost_jobs())
        self._entries: dict[str, list[EntryFacts]] = {}
        for entry in facts.entries:
            self._entries.setdefault(entry.path, []).append(entry)
        self._jobs_of = self._run_by()
        self._entries_of = self._by_instance()

    def groups(self, item: Item, verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
        """The verdicts by the item's instances; those of no instance stand for the project, under ""."""
        groups: dict[str, list[Verdict]] = {name: [] for name in self._instances(item)}
        for verdict in verdicts:
            for name in self._names(item, verdict):
                groups.setdefault(name, []).append(verdict)
        return groups or {"": []}

    def covers(self, item: Item, absent: Sequence[Absent]) -> bool:
        """Whether each of an item's checks says of every entry point of an instance that it has nothing to look at."""
        said = {(one.check, one.place.path) for one in absent}
        named = {(one.instance.scope, one.instance.name) for one in absent if one.instance is not None}
        asked = [entry for one in named for entry in self._entries_of.get(one, ())]
        paths = {entry.path for entry in asked if self._is_asked(item, entry)}
        checks = {check for check, _ in said}
        return checks.issuperset(item.decided_by) and all((check, path) in said for check in checks for path in paths)

    def _is_asked(self, item: Item, entry: EntryFacts) -> bool:
        """Whether an item asks about an entry point's role."""
        roles = (item.role,) if item.role == "inference" else ("training", None)
        return item.scope == "job" or entry.role in roles

    def _by_instance(self) -> dict[tuple[str, str], list[EntryFacts]]:
        """By model and job, the entry points that belong to it."""
        found: dict[tuple[str, str], list[EntryFacts]] = {}
        for entry in self.facts.entries:
            jobs = (("job", one) for one in (entry.path, *self._jobs_of[entry.path]))
            for name in {("model", entry.model), *jobs}:
                found.setdefault(name, []).append(entry)
        return found

    def _instances(self, item: Item) -> list[str]:
        if item.scope == "job":
            return self.jobs
        if item.scope == "bundle":
            return sorted(bundle.path for bundle in self.facts.bundles)
        if item.scope == "model":
            role = item.role or "training"
            return sorted({entry.model for entry in self.facts.entries if entry.role == role})
        if item.scope == "table":
            return []  # the tables that an item is about are those that its checks name
        return [""]

    def _names(self, item: Item, verdict: Verdict) -> Sequence[str]:
        instance = verdict.instance
        if instance is None:
            return ("",)
        if item.scope == "job" and instance.scope == "job":
            return (instance.name,) if instance.name in self.jobs else self._of_entry(instance.name, verdict)
        if item.scope == "model" and instance.scope == "job":
            return self._models(item, instance, verdict)
        return (instance.name,) if instance.scope == item.scope else ("",)

    def _of_entry(self, path: str, verdict: Verdict) -> Sequence[str]:
        """The jobs that run an entry point; where none does, a defect is the project's, and the rest no job's."""
        jobs = self._jobs_of.get(path, ())
        if jobs:
            return jobs
        known = bool(self.jobs) and self._all_jobs_read and path in self._entries
        return ("",) if isinstance(verdict, Finding) or not known else ()

    def _models(self, item: Item, instance: Instance, verdict: Verdict) -> Sequence[str]:
        """The models of the entry points that a verdict on a job speaks of."""
        roles = (item.role,) if item.role == "inference" else ("training", None)
        place = verdict.place
        names = {
            entry.model: None
            for entry in self.facts.entries
            if (entry.job or entry.path) == instance.name
            and entry.role in roles
            and (place is None or place.path in entry.reached)
        }
        return tuple(names) or ("",)

    def _run_by(self) -> dict[str, tuple[str, ...]]:
        """By its path, the jobs that run an entry point, itself or by a notebook that runs it."""
        names = self.facts.job_names()
        found: dict[str, set[str]] = {}
        for entry in self.facts.entries:
            keys = [(one.bundle.path, one.job.key) for one in entry.callers if one.bundle and one.job]
            found.setdefault(entry.path, set()).update(names[key] for key in keys)
        callers = [(one.notebook, entry.path) for entry in self.facts.entries for one in entry.callers if one.notebook]
        changed = True
        while changed:
            changed = False
            for by, path in callers:
                new = found.get(by, set()) - found[path]
                found[path] |= new
                changed = changed or bool(new)
        return {path: tuple(sorted(jobs)) for path, jobs in found.items()}
