"""What is installed: `%pip install`, requirements files and dependency lists, as requirements with places."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from mlcheck.project.model import Environment, NamedFile, NotUnderstood, Requirement
from mlcheck.project.place import Place

Source = Literal["pip", "requirements", "pyproject", "libraries", "environment"]

PINNING = frozenset({"==", "===", "~=", "<", "<="})

_SHORT_WITH_VALUE = "rcefitC"
_LONG_WITH_VALUE = re.compile(
    r"""requirement|constraint|editable|index-url|extra-index-url|find-links|target|prefix|root|src|python
    |platform|python-version|implementation|abi|proxy|timeout|default-timeout|retries|trusted-host|cert
    |client-cert|cache-dir|log|progress-bar|upgrade-strategy|no-binary|only-binary|config-settings
    |global-option|install-option|build-option|hash|report|exists-action|use-feature|use-deprecated
    |keyring-provider|resume-retries|root-user-action|group|build-constraint|pypi-url|extra-pypi-url""",
    re.VERBOSE,
)
_LONG_OF_SHORT = {"r": "requirement", "c": "constraint", "e": "editable"}
_COMMENT = re.compile(r"(?:^|\s)#.*")
_VARIABLE = re.compile(r"\$\{?\w|\{\w*|%\(\w+\)s")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?=\s*(?:[\[=<>!~;@]|\Z))")
_URL = re.compile(r"(?:[a-z]+\+)?[a-z][a-z0-9]*://", re.IGNORECASE)
_EGG = re.compile(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)")
_PATH = re.compile(r"[./~]|[A-Za-z]:\\|[^@\s]*\.(?:whl|zip|tar\.gz|egg|jar)(?:\[|\Z)|[^@\s<>=!~;]*/")
_SHELL_END = frozenset({"&&", "||", ";", "|", "&"})
_REDIRECTS = re.compile(r"[0-9&]?>{1,2}(?![=])")


@dataclass(slots=True)
class _Taken:
    requirements: list[Requirement] = field(default_factory=list)
    includes: list[NamedFile] = field(default_factory=list)
    not_understood: list[NotUnderstood] = field(default_factory=list)

    def environment(self, source: Source, path: str) -> Environment:
        return Environment(source, path, tuple(self.requirements), tuple(self.not_understood), tuple(self.includes))


def parse_pip(argument: str, place: Place) -> Environment:
    """The requirements of a `%pip` line: its argument, `install -q mlflow==3.1`.

    Any other command than `install` installs nothing. Files that `-r` and `-c`
    name are in `includes`, as written.
    """
    taken = _Taken()
    for words in _commands(argument):
        if "install" in words:
            _take_words(words[words.index("install") + 1 :], place, taken)
    return taken.environment("pip", place.path)


def parse_requirements(text: str, path: str) -> Environment:
    """The requirements of a requirements file, each at its line."""
    taken = _Taken()
    for number, line in _logical_lines(text):
        stripped = _COMMENT.sub("", line).strip()
        if not stripped:
            continue
        start = line.index(stripped[0]) + 1
        place = Place(path, number, start, number, start + len(stripped))
        if stripped.startswith("-"):
            _take_words(_words(stripped), place, taken)
        else:
            _take(re.split(r"\s--?[A-Za-z]", stripped, maxsplit=1)[0].strip(), place, taken)
    return taken.environment("requirements", path)


def requirement_list(given: Iterable[tuple[str, Place]], source: Source, path: str) -> Environment:
    """Requirements given one by one, each as a requirements file's line."""
    taken = _Taken()
    for text, place in given:
        if text.strip().startswith("-"):
            _take_words(_words(text), place, taken)
        elif text.strip():
            _take(text.strip(), place, taken)
    return taken.environment(source, path)


def with_includes(environment: Environment, files: Mapping[str, Environment]) -> Environment:
    """The environment with the requirements of the files that it names, and theirs, where they are known.

    A requirement that a constraints file pins counts as pinned. A file that is
    not in the project is in `not_understood`.
    """
    requirements = list(environment.requirements)
    missing = list(environment.not_understood)
    constraints: dict[str, bool] = {}
    waiting, seen = [(environment, named) for named in environment.includes], set()
    while waiting:
        holder, named = waiting.pop(0)
        path = _beside(holder.path, named.path)
        found = files.get(path) if path is not None else None
        if found is None:
            known_later = "$" in named.path or "{" in named.path
            why = "is known only when it runs" if known_later else "is not in the project"
            missing.append(NotUnderstood(named.place, f"the requirements file {named.path} {why}"))
        elif path not in seen:
            seen.add(path)
            waiting += [(found, further) for further in found.includes]
            if named.constraint:
                constraints |= {one.name: True for one in found.requirements if one.name and one.pinned}
            else:
                requirements += found.requirements
                missing += found.not_understood
    pinned = [replace(one, pinned=True) if constraints.get(one.name or "") else one for one in requirements]
    return replace(environment, requirements=tuple(pinned), not_understood=tuple(missing), includes=())


def _beside(holder: str, path: str) -> str | None:
    """A path written in a file, as one of the project, or None where it is out of it."""
    if path.startswith(("/", "~")) or "://" in path:
        return None
    parts: list[str] = []
    for part in (*PurePosixPath(holder).parent.parts, *path.split("/")):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


# --- words ------------------------------------------------------------------


def _commands(argument: str) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for word in _words(argument):
        if word in _SHELL_END:
            commands.append([])
        elif word.endswith(";"):
            commands[-1].append(word[:-1])
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def _words(text: str) -> list[str]:
    uncommented = _COMMENT.sub("", text)
    try:
        return shlex.split(uncommented)
    except ValueError:  # a quote that is not closed
        return [word.strip("\"'") for word in uncommented.split()]


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Lines with their continuations joined, each with its first line's number."""
    held: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), start=1):
        if not held:
            first = number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            held.append(line[:-1])
            continue
        yield first, "".join([*held, line])
        held = []
    if held:
        yield first, "".join(held)


def _take_words(words: Sequence[str], place: Place, taken: _Taken) -> None:
    """Options and requirements as pip reads them after `install`."""
    index, only_requirements = 0, False
    while index < len(words):
        word = words[index]
        index += 1
        if word == "--":
            only_requirements = True
        elif _REDIRECTS.match(word):
            index += 1 if _REDIRECTS.fullmatch(word) else 0
        elif word.startswith("-") and len(word) > 1 and not only_requirements:
            option, value = _option(word)
            if value is None and option is not None and index < len(words):
                value = words[index]
                index += 1
            _take_option(option, value, place, taken)
        elif word:
            _take(word, place, taken)


def _option(word: str) -> tuple[str | None, str | None]:
    """The option that wants a value and the value where it is in the same word; no option where none does."""
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        return (name, value if equals else None) if _LONG_WITH_VALUE.fullmatch(name) else (None, None)
    for position, letter in enumerate(word[1:], start=2):
        if letter in _SHORT_WITH_VALUE:
            return _LONG_OF_SHORT.get(letter, letter), word[position:].removeprefix("=") or None
    return None, None


def _take_option(option: str | None, value: str | None, place: Place, taken: _Taken) -> None:
    if option in ("requirement", "constraint") and value:
        taken.includes.append(NamedFile(value, place, constraint=option == "constraint"))
    elif option == "editable" and value:
        _take(value, place, taken)


# --- one requirement -----------------------------------------------------------


def _take(text: str, place: Place, taken: _Taken) -> None:
    requirement = _requirement(text, place)
    if requirement is None:
        taken.not_understood.append(NotUnderstood(place, f"not a requirement: {text[:80]}"))
    else:
        taken.requirements.append(requirement)


def _requirement(text: str, place: Place) -> Requirement | None:
    """One requirement, or None where it is none that pip reads."""
    if _VARIABLE.search(text):
        name = _NAME.match(text)
        return Requirement(text, canonicalize_name(name.group()) if name else None, None, place)
    if _URL.match(text):
        egg = _EGG.search(text)
        name_of = egg.group(1) if egg else _wheel_name(text.split("#")[0])
        return Requirement(text, canonicalize_name(name_of) if name_of else None, True, place)
    if _PATH.match(text):
        wheel = _wheel_name(text)
        return Requirement(text, canonicalize_name(wheel) if wheel else None, True, place)
    try:
        parsed = Parsed(text)
    except InvalidRequirement:
        return None
    pinned = parsed.url is not None or any(one.operator in PINNING for one in parsed.specifier)
    return Requirement(text, canonicalize_name(parsed.name), pinned, place)


def _wheel_name(path: str) -> str | None:
    try:
        return parse_wheel_filename(path.rsplit("/", 1)[-1])[0]
    except InvalidWheelFilename:
        return None
