"""Signatures by `ssh-keygen -Y`, over DSSE's encoding of a payload.

Source: ssh-keygen(1) of OpenSSH 9.2, executed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.record import envelope, sshsig
from mlcheck.record.refusal import Refused

NAMESPACE = "mlcheck-signoff"
TIME_LIMIT = 30.0  # seconds, where no person is there to type or to touch a key

_MISSING = "install OpenSSH (its client tools), 8.2 or newer"
_LITERAL = ("key::", "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")


def sign(payload: bytes, key: str, *, terminal: bool = False) -> bytes:
    """The envelope's bytes: the payload, signed by a key.

    `key` is a private key's file, a public key's file whose private half an
    agent holds, or a public key as text (as git's `user.signingkey` may be).
    With `terminal`, ssh-keygen may ask for a passphrase on it. Raises
    UsageError where there is no such key, CouldNotError where it can't sign.
    """
    message = envelope.pre_authentication(payload)
    with tempfile.TemporaryDirectory(prefix="mlcheck-") as folder:
        path = _key_file(key, Path(folder))
        done = _run(["-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(path)], message, terminal=terminal)
    if done.returncode != 0:
        raise _cannot_sign(key, done.stderr)
    try:
        made = sshsig.read(done.stdout)
    except Refused:
        raise CouldNotError("ssh-keygen made no signature that can be read", where=key) from None
    return envelope.make(payload, made.fingerprint, done.stdout)


def key_fingerprint(key: str) -> str:
    """The fingerprint of a key (`SHA256:…`), as it is shown before signing.

    Raises UsageError where there is no such key, CouldNotError where its
    public half can't be had.
    """
    with tempfile.TemporaryDirectory(prefix="mlcheck-") as folder:
        path = _key_file(key, Path(folder))
        done = _run(["-l", "-E", "sha256", "-f", str(path)], b"", terminal=False)
    fields = done.stdout.decode("utf-8", "replace").split()
    if done.returncode != 0 or len(fields) < 2:
        raise CouldNotError(f"not a key: {_last_line(done.stderr)}", where=key, help="name a key by --key")
    return fields[1]


def is_signed_by(message: bytes, armored: bytes, principal: str, allowed: str, revoked: bytes | None) -> bool:
    """Whether a signature is one over the message by a key that `allowed` gives the principal, now."""
    with tempfile.TemporaryDirectory(prefix="mlcheck-") as folder:
        signature, signers, krl = (Path(folder) / name for name in ("signature", "signers", "revoked"))
        signature.write_bytes(armored)
        signers.write_text(allowed, encoding="utf-8", newline="\n")
        arguments = ["-Y", "verify", "-n", NAMESPACE, "-f", str(signers), "-I", principal, "-s", str(signature)]
        if revoked is not None:
            krl.write_bytes(revoked)
            arguments += ["-r", str(krl)]
        return _run(arguments, message, terminal=False).returncode == 0


def is_intact(message: bytes, armored: bytes) -> bool:
    """Whether a signature is one over the message, by whichever key it names."""
    with tempfile.TemporaryDirectory(prefix="mlcheck-") as folder:
        signature = Path(folder) / "signature"
        signature.write_bytes(armored)
        arguments = ["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(signature)]
        return _run(arguments, message, terminal=False).returncode == 0


def _key_file(key: str, folder: Path) -> Path:
    if key.startswith(_LITERAL):
        path = folder / "key.pub"
        path.write_text(key.removeprefix("key::") + "\n", encoding="utf-8")
        return path
    path = Path(key).expanduser()
    if not path.is_file():
        raise UsageError("no such key", where=key, help="name one by --key, or make one with `ssh-keygen -t ed25519`")
    return path


def _run(arguments: list[str], message: bytes, *, terminal: bool) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments],
            input=message,
            stdout=subprocess.PIPE,
            stderr=None if terminal else subprocess.PIPE,
            env=_environment(terminal),
            start_new_session=not terminal,  # else it asks on /dev/tty, and hangs where nobody answers
            timeout=None if terminal else TIME_LIMIT,
        )
    except FileNotFoundError:
        raise CouldNotError("ssh-keygen is not on PATH", help=_MISSING) from None
    except subprocess.TimeoutExpired:
        raise CouldNotError(
            f"ssh-keygen took longer than {TIME_LIMIT:.0f} s", help="a key that must be touched needs a terminal"
        ) from None
    except OSError as error:
        raise CouldNotError(f"ssh-keygen could not be started: {error.strerror}", help=_MISSING) from None


def _environment(terminal: bool) -> dict[str, str]:
    if terminal:
        return dict(os.environ)
    hidden = ("SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}


def _cannot_sign(key: str, stderr: bytes | None) -> CouldNotError:
    said = _last_line(stderr or b"")
    if "passphrase" in said:
        private = key.removesuffix(".pub")
        return CouldNotError(
            "the key has a passphrase, and there is no terminal to ask for it",
            where=key,
            help=f"run `ssh-add {private}` first and name `{private}.pub` by --key",
        )
    if "agent" in said or "No private key" in said:
        return CouldNotError(
            f"the agent does not hold the key: {said}", where=key, help="run `ssh-add` with its private key"
        )
    return CouldNotError(f"ssh-keygen could not sign: {said}", where=key)


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it did not say why"
