"""Opening a record: from a file's bytes to a value whose signature was checked, and no other way.

The steps are numbered, each rests on those before it, and the payload is read
after the last of those about its signature.
"""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass
from datetime import datetime
from typing import Union

from mlcheck.record import envelope, sign, sshsig, statement
from mlcheck.record.codes import Code
from mlcheck.record.envelope import Envelope
from mlcheck.record.model import DeveloperRecord, Record, ReviewRecord, Signer, Subject
from mlcheck.record.refusal import Refusal, Refused, refuse
from mlcheck.record.sshsig import SshSignature
from mlcheck.record.trust import FOLDER, Grade, Trust

SIGNOFFS = FOLDER + "signoffs/"

_SIGNATURE_STEP = object()
_NAME = re.compile(r"(dev|review)-([0-9a-f]{12})\.json\Z")
_KINDS = {"dev": "developer", "review": "review"}


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of records as it lies in a tree: `path` from the project, and its exact bytes."""

    path: str
    data: bytes

    @property
    def sha256(self) -> str:
        return envelope.sha256(self.data)

    @property
    def folder(self) -> str:
        """The change's id, as the path has it."""
        return self.path.removeprefix(SIGNOFFS).rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class VerifiedRecord:
    """A record whose signature was checked against the trust root. Only `open_record` makes one."""

    path: str
    sha256: str
    record: Record
    subjects: tuple[Subject, ...]
    key: str  # the fingerprint
    grade: Grade
    token: InitVar[object] = None

    def __post_init__(self, token: object) -> None:
        if token is not _SIGNATURE_STEP:
            raise TypeError("a VerifiedRecord is made by its signature's check alone")

    @property
    def signer(self) -> Signer:
        return self.record.signer

    @property
    def developer(self) -> DeveloperRecord:
        """The developer's record; a TypeError where it is a review."""
        if not isinstance(self.record, DeveloperRecord):
            raise TypeError(f"{self.path} is a review")
        return self.record

    @property
    def review(self) -> ReviewRecord:
        """The reviewer's record; a TypeError where it is a developer's."""
        if not isinstance(self.record, ReviewRecord):
            raise TypeError(f"{self.path} is a developer's record")
        return self.record


def open_record(file: RecordFile, trust: Trust, now: datetime) -> Union[VerifiedRecord, Refusal]:
    """The record in a file, or the first reason why there is none that may be trusted."""
    try:
        kind = _named_for_its_bytes(file)  # 1
        sealed = envelope.read(file.data)  # 2
        signature = _for_us(sealed)  # 3
        people = _people_of(signature.fingerprint, sealed, trust, now)  # 4
        signers = _signed_by(people, signature.fingerprint, sealed, trust)  # 5
        opened = statement.read(sealed.sealed)  # 6
        _is_the_signer(opened.record.signer.principal, signers)  # 7
        _has_the_role(kind, opened.record.role)  # 8
    except Refused as refused:
        found = refused.refusal
        return Refusal(found.code, found.message, path=file.path, help=found.help)
    return VerifiedRecord(file.path, file.sha256, opened.record, opened.subjects, sealed.keyid, "key", _SIGNATURE_STEP)


def _named_for_its_bytes(file: RecordFile) -> str:
    match = _NAME.match(file.path.rpartition("/")[2])
    if match is None:
        raise refuse(Code.E_ENVELOPE, "not a name of a record; expected dev-<sha12>.json or review-<sha12>.json")
    if match.group(2) != file.sha256[:12]:
        raise refuse(Code.E_ENVELOPE, f"the name is not that of its bytes, which are {file.sha256[:12]}…")
    return _KINDS[match.group(1)]


def _for_us(sealed: Envelope) -> SshSignature:
    signature = sshsig.read(sealed.signature)
    if signature.namespace != sign.NAMESPACE:
        raise refuse(
            Code.E_NAMESPACE,
            f"the signature is for `{signature.namespace[:60]}`, not for `{sign.NAMESPACE}`",
        )
    if signature.fingerprint != sealed.keyid:
        raise refuse(Code.E_BAD_SIGNATURE, "`keyid` is not the key that the signature names")
    return signature


def _people_of(key: str, sealed: Envelope, trust: Trust, now: datetime) -> tuple[str, ...]:
    """The persons whom the base gives this key. An altered record is told as that, whoever's key it names."""
    lines = trust.signers.of_key(key)
    people = tuple(dict.fromkeys(name for one in lines for name in one.people))
    in_time = any(one.people and one.valid_at(now) for one in lines)
    if people and in_time:
        return people
    if not sign.is_intact(sealed.signed_bytes(), sealed.signature):
        raise refuse(Code.E_BAD_SIGNATURE, "the signature is not one over these bytes")
    if not lines:
        raise refuse(Code.E_UNKNOWN_SIGNER, f"the key {key} is not in the base's allowed signers", help=_let_in(trust))
    if not people:
        raise refuse(Code.E_WILDCARD_PRINCIPAL, f"the base allows the key {key} for a pattern of names only")
    raise refuse(Code.E_KEY_EXPIRED, f"the base does not allow the key {key} now")


def _let_in(trust: Trust) -> str:
    if not trust.signers.signers:
        return (
            "the base trusts nobody yet: commit .mlcheck/config.toml and .mlcheck/allowed_signers to it first"
            " (`mlcheck init` writes them)"
        )
    return "add the key to .mlcheck/allowed_signers on the base, in a change of its own"


def _signed_by(people: tuple[str, ...], key: str, sealed: Envelope, trust: Trust) -> tuple[str, ...]:
    """Those of the people for whom ssh-keygen accepts the signature."""
    message = sealed.signed_bytes()
    allowed = trust.signers.text_of(tuple(one for one in trust.signers.of_key(key) if one.people))
    signers = tuple(
        name for name in people if sign.is_signed_by(message, sealed.signature, name, allowed, trust.revoked)
    )
    if signers:
        return signers
    if not sign.is_intact(message, sealed.signature):
        raise refuse(Code.E_BAD_SIGNATURE, "the signature is not one over these bytes")
    if trust.revoked is not None and any(
        sign.is_signed_by(message, sealed.signature, name, allowed, None) for name in people
    ):
        raise refuse(Code.E_KEY_REVOKED, f"the key {key} is revoked on the base")
    raise refuse(
        Code.E_UNKNOWN_SIGNER,
        f"the base does not allow the key {key} for the namespace `{sign.NAMESPACE}`",
        help="see its options in .mlcheck/allowed_signers on the base",
    )


def _is_the_signer(principal: str, signers: tuple[str, ...]) -> None:
    if principal not in signers:
        raise refuse(
            Code.E_PRINCIPAL_MISMATCH,
            f"the record names {principal} as its signer; the key is that of {', '.join(signers)}",
        )


def _has_the_role(kind: str, role: str) -> None:
    if kind != role:
        raise refuse(Code.E_ROLE, f"the file is named as a {kind}'s record and holds a record of role {role}")
