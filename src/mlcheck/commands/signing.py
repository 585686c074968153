"""Who signs, with which key, and the signature itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlcheck.errors import MlcheckError, UsageError
from mlcheck.git.repository import Repository
from mlcheck.record import sign
from mlcheck.record.trust import Trust
from mlcheck.walk.terminal_kind import has_terminal


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key as ssh-keygen is given it, its fingerprint, and whose it is."""

    key: str
    fingerprint: str
    principal: str
    name: str

    def shown(self) -> str:
        return f"{self.principal}, key {self.fingerprint}"


def signing_key(
    repository: Repository, key: str | None, principal: str | None, environment: Mapping[str, str]
) -> SigningKey:
    """The key named, else git's `user.signingkey`; the principal named, else git's `user.email`.

    Raises UsageError where there is none; where CI is set a key is taken only if it is named.
    """
    chosen = key or _configured_key(repository, environment)
    who = principal or repository.config("user.email")
    if not who:
        raise UsageError("no principal to sign as", help="name one by --principal, or set git's user.email")
    name = "" if principal else repository.config("user.name") or ""
    return SigningKey(chosen, sign.key_fingerprint(chosen), who, name)


def _configured_key(repository: Repository, environment: Mapping[str, str]) -> str:
    if environment.get("CI"):
        raise UsageError("no key is taken by itself where CI is set", help="name one by --key")
    configured = repository.config("user.signingkey") if repository.config("gpg.format") == "ssh" else None
    if not configured:
        raise UsageError(
            "no key to sign with",
            help="name one by --key FILE, or set git's gpg.format to ssh and user.signingkey",
        )
    return configured


def is_trusted(signer: SigningKey, trust: Trust) -> bool:
    """Whether the base's allowed signers have the key.

    Raises UsageError where they have it under other names than the principal.
    """
    people = [name for line in trust.signers.of_key(signer.fingerprint) for name in line.people]
    if people and signer.principal not in people:
        raise UsageError(
            f"the base's allowed signers have this key as {', '.join(people)}, not as {signer.principal}",
            help=f"this key is {people[0]}'s: add --principal {people[0]}",
        )
    return bool(people)


def signed(payload: bytes, signer: SigningKey) -> bytes:
    """The envelope's bytes. ssh-keygen may ask on the terminal where there is one."""
    try:
        return sign.sign(payload, signer.key, terminal=has_terminal())
    except MlcheckError as error:
        kept = "the answers are kept: run the same command again"
        error.help = f"{error.help}; {kept}" if error.help else kept
        raise
