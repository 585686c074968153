"""The envelope: DSSE with one signature, kept byte for byte.

Source: the DSSE protocol and envelope documents (secure-systems-lab/dsse), read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from mlcheck.record import strict_json
from mlcheck.record.codes import Code
from mlcheck.record.refusal import refuse

PAYLOAD_TYPE = "application/vnd.in-toto+json"

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\Z")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope as read. `sealed` is the payload before anybody has checked its signature:
    only the signature step (opening.py) may look into it."""

    sealed: bytes
    keyid: str
    signature: bytes  # an armored SSHSIG

    def signed_bytes(self) -> bytes:
        """What the signature is made over: DSSE's pre-authentication encoding."""
        return pre_authentication(self.sealed)


def pre_authentication(payload: bytes) -> bytes:
    """DSSE's PAE of a payload of our type."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hex: how records name files."""
    return hashlib.sha256(data).hexdigest()


def make(payload: bytes, keyid: str, signature: bytes) -> bytes:
    """The file's bytes for a signed payload."""
    return _file(payload, [{"keyid": keyid, "sig": _encoded(signature)}])


def make_unsigned(payload: bytes) -> bytes:
    """The file's bytes where nobody signed; verification refuses it by E_UNSIGNED."""
    return _file(payload, [])


def _file(payload: bytes, signatures: list[dict[str, str]]) -> bytes:
    value = {"payloadType": PAYLOAD_TYPE, "payload": _encoded(payload), "signatures": signatures}
    return json.dumps(value, indent=1).encode() + b"\n"


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def read(data: bytes) -> Envelope:
    """The envelope in a file. Raises Refused with the code of the first thing that is wrong."""
    value = strict_json.parse(data)
    _members(value, ("payloadType", "payload", "signatures"), "the envelope")
    if value["payloadType"] != PAYLOAD_TYPE:
        raise refuse(Code.E_PAYLOAD_TYPE, f"the payload's type is not `{PAYLOAD_TYPE}`")
    signatures = value["signatures"]
    if not isinstance(signatures, list):
        raise refuse(Code.E_ENVELOPE, "`signatures` is not a list")
    if not signatures:
        raise refuse(Code.E_UNSIGNED, "the record carries no signature")
    if len(signatures) > 1:
        raise refuse(Code.E_SIG_COUNT, f"{len(signatures)} signatures, where a record has one")
    _members(signatures[0], ("keyid", "sig"), "the signature")
    keyid = signatures[0]["keyid"]
    if not isinstance(keyid, str) or not _FINGERPRINT.match(keyid):
        raise refuse(Code.E_ENVELOPE, "`keyid` is not a key's SHA256 fingerprint")
    return Envelope(_decoded(value["payload"], "payload"), keyid, _decoded(signatures[0]["sig"], "sig"))


def _members(value: Any, names: tuple[str, ...], what: str) -> None:
    if not isinstance(value, dict) or sorted(value) != sorted(names):
        raise refuse(Code.E_ENVELOPE, f"{what} does not have exactly the members {', '.join(names)}")


def _decoded(text: Any, name: str) -> bytes:
    """Standard base64 in its one canonical spelling, so that no two files hold one signature."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or _encoded(data) != text:
        raise refuse(Code.E_ENVELOPE, f"`{name}` is not canonical base64")
    return data
