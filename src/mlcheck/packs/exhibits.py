"""Exhibits: what a person is asked about, as data, and the digest that binds an answer to it.

Where checks decide, the exhibit is what they saw: each verdict's kind, path and
subject, and the tokens of its statement (no comments, layout, line numbers or
messages). Where none does, it is the token digest of the code, and the bundle's
jobs, that the item applies to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from mlcheck.checks.base import Check, Finding, Seen, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.packs.model import Exhibit, Item
from mlcheck.packs.tokens import digest, file_tokens, tokens
from mlcheck.project.model import Project
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import plain


def exhibit(
    item: Item,
    instance: str,
    verdicts: Iterable[Verdict],
    checks: Iterable[Check],
    undecided: bool,
    facts: Facts,
) -> Exhibit:
    """The exhibit of one instance of an item. `undecided`: a check of the item's does not exist, or none is named."""
    rows = [_row(verdict, facts.project) for verdict in verdicts]
    unique = [json.loads(text) for text in sorted({_canonical(row) for row in rows})]
    data: dict[str, Any] = {
        "item": item.id,
        "instance": instance,
        "checks": {check.name: check.exhibit_version for check in checks},
        "seen": unique,
    }
    paths = {row["path"] for row in rows if row["path"]}
    if undecided:
        code, jobs = _subjects(item, instance, facts)
        data["code"], data["jobs"] = code, jobs
        paths |= set(code)
    return Exhibit(data, hashlib.sha256(_canonical(data).encode()).hexdigest(), tuple(sorted(paths)))


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _row(verdict: Verdict, project: Project) -> dict[str, Any]:
    match verdict:
        case Finding():
            kind, subject = "finding", {"severity": verdict.severity, **verdict.subject}
        case Seen():
            kind, subject = "seen", dict(verdict.subject)
        case _:
            kind, subject = "unknown", dict(verdict.subject)
    place = verdict.place
    return {
        "check": verdict.check,
        "kind": kind,
        "path": place.path if place else "",
        "tokens": statement_digest(project, place) if place else "",
        "subject": subject,
    }


def statement_digest(project: Project, place: Place) -> str:
    """The digest of the tokens on a place's lines."""
    lines = [text for _, text in project.lines_around(place, 0, 0)]
    return digest(tokens("\n".join(lines)))


def _subjects(item: Item, instance: str, facts: Facts) -> tuple[dict[str, str], dict[str, Any]]:
    """The digests of the code that an item applies to, and the jobs, for one instance."""
    jobs: dict[str, Any] = {}
    if item.scope in ("job", "bundle") or item.id.startswith("JOB"):
        for bundle, target, job in facts.jobs():
            if item.scope != "job" or not instance or job.key == instance:
                jobs[f"{bundle.path}:{target.name}:{job.key}"] = plain(job.node)
        if item.scope in ("job", "bundle"):
            return {}, jobs
    paths: set[str] = set()
    for entry in facts.entries:
        fits_role = item.role is None or entry.role in (item.role, None)
        fits_instance = item.scope != "model" or not instance or entry.model == instance
        if fits_role and fits_instance:
            paths |= entry.reached
    code = {path: code_digest(facts.project, path) for path in sorted(paths)}
    return code, jobs


def code_digest(project: Project, path: str) -> str:
    """The token digest of a file's code; of a notebook, its cells and magics."""
    code = project.code.get(path)
    if code is None:
        return ""
    magics = [f"{magic.kind} {magic.argument}" for magic in code.magics]
    return digest(iter([*file_tokens(code.text), "\0", *magics]))
