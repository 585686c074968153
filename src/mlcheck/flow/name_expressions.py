"""Names in expressions: what is read, bound, or made uncertain by `exec`, `globals()` and their kin.

An explicit stack walks what is plain, so that a chain of any length is no
obstacle; only what changes how surely a read happens is entered.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mlcheck.flow.name_ops import LATER, MAYBE, SURE, Bind, Block, FunctionNames, Open, Read
from mlcheck.flow.names import BUILTINS
from mlcheck.flow.nodes import nodes_in

# Names that are always there, or that nobody means.
ALWAYS = BUILTINS | frozenset(
    [
        "__builtins__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__debug__",
        "__build_class__",
        "__import__",
        "__annotations__",
        "__dict__",
        "__path__",
        "__all__",
        "__IPYTHON__",
        "_",
        "WindowsError",
        "__module__",
        "__qualname__",
        "__class__",
    ]
)

_PLAIN: dict[type[ast.AST], tuple[str, ...]] = {
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Set: ("elts",),
    ast.Dict: ("keys", "values"),
    ast.JoinedStr: ("values",),
    ast.FormattedValue: ("value", "format_spec"),
    ast.Slice: ("lower", "upper", "step"),
    ast.Starred: ("value",),
    ast.keyword: ("value",),
    ast.YieldFrom: ("value",),
    ast.Yield: ("value",),
    ast.Await: ("value",),
}
_TABLES = ("globals", "locals", "vars", "dir")  # calls that give the names there are
_READ_ONLY = ("get", "keys", "items", "values", "copy", "__contains__", "__getitem__")
_SHELL = ("run_cell", "run_line_magic", "run_cell_magic", "magic", "push", "ex", "user_ns", "user_global_ns")
_QUIET_MAGICS = ("load_ext", "reload_ext", "autoreload", "matplotlib", "config", "pip", "env", "sh", "system", "alias")


class ExpressionNames:
    """What is common to statements and expressions: the block that is filled, and where it stands."""

    def __init__(self) -> None:
        self.block = Block()
        self.seen: dict[str, int] = {}  # names read, or bound (-1), before on this straight line
        self.hidden: list[set[str]] = []  # names of comprehensions and lambdas
        self.mode = SURE
        self.scope = "module"  # module, function, class
        self.function: FunctionNames | None = None
        self.globals_: set[str] = set()
        self.nonlocals: set[str] = set()
        self.tolerant = 0  # a handler around catches NameError
        self.probing = 0  # any handler stands around
        self.asynchronous = True  # whether an `await` may stand here
        self.deleted: set[str] = set()
        self.probed: set[str] = set()
        self.stored: set[str] = set()  # names of attributes that are assigned to
        self.reads = 0
        self.misplaced: list[tuple[ast.expr | ast.stmt, str]] = []

    # --- reading and binding

    def read(self, node: ast.expr, name: str, called: bool = False) -> None:
        self.reads += 1
        if name in ALWAYS or self.tolerant or (self.hidden and self._is_hidden(name)):
            return
        if self.probing and name in _ENVIRONMENT:
            return
        before = self.seen.get(name) if name not in self.deleted else None
        if before is not None and before <= self.mode and not (called and self.scope == "module"):
            return
        if before is None or self.mode < before:
            self.seen[name] = self.mode
        self.block.ops.append(Read(name, node, self.mode, called))

    def _is_hidden(self, name: str) -> bool:
        return any(name in names for names in self.hidden)

    def bind(self, name: str, line: int) -> None:
        if self.function is not None and self.scope == "function":
            if name in self.globals_:
                self.function.globals_bound.add(name)
                return
            if name in self.nonlocals:
                self.function.nonlocals_bound.add(name)
                return
            if self.seen.get(name) == -1 and name not in self.deleted:
                return
        self.block.ops.append(Bind(name, line))
        self.block.binds.add(name)
        self.seen[name] = -1

    def opens(self, node: ast.expr | ast.stmt, why: str) -> None:
        """Something here may bind any name of the module."""
        if self.function is not None:
            self.function.opens = self.function.opens or why
        else:
            self.block.ops.append(Open(why, node.lineno))

    # --- expressions

    def expression(self, node: ast.expr | None) -> None:
        """Every name of an expression, in the order in which Python meets them."""
        if node is None:
            return
        stack: list[Any] = [node]
        while stack:
            one = stack.pop()
            kind = one.__class__
            if kind is ast.Name:
                self.read(one, one.id)
            elif kind is ast.Constant or one is None:
                continue
            elif kind is ast.Attribute:
                if one.attr in _UNUSUAL:
                    self._unusual(one)
                stack.append(one.value)
            elif kind is tuple:  # a function whose arguments were read
                self.read(one[0], one[0].id, called=True)
            else:
                special = _SPECIAL.get(kind)
                if special is not None:
                    special(self, one, stack)
                else:
                    _push(one, stack)

    def at(self, mode: int, nodes: Sequence[ast.expr | None]) -> None:
        """Expressions that are read less surely than what is around them."""
        outer, self.mode = self.mode, max(self.mode, mode)
        for node in nodes:
            self.expression(node)
        self.mode = outer

    def _unusual(self, node: ast.Attribute) -> None:
        if node.attr in ("f_globals", "f_locals"):
            self.opens(node, "a frame's names are looked up")
        elif node.attr in ("_convert_", "_convert", "global_enum"):
            self.opens(node, f"`{node.attr}` may bind names")

    # --- calls

    def _call(self, node: ast.Call, stack: list[Any]) -> None:
        func = node.func
        base: ast.expr | None = None
        if isinstance(func, ast.Name):
            if func.id in _WATCHED:
                self._watched(node, func.id)
            stack.append((func,))  # it is called once its arguments are there
        elif not (isinstance(func, ast.Attribute) and self._table_method(node, func)):
            if isinstance(func, ast.Attribute) and func.attr in _SHELL:
                self._shell(node, func)
            base = func
        # `globals=globals()` is for reading
        stack.extend(one.value for one in reversed(node.keywords) if not is_table(one.value))
        stack.extend(reversed(node.args))
        if base is not None:
            stack.append(base)

    def _watched(self, node: ast.Call, name: str) -> None:
        """`exec`, `globals()`, `setattr(builtins, …)`: calls that may bind names."""
        if name == "exec":
            if self.function is None or any(is_table(one) for one in node.args[1:]):
                self.opens(node, "`exec` may bind names")
        elif name == "globals" and not node.args:
            self.opens(node, "`globals()` may be changed")
        elif name in ("setattr", "delattr") and node.args and _is_module(node.args[0]):
            target = node.args[1] if len(node.args) > 1 else None
            if isinstance(target, ast.Constant) and isinstance(target.value, str):
                self.probed.add(target.value)
            else:
                self.opens(node, "`setattr` may bind names")

    def _table_method(self, node: ast.Call, func: ast.Attribute) -> bool:
        """`globals().get("x")` asks for a name; `globals().update(…)` may bind any."""
        if not is_table(func.value):
            return False
        if func.attr in _READ_ONLY:
            self._probe(node.args[:1])
        else:
            self.opens(node, f"`{ast.unparse(func)}` may bind names")
        return True

    def _probe(self, nodes: Sequence[ast.expr]) -> None:
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.probed.add(node.value)

    def _shell(self, node: ast.Call, func: ast.Attribute) -> None:
        if not (isinstance(func.value, ast.Call) and getattr(func.value.func, "id", "") == "get_ipython"):
            return
        first = node.args[0] if node.args else None
        words = str(first.value).split() if isinstance(first, ast.Constant) else []
        if not (words and words[0].lstrip("%") in _QUIET_MAGICS):
            self.opens(node, "a magic may bind names")

    # --- what changes how surely a read happens

    def _compare(self, node: ast.Compare, stack: list[Any]) -> None:
        for op, right in zip(node.ops, node.comparators):
            if isinstance(op, (ast.In, ast.NotIn)) and (is_table(right) or is_table(_called_on(right))):
                self._probe([node.left])
                return
        _push_all([node.left, *node.comparators], stack)

    def _subscript(self, node: ast.Subscript, stack: list[Any]) -> None:
        if is_table(node.value):
            self._probe([node.slice])
            stack.append(node.slice)
        else:
            stack.append(node.slice)
            stack.append(node.value)

    def _bool(self, node: ast.BoolOp, stack: list[Any]) -> None:
        self.expression(node.values[0])
        self.at(MAYBE, node.values[1:])

    def _if_exp(self, node: ast.IfExp, stack: list[Any]) -> None:
        self.expression(node.test)
        self.at(MAYBE, [node.body])
        self.at(MAYBE, [node.orelse])

    def _lambda(self, node: ast.Lambda, stack: list[Any]) -> None:
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            self.expression(default)
        outer = self.asynchronous
        self.asynchronous = False
        self.hidden.append({one.arg for one in parameters(arguments)} | _walrus(node.body))
        self.at(LATER, [node.body])
        self.hidden.pop()
        self.asynchronous = outer

    def _comprehension(self, node: Any, stack: list[Any]) -> None:
        generators = node.generators
        self.expression(generators[0].iter)
        self.hidden.append({name for part in generators for name in _stored(part.target)})
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        rest = [part.iter for part in generators[1:]]
        conditions = [one for part in generators for one in part.ifs]
        inner = [one.target for one in generators if not isinstance(one.target, ast.Name)]
        mode = LATER if isinstance(node, ast.GeneratorExp) else MAYBE
        outer, self.mode = self.mode, max(self.mode, mode)
        for target in inner:
            self._target_parts(target)
        self.mode = outer
        self.at(mode, [*rest, *conditions, *results])
        self.hidden.pop()

    def _target_parts(self, target: ast.expr) -> None:
        """What a comprehension's target reads: `for a[i] in …`."""
        for one in nodes_in(target):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
                self.read(one, one.id)

    def _named(self, node: ast.NamedExpr, stack: list[Any]) -> None:
        self.expression(node.value)
        if not self._is_hidden(node.target.id):
            self.bind(node.target.id, node.lineno)

    def _yield(self, node: ast.expr, stack: list[Any]) -> None:
        if self.scope != "function" and not self.hidden:
            self.misplaced.append((node, "'yield' outside function"))
        _push(node, stack)

    def _await(self, node: ast.Await, stack: list[Any]) -> None:
        if not self.asynchronous and not self.hidden:
            inside = self.function is not None
            self.misplaced.append((node, "'await' outside async function" if inside else "'await' outside function"))
        stack.append(node.value)


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, `*` and `**` included."""
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*found, *(one for one in (arguments.vararg, arguments.kwarg) if one is not None)]


def _stored(target: ast.expr) -> Iterator[str]:
    for one in nodes_in(target):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id


def _walrus(body: ast.expr) -> set[str]:
    return {one.target.id for one in nodes_in(body) if isinstance(one, ast.NamedExpr)}


def _push(node: ast.AST, stack: list[Any]) -> None:
    for name in reversed(_PLAIN.get(type(node), node._fields)):
        value = getattr(node, name, None)
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, (ast.expr, ast.keyword)):
            stack.append(value)


def _push_all(nodes: Sequence[ast.expr], stack: list[Any]) -> None:
    stack.extend(reversed(nodes))


def is_table(node: ast.expr | None) -> bool:
    """Whether a node is `globals()` or its kin."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TABLES and not node.args


def _called_on(node: ast.expr) -> ast.expr | None:
    """`globals()` of `globals().keys()`, and of `set(globals())`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value
    return node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else None


def _is_module(node: ast.expr) -> bool:
    """Whether a node means this program's own module, or the builtins."""
    if isinstance(node, ast.Name):
        return node.id in ("builtins", "__builtins__", "__main__")
    return isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "modules"


_ENVIRONMENT = frozenset(
    ["spark", "dbutils", "sc", "sqlContext", "display", "displayHTML", "get_ipython", "__file__", "getArgument"]
)
_UNUSUAL = frozenset(["f_globals", "f_locals", "_convert", "_convert_", "global_enum"])
_WATCHED = frozenset(["exec", "globals", "setattr", "delattr"])
_SPECIAL: dict[type[ast.AST], Callable[[ExpressionNames, Any, list[Any]], None]] = {
    ast.Call: ExpressionNames._call,
    ast.Compare: ExpressionNames._compare,
    ast.Subscript: ExpressionNames._subscript,
    ast.BoolOp: ExpressionNames._bool,
    ast.IfExp: ExpressionNames._if_exp,
    ast.Lambda: ExpressionNames._lambda,
    ast.ListComp: ExpressionNames._comprehension,
    ast.SetComp: ExpressionNames._comprehension,
    ast.DictComp: ExpressionNames._comprehension,
    ast.GeneratorExp: ExpressionNames._comprehension,
    ast.NamedExpr: ExpressionNames._named,
    ast.Yield: ExpressionNames._yield,
    ast.YieldFrom: ExpressionNames._yield,
    ast.Await: ExpressionNames._await,
}
