"""Signing and opening with real keys of every common kind."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from signed_repository import Keys, needs_ssh_keygen

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.record import envelope
from mlcheck.record.codes import Code
from mlcheck.record.model import DeveloperRecord
from mlcheck.record.opening import RecordFile, VerifiedRecord, open_record
from mlcheck.record.refusal import Refusal
from mlcheck.record.sign import is_intact, is_signed_by, key_fingerprint, sign
from mlcheck.record.signers import read_allowed_signers
from mlcheck.record.trust import Policy, Trust

pytestmark = needs_ssh_keygen
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def new_key(folder: Path, *arguments: str) -> str:
    path = folder / f"key-{len(list(folder.iterdir()))}"
    subprocess.run(["ssh-keygen", "-q", "-C", "", "-f", str(path), *arguments], check=True)
    return str(path)


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa",), ("rsa", "-b", "2048")])
def test_a_key_of_each_kind_signs_and_is_verified(tmp_path: Path, kind: tuple[str, ...]) -> None:
    key = new_key(tmp_path, "-N", "", "-t", *kind)
    made = envelope.read(sign(b"payload", key))
    allowed = "dev@example.com " + Path(key + ".pub").read_text()
    assert made.keyid == key_fingerprint(key) == key_fingerprint(key + ".pub")
    assert is_signed_by(made.signed_bytes(), made.signature, "dev@example.com", allowed, None)
    assert not is_signed_by(made.signed_bytes() + b"x", made.signature, "dev@example.com", allowed, None)
    assert not is_signed_by(made.signed_bytes(), made.signature, "Dev@example.com", allowed, None)
    assert is_intact(made.signed_bytes(), made.signature)


def test_a_key_with_a_passphrase_is_told_at_once_where_nobody_can_type_it(tmp_path: Path) -> None:
    key = new_key(tmp_path, "-N", "secret", "-t", "ed25519")
    began = time.monotonic()
    with pytest.raises(CouldNotError) as caught:
        sign(b"payload", key)
    assert "passphrase" in caught.value.line() and "ssh-add" in caught.value.line()
    assert time.monotonic() - began < 10


def test_a_key_in_an_agent_signs_by_its_public_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key(tmp_path, "-N", "", "-t", "ed25519")
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    settings = dict(part.split("=", 1) for part in started.split(";") if "=" in part)
    pid = next(value for name, value in settings.items() if name.strip() == "SSH_AGENT_PID")
    socket = next(value for name, value in settings.items() if name.strip() == "SSH_AUTH_SOCK")
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        subprocess.run(["ssh-add", "-q", key], check=True, capture_output=True)
        Path(key).unlink()
        public = Path(key + ".pub").read_text().strip()
        for named in (key + ".pub", public, f"key::{public}"):
            assert envelope.read(sign(b"payload", named)).keyid == key_fingerprint(named)
    finally:
        os.kill(int(pid), 15)


def test_a_key_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no such key"):
        sign(b"payload", "/nowhere/key")


def test_a_file_that_is_no_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("notes")
    for use in (lambda: sign(b"payload", str(path)), lambda: key_fingerprint(str(path))):
        with pytest.raises(CouldNotError):
            use()


def test_without_ssh_keygen_it_says_so(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    key = keys["dev"]
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CouldNotError, match="ssh-keygen is not on PATH"):
        sign(b"payload", key)


def trust(text: str) -> Trust:
    return Trust("id", "", Policy(), read_allowed_signers(text.encode(), "allowed_signers"), None, True)


def opened(payload: bytes, keys: Keys, text: str) -> VerifiedRecord | Refusal:
    data = sign(payload, keys["dev"])
    path = f".mlcheck/signoffs/a/dev-{envelope.sha256(data)[:12]}.json"
    return open_record(RecordFile(path, data), trust(text), NOW)


def test_a_payload_that_is_no_record_is_refused_after_its_signature(keys: Keys) -> None:
    found = opened(b"{}", keys, keys.allowed("dev@example.com", "dev"))
    assert isinstance(found, Refusal) and found.code is Code.E_PAYLOAD_TYPE


def test_an_authority_or_a_negated_name_is_nobody(keys: Keys) -> None:
    for line, code in (
        (keys.allowed("dev@example.com", "dev", "cert-authority"), Code.E_UNKNOWN_SIGNER),
        (keys.allowed("!dev@example.com,*", "dev"), Code.E_WILDCARD_PRINCIPAL),
        (keys.allowed("d?v@example.com", "dev"), Code.E_WILDCARD_PRINCIPAL),
        (keys.allowed("dev@example.com", "review"), Code.E_UNKNOWN_SIGNER),
    ):
        found = opened(b"{}", keys, line)
        assert isinstance(found, Refusal) and found.code is code


def test_a_pattern_beside_a_name_lets_nobody_else_in(keys: Keys) -> None:
    text = keys.allowed("*", "dev", "") + keys.allowed("dev@example.com", "dev", 'namespaces="git"')
    found = opened(b"{}", keys, text)
    assert isinstance(found, Refusal) and found.code is Code.E_UNKNOWN_SIGNER


def test_nobody_but_the_signature_step_makes_a_verified_record() -> None:
    record = DeveloperRecord.__new__(DeveloperRecord)
    with pytest.raises(TypeError):
        VerifiedRecord("path", "0" * 64, record, (), "key", "key")
    with pytest.raises(TypeError):
        VerifiedRecord("path", "0" * 64, record, (), "key", "key", object())
