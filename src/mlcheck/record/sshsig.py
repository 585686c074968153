"""The armored SSHSIG: which key made it, for which namespace. It checks nothing by itself.

Source: OpenSSH's PROTOCOL.sshsig, read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refused, refuse

_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_MAX = 64 * 1024  # the largest keys make about 2 KiB


@dataclass(frozen=True, slots=True)
class SshSignature:
    """What a signature says about itself."""

    public_key: bytes  # as in an OpenSSH public key's second field, decoded
    namespace: str

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public_key)


def fingerprint(public_key: bytes) -> str:
    """A key's fingerprint as `ssh-keygen -l` prints it: `SHA256:…`."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_key).digest()).decode().rstrip("=")


def read(armored: bytes) -> SshSignature:
    """The signature's own claims. Raises Refused (E_BAD_SIGNATURE) where it is none."""
    blob = _unarmored(armored)
    if blob[: len(_MAGIC)] != _MAGIC or blob[6:10] != struct.pack(">I", 1):
        raise _bad("not an SSH signature of version 1")
    public_key, rest = _string(blob[10:])
    namespace, rest = _string(rest)
    reserved, rest = _string(rest)
    _, rest = _string(rest)  # the hash algorithm
    _, rest = _string(rest)  # the signature proper
    if rest or reserved:
        raise _bad("bytes that belong to nothing")
    try:
        return SshSignature(public_key, namespace.decode("ascii"))
    except UnicodeDecodeError:
        raise _bad("the namespace is not ASCII") from None


def _unarmored(armored: bytes) -> bytes:
    if len(armored) > _MAX:
        raise _bad(f"{len(armored):,} bytes")
    try:
        lines = armored.decode("ascii").strip("\n").split("\n")
        if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
            raise _bad("no SSH armor")
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except (UnicodeDecodeError, binascii.Error):
        raise _bad("the armor is not base64") from None


def _string(data: bytes) -> tuple[bytes, bytes]:
    """One length-prefixed string, and what follows it."""
    if len(data) < 4:
        raise _bad("cut short")
    (length,) = struct.unpack(">I", data[:4])
    if length > len(data) - 4:
        raise _bad("cut short")
    return data[4 : 4 + length], data[4 + length :]


def _bad(why: str) -> Refused:
    return refuse(Code.E_BAD_SIGNATURE, f"the signature is not readable: {why}")
