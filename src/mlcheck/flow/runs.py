"""Whether an MLflow run is open on a path: what conditions say of it, and what `with` leaves behind.

Source: mlflow 3.17, executed (tests/oracle).
"""

from __future__ import annotations

import ast

from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.names import canonical
from mlcheck.flow.scope import IMPLICIT_RUN, IN_RUN, MAYBE_RUN, NO_RUN
from mlcheck.flow.values import Lib, Made, Obj, Value, options_of

ACTIVE_RUN = "mlflow.ActiveRun"

# Libraries that call what they are handed at once, in the same thread, and open no run for it.
_AT_ONCE = frozenset(["builtins", "functools", "itertools", "pandas", "numpy", "scipy", "sklearn", "optuna", "timeit"])
# Libraries that call it elsewhere: another thread, process or machine, where the run may not be open.
_ELSEWHERE = frozenset(
    ["concurrent", "threading", "multiprocessing", "joblib", "pyspark", "ray", "dask", "hyperopt", "asyncio"]
)


def narrow_run(it: Interpreter, test: ast.expr, taken: bool) -> None:
    """What a condition on `mlflow.active_run()` says of the run, where it came out as taken."""
    is_open = _says(it, test, taken)
    if is_open is None:
        return
    if not is_open:
        it.state.run = NO_RUN
    elif it.state.run != IMPLICIT_RUN:
        it.state.run = IN_RUN


def _says(it: Interpreter, test: ast.expr, taken: bool) -> bool | None:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _says(it, operand, not taken)
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) is taken:
            said = [_says(it, value, taken) for value in values]
            return next((one for one in said if one is not None), None)
        case ast.NamedExpr(value=value):
            return _says(it, value, taken)
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=None)]) if _asks(it, left):
            if isinstance(op, (ast.Is, ast.Eq)):
                return not taken
            return taken if isinstance(op, (ast.IsNot, ast.NotEq)) else None
        case ast.Call() | ast.Name() if _asks(it, test):
            return taken
        case _:
            return None


def _asks(it: Interpreter, node: ast.expr) -> bool:
    """Whether an expression is `mlflow.active_run()`, or a name that holds what it gave."""
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if last != "active_run":
            return False
        called = evaluate(it, node.func)
        return isinstance(called, Lib) and canonical(called.name) == "mlflow.active_run"
    if isinstance(node, ast.NamedExpr):
        return _asks(it, node.value)
    value = it.scope.find(node.id) if isinstance(node, ast.Name) else None
    return isinstance(value, Made) and value.call is not None and value.call.name == "mlflow.active_run"


def is_run(value: Value) -> bool:
    """Whether a value is, or may be, a run that `with` ends."""
    return any(isinstance(one, Obj) and one.cls == ACTIVE_RUN for one in options_of(value))


def after_with(opened_in: ast.expr, value: Value, outer: str) -> str:
    """The run that is open where `with` has ended one: of a run that was opened before the `with`, none."""
    if isinstance(opened_in, ast.Call):
        return outer
    made = value.made if isinstance(value, Obj) else None
    return NO_RUN if made is not None and "nested" not in made.keywords and not made.open else MAYBE_RUN


def run_where_handed(to: str, run: str) -> str:
    """The run that is open where a library calls a function that it was handed."""
    library = to.partition(".")[0]
    if library in _AT_ONCE:
        return run
    return MAYBE_RUN if library in _ELSEWHERE or run != IN_RUN else run
