"""A run's record: whether a new one is needed, and writing it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from mlcheck.commands.run_inputs import JudgedFiles, RunInputs, disputes, uncommitted
from mlcheck.commands.signing import SigningKey, signed
from mlcheck.commands.signoff_files import write_developer_record
from mlcheck.packs.model import Answer, Decision
from mlcheck.printable import printable
from mlcheck.project.work_tree import WorkTree
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
from mlcheck.record.codes import Code
from mlcheck.record.engine import running_engine
from mlcheck.record.envelope import make_unsigned
from mlcheck.record.model import RecordItem, Subject
from mlcheck.record.opening import open_record
from mlcheck.record.reading import subjects_of
from mlcheck.record.refusal import Refusal
from mlcheck.record.statement import stamp
from mlcheck.record.store import markdown_path, record_files
from mlcheck.reports.markdown import Report, render
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
    change = inputs.standing.id
    if signer is None:
        path = write_developer_record(inputs.project, change, payload, make_unsigned(payload), None)
        return (
            f"{path}  UNSIGNED",
            markdown_path(path),
            "To be read, not to be committed: verify refuses it. The answers are kept; `mlcheck run` signs them.",
        )
    path = write_developer_record(inputs.project, change, payload, signed(payload, signer), signer.fingerprint)
    _remove_unsigned(inputs)
    files = uncommitted(inputs.standing.head_tree(), judged)
    lines = (f"{path}  signed by {signer.shown()}", markdown_path(path), *_next(inputs, files))
    return tuple(printable(line) for line in lines)


def previewed(
    inputs: RunInputs,
    decision: Decision,
    answers: Mapping[Key, Answer],
    carried: Mapping[Key, Carried],
    signer: SigningKey | None,
) -> str:
    """The report as it would be, were it signed now."""
    values = developer_values(decision, answers, carried, _signing(inputs, signer), content="")
    return render(Report(values, None, signer.fingerprint if signer else None))


def _remove_unsigned(inputs: RunInputs) -> None:
    """What an unsigned run left on the disk, and nobody committed, is in a signed record now."""
    committed = set(inputs.standing.head_tree().list())
    for file in record_files(WorkTree(inputs.project), inputs.standing.id):
        opened = open_record(file, inputs.trust, inputs.now)
        if isinstance(opened, Refusal) and opened.code is Code.E_UNSIGNED and file.path not in committed:
            for path in (file.path, markdown_path(file.path)):
                (inputs.project / path).unlink(missing_ok=True)


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


def _next(inputs: RunInputs, files: tuple[str, ...]) -> tuple[str, ...]:
    """The exact next commands."""
    here = inputs.project.resolve()
    elsewhere = here != Path.cwd()
    git = f"git -C {shlex.quote(str(here))}" if elsewhere else "git"
    added = " ".join(shlex.quote(path) for path in (*files, ".mlcheck/signoffs"))
    where = f" {shlex.quote(str(here))}" if elsewhere else ""
    differ = f"differ from HEAD, so they are committed with the record: {', '.join(files)}"
    return (
        *([differ] if files else []),
        "Next:",
        f'  {git} add {added} && {git} commit -m "Sign off {inputs.standing.id}"',
        f"  then another person, on this branch: mlcheck review{where}",
    )
