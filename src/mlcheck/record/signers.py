"""`.mlcheck/allowed_signers`: who may sign, in OpenSSH's format.

ssh-keygen reads the file again when it verifies; here it is read so that a
refusal can say why, and so that no pattern of names passes for a person.
Source: ssh-keygen(1), ALLOWED SIGNERS, read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from mlcheck.errors import ConfigurationError
from mlcheck.printable import suggestion
from mlcheck.record.sshsig import fingerprint

_OPTIONS = ("cert-authority", "namespaces", "valid-after", "valid-before")
_OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"]*)"|=([^",\s]*))?(?:,|$)')
_FIELD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_KEY_TYPE = re.compile(r"(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)[A-Za-z0-9@.-]+\Z")
_MOMENT = re.compile(r"([0-9]{8})([0-9]{4}(?:[0-9]{2})?)?(Z?)\Z")


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """One line: principals in full or as patterns, the key's fingerprint, options."""

    principals: tuple[str, ...]
    fingerprint: str
    options: Mapping[str, str]
    line: str

    @property
    def people(self) -> tuple[str, ...]:
        """Its principals that are one person's name, none where any of them is a pattern."""
        if any(re.search(r"[*?!]", principal) for principal in self.principals):
            return ()
        return self.principals

    @property
    def is_authority(self) -> bool:
        return "cert-authority" in self.options

    def valid_at(self, now: datetime) -> bool:
        """Whether `now` is within `valid-after` and `valid-before`."""
        after, before = self.options.get("valid-after"), self.options.get("valid-before")
        return (after is None or _moment(after) <= now) and (before is None or now <= _moment(before))


@dataclass(frozen=True, slots=True)
class AllowedSigners:
    """The file: its lines in order."""

    signers: tuple[AllowedSigner, ...]

    def of_key(self, key: str) -> tuple[AllowedSigner, ...]:
        """The lines of a key, certificate authorities left out."""
        return tuple(one for one in self.signers if one.fingerprint == key and not one.is_authority)

    def people(self) -> tuple[str, ...]:
        """Every person who is named, each once."""
        return tuple(dict.fromkeys(name for one in self.signers if not one.is_authority for name in one.people))

    def text_of(self, signers: tuple[AllowedSigner, ...]) -> str:
        """A file of these lines alone."""
        return "".join(one.line + "\n" for one in signers)


def read_allowed_signers(data: bytes, path: str) -> AllowedSigners:
    """The file's lines. Raises ConfigurationError with the line that is none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("not UTF-8", where=f"{path}:{line}") from None
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), 1))
    return AllowedSigners(tuple(_signer(line, f"{path}:{number}") for number, line in lines if line and line[0] != "#"))


def _signer(line: str, where: str) -> AllowedSigner:
    fields = _FIELD.findall(line)
    options = fields[1] if len(fields) > 3 and not _KEY_TYPE.match(fields[1]) else ""
    rest = fields[2:] if options else fields[1:]
    if len(rest) < 2 or not _KEY_TYPE.match(rest[0]):
        raise ConfigurationError(
            "not a line of allowed signers",
            where=where,
            help='write `principal namespaces="mlcheck-signoff" ssh-ed25519 AAAA…` on one line',
        )
    try:
        key = base64.b64decode(rest[1], validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError("the key is not base64", where=where, help="copy it whole") from None
    principals = tuple(name for name in fields[0].strip('"').split(",") if name)
    return AllowedSigner(principals, fingerprint(key), _options(options, where), line)


def _options(text: str, where: str) -> dict[str, str]:
    options: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _OPTION.match(text, position)
        if match is None:
            raise ConfigurationError(f"options that are not readable: `{text}`", where=where)
        name = match.group(1).lower()
        if name not in _OPTIONS:
            raise ConfigurationError(f"unknown option `{name}`", where=where, help=suggestion(name, _OPTIONS))
        options[name] = match.group(2) or match.group(3) or ""
        position = match.end()
    for name in ("valid-after", "valid-before"):
        if name in options and _parsed(options[name]) is None:
            raise ConfigurationError(f"`{name}` is no time", where=where, help=f'write {name}="20270331Z"')
    return options


def _moment(text: str) -> datetime:
    moment = _parsed(text)
    if moment is None:
        raise AssertionError("a time that was not checked on reading")
    return moment


def _parsed(text: str) -> datetime | None:
    """A time as ssh-keygen takes it: in UTC with a `Z`, else in the machine's zone."""
    match = _MOMENT.match(text)
    if match is None:
        return None
    date, time, utc = match.groups()
    try:
        moment = datetime.strptime(date + (time or "0000").ljust(6, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment.replace(tzinfo=timezone.utc) if utc else moment.astimezone()
