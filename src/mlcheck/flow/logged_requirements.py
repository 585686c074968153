"""The requirements that a model is logged with, where its `log_model` is told them.

Source: mlflow 3.17.2, executed: `pip_requirements` are kept as given; `get_default_pip_requirements` gives pins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.values import Const, DictValue, ListValue, Made, Text, Value, parts_of
from mlcheck.project.conda_files import as_pip
from mlcheck.project.environment import requirement_list
from mlcheck.project.model import Environment
from mlcheck.project.place import Place

# What gives requirements with the versions that are installed, or that a model has.
_PINNED = frozenset({"get_default_pip_requirements", "get_default_conda_env", "get_model_dependencies"})


@dataclass(frozen=True, slots=True)
class Logged:
    """What a model is logged with; no environment where it can't be told. `pinned`: the call that pins them all."""

    environment: Environment | None
    pinned: str = ""


def logged_requirements(call: CallSeen) -> Logged | None:
    """The requirements of a `log_model`, None where MLflow is left to infer them, which it pins."""
    for keyword, read in (("pip_requirements", _pip), ("conda_env", _conda)):
        given = call.keywords.get(keyword)
        if given is None or given == Const(None):
            continue
        made = given.call if isinstance(given, Made) else None
        if made is not None and (made.method in _PINNED or made.method == "download_artifacts"):
            return Logged(None, made.method)
        return Logged(read(given, call.place))
    return None


def _pip(given: Value, place: Place) -> Environment | None:
    match given:
        case ListValue(items=items, open=False) if all(_text(item) for item in items):
            return requirement_list([(_text(item), place) for item in items], "pip", place.path)
        case Const(value=str(path)):
            return requirement_list([(f"-r {path}", place)], "pip", place.path)
        case _:
            return None


def _conda(given: Value, place: Place) -> Environment | None:
    if not isinstance(given, DictValue) or given.open:
        return _pip(given, place) if isinstance(given, Const) else None
    dependencies = given.entries.get("dependencies")
    if not isinstance(dependencies, ListValue) or dependencies.open:
        return None
    texts = list(_specifications(dependencies))
    if not all(texts):
        return None
    return requirement_list(as_pip((text, place) for text in texts), "pip", place.path)


def _specifications(dependencies: ListValue) -> Iterator[str]:
    """Conda's specifications, those of the pip part marked; "" for one that is not known."""
    for item in dependencies.items:
        pip = item.entries.get("pip") if isinstance(item, DictValue) and not item.open else None
        if isinstance(pip, ListValue) and not pip.open:
            yield from (f"pip:{_text(one)}" if _text(one) else "" for one in pip.items)
        else:
            yield _text(item)


def _text(value: Value) -> str:
    """A requirement as written; after `=` any version is a pin, so one that only a run knows stands as 0."""
    text = ""
    for part in parts_of(value) if isinstance(value, (Const, Text)) else ():
        text += part if isinstance(part, str) else ("0" if text.endswith("=") else "{}")
    return text
