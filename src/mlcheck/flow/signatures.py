"""Which sides a logged model's signature has, as far as the call and what reaches it say.

Sources: mlflow 2.5 to 3.17, the flavors' `save_model`, read: an input example alone gives both sides from 2.5 on
(2.8 for pyfunc, never for onnx and keras); some flavors have a signature of their own; mlflow 3.17, executed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from packaging.version import Version

from mlcheck.flow.attributes import class_attribute, library_base
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.values import (
    NONE,
    Const,
    DictValue,
    Function,
    Instance,
    Made,
    Obj,
    Value,
    options_of,
    origins_of,
)
from mlcheck.knowledge.library_calls import releases, signature
from mlcheck.project.place import Place

Sides = Literal["both", "inputs", "none", "unknown"]

_SIGNATURE = "mlflow.models.ModelSignature"
_INFERS = "mlflow.models.infer_signature"
# Flavors that bring a signature of their own, or infer one from the model.
_OF_THEIR_OWN = frozenset(
    ["transformers", "langchain", "openai", "sentence_transformers", "llama_index", "dspy", "diffusers", "johnsnowlabs"]
)
_NOT_FROM_EXAMPLE = frozenset(["onnx", "keras", "fastai", "spacy", "mleap", "diviner", "promptflow", "gluon"])
# Kinds of model whose signature is fixed.
_AGENTS = ("ChatModel", "ChatAgent", "ResponsesAgent")


@dataclass(frozen=True, slots=True)
class Signed:
    """The sides of a signature, why, and where it was made."""

    sides: Sides
    why: str
    place: Place | None = None


def signed(call: CallSeen) -> Iterator[Signed]:
    """What the signature of a logged model is, for each value that may reach the call."""
    given = call.argument("signature", _position(call, "signature"))
    if given is None and call.open:
        yield Signed("unknown", "`signature` may come from `*` or `**`")
        return
    for option in options_of(given if given is not None else NONE):
        yield _without(call) if option == NONE else _of_value(option)


def _position(call: CallSeen, name: str) -> int | None:
    """Where an argument stands among the positions of a flavor's `log_model`."""
    taken = signature("mlflow", call.name, releases("mlflow")[-1])
    names = taken.positional if taken is not None else ()
    return names.index(name) if name in names else None


def _of_value(value: Value) -> Signed:
    """A signature that was given."""
    if isinstance(value, Const):
        return (
            Signed("none", f"`signature` is {value.value}") if value.value is False else Signed("unknown", "no object")
        )
    made = value.call if isinstance(value, Made) else value.made if isinstance(value, Obj) else None
    if made is not None and made.name == f"{_SIGNATURE}.from_dict":
        return _of_dict(made, made.argument("signature_dict", 0))
    if made is None or made.name not in (_INFERS, _SIGNATURE):
        return Signed("unknown", "where the signature comes from is not known")
    inputs, outputs = ("model_input", "model_output") if made.name == _INFERS else ("inputs", "outputs")
    first, second = made.argument(inputs, 0), made.argument(outputs, 1)
    if isinstance(value, Obj):
        first, second = value.data.get("inputs", first), value.data.get("outputs", second)
    if made.open:
        return Signed("unknown", f"what `{made.method}` is given may come from `*` or `**`", made.place)
    if second is None or second == NONE:
        kind: Sides = "none" if first is None or first == NONE else "inputs"
        return Signed(kind, f"`{made.method}` is given no {outputs}", made.place)
    if any(option == NONE for option in options_of(second)):
        return Signed("unknown", f"the {outputs} may be None", made.place)
    return Signed("both", f"`{made.method}` is given both sides", made.place)


def _of_dict(made: CallSeen, given: Value | None) -> Signed:
    """`ModelSignature.from_dict`: its sides are the dict's keys."""
    if not isinstance(given, DictValue) or given.open:
        return Signed("unknown", "what the signature is made from is not known", made.place)
    sides = [given.entries.get(side, NONE) != NONE for side in ("inputs", "outputs")]
    if all(sides):
        return Signed("both", "the dict has both sides", made.place)
    return Signed("unknown" if sides[1] else "inputs", "the dict has one side", made.place)


def _without(call: CallSeen) -> Signed:
    """No signature: an input example, the flavor, or the model itself may bring one."""
    flavor = call.name.split(".")[1]
    if flavor in _OF_THEIR_OWN:
        return Signed("unknown", f"the flavor `{flavor}` infers a signature by itself")
    example = call.argument("input_example", _position(call, "input_example"))
    if example is not None and any(option == NONE for option in options_of(example)):
        example = None if example == NONE else example
        if example is not None:
            return Signed("unknown", "the input example may be None")
    if example is None and call.open:
        return Signed("unknown", "an input example may come from `*` or `**`")
    if flavor == "pyfunc":
        own = _of_python_model(call.argument("python_model", _position(call, "python_model")))
        if own is not None:
            return own
    if example is None:
        return Signed("none", "neither a signature nor an input example is given")
    if flavor in _NOT_FROM_EXAMPLE:
        return Signed("unknown", f"whether `{flavor}` infers a signature from an input example is not known")
    return Signed("both", "inferred from the input example")


def infers_from_example(call: CallSeen, oldest: Version) -> bool:
    """Whether a release infers a signature from an input example."""
    return oldest >= Version("2.8" if call.name.startswith("mlflow.pyfunc.") else "2.5")


def _of_python_model(model: Value | None) -> Signed | None:
    """What a Python model brings: the fixed signature of its kind, or type hints; None where neither."""
    match model:
        case Instance(cls=cls):
            base = (library_base(cls) or "").rpartition(".")[2]
            if base in _AGENTS:
                return Signed("both", f"a {base} has a signature of its own")
            predicts = class_attribute(cls, "predict")
            return _of_hints(predicts) if isinstance(predicts, Function) else _NOT_SEEN
        case Function():
            return _of_hints(model)
        case None | Const(value=None):
            return None
        case Const():
            return Signed("unknown", "the model is defined in a file of its own")
        case _:
            return _NOT_SEEN


_NOT_SEEN = Signed("unknown", "the Python model is not known: its type hints may give a signature")


def _of_hints(function: Function) -> Signed | None:
    arguments = function.node.args
    names = [one for one in (*arguments.posonlyargs, *arguments.args) if one.arg not in ("self", "context")]
    if names and names[0].annotation is not None:
        return Signed("unknown", "the type hints of `predict` may give a signature")
    return None


# --- what becomes of the model


def is_of(value: Value, call: CallSeen) -> bool | None:
    """Whether an address is that of the model which a call logged; None where it may be."""
    if call in origins_of(value):
        return True
    text = value.value if isinstance(value, Const) else None
    parts = list(getattr(value, "parts", ())) or ([text] if isinstance(text, str) else [])
    if not parts:
        return None
    if not isinstance(parts[0], str) or not parts[0].startswith("runs:/"):
        return False if isinstance(parts[0], str) and not parts[0].startswith("models:/m-") else None
    name = _name_of(call)
    if name is None or not isinstance(parts[-1], str):
        return None
    return parts[-1].rstrip("/").endswith(f"/{name}") or parts[-1].rstrip("/") == f"/{name}"


def _name_of(call: CallSeen) -> str | None:
    for name in ("name", "artifact_path"):
        value = call.argument(name, _position(call, name))
        if isinstance(value, Const) and isinstance(value.value, str):
            return value.value
    return None
