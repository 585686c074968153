"""The examples of declared checks, run: a bad one is found, a good one is seen and silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlcheck.checks import asked_imports, watched_words
from mlcheck.checks.base import Check, Finding, Seen, Verdict
from mlcheck.checks.declared.build import built
from mlcheck.checks.declared.model import BundleRule, CallRule, DeclaredCheck, ImportRule
from mlcheck.checks.examples import expected_of, files_of
from mlcheck.errors import ConfigurationError
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings
from mlcheck.project.place import Place

_HEADER = "# Databricks notebook source\n"


def wrong_examples(checks: Iterable[DeclaredCheck]) -> Iterator[ConfigurationError]:
    """A mistake, with its place in the pack, for each example that doesn't do what it says."""
    for declared in checks:
        check = built(declared)
        if declared.bad:
            yield from _bad(declared, check)
        if declared.good:
            yield from _good(declared, check)


def _bad(declared: DeclaredCheck, check: Check) -> Iterator[ConfigurationError]:
    files = _files(declared, declared.bad)
    found = {(one.place.path, one.place.line) for one in _run(check, files) if isinstance(one, Finding)}
    said = [one for one in expected_of(files) if one.check == declared.name]
    if not found:
        help = "make it break the rule, or mend the rule"
        yield _mistake(declared, "bad", f"`{declared.name}` finds nothing in its bad example", help)
    for one in said:
        if (one.path, one.line) not in found:
            places = ", ".join(f"{path}:{line}" for path, line in sorted(found)) or "nowhere"
            yield _at(declared, one.path, one.line, f"`{declared.name}` finds nothing here, but in {places}")
    for path, line in sorted(found - {(one.path, one.line) for one in said} if said else ()):
        what = f"`{declared.name}` finds {path}:{line} too, which the example doesn't say"
        yield _at(declared, path, line, what)


def _good(declared: DeclaredCheck, check: Check) -> Iterator[ConfigurationError]:
    files = _files(declared, declared.good)
    verdicts = _run(check, files)
    found = next((one for one in verdicts if isinstance(one, Finding)), None)
    if found is not None:
        what = f"`{declared.name}` finds something in its good example: {found.message}"
        help = "make it follow the rule, or mend the rule"
        yield _mistake(declared, "good", what, help, _line(declared, "good", found.place))
    elif not any(isinstance(one, Seen) for one in verdicts):
        unsure = next((f": {one.why}" for one in verdicts if not isinstance(one, (Finding, Seen))), "")
        what = f"`{declared.name}` sees nothing that it can pass in its good example{unsure}"
        yield _mistake(declared, "good", what, "show what the rule is about")


def _run(check: Check, files: Mapping[str, str]) -> tuple[Verdict, ...]:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    project = load_project(tree, Settings(), check.files)
    return tuple(check.run(evaluate_project(project, watched_words([check]), asked_imports([check]))))


def _files(declared: DeclaredCheck, example: str) -> dict[str, str]:
    """An example's files. Code without a name is a notebook, and begins as one."""
    in_code = isinstance(declared.rule, (CallRule, ImportRule))
    first = "databricks.yml" if isinstance(declared.rule, BundleRule) else "notebook.py" if in_code else "file.txt"
    files = files_of(f"{example}\n", first)
    text = files.get("notebook.py", "")
    if in_code and not example.startswith("# file:") and not text.startswith(_HEADER):
        files["notebook.py"] = _HEADER + text
    return files


def _line(declared: DeclaredCheck, key: str, place: Place) -> int:
    return _pack_line(declared, key, place.path, place.line)


def _pack_line(declared: DeclaredCheck, key: str, path: str, line: int) -> int:
    """The pack's line of an example's line: of a block of several lines, each has its own."""
    start = declared.places[key]
    example = declared.bad if key == "bad" else declared.good
    if start.end_line <= start.line:
        return start.line
    files = _files(declared, example)
    lines = example.split("\n")
    text = files.get(path, "").split("\n")
    if not 1 <= line <= len(text) or text[line - 1] not in lines:
        return start.line
    marker = f"# file: {path}"
    first = lines.index(marker) + 1 if marker in lines else 0
    return start.line + 1 + lines.index(text[line - 1], first)


def _at(declared: DeclaredCheck, path: str, line: int, what: str) -> ConfigurationError:
    help = "move the `# error:` comment to where it is found, or mend the rule"
    return _mistake(declared, "bad", what, help, _pack_line(declared, "bad", path, line))


def _mistake(declared: DeclaredCheck, key: str, what: str, help: str, line: int | None = None) -> ConfigurationError:
    place = declared.places[key]
    return ConfigurationError(what, where=f"{place.path}:{line or place.line}", help=help)
