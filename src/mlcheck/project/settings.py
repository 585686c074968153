"""The settings that say how code is read: `[tool.mlcheck]` in pyproject.toml, or mlcheck.toml."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from mlcheck.errors import ConfigurationError
from mlcheck.printable import suggestion
from mlcheck.project.model import Settings
from mlcheck.project.tree import Tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SEVERITIES = ("error", "warning", "info")
IMPORTS = ("importable", "inline-only")
DEPLOYED_BY = ("bundle", "git-folder")
KEYS = ("schemas", "exclude", "severity", "imports", "deployed_by")

_OWN_FILE = "mlcheck.toml"
_SHARED_FILE = "pyproject.toml"
_OF_THE_REPOSITORY = ("repo", "policy", "record")  # tables of .mlcheck/config.toml


def read_settings(tree: Tree) -> Settings:
    """The project's settings, or the defaults where it has none.

    Raises ConfigurationError with the line: both files, broken TOML, an
    unknown key, a value of the wrong type. Check names in `severity` are
    validated by who knows them.
    """
    listed = set(tree.list())
    own = _table(tree, _OWN_FILE) if _OWN_FILE in listed else None
    shared = _table(tree, _SHARED_FILE) if _SHARED_FILE in listed else None
    if own is not None and shared is not None:
        raise ConfigurationError(
            "[tool.mlcheck] and mlcheck.toml both set how code is read",
            where=_OWN_FILE,
            help="keep one of them",
        )
    return own or shared or Settings()


def _table(tree: Tree, path: str) -> Settings | None:
    """The settings in one file, or None where it is a pyproject.toml without our table."""
    try:
        text = tree.read(path).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"not UTF-8 at byte {error.start}", where=path) from None
    if path == _SHARED_FILE and "mlcheck" not in text:
        return None
    document = read_toml(text, path)
    if path == _OWN_FILE:
        return _settings(document, path, text)
    tool = document.get("tool")
    table = tool.get("mlcheck") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigurationError("`tool.mlcheck` is not a table", where=f"{path}:{_line_of(text, 'mlcheck')}")
    return _settings(table, path, text)


def read_toml(text: str, path: str) -> dict[str, Any]:
    """A TOML document; raises ConfigurationError with the line."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
        return document
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
        line = found.group(1) if found and found.group(1) else text.count("\n") + 1
        what = message[: found.start()] if found else message
        raise ConfigurationError(f"not TOML: {what}", where=f"{path}:{line}") from None
    except RecursionError:
        raise ConfigurationError("not TOML: nested too deep", where=path) from None


def _settings(table: Mapping[str, Any], path: str, text: str) -> Settings:
    for key in table:
        if key not in KEYS:
            raise ConfigurationError(
                f"unknown key `{key}`", where=f"{path}:{_line_of(text, key)}", help=_where_it_belongs(key)
            )
    return Settings(
        path=path,
        schemas=_strings(table, "schemas", path, text),
        exclude=_strings(table, "exclude", path, text),
        severity=_severity(table.get("severity", {}), path, text),
        imports=_choice(table, "imports", IMPORTS, path, text),
        deployed_by=_choice(table, "deployed_by", DEPLOYED_BY, path, text),
    )


def _where_it_belongs(key: str) -> str:
    if key in _OF_THE_REPOSITORY:
        return f"[{key}] belongs in .mlcheck/config.toml"
    return suggestion(key, KEYS)


def _strings(table: Mapping[str, Any], key: str, path: str, text: str) -> tuple[str, ...]:
    given = table.get(key, [])
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise ConfigurationError(
            f"`{key}` is not a list of globs",
            where=f"{path}:{_line_of(text, key)}",
            help=f'{key} = ["folder/**"]',
        )
    return tuple(given)


def _severity(given: Any, path: str, text: str) -> dict[str, str]:
    if not isinstance(given, dict):
        raise ConfigurationError(
            "`severity` is not a table of check names",
            where=f"{path}:{_line_of(text, 'severity')}",
            help='severity = {check-name = "info"}',
        )
    for check, value in given.items():
        if value not in SEVERITIES:
            raise ConfigurationError(
                f"severity of `{check}` is not one of {', '.join(SEVERITIES)}",
                where=f"{path}:{_line_of(text, check)}",
                help=suggestion(str(value), SEVERITIES),
            )
    return dict(given)


def _choice(table: Mapping[str, Any], key: str, allowed: tuple[str, ...], path: str, text: str) -> Any:
    value = table.get(key, allowed[0])
    if value not in allowed:
        raise ConfigurationError(
            f"`{key}` is not one of {', '.join(allowed)}",
            where=f"{path}:{_line_of(text, key)}",
            help=suggestion(str(value), allowed),
        )
    return value


def _line_of(text: str, key: str) -> int:
    """The line that gives a key of our table; TOML readers keep no positions."""
    start = re.search(r"^\s*\[\s*tool\s*\.\s*[\"']?mlcheck\b", text, re.MULTILINE)
    offset = start.start() if start else 0
    given = re.compile(rf"^(?:.*[\[\s.{{,\"'])?{re.escape(key)}[\"']?\s*(?:=|\.|\])", re.MULTILINE)
    found = given.search(text, offset) or given.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else 1
