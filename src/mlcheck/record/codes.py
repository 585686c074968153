"""Codes: why a record is refused, each with its family, its meaning, and the command that mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Family(str, Enum):
    """What people are shown: about ten kinds of refusal, each mended in one way."""

    NOT_SIGNED = "not signed"
    WRONG_SIGNER = "wrong signer"
    ALTERED = "altered"
    STALE = "stale"
    CONTRADICTED = "contradicted"
    INCOMPLETE = "incomplete"
    WAIVER = "waiver"
    POLICY = "policy"
    OTHER_CHANGE = "other change"
    UNREADABLE = "unreadable"

    def __str__(self) -> str:
        return self.value


class Code(str, Enum):
    """Every code that this version refuses with. Stable: tools and policies match on them."""

    E_UNSIGNED = "E_UNSIGNED"
    E_SIG_COUNT = "E_SIG_COUNT"
    E_ENVELOPE = "E_ENVELOPE"
    E_PAYLOAD_TYPE = "E_PAYLOAD_TYPE"
    E_JSON = "E_JSON"
    E_TOO_BIG = "E_TOO_BIG"
    E_TEXT_CONTROL = "E_TEXT_CONTROL"
    E_BAD_SIGNATURE = "E_BAD_SIGNATURE"
    E_NAMESPACE = "E_NAMESPACE"
    E_UNKNOWN_SIGNER = "E_UNKNOWN_SIGNER"
    E_KEY_EXPIRED = "E_KEY_EXPIRED"
    E_KEY_REVOKED = "E_KEY_REVOKED"
    E_WILDCARD_PRINCIPAL = "E_WILDCARD_PRINCIPAL"
    E_PRINCIPAL_MISMATCH = "E_PRINCIPAL_MISMATCH"
    E_NO_SIGNOFF = "E_NO_SIGNOFF"
    E_NO_REVIEW = "E_NO_REVIEW"
    E_DISPUTED = "E_DISPUTED"
    E_SAME_KEY = "E_SAME_KEY"
    E_SAME_PERSON = "E_SAME_PERSON"
    E_AUTHOR_IS_REVIEWER = "E_AUTHOR_IS_REVIEWER"
    E_ROLE = "E_ROLE"
    E_CHAIN = "E_CHAIN"
    E_TWO_CURRENT = "E_TWO_CURRENT"
    E_OTHER_REPO = "E_OTHER_REPO"
    E_OTHER_CHANGE = "E_OTHER_CHANGE"
    E_FUTURE_TIME = "E_FUTURE_TIME"
    E_TOO_OLD = "E_TOO_OLD"
    E_PATH = "E_PATH"
    E_SYMLINK_EVIDENCE = "E_SYMLINK_EVIDENCE"
    E_SUBJECT_DUP = "E_SUBJECT_DUP"
    E_EVIDENCE_UNBOUND = "E_EVIDENCE_UNBOUND"
    E_PACK_CHANGED = "E_PACK_CHANGED"
    E_PACK_MISSING = "E_PACK_MISSING"
    E_ITEM_SET = "E_ITEM_SET"
    E_ITEM_DUP = "E_ITEM_DUP"
    E_OPEN_ITEM = "E_OPEN_ITEM"
    E_WAIVER_INCOMPLETE = "E_WAIVER_INCOMPLETE"
    E_WAIVER_EXPIRED = "E_WAIVER_EXPIRED"
    E_WAIVER_FORBIDDEN = "E_WAIVER_FORBIDDEN"
    E_AUTO_DISAGREES = "E_AUTO_DISAGREES"
    E_STALE = "E_STALE"
    E_TRUST_CHANGED = "E_TRUST_CHANGED"
    E_REPORT_MISMATCH = "E_REPORT_MISMATCH"
    E_BASE_MISSING = "E_BASE_MISSING"


@dataclass(frozen=True, slots=True)
class Page:
    """A code explained: its family, one sentence, and the one command that mends it."""

    family: Family
    meaning: str
    mend: str


_RUN = "mlcheck run"
_REVIEW = "mlcheck review"
_RESTORE = "git log --stat -- .mlcheck/signoffs"

PAGES: Mapping[Code, Page] = {
    Code.E_UNSIGNED: Page(Family.NOT_SIGNED, "The record carries no signature.", _RUN),
    Code.E_SIG_COUNT: Page(
        Family.ALTERED, "The record carries more than one signature; a record has exactly one.", _RESTORE
    ),
    Code.E_ENVELOPE: Page(
        Family.ALTERED,
        "The file is not the envelope that was written: its name, its shape or its encoding differs.",
        _RESTORE,
    ),
    Code.E_PAYLOAD_TYPE: Page(
        Family.UNREADABLE,
        "The envelope holds something else than an mlcheck record of a version known here.",
        "pip install --upgrade mlcheck",
    ),
    Code.E_JSON: Page(
        Family.UNREADABLE,
        "The file is not strict JSON of the record's shape (a key twice, NaN, too deep, a wrong field).",
        _RESTORE,
    ),
    Code.E_TOO_BIG: Page(Family.UNREADABLE, "The file is over 8 MiB.", _RUN),
    Code.E_TEXT_CONTROL: Page(
        Family.UNREADABLE,
        "A text holds a control or bidirectional character, which could show something else than is signed.",
        _RUN,
    ),
    Code.E_BAD_SIGNATURE: Page(
        Family.ALTERED, "The signature is not one over these bytes: one of the two was altered.", _RESTORE
    ),
    Code.E_NAMESPACE: Page(
        Family.ALTERED,
        "The signature was made for another purpose (its namespace is not `mlcheck-signoff`).",
        _RUN,
    ),
    Code.E_UNKNOWN_SIGNER: Page(
        Family.WRONG_SIGNER,
        "The key is not in `.mlcheck/allowed_signers` on the base.",
        "git log -- .mlcheck/allowed_signers",
    ),
    Code.E_KEY_EXPIRED: Page(
        Family.WRONG_SIGNER, "The key is not valid now, by the base's `valid-after` or `valid-before`.", _RUN
    ),
    Code.E_KEY_REVOKED: Page(Family.WRONG_SIGNER, "The key is in `.mlcheck/revoked_keys` on the base.", _RUN),
    Code.E_WILDCARD_PRINCIPAL: Page(
        Family.WRONG_SIGNER,
        "The base allows the key for a pattern of names only; a person is named in full.",
        "git log -- .mlcheck/allowed_signers",
    ),
    Code.E_PRINCIPAL_MISMATCH: Page(
        Family.WRONG_SIGNER, "The record names another signer than the one whose key signed it.", _RUN
    ),
    Code.E_NO_SIGNOFF: Page(Family.NOT_SIGNED, "There is no valid developer's record of this change.", _RUN),
    Code.E_NO_REVIEW: Page(
        Family.NOT_SIGNED, "There is no valid review of the current developer's record, or not of all of it.", _REVIEW
    ),
    Code.E_DISPUTED: Page(Family.POLICY, "A reviewer disputes an item.", _RUN),
    Code.E_SAME_KEY: Page(Family.WRONG_SIGNER, "One key signed the record and its review.", _REVIEW),
    Code.E_SAME_PERSON: Page(Family.WRONG_SIGNER, "One person signed the record and its review.", _REVIEW),
    Code.E_AUTHOR_IS_REVIEWER: Page(
        Family.POLICY, "The reviewer made a commit of this change, which the policy forbids.", _REVIEW
    ),
    Code.E_ROLE: Page(
        Family.POLICY,
        "Somebody, or a program, acted in a role that the file's name or the policy does not give them.",
        _REVIEW,
    ),
    Code.E_CHAIN: Page(
        Family.ALTERED,
        "A record that another names or answers from is missing, altered, or later than what rests on it.",
        _RESTORE,
    ),
    Code.E_TWO_CURRENT: Page(
        Family.INCOMPLETE, "Two developer's records are current, and neither follows the other.", _RUN
    ),
    Code.E_OTHER_REPO: Page(Family.OTHER_CHANGE, "The record was signed for another repository.", _RUN),
    Code.E_OTHER_CHANGE: Page(Family.OTHER_CHANGE, "The record was signed for another change.", _RUN),
    Code.E_FUTURE_TIME: Page(
        Family.CONTRADICTED,
        "A record claims a time more than 5 minutes from now, or an answer one after its record.",
        _RUN,
    ),
    Code.E_TOO_OLD: Page(Family.POLICY, "The record is older than the policy's `max_age_days`.", _RUN),
    Code.E_PATH: Page(Family.ALTERED, "A path is absolute, or leads out of the project.", _RUN),
    Code.E_SYMLINK_EVIDENCE: Page(
        Family.CONTRADICTED, "Evidence is cited through a symbolic link, whose target may be anything.", _RUN
    ),
    Code.E_SUBJECT_DUP: Page(Family.ALTERED, "A file stands twice among the subjects.", _RUN),
    Code.E_EVIDENCE_UNBOUND: Page(
        Family.CONTRADICTED, "Evidence, what was shown, or what was searched is not what is there.", _RUN
    ),
    Code.E_PACK_CHANGED: Page(Family.STALE, "The record answers other packs or items than those on the base.", _RUN),
    Code.E_PACK_MISSING: Page(Family.POLICY, "A pack that the policy asks for is not there.", "mlcheck packs"),
    Code.E_ITEM_SET: Page(
        Family.INCOMPLETE, "The record does not hold exactly the items that are to be decided.", _RUN
    ),
    Code.E_ITEM_DUP: Page(Family.ALTERED, "An item stands twice in the record.", _RUN),
    Code.E_OPEN_ITEM: Page(Family.INCOMPLETE, "An item is open or failed, or its answer lacks what it needs.", _RUN),
    Code.E_WAIVER_INCOMPLETE: Page(Family.WAIVER, "A waiver lacks a field, or its approver did not sign.", _REVIEW),
    Code.E_WAIVER_EXPIRED: Page(Family.WAIVER, "A waiver's last day is over.", _RUN),
    Code.E_WAIVER_FORBIDDEN: Page(Family.WAIVER, "The policy forbids a waiver of this item, or one so long.", _RUN),
    Code.E_AUTO_DISAGREES: Page(
        Family.CONTRADICTED, "What was signed as computed is computed otherwise now.", "mlcheck check"
    ),
    Code.E_STALE: Page(Family.STALE, "What an answer rests on changed after it was given.", _RUN),
    Code.E_TRUST_CHANGED: Page(
        Family.POLICY,
        "The change touches who must sign or how code is read; such a change goes by itself.",
        "git diff --stat BASE -- .mlcheck pyproject.toml mlcheck.toml",
    ),
    Code.E_REPORT_MISMATCH: Page(
        Family.ALTERED, "The markdown beside the record is not what the record renders to.", "mlcheck report"
    ),
    Code.E_BASE_MISSING: Page(Family.UNREADABLE, "There is no base to judge against.", "mlcheck verify --base REF"),
}
