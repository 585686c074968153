"""Poetry's dependencies, in Poetry's own way to say a version: `^1.2`, `~1.2`, `1.2.*`, `1.2`.

Source: Poetry's documentation, "Dependency specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from mlcheck.project.model import Requirement
from mlcheck.project.place import Place


def poetry_requirements(dependencies: Mapping[str, Any], text: str, path: str) -> Iterator[Requirement]:
    """What `[tool.poetry.dependencies]` installs by default, each at its line."""
    for name, given in dependencies.items():
        if name == "python" or (isinstance(given, dict) and given.get("optional")):
            continue
        version = given.get("version") if isinstance(given, dict) else given
        extras = given.get("extras") if isinstance(given, dict) else None
        written = f"{name} {version}" if isinstance(version, str) else name
        yield Requirement(
            written,
            canonicalize_name(name),
            _pinned(given, version),
            Place(path, _line(name, text)),
            _specifier(version) if isinstance(version, str) else "",
            tuple(sorted(one for one in extras or () if isinstance(one, str))) if isinstance(extras, list) else (),
            isinstance(given, dict) and "python" in given,
            given["path"] if isinstance(given, dict) and isinstance(given.get("path"), str) else None,
        )


def _line(name: str, text: str) -> int:
    found = re.search(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*[=.]", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _pinned(given: Any, version: Any) -> bool | None:
    """Whether a constraint has an upper bound: `^1.2`, `~1.2`, `1.2.*` and `1.2` have one."""
    if not isinstance(version, str):
        return True if isinstance(given, dict) and {"git", "path", "url", "file"} & given.keys() else None
    bounds = [part.strip() for part in version.split(",")]
    return any(bound[:1] in "^~=<" or bound[:1].isdigit() for bound in bounds if bound)


def _specifier(version: str) -> str:
    """A constraint as PEP 440 says it, "" where it can't be."""
    parts = [_part(part.strip()) for part in version.split(",") if part.strip() not in ("", "*")]
    try:
        return str(SpecifierSet(",".join(parts)))
    except InvalidSpecifier:
        return ""


def _part(bound: str) -> str:
    caret = re.fullmatch(r"\^\s*(\d+(?:\.\d+)*)", bound)
    if caret:
        return f">={caret.group(1)},<{_next([int(one) for one in caret.group(1).split('.')])}"
    tilde = re.fullmatch(r"~\s*(\d+(?:\.\d+)*)", bound)
    if tilde:
        numbers = [int(one) for one in tilde.group(1).split(".")]
        upper = [*numbers[:1], numbers[1] + 1] if len(numbers) > 1 else [numbers[0] + 1]
        return f">={tilde.group(1)},<{'.'.join(map(str, upper))}"
    return f"=={bound}" if bound[:1].isdigit() else bound


def _next(numbers: list[int]) -> str:
    """The first version that `^` leaves out: the leftmost part that is not 0 goes up by one."""
    for index, number in enumerate(numbers):
        if number or index == len(numbers) - 1:
            return ".".join(str(one) for one in [*numbers[:index], number + 1])
    return "1"
