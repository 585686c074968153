"""A run's record: whether a new one is needed, and writing it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone

from mlcheck.commands.run_inputs import JudgedFiles, RunInputs, disputes, uncommitted
from mlcheck.commands.signing import SigningKey, signed
from mlcheck.commands.signoff_files import write_developer_record
from mlcheck.record.build import (
    Carried,
    Signing,
    change_of,
    developer_record,
    developer_signer,
    developer_values,
    packs_used,
    paths_rested_on,
)
from mlcheck.record.engine import running_engine
from mlcheck.record.envelope import make_unsigned
from mlcheck.record.model import RecordItem, Subject
from mlcheck.record.reading import subjects_of
from mlcheck.record.statement import stamp
from mlcheck.record.store import markdown_path
from mlcheck.walk.sheet import Key
from mlcheck.walk.state import State


def nothing_new(inputs: RunInputs, judged: JudgedFiles, carried: Mapping[Key, Carried]) -> bool:
    """Whether the change's one current record says already what a new one would say."""
    if len(inputs.current) != 1 or disputes(inputs):
        return False
    current = inputs.current[0]
    values = developer_values(judged.decision, {}, carried, _signing(inputs, None), content="")
    if packs_used(judged.decision.packs) != current.developer.packs:
        return False
    if inputs.trust.policy.staleness == "bytes" and _subjects(judged) != current.subjects:
        return False
    return _said(values.items) == _said(current.developer.items)


def _said(items: tuple[RecordItem, ...]) -> dict[object, object]:
    """What is said of each instance, wherever it was said first."""
    return {
        item.key: (item.text, item.computed.outcome, item.exhibit.digest, replace(item.given, from_=None))
        for item in items
    }


def write_record_of(inputs: RunInputs, judged: JudgedFiles, state: State, signer: SigningKey | None) -> tuple[str, ...]:
    """Sign and write the record of a complete walk; what to say. With no signer it is UNSIGNED."""
    payload = developer_record(
        judged.decision,
        state.answers,
        state.sheet.carried,
        _signing(inputs, signer),
        subjects=_subjects(judged),
        content=judged.tree.content(),
    )
    data = signed(payload, signer) if signer else make_unsigned(payload)
    key = signer.fingerprint if signer else None
    path = write_developer_record(inputs.project, inputs.standing.id, payload, data, key)
    by = f"signed by {signer.shown()}" if signer else "UNSIGNED: verify refuses it"
    files = uncommitted(inputs.standing.head_tree(), judged.tree)
    return (f"{path}  {by}", markdown_path(path), *_next(inputs, files, signer is not None))


def _signing(inputs: RunInputs, signer: SigningKey | None) -> Signing:
    followed = [one.sha256 for one in inputs.current]
    return Signing(
        change=change_of(inputs.standing, inputs.trust),
        engine=running_engine(),
        signer=developer_signer(signer.principal if signer else "", signer.name if signer else ""),
        time=stamp(datetime.now(timezone.utc)),
        previous=followed[0] if followed else None,
        merges=tuple(followed[1:]),
    )


def _subjects(judged: JudgedFiles) -> tuple[Subject, ...]:
    return subjects_of(judged.tree, paths_rested_on(judged.decision))


def _next(inputs: RunInputs, files: tuple[str, ...], is_signed: bool) -> tuple[str, ...]:
    """The exact next commands."""
    here = inputs.project.resolve()
    folder = "" if here == here.cwd() else f"-C {shlex.quote(str(here))} "
    added = " ".join(shlex.quote(path) for path in (*files, ".mlcheck/signoffs"))
    lines = [f"{len(files)} files that it rests on are not in HEAD as signed: commit them with it"] if files else []
    lines += ["Next:", f'  git {folder}add {added} && git {folder}commit -m "Sign off {inputs.standing.id}"']
    if is_signed:
        where = f" {shlex.quote(str(here))}" if folder else ""
        lines.append(f"  then another person, on this branch: mlcheck review{where}")
    return tuple(lines)
