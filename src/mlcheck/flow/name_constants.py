"""Conditions that are decided before anything runs, and calls that end a run or start Python again."""

from __future__ import annotations

import ast

_OLDEST, _NEWEST = (3, 9), (3, 14)  # of the Pythons that are in use; what is for others never runs
_FALSE = ("TYPE_CHECKING", "PY2")
_EXITS = frozenset(["dbutils.notebook.exit", "sys.exit", "os._exit", "exit", "quit", "mssparkutils.notebook.exit"])


def known_test(test: ast.expr) -> bool | None:
    """What a condition comes to in every run, None where it depends on the run."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        known = known_test(test.operand)
        return None if known is None else not known
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    if name in _FALSE:
        return False
    if name == "PY3":
        return True
    return _known_version(test) if isinstance(test, ast.Compare) else None


def _known_version(test: ast.Compare) -> bool | None:
    """`sys.version_info` against a release that is older than all in use."""
    left = test.left
    major = isinstance(left, ast.Subscript)
    owner = left.value if isinstance(left, ast.Subscript) else left
    if isinstance(owner, ast.Attribute) and owner.attr == "major":
        owner, major = owner.value, True
    if not (isinstance(owner, ast.Attribute) and owner.attr == "version_info") or len(test.ops) != 1:
        return None
    release = _release(test.comparators[0])
    op = test.ops[0]
    if release is None:
        return None
    if not major and release[:2] > _NEWEST:
        return not isinstance(op, (ast.Gt, ast.GtE, ast.Eq))
    if (major and release > (3,)) or (not major and release > _OLDEST):
        return None
    if major and release == (3,):
        return isinstance(op, (ast.Eq, ast.GtE)) or (False if isinstance(op, (ast.Lt, ast.NotEq)) else None)
    if isinstance(op, (ast.Lt, ast.LtE, ast.Eq)):
        return False
    return True if isinstance(op, (ast.Gt, ast.GtE, ast.NotEq)) else None


def _release(node: ast.expr) -> tuple[int, ...] | None:
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    numbers = [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, int)]
    return tuple(numbers) if numbers and len(numbers) == len(nodes) else None


def is_main_guard(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`, either way round."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    sides = [test.left, test.comparators[0]]
    return any(getattr(one, "id", "") == "__name__" for one in sides) and any(
        getattr(one, "value", "") == "__main__" for one in sides
    )


def exits(call: ast.Call) -> bool:
    """Whether a call ends the run."""
    return _dotted(call.func) in _EXITS


def restarts(call: ast.Call) -> bool:
    """Whether a call starts Python again, so that no name is left."""
    return _dotted(call.func) == "dbutils.library.restartPython"


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < 4:
        parts.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else ["?"]), *reversed(parts)])
