"""Calls of libraries as facts: which are noted, and what is kept of each."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from mlcheck.flow.estimators import TRAINS, role_words
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.values import Frame
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.keys import kept
from mlcheck.flow.recorded import note_tag
from mlcheck.flow.returns import PANDAS_FRAME
from mlcheck.flow.values import Const, Made, Obj, Value
from mlcheck.flow.works import ALWAYS_NAMED, ALWAYS_NOTED

if TYPE_CHECKING:
    from mlcheck.flow.call import Arguments

# Noted only where a check asks for the call by its name: there are many, and few matter.
_BY_NAME_ONLY = frozenset(sys.stdlib_module_names) | frozenset(
    ["?", "builtins", "str", "list", "dict", "matplotlib", "seaborn", "plotly", "torch", "tensorflow", "transformers"]
)


def seen_call(
    it: Interpreter, name: str, receiver: Obj | None, arguments: Arguments, node: ast.expr
) -> CallSeen | None:
    """Note a library's call, or None where no check can ask for it."""
    if name.partition(".")[0] in _BY_NAME_ONLY:
        last = name.rpartition(".")[2]
        asked = last in it.sources.words or last in ALWAYS_NOTED or name in ALWAYS_NAMED
        if not asked and TRAINS not in role_words(name):
            return None
    assert it.code is not None
    state = it.state
    seen = CallSeen(
        name,
        tuple([kept(one) for one in arguments.positional]),
        {key: kept(one) for key, one in arguments.keywords.items()},
        arguments.open,
        None if receiver is None else receiver.data.get("lost", receiver),
        state.run,
        state.handler,
        state.protected > 0,
        not state.branch,
        state.guards,
        max(state.within, state.passed),
        state.registry,
        it.code.lines,
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset or node.col_offset,
    )
    it.facts.append(seen)
    note_tag(it, name, arguments, node)
    return seen


def with_column(it: Interpreter, frame: Made, key: Value, value: Value, node: ast.expr) -> Made:
    """A frame of pandas after `frame[key] = value`: it comes from what is put in as well, whatever the column is."""
    from mlcheck.flow.call import Arguments

    receiver = Obj(PANDAS_FRAME, {"lost": frame})
    seen = seen_call(
        it,
        f"{PANDAS_FRAME}.__setitem__",
        receiver,
        Arguments([value], {"key": key} if isinstance(key, Const) else {}),
        node,
    )
    if isinstance(frame, Frame):
        return frame if seen is None else frame.changed(frame.schema, (seen,))
    return Made(frame.why, (seen,), PANDAS_FRAME, frame.foreign) if seen is not None else frame
