"""Evidence is what is there: places, lines, what was shown and what was searched."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.errors import CouldNotError
from mlcheck.record.build import cited_line, paths_rested_on, searched, shown_data
from mlcheck.record.codes import Code
from mlcheck.record.model import Cited, RecordItem
from mlcheck.record.reading import subject_of, subjects_of
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Judged, Signed, about


def evidence_is_of_subjects(signed: Signed) -> Iterator[Refusal]:
    """Each place cited is in a file whose digest was signed; what was searched has its own digest."""
    subjects = {subject.name for subject in signed.developer.subjects}
    for item in signed.record.items:
        for path in dict.fromkeys(each.path for each in item.evidence):
            if path not in subjects:
                yield _unbound(signed, item, f"`{path}` is cited, and is no subject of the record", path)
        if item.searched != searched(item.searched.globs):
            yield _unbound(signed, item, "the digest of what was searched is not that of the globs")


def no_links_are_cited(signed: Signed) -> Iterator[Refusal]:
    """No place is cited in a symbolic link."""
    head = signed.inputs.head
    links = {path for path in head.list() if head.mode(path) == "symlink"}
    for item in signed.record.items:
        for path in dict.fromkeys(each.path for each in item.evidence if each.path in links):
            yield Refusal(
                Code.E_SYMLINK_EVIDENCE,
                f"{about(item)} cites a symbolic link",
                item=item.id,
                path=path,
                help="cite the file that it points to",
            )


def evidence_agrees(judged: Judged) -> Iterator[Refusal]:
    """Where all is as it was signed, everything that was seen is too; else each line that did not change is."""
    signed = judged.signed
    unchanged = frozenset(
        subject.name for subject in signed.developer.subjects if subject_of(signed.inputs.head, subject.name) == subject
    )
    for item in judged.record.items:
        now = judged.items.get(item.key)
        if now is None:
            continue
        why = _as_signed(item, now) if judged.as_signed else _lines(judged, item, now, unchanged)
        if why is not None:
            yield _unbound(signed, item, why)
        same = item.exhibit.digest == now.exhibit.digest
        if same and item.exhibit.data not in (None, shown_data(judged.instances[item.key])):
            yield _unbound(signed, item, "what was shown is not the exhibit")
    if judged.as_signed and signed.developer.subjects != subjects_of(
        signed.inputs.head, paths_rested_on(judged.decision)
    ):
        yield Refusal(
            Code.E_EVIDENCE_UNBOUND,
            "the subjects are not the files that the record rests on",
            path=signed.developer.path,
            help="run `mlcheck run`",
        )


def _as_signed(item: RecordItem, now: RecordItem) -> str | None:
    if item.exhibit.digest != now.exhibit.digest:
        return "its exhibit is another, though nothing that it rests on changed"
    if (item.evidence, item.evidence_count) != (now.evidence, now.evidence_count):
        return "its evidence is not what is found"
    return "what was searched is not what the packs say" if item.searched != now.searched else None


def _lines(judged: Judged, item: RecordItem, now: RecordItem, unchanged: frozenset[str]) -> str | None:
    """The first line cited that is not in its file, though the file did not change."""
    found = set(now.evidence)
    for each in item.evidence:
        if each in found or each.path not in unchanged or each.cell is not None:
            continue
        if not _is_there(judged, each):
            return f"line {each.line} of `{each.path}` is not the one cited"
    return None


def _is_there(judged: Judged, cited: Cited) -> bool:
    try:
        text = judged.inputs.head.read(cited.path).decode("utf-8", "replace")
    except CouldNotError:
        return False
    lines = text.removeprefix("\ufeff").splitlines()
    return 1 <= cited.line <= len(lines) and cited_line(lines[cited.line - 1]) == (cited.snippet, cited.digest)


def _unbound(signed: Signed, item: RecordItem, why: str, path: str | None = None) -> Refusal:
    return Refusal(
        Code.E_EVIDENCE_UNBOUND,
        f"{about(item)}: {why}",
        item=item.id,
        path=path or signed.developer.path,
        help="run `mlcheck run`",
    )
