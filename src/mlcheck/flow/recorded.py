"""Where code writes down that something does not hold: a list of errors, a tag that says FAILED."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from mlcheck.flow.failures import Watched
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Const, DictValue, ListValue, Text, Value, constant_text

if TYPE_CHECKING:
    from mlcheck.flow.call import Arguments, Call

_ERRORS = re.compile(r"(^|_)(issues?|errors?|problems|violations|failures|failed(_checks)?)$")
_FAILED = re.compile(r"^\W*(fail|reject|invalid|not[ _-]?(valid|passed|approved))", re.I)
# Where the value stands among the arguments of a call that sets a tag.
_TAGS = {"mlflow.set_tag": 1, "mlflow.MlflowClient.set_tag": 2, "mlflow.MlflowClient.set_model_version_tag": 3}


def note_collected(call: Call, value: Value | None) -> None:
    """`errors.append("…")` under a condition, and in no handler: what does not hold is collected."""
    state, node = call.it.state, call.node
    if not state.branch or state.handler is not None or not _is_told(value) or call.it.code is None:
        return
    owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    name = getattr(owner, "id", getattr(owner, "attr", ""))
    if _ERRORS.search(name):
        call.it.facts.append(Watched("collected", name, node, call.it.frame, call.it.code))


def _is_told(value: Value | None) -> bool:
    """Whether a value is a text, or holds one: a number is a measure, and no finding."""
    match value:
        case Const(value=str()) | Text():
            return True
        case ListValue(items=items):
            return any(_is_told(one) for one in items)
        case DictValue(entries=entries):
            return any(_is_told(one) for one in entries.values())
    return False


def note_tag(it: Interpreter, name: str, arguments: Arguments, node: ast.expr) -> None:
    """A tag under a condition, and in no handler, that says that something failed."""
    position = _TAGS.get(name)
    if position is None or not it.state.branch or it.state.handler is not None or it.code is None:
        return
    given = arguments.keywords.get("value")
    if given is None and position < len(arguments.positional):
        given = arguments.positional[position]
    text = constant_text(given) if given is not None else None
    if text is not None and _FAILED.search(text):
        it.facts.append(Watched("tag", text, node, it.frame, it.code))
