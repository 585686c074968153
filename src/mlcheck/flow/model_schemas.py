"""The input schemas of models as training logs them, and what MLflow's enforcement makes of a frame at inference.

Source: mlflow 2.22 and 3.17, `mlflow.models.utils._enforce_schema`, executed (tests/oracle/test_model_schemas.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.model_inputs import features_of
from mlcheck.flow.pairs import name_ends
from mlcheck.flow.values import NONE, Made, Obj, Value

# What each dtype is in a signature that `infer_signature` makes of it.
_LOGGED = {
    "bool": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "uint8": "integer",
    "uint16": "integer",
    "int64": "long",
    "uint32": "long",
    "float32": "float",
    "float64": "double",
    "object:str": "string",
    "str:str": "string",
}
# What of each dtype passes for each type of a signature; what is not listed is refused.
_PASSES: Mapping[str, frozenset[str]] = {
    "int8": frozenset({"integer", "long", "double"}),
    "int16": frozenset({"integer", "long", "double"}),
    "int32": frozenset({"integer", "long", "double"}),
    "uint8": frozenset({"integer", "long", "double"}),
    "int64": frozenset({"long"}),
    "float32": frozenset({"float", "double"}),
    "float64": frozenset({"double"}),
    "bool": frozenset({"boolean"}),
    "object:str": frozenset({"string"}),
    "str:str": frozenset({"string"}),
    "category": frozenset(),
}
_TYPES = frozenset({"boolean", "integer", "long", "float", "double", "string"})


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model that a training registers: the columns that its signature is inferred from.

    `inputs` is None where they are not known; `why` then says so.
    """

    call: CallSeen
    names: frozenset[str]  # the last level of each name, in lower case
    inputs: Schema | None
    why: str = ""


def logged_models(entry: EntryFacts) -> Iterator[LoggedModel]:
    """The models that an entry point logs under a name."""
    for call in entry.calls("log_model"):
        name = call.argument("registered_model_name")
        if name is None or name == NONE:
            continue
        inputs, why = _inputs(call)
        yield LoggedModel(call, frozenset(name_ends(name)), inputs, why)


def _inputs(call: CallSeen) -> tuple[Schema | None, str]:
    signature = call.argument("signature")
    made = signature.call if isinstance(signature, Made) else signature.made if isinstance(signature, Obj) else None
    if made is not None and made.method == "infer_signature":
        return _followed(made.argument("model_input", 0))
    if signature is not None and signature != NONE:
        return None, "the signature was not followed"
    example = call.argument("input_example")
    if example is not None and example != NONE:
        return _followed(example)
    return None, "no signature is given with the model"


def _followed(value: Value | None) -> tuple[Schema | None, str]:
    schema = features_of(value)
    if schema is None:
        return None, "what the signature is inferred from was not followed"
    return schema, ""


def logged_type(kind: DataType | None) -> str | None:
    """The type of a column in a signature that is inferred from its dtype; None where that is not known."""
    found = {_LOGGED.get(_key(kind, name)) for name in kind.names} if isinstance(kind, Dtype) else {None}
    return found.pop() if len(found) == 1 else None


def _key(kind: Dtype, name: str) -> str:
    return f"{name}:{kind.holds}" if name in ("object", "str") else name


def passes(kind: DataType | None, wanted: str) -> bool | None:
    """Whether a column of a dtype passes MLflow's enforcement for a type; None where that is not known.

    A long passes for a double only where every value is 0, 1 or null: taken as refused.
    """
    if not isinstance(kind, Dtype) or wanted not in _TYPES:
        return None
    answers = {_passes(_key(kind, name), wanted) for name in kind.names}
    return answers.pop() if len(answers) == 1 else None


def _passes(dtype: str, wanted: str) -> bool | None:
    known = _PASSES.get(dtype)
    if dtype == "object:decimal":
        return None if wanted in ("boolean", "string") else wanted == "double"
    return wanted in known if known is not None else None


def required(schema: Schema) -> Iterator[Attribute]:
    """The columns of a signature that are surely in it, each by its name."""
    return (one for one in schema.attributes if one.name is not None and not one.perhaps)
