"""Which answers may stand: for which computed outcome, with which value, note or waiver.

Each `…_refusal` gives the reason in one line, or None where nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from urllib.parse import urlsplit

from mlcheck.packs.model import Answer, Item, Outcome, Waiver
from mlcheck.printable import forbidden_character

MAX_TEXT = 20_000
RISKS = ("low", "medium", "high")

# A detector's `fail` is never answered away: it is waived or disputed, which the reviewer sees.
# Where it could not tell, there is nothing to dispute: a person answers.
_POSSIBLE: Mapping[Outcome, tuple[Outcome, ...]] = {
    "fail": ("fail", "waived", "disputed"),
    "unknown": ("pass", "fail", "n/a", "waived"),
    "manual": ("pass", "fail", "n/a", "waived"),
    "baselined": ("fail", "waived", "disputed"),
    "waived": ("fail", "waived", "disputed"),  # by a comment on the line
    "pass": ("fail",),
    "n/a": ("fail",),
}
_NO_WORDS = frozenset(
    {"y", "yes", "ok", "okay", "true", "done", "x", "sure", "confirmed", "checked", "agreed", "fine", "good"}
    | {"n", "no", "none", "false", "n/a", "na", "-", "?", "tbd"}
)
_ADDRESS = re.compile(r"[^\s@<>(),;:\"*?!\\]+@[^\s@<>(),;:\"*?!\\]+")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def possible(item: Item, computed: Outcome) -> tuple[Outcome, ...]:
    """The outcomes that a person may give, in the order in which they are offered."""
    outcomes = _POSSIBLE.get(computed, ())
    return outcomes if item.decided_by else tuple(one for one in outcomes if one != "disputed")


def refusal(
    item: Item,
    computed: Outcome,
    answer: Answer,
    *,
    today: date,
    signer: str | None = None,
    forbid_waiver: Collection[str] = (),
    max_waiver_days: int = 180,
    forbid_agent_answers: bool = False,
) -> str | None:
    """Why an answer can't stand beside a computed outcome; None where it can.

    `signer` is the principal who will sign, None where that is not known yet:
    then a killer's approver is not compared.
    """
    if answer.by == "agent" and forbid_agent_answers:
        return "policy forbids answers by an agent: a person answers"
    if answer.outcome not in possible(item, computed):
        return _not_possible(item, computed, answer.outcome)
    if answer.outcome != "waived" and answer.waiver is not None:
        return f"a waiver belongs to `waived`, not to `{answer.outcome}`"
    if answer.note and (reason := text_refusal("note", answer.note)):
        return reason
    match answer.outcome:
        case "pass":
            return value_refusal(item, answer.value or "")
        case "waived":
            return waiver_refusal(item, answer.waiver, today, signer, forbid_waiver, max_waiver_days)
        case _:
            if answer.value and (reason := text_refusal("value", answer.value)):
                return reason
            bare = answer.note.strip().strip(".!").casefold()
            return None if bare and bare not in _NO_WORDS else f"`{answer.outcome}` needs a note: why, in words"


def _not_possible(item: Item, computed: Outcome, given: Outcome) -> str:
    match computed, given:
        case "fail", "pass":
            return "computed fail can't be answered pass: fix and re-check it, waive it, or dispute the detector"
        case "fail", "n/a":
            return "computed fail applies: what was found is in the project; waive it, or dispute the detector"
        case (("pass" | "n/a"), _):
            return f"decided without you: {computed}; it can only be answered fail, with a note"
        case _, "disputed" if not item.decided_by:
            return "no detector decides this item, so there is none to dispute"
        case _, "disputed":
            return f"the detector says {computed}, which claims nothing to dispute: answer it"
        case _:
            may = ", ".join(possible(item, computed)) or "nothing"
            return f"computed {computed} can't be answered {given}; it may be {may}"


# --- values and notes ---------------------------------------------------------


def value_refusal(item: Item, text: str) -> str | None:
    """Why a text is no value for a pass of an item. A killer and a `confirm` take no bare yes."""
    reason = check_value(item.answer, item.choices, text)
    if reason is not None:
        return reason
    words = text.strip().strip(".!").casefold()
    if words in _NO_WORDS and item.answer in ("confirm", "text"):
        looked = "say what you looked at, and what you found"
        return "say what was confirmed, in words" if item.answer == "confirm" else looked
    return None


def check_value(kind: str, choices: Collection[str], text: str) -> str | None:
    """Why a text is no value of a kind (confirm, choice, text, number, path, url, date)."""
    if not text.strip():
        return _MISSING[kind]
    reason = text_refusal("value", text)
    if reason is not None:
        return reason
    if kind == "choice":
        return None if text in choices else f"`{text}` is none of the choices: {', '.join(choices)}"
    form = _FORMS.get(kind)
    return form(text) if form else None


def text_refusal(what: str, text: str) -> str | None:
    """Why a note, a value or a reason may not be taken: what `verify` would refuse, `run` does not take."""
    if len(text) > MAX_TEXT:
        return f"the {what} is longer than {MAX_TEXT:,} characters"
    bad = forbidden_character(text)
    return f"the {what} holds the character {bad}: take it out" if bad else None


def _number(text: str) -> str | None:
    if not _NUMBER.fullmatch(text):
        return f"`{text}` is no number: write it like 1200 or 0.87, without a unit"
    return "a number has at most 20 digits" if sum(map(str.isdigit, text)) > 20 else None


def _date(text: str) -> str | None:
    return None if _day(text) else f"`{text}` is no date: write it like 2027-03-31"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _path(text: str) -> str | None:
    parts = text.split("/")
    if text.startswith(("/", "~")) or "\\" in text or ".." in parts or re.match(r"[A-Za-z]:", text):
        return f"`{text}` is no path in the project: write it like docs/preprocessing.md"
    return f"`{text}` has an empty part: write it like docs/preprocessing.md" if "" in parts[:-1] else None


def _url(text: str) -> str | None:
    like = "write it like https://host/ml/experiments/1/runs/abc, or runs:/abc"
    try:
        parts = urlsplit(text)
        secret = parts.password is not None
        host = parts.hostname
    except ValueError:
        return f"`{text}` is no address: {like}"
    if re.search(r"\s", text):
        return f"`{text}` has a blank in it: {like}"
    if secret:
        return "the address holds a password: leave it out"
    if parts.scheme in ("runs", "models"):
        return None if parts.path.strip("/") else f"`{text}` names nothing: {like}"
    return None if parts.scheme in ("http", "https") and host else f"`{text}` is no address: {like}"


_FORMS: Mapping[str, Callable[[str], str | None]] = {
    "number": _number,
    "date": _date,
    "path": _path,
    "url": _url,
}
_MISSING: Mapping[str, str] = {
    "confirm": "say what was confirmed, in words",
    "choice": "choose one",
    "text": "give the value in words",
    "number": "give the number",
    "path": "name the file",
    "url": "give the address",
    "date": "give the date, like 2027-03-31",
}


# --- waivers ------------------------------------------------------------------


def waiver_refusal(
    item: Item,
    waiver: Waiver | None,
    today: date,
    signer: str | None,
    forbid_waiver: Collection[str],
    max_waiver_days: int,
) -> str | None:
    """Why a waiver can't stand."""
    if item.id in forbid_waiver:
        return f"policy forbids a waiver of {item.id}: fix it"
    if waiver is None:
        return "a waiver needs risk, reason, approver and until"
    return (
        risk_refusal(waiver.risk)
        or reason_refusal(waiver.reason)
        or approver_refusal(item, waiver.approver, signer)
        or until_refusal(waiver.until, today, max_waiver_days)
    )


def risk_refusal(risk: str) -> str | None:
    """Why a text is no risk of a waiver."""
    return None if risk in RISKS else f"`{risk}` is no risk: low, medium or high"


def reason_refusal(reason: str) -> str | None:
    """Why a text is no reason of a waiver."""
    return text_refusal("reason", reason) if reason.strip() else "a waiver needs a reason"


def approver_refusal(item: Item, approver: str, signer: str | None) -> str | None:
    """Why a text names no approver: a principal, and of a killer's waiver not the one who signs."""
    bad = text_refusal("approver", approver)
    if bad is not None:
        return bad
    if not _ADDRESS.fullmatch(approver):
        return f"`{approver}` names no approver: give the address of an allowed signer, like lead@example.com"
    if item.killer and signer is not None and approver.casefold() == signer.casefold():
        return f"{item.id} is a killer: someone other than {signer} approves its waiver"
    return None


def until_refusal(until: str, today: date, max_waiver_days: int) -> str | None:
    """Why a text is no end of a waiver: a day from today to the longest that policy allows, inclusive."""
    end = _day(until)
    if end is None:
        return _date(until)
    if end < today:
        return f"the waiver ended on {until}: give a day from {today.isoformat()} on"
    last = _last_day(today, max_waiver_days)
    return f"the waiver may end on {last.isoformat()} at the latest" if end > last else None


def _last_day(today: date, days: int) -> date:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return date.max
