"""Forms: the fields that an answer asks for, and the answer that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Union

from mlcheck.packs.legal import RISKS
from mlcheck.packs.model import Answer, Item, Outcome, Waiver
from mlcheck.walk.draft import HalfTyped

FieldName = Literal["value", "note", "risk", "reason", "approver", "until"]

FIELDS: Mapping[Union[Outcome, None], tuple[FieldName, ...]] = {
    "pass": ("value",),
    "fail": ("note",),
    "n/a": ("note",),
    "disputed": ("note",),
    "waived": ("risk", "reason", "approver", "until"),
    None: ("note",),  # a note alone
}

_VALUES: Mapping[str, str] = {
    "confirm": "What you confirmed, in words",
    "choice": "Which one (its number or word)",
    "text": "Your answer",
    "number": "A number",
    "path": "A path in the repository",
    "url": "A URL (https://…)",
    "date": "A date (YYYY-MM-DD)",
}
_NOTES: Mapping[Union[Outcome, None], str] = {
    "fail": "What is wrong",
    "n/a": "Why it does not apply",
    "disputed": "Why the detector is wrong",
    None: "Note",
}
_WAIVER: Mapping[str, str] = {
    "risk": "Risk (1 low, 2 medium, 3 high)",
    "reason": "Reason for taking the risk",
    "approver": "Approver (a principal of allowed_signers)",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form being filled in. `kept` is what was typed in fields after the current one."""

    item: str
    instance: str | None  # None: every instance that needs a person
    outcome: Outcome | None  # None: a note alone
    given: tuple[str, ...] = ()
    text: str = ""
    kept: tuple[str, ...] = ()

    @property
    def field(self) -> FieldName:
        return FIELDS[self.outcome][len(self.given)]

    def label(self, item: Item, latest: str) -> str:
        """What the current field asks for; `latest` is the last day on which a waiver may end."""
        match self.field:
            case "until":
                return f"Until, at most {latest} (YYYY-MM-DD, inclusive)"
            case "value":
                return _VALUES[item.answer]
            case "note":
                return _NOTES[self.outcome]
            case name:
                return _WAIVER[name]

    def choices(self, item: Item) -> tuple[str, ...]:
        """What the current field may be, where that is a short list."""
        if self.field == "risk":
            return RISKS
        return item.choices if self.field == "value" and item.answer == "choice" else ()

    def resolved(self, item: Item, text: str) -> str:
        """The text as meant: a choice by its number, blanks at the ends gone."""
        text, choices = text.strip(), self.choices(item)
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= len(choices):
            return choices[int(text) - 1]
        return next((choice for choice in choices if choice.casefold() == text.casefold()), text)

    def entered(self, text: str) -> Form:
        """The form with the current field given, at the next one."""
        kept = self.kept[:1]
        return replace(self, given=(*self.given, text), text="".join(kept), kept=self.kept[1:])

    def back(self) -> Form:
        """The form at the field before."""
        return replace(self, given=self.given[:-1], text=self.given[-1], kept=(self.text, *self.kept))

    @property
    def complete(self) -> bool:
        return len(self.given) == len(FIELDS[self.outcome])

    def half_typed(self) -> HalfTyped:
        """The form as the draft keeps it."""
        return HalfTyped(self.item, self.instance, self.outcome, self.given, self.text)

    @staticmethod
    def reopened(typed: HalfTyped) -> Form:
        """The form as the draft kept it."""
        given = typed.given[: len(FIELDS[typed.outcome]) - 1]
        return Form(typed.item, typed.instance, typed.outcome, given, typed.text)


def answer_of(form: Form, *, note: str, by: Literal["person", "agent"], at: str) -> Answer:
    """The answer that a complete form makes; `note` was given apart."""
    match form.outcome, form.given:
        case "waived", (risk, reason, approver, until):
            return Answer("waived", None, note, Waiver(risk, reason, approver, until), by, at)
        case "pass", (value,):
            return Answer("pass", value or None, note, None, by, at)
        case ("fail" | "n/a" | "disputed") as outcome, (text,):
            return Answer(outcome, None, text, None, by, at)
        case outcome, given:
            raise AssertionError(f"no answer of {outcome} from {len(given)} fields")


def fields_of(answer: Answer) -> tuple[str, ...]:
    """What the fields of its form held."""
    waiver = answer.waiver
    if waiver is not None:
        return waiver.risk, waiver.reason, waiver.approver, waiver.until
    return (answer.value or "",) if answer.outcome == "pass" else (answer.note,)
