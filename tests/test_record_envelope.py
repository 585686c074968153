"""The envelope: exact bytes, one spelling, one signature."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.record import envelope, sshsig
from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refused

KEY = "SHA256:" + "A" * 43


def code_of(data: bytes) -> Code | None:
    with pytest.raises(Refused) as caught:
        envelope.read(data)
    return caught.value.refusal.code


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=100))
def test_a_payload_comes_back_byte_for_byte(payload: bytes, signature: bytes) -> None:
    read = envelope.read(envelope.make(payload, KEY, signature))
    assert (read.sealed, read.keyid, read.signature) == (payload, KEY, signature)


def test_the_bytes_signed_are_those_of_the_dsse_document() -> None:
    assert envelope.pre_authentication(b"hello") == b"DSSEv1 28 application/vnd.in-toto+json 5 hello"


def changed(**members: object) -> bytes:
    return json.dumps({**json.loads(envelope.make(b"{}", KEY, b"x")), **members}).encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (envelope.make_unsigned(b"{}"), Code.E_UNSIGNED),
        (changed(signatures=[{}, {}]), Code.E_SIG_COUNT),
        (changed(signatures=[{"keyid": KEY}]), Code.E_ENVELOPE),
        (changed(signatures=[{"keyid": "me", "sig": "eA=="}]), Code.E_ENVELOPE),
        (changed(signatures="x"), Code.E_ENVELOPE),
        (changed(signatures=[7]), Code.E_ENVELOPE),
        (changed(more=1), Code.E_ENVELOPE),
        (changed(payloadType="application/json"), Code.E_PAYLOAD_TYPE),
        (changed(payload=7), Code.E_ENVELOPE),
        (changed(payload="e30"), Code.E_ENVELOPE),  # without its padding
        (changed(payload="e31="), Code.E_ENVELOPE),  # other bits after the last byte
        (changed(payload="e30=\n"), Code.E_ENVELOPE),
        (changed(payload="-_8="), Code.E_ENVELOPE),  # the alphabet for addresses
        (changed(payload="é"), Code.E_ENVELOPE),
        (b"[]", Code.E_ENVELOPE),
        (b"null", Code.E_ENVELOPE),
    ],
)
def test_every_other_shape_has_its_code(data: bytes, code: Code) -> None:
    assert code_of(data) is code


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_of_signatures_raise_anything_else(data: bytes) -> None:
    armored = b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(b"SSHSIG\0\0\0\1" + data)
    for text in (data, armored + b"\n-----END SSH SIGNATURE-----\n"):
        try:
            sshsig.read(text)
        except Refused as refused:
            assert refused.refusal.code is Code.E_BAD_SIGNATURE
