"""The markdown beside a record is what the record renders to."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refusal
from mlcheck.record.store import markdown_path
from mlcheck.reports import markdown
from mlcheck.verify.case import Signed


def markdown_is_the_records(signed: Signed) -> Iterator[Refusal]:
    """The file, where it is there, holds these bytes. Another version may have rendered otherwise: a note."""
    path = markdown_path(signed.developer.path)
    if path not in signed.inputs.head.list() or rendered_by_another(signed):
        return
    text = signed.inputs.head.read(path).replace(b"\r\n", b"\n")
    if text != markdown.render(markdown.of_record(signed.developer)).encode():
        yield Refusal(
            Code.E_REPORT_MISMATCH,
            "the markdown is not what the record says",
            path=path,
            help="write it anew by `mlcheck report --format markdown --output " + path + "`",
        )


def rendered_by_another(signed: Signed) -> bool:
    """Whether the record was made by another version of the tool."""
    return signed.record.engine.mlcheck != signed.inputs.engine.mlcheck
