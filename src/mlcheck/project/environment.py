"""What is installed: `%pip install`, requirements files and dependency lists, as requirements with places."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
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
_EXTRAS = re.compile(r"\[([^\]]*)\]\Z")
_WHEEL_START = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-")
_UPGRADING = frozenset({"--upgrade", "--force-reinstall", "--ignore-installed"})
# The Pythons that a marker is asked about, on Linux.
_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")


@dataclass(slots=True)
class _Taken:
    requirements: list[Requirement] = field(default_factory=list)
    includes: list[NamedFile] = field(default_factory=list)
    not_understood: list[NotUnderstood] = field(default_factory=list)
    upgrades: bool = False

    def environment(self, source: Source, path: str) -> Environment:
        return Environment(
            source, path, tuple(self.requirements), tuple(self.not_understood), tuple(self.includes), self.upgrades
        )


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
            taken.upgrades = taken.upgrades or _upgrades(word)
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


def _upgrades(word: str) -> bool:
    """Whether an option has pip take the newest of what is there already: `-U`, `-qU`, `--upgrade`."""
    if word.startswith("--"):
        return word in _UPGRADING
    flags = word[1 : next((at for at, letter in enumerate(word) if letter in _SHORT_WITH_VALUE), len(word))]
    return "U" in flags or "I" in flags


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
    elif requirement is not _NEVER:
        taken.requirements.append(requirement)


_NEVER = Requirement("", None, True, Place("", 1))  # what no Linux installs


def _requirement(text: str, place: Place) -> Requirement | None:
    """One requirement, or None where it is none that pip reads."""
    if _VARIABLE.search(text):
        return _with_variable(text, place)
    if _URL.match(text):
        egg = _EGG.search(text)
        name_of = egg.group(1) if egg else _wheel_name(text.split("#")[0])
        return Requirement(text, canonicalize_name(name_of) if name_of else None, True, place)
    if _PATH.match(text):
        return _path(text, place)
    try:
        parsed = Parsed(text)
    except InvalidRequirement:
        return None
    applies = _applies(parsed.marker)
    if applies is False:
        return _NEVER
    pinned = parsed.url is not None or any(one.operator in PINNING for one in parsed.specifier)
    return Requirement(
        text,
        canonicalize_name(parsed.name),
        pinned,
        place,
        str(parsed.specifier),
        tuple(sorted(parsed.extras)),
        applies is None,
    )


def _with_variable(text: str, place: Place) -> Requirement:
    """A requirement that a run completes: a wheel is one version by nature, any other's is not known."""
    path = _PATH.match(text) is not None or "/" in text
    if text.endswith(".whl"):
        start = _WHEEL_START.match(text.rpartition("/")[2])
        name = canonicalize_name(start.group(1)) if start else None
        return Requirement(text, name, True, place, target=text)
    found = None if path else _NAME.match(text)
    name = canonicalize_name(found.group()) if found else None
    return Requirement(text, name, None, place, target=text if path or name is None else None)


def _path(text: str, place: Place) -> Requirement:
    """A folder, a wheel or an archive, with the extras that it is asked for."""
    asked = _EXTRAS.search(text)
    target = text[: asked.start()] if asked else text
    extras = tuple(sorted(one.strip() for one in asked.group(1).split(",") if one.strip())) if asked else ()
    wheel = _wheel_name(target)
    return Requirement(text, canonicalize_name(wheel) if wheel else None, True, place, "", extras, False, target)


def _applies(marker: Marker | None) -> bool | None:
    """Whether a marker holds on Linux: always, never, or (None) with some Pythons only."""
    if marker is None:
        return True
    answers = set()
    for version in _PYTHONS:
        linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
        world = {"python_version": version, "python_full_version": f"{version}.0", **linux}
        try:
            answers.add(marker.evaluate(world))
        except (UndefinedComparison, UndefinedEnvironmentName, ValueError):
            return None
    return answers.pop() if len(answers) == 1 else None


def _wheel_name(path: str) -> str | None:
    try:
        return parse_wheel_filename(path.rsplit("/", 1)[-1])[0]
    except InvalidWheelFilename:
        return None
