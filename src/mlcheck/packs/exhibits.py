"""Exhibits: what a person is asked about, as data, and the digest that binds an answer to it.

Where checks decide, the exhibit is what they saw: each verdict's kind, path and
subject, and the tokens of its statement (no comments, layout, line numbers or
messages). Where none does, it is the token digest of the code, and the bundle's
jobs, that the item applies to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from mlcheck.checks.base import Absent, Check, Finding, Seen, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.packs.model import Exhibit, Item, Table
from mlcheck.packs.tokens import digest, file_tokens, tokens
from mlcheck.project.model import Project
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import plain

_LINES = re.compile(r":[0-9]+\b")  # where in a file: it moves with what stands above

NO_EXHIBIT = Exhibit({}, "", ())


class Exhibits:
    """Makes the exhibits of one decision; a file's digest is computed once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._code: dict[str, str] = {}
        self._statements: dict[Place, str] = {}

    def of(
        self,
        item: Item,
        instance: str,
        verdicts: Iterable[Verdict],
        checks: Iterable[Check],
        undecided: bool,
        table: Table,
    ) -> Exhibit:
        """The exhibit of one instance. `undecided`: a check of the item's does not exist, or none is named.

        Of a table the cells are bound that name no line of the code.
        """
        rows = [self._row(verdict) for verdict in verdicts]
        unique = [json.loads(text) for text in sorted({_canonical(row) for row in rows})]
        data: dict[str, Any] = {
            "item": item.id,
            "instance": instance,
            "checks": {check.name: check.exhibit_version for check in checks},
            "seen": unique,
        }
        if table.rows:
            data["table"] = [[_LINES.sub("", cell) for cell in row] for row in table.rows]
        paths = {row["path"] for row in rows if row["path"]}
        if undecided:
            data["code"], data["jobs"] = self._subjects(item, instance)
            paths |= set(data["code"])
            if data["jobs"]:
                paths |= {path for bundle in self.facts.bundles for path in bundle.files}
        return Exhibit(data, hashlib.sha256(_canonical(data).encode()).hexdigest(), tuple(sorted(paths)))

    def _row(self, verdict: Verdict) -> dict[str, Any]:
        match verdict:
            case Finding():
                kind, subject = "finding", {"severity": verdict.severity, **verdict.subject}
            case Seen():
                kind, subject = "seen", dict(verdict.subject)
            case Absent():
                kind, subject = "absent", dict(verdict.subject)
            case _:
                kind, subject = "unknown", dict(verdict.subject)
        place = verdict.place
        return {
            "check": verdict.check,
            "kind": kind,
            "path": place.path if place else "",
            "tokens": self._statement(place) if place else "",
            "subject": subject,
        }

    def _statement(self, place: Place) -> str:
        known = self._statements.get(place)
        if known is None:
            known = self._statements[place] = statement_digest(self.facts.project, place)
        return known

    def _file(self, path: str) -> str:
        known = self._code.get(path)
        if known is None:
            known = self._code[path] = code_digest(self.facts.project, path)
        return known

    def _subjects(self, item: Item, instance: str) -> tuple[dict[str, str], dict[str, Any]]:
        """The digests of the code that an item applies to, and the jobs, for one instance."""
        jobs: dict[str, Any] = {}
        if item.about_jobs:
            names = self.facts.job_names()
            for bundle, target, job in self.facts.jobs():
                if item.scope != "job" or not instance or names[bundle.path, job.key] == instance:
                    jobs[f"{bundle.path}:{target.name}:{job.key}"] = plain(job.node)
            if item.scope in ("job", "bundle"):
                return {}, jobs
        paths: set[str] = set()
        for entry in self.facts.entries:
            fits_role = item.role is None or entry.role in (item.role, None)
            fits_instance = item.scope != "model" or not instance or entry.model == instance
            if fits_role and fits_instance:
                paths |= entry.reached
        return {path: self._file(path) for path in sorted(paths)}, jobs


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def statement_digest(project: Project, place: Place) -> str:
    """The digest of the tokens on a place's lines."""
    lines = [text for _, text in project.lines_around(place, 0, 0)]
    return digest(tokens("\n".join(lines)))


def code_digest(project: Project, path: str) -> str:
    """The token digest of a file's code; of a notebook, its cells and magics."""
    code = project.code.get(path)
    if code is None:
        return ""
    magics = [f"{magic.kind} {magic.argument}" for magic in code.magics]
    return digest(iter([*file_tokens(code.text), "\0", *magics]))
