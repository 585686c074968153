"""A refusal: one reason why a record is not accepted."""

from __future__ import annotations

from dataclasses import dataclass

from mlcheck.record.codes import Code

__all__ = ["Code", "Refusal", "Refused", "refuse"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, with its code. `code` is None where something else than the record stood in the way."""

    code: Code | None
    message: str
    item: str | None = None
    path: str | None = None
    help: str = ""


class Refused(Exception):
    """Raised inside a reader at the first reason to refuse; its caller gives the refusal as a value."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def refuse(code: Code, message: str, *, help: str = "") -> Refused:
    """The exception for a refusal that has no item of its own."""
    return Refused(Refusal(code, message, help=help))
