"""Values that MLflow refuses to log, as far as they are known.

Source: mlflow 2.22 and 3.17, executed (tests/oracle).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.values import Const, DictValue, ListValue, Value

_CLIENT = "mlflow.MlflowClient."
_NAME = re.compile(r"[\w.\- /:]*")


@dataclass(frozen=True, slots=True)
class WrongValue:
    """What MLflow says, and what it wants."""

    says: str
    wants: str


def misfit_value(call: CallSeen) -> WrongValue | None:
    """Why a logged value is refused in every release; None where it is taken, or not known."""
    match call.name:
        case "mlflow.log_metric":
            return _metric(call, 0)
        case "mlflow.MlflowClient.log_metric":
            return _metric(call, 1)
        case "mlflow.log_metrics":
            return _metrics(call.argument("metrics", 0))
        case "mlflow.log_params":
            return _mapping(call.argument("params", 0), "log_params", "{name: value, …}")
        case "mlflow.set_tags":
            return _mapping(call.argument("tags", 0), "set_tags", "{name: value, …}")
        case _:
            return None


def _metric(call: CallSeen, first: int) -> WrongValue | None:
    name = call.argument("key", first)
    if isinstance(name, Const) and isinstance(name.value, str) and not _NAME.fullmatch(name.value):
        says = (
            f"MlflowException: Invalid value \"{name.value}\" for parameter 'name' supplied: Names may only contain …"
        )
        return WrongValue(says, "letters, digits, `_`, `-`, `.`, spaces and `/` in a metric's name")
    value = call.argument("value", first + 1)
    return None if value is None else _number(value)


def _number(value: Value) -> WrongValue | None:
    wants = "a number: float(value)"
    match value:
        case ListValue(kind=kind):
            return WrongValue(f"TypeError: float() argument must be a string or a real number, not '{kind}'", wants)
        case DictValue():
            return WrongValue("TypeError: float() argument must be a string or a real number, not 'dict'", wants)
        case Const(value=None):
            return WrongValue("MlflowException: Missing value for required parameter 'value'", wants)
        case Const(value=str(text)) if not _is_number(text):
            says = f'MlflowException: Invalid value "{text}" … Please specify value as a valid double'
            return WrongValue(says, f"{wants}, or mlflow.set_tag for a text")
        case _:
            return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _metrics(value: Value | None) -> WrongValue | None:
    wrong = _mapping(value, "log_metrics", "{name: number, …}")
    if wrong is None and isinstance(value, DictValue):
        found = (_number(one) for one in value.entries.values())
        return next((one for one in found if one is not None), None)
    return wrong


def _mapping(value: Value | None, method: str, shape: str) -> WrongValue | None:
    kind = value.kind if isinstance(value, ListValue) else None
    if isinstance(value, Const) and isinstance(value.value, str):
        kind = "str"
    if kind is None:
        return None
    return WrongValue(f"AttributeError: '{kind}' object has no attribute 'items'", f"mlflow.{method}({shape})")
