"""Autologging: where it is turned on and off, and what it then logs.

Source: mlflow 3.17, read: `mlflow.autolog` and the flavors' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.values import Const, Value, truth
from mlcheck.project.place import Place

# Flavors that trace, and log no training.
_TRACERS = frozenset(
    [
        "anthropic",
        "ag2",
        "agno",
        "autogen",
        "bedrock",
        "crewai",
        "dspy",
        "gemini",
        "groq",
        "haystack",
        "langchain",
        "litellm",
        "llama_index",
        "mistral",
        "openai",
        "pydantic_ai",
        "semantic_kernel",
        "smolagents",
        "strands",
    ]
)
# Flavors whose autologging logs the datasets that it sees.
_DATASETS = frozenset(["", "sklearn", "xgboost", "lightgbm", "tensorflow", "keras", "spark", "pyspark"])


@dataclass(frozen=True, slots=True)
class Autologging:
    """One call of `autolog`. `flavor` is "" for all; `on` None where it is not known."""

    call: CallSeen
    flavor: str
    on: bool | None
    datasets: bool
    signatures: bool
    models: bool

    @property
    def place(self) -> Place:
        return self.call.place


def autologging_of(entry: EntryFacts) -> Iterator[Autologging]:
    """The calls of `autolog` that concern training, in the order in which they were found."""
    for call in entry.calls("autolog"):
        parts = call.name.split(".")
        if parts[0] != "mlflow" or len(parts) > 4:
            continue
        flavor = parts[1] if len(parts) > 2 else ""
        if flavor in _TRACERS:
            continue
        off = call.argument("disable")
        known = Const(False) if off is None and not call.open else off
        yield Autologging(
            call,
            flavor,
            None if known is None or truth(known) is None else not truth(known),
            flavor in _DATASETS and _wanted(call.argument("log_datasets")),
            _wanted(call.argument("log_model_signatures")),
            _wanted(call.argument("log_models")),
        )


def _wanted(value: Value | None) -> bool:
    """Whether a flag of autologging, which is on unless it is turned off, surely is on."""
    return value is None or truth(value) is True
