"""Code of the project that was not followed: the words of its text say which calls may be behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mlcheck.project.model import Code, Project

_NAME = re.compile(r"[^\W\d]\w*")
# What may call anything, by no name that stands there.
_ANYTHING = re.compile(
    r"(?<![.\w])(?:exec|eval|compile|globals)\(|__import__\((?!\s*[\"'])|\bimport_module\b|\brunpy\b"
    r"|\bgetattr\s*\(\s*(?:mlflow|fe|fs|client|dbutils|spark)\b"
)
_OWN_WAYS = re.compile(r"\bimport_module\b")
_REGISTRY = (
    "create_model_version",
    "create_registered_model",
    "log_model",
    "load_model",
    "register_model",
    "spark_udf",
)
_LOGS = ("log_artifact", "log_dict", "log_figure", "log_input", "log_metric", "log_metrics", "log_model", "log_param")
# Calls that decide what others come to: where one may be behind, so may these.
_DECIDES: dict[str, tuple[str, ...]] = {
    "set_registry_uri": (*_REGISTRY, "score_batch", "set_registered_model_alias", "transition_model_version_stage"),
    "set_tracking_uri": (*_REGISTRY, "create_experiment", "set_experiment"),
    "start_run": (*_LOGS, "autolog", "log_params", "log_text", "set_experiment", "set_tag", "set_tags"),
    "end_run": (*_LOGS, "log_params", "log_text", "set_tag", "set_tags"),
    "autolog": (*_LOGS, "log_params"),
    "set_experiment": ("create_experiment", "start_run"),
}
_IMPORTS = re.compile(r"(?m)^[ \t]*(?:from[ \t]+(\S+)[ \t]+import\b|import[ \t]+([\w., \t]+))")
# Whatever is not followed may fail, be taken or end the run, and import: these are asked about with it.
_HANDLES = ("except", "suppress", "exit", "_exit", "import_module", "__import__")
_DEFINES = re.compile(r"\b(?:def|class)[ \t]+([^\W\d]\w*)")
_ASSIGNS = re.compile(
    r"(?m)^[ \t]*(?:(?:(?:async[ \t]+)?def|class|global)[ \t]+([^\W\d]\w*)|(?:async[ \t]+)?for[ \t]+([^\W\d]\w*)"
    r"|([^\W\d]\w*)[ \t]*(?::[^=\n]*)?[-+*/|]?=(?!=))"
)


def words_in(texts: Iterable[str], unless: re.Pattern[str] = _ANYTHING) -> frozenset[str] | None:
    """The names in texts of code, with those that these decide of; None where they may call anything."""
    names = set(_HANDLES)
    for text in texts:
        if unless.search(text):
            return None
        names.update(_NAME.findall(text))
    for word, others in _DECIDES.items():
        if word in names:
            names.update(others)
    return frozenset(names)


def imported(text: str) -> Iterator[str]:
    """The modules that a text of code imports by statements, parsed or not; a relative one with its dots."""
    for module, several in _IMPORTS.findall(text):
        if module:
            yield module
        yield from (one.split()[0] for one in several.split(",") if one.strip())


def words_of_modules(project: Project) -> frozenset[str] | None:
    """The words of all that the project's own modules may do: what an import by an unknown name may bring.

    What lies below a hidden folder (`.test`) has no name that an import can give.
    """
    modules = (one for one in project.code.values() if one.kind == "module" and not f"/{one.path}".count("/."))
    return words_in(_OWN_WAYS.sub("", one.text) for one in modules)


def words_of_code(codes: Iterable[Code]) -> frozenset[str] | None:
    """The words of all that files hold, of which nothing was followed."""
    return words_in(text for one in codes for text in (one.text, *(magic.argument for magic in one.magics)))


def words_of_broken(code: Code, lines: Iterable[int], taken_in: Sequence[Code] | None) -> frozenset[str] | None:
    """The words of a module, or of the cells of a notebook, that do not parse; None where all may hang on them.

    `lines` are where, from 1. With the words of all its code, where a broken cell names a function or
    class of it. `taken_in` is the project's other code that it takes in, with all that this takes in;
    None where not all of it is known. All hangs on a broken cell that gives a value to a name that has
    one from elsewhere.
    """
    text_lines = code.text.split("\n")
    cells = {cell for cell in code.cells for line in lines if cell.first <= line <= cell.last}
    if taken_in is None or (code.kind == "notebook" and not cells):
        return None
    if code.kind == "module":  # nothing of it is read
        return words_of_code([code, *taken_in])
    broken = "\n".join("\n".join(text_lines[cell.first - 1 : cell.last]) for cell in cells)
    others = "\n".join("\n".join(text_lines[cell.first - 1 : cell.last]) for cell in code.cells if cell not in cells)
    if not _assigned(broken).isdisjoint(_assigned("\n".join((others, *(one.text for one in taken_in))))):
        return None
    texts = [text for one in (code, *taken_in) for text in (one.text, *(magic.argument for magic in one.magics))]
    own = {name for text in texts for name in _DEFINES.findall(text)}
    calls_own = not own.isdisjoint(_NAME.findall(broken))
    return words_in([broken, *texts] if calls_own else [broken])


def _assigned(text: str) -> set[str]:
    return {name for names in _ASSIGNS.findall(text) for name in names if name}
