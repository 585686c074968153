"""A file's tree as a program of names, in one pass: statements, scopes, magics."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mlcheck.flow.name_constants import exits, is_main_guard, known_test, restarts
from mlcheck.flow.name_expressions import ExpressionNames, is_table, parameters
from mlcheck.flow.name_locals import settle
from mlcheck.flow.name_magics import magic_ops
from mlcheck.flow.name_ops import (
    MAYBE,
    SURE,
    Block,
    Branch,
    ClassBody,
    Define,
    Delete,
    FileNames,
    FunctionNames,
    Import,
    Leave,
    Loop,
    Open,
    Restart,
    Run,
    Try,
)
from mlcheck.flow.nodes import children, nodes_in
from mlcheck.project.model import Code, Magic
from mlcheck.project.parse import Parsed

_CATCH_ALL = frozenset(["*", "Exception", "BaseException"])
_NAME_ERRORS = frozenset(["NameError", "UnboundLocalError"])
_IMPORT_ERRORS = frozenset(["ImportError", "ModuleNotFoundError"]) | _CATCH_ALL


def read_names(code: Code, parsed: Parsed) -> FileNames:
    """The program of names of a file; where it is nested too deep, one that may bind anything."""
    reader = _StatementNames(code)
    try:
        reader.file(parsed.body, code.magics)
    except RecursionError:
        return FileNames(code.path, Block(), [], [], set(), 0, "it is nested too deeply to be followed")
    broken = f"{parsed.breaks[0].place.shown()} {parsed.breaks[0].what}" if parsed.breaks else ""
    return FileNames(
        code.path,
        reader.block,
        reader.imports,
        reader.functions,
        reader.probed,
        reader.reads,
        broken,
        reader.all_,
        reader.all_open,
        reader.class_names,
        reader.stored,
        tuple(reader.misplaced),
    )


class _StatementNames(ExpressionNames):
    def __init__(self, code: Code) -> None:
        super().__init__()
        self.code = code
        self.asynchronous = code.kind == "notebook"
        self.lazy_annotations = "from __future__ import annotations" in code.text
        self.imports: list[Import] = []
        self.functions: list[FunctionNames] = []
        self.class_names: dict[str, str] = {}
        self.all_: tuple[str, ...] | None = None
        self.all_open = "__all__." in code.text  # `__all__.extend(…)`
        self.loops = 0
        self.import_tolerant = 0

    def file(self, body: Iterable[ast.stmt], magics: Sequence[Magic]) -> None:
        waiting = list(magics)
        for statement in body:
            while waiting and waiting[0].line <= (statement.end_lineno or statement.lineno):
                self._magic(waiting[0], waiting.pop(0).line > statement.lineno)
            self.statement(statement)
        for magic in waiting:
            self._magic(magic, False)

    def _magic(self, magic: Magic, inside: bool) -> None:
        """A magic where it stands; one that is inside a statement, before it."""
        for op in magic_ops(self.code, magic):
            if inside and isinstance(op, Restart):
                continue
            self.block.ops.append(op)
            if isinstance(op, (Restart, Run)):
                self.seen.clear()

    def statement(self, node: ast.stmt) -> None:
        reader = _STATEMENTS.get(type(node))
        if reader is not None:
            reader(self, node)

    def body(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def nested(self, statements: Iterable[ast.stmt], begin: Callable[[], None] | None = None) -> Block:
        """Statements as a block of their own."""
        outer, outer_seen = self.block, self.seen
        self.block, self.seen = Block(), dict(outer_seen)
        if begin is not None:
            begin()
        self.body(statements)
        made = self.block
        self.block, self.seen = outer, outer_seen
        outer.binds |= made.binds
        outer.leaves = outer.leaves or made.leaves
        return made

    # --- simple statements

    def _expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self.expression(node.value)
            if restarts(node.value) and self.scope == "module":
                self.block.ops.append(Restart(node.lineno))
                self.seen.clear()
            elif exits(node.value):
                self._leave(Leave("return"))
        else:
            if isinstance(node.value, (ast.Dict, ast.List)):  # a JSON text in a cell is data
                self.probed.update(("true", "false", "null"))
            self.expression(node.value)

    def _leave(self, op: Leave) -> None:
        self.block.ops.append(op)
        self.block.leaves = True

    def _assign(self, node: ast.Assign) -> None:
        if _is_placeholder(node):
            self.block.ops.append(Open("a placeholder, `name = {name}`: something fills this file in", node.lineno))
        else:
            self.expression(node.value)
        for target in node.targets:
            self.target(target)
        if self.scope == "module" and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            self.all_ = _constants(node.value)
            self.all_open = self.all_open or self.all_ is None

    def target(self, node: ast.expr) -> None:
        """Bind a target's names, and read what it reads."""
        if isinstance(node, ast.Name):
            self.bind(node.id, node.lineno)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for one in node.elts:
                self.target(one)
        elif isinstance(node, ast.Starred):
            self.target(node.value)
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id not in ("self", "cls"):
                self.stored.add(node.attr)
                if node.value.id in ("builtins", "__builtins__"):
                    self.probed.add(node.attr)
            self.expression(node.value)
        elif isinstance(node, ast.Subscript):
            self._subscript_target(node)

    def _subscript_target(self, node: ast.Subscript) -> None:
        table = is_table(node.value) or getattr(node.value, "attr", "") in ("user_ns", "__dict__", "f_globals")
        if table and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            if self.scope == "module":
                self.bind(node.slice.value, node.lineno)
            elif self.function is not None:
                self.function.globals_bound.add(node.slice.value)
        elif table:
            self.opens(node, f"`{ast.unparse(node)[:60]} = …` may bind any name")
            self.expression(node.slice)
        else:
            self.expression(node.value)
            self.expression(node.slice)

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read(node.target, node.target.id)
            self.expression(node.value)
            self.bind(node.target.id, node.lineno)
            if node.target.id == "__all__":
                self.all_open = True
        else:
            self.expression(node.value)
            self.target(node.target)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if self.scope != "function" and not self.lazy_annotations:
            self.expression(node.annotation)
        if node.value is not None:
            self.expression(node.value)
            self.target(node.target)
        elif isinstance(node.target, ast.Name):
            self.block.binds.add(node.target.id)  # a local, though nothing is bound

    def _return(self, node: ast.Return) -> None:
        self.expression(node.value)
        if self.scope != "function":
            self.misplaced.append((node, "'return' outside function"))
        self._leave(Leave("return"))

    def _raise(self, node: ast.Raise) -> None:
        self.expression(node.exc)
        self.expression(node.cause)
        self._leave(Leave("return"))

    def _jump(self, node: ast.Break | ast.Continue) -> None:
        is_break = isinstance(node, ast.Break)
        if not self.loops:
            what = "'break' outside loop" if is_break else "'continue' not properly in loop"
            self.misplaced.append((node, what))
        self._leave(Leave("break" if is_break else "continue"))

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            for one in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                if isinstance(one, ast.Name):
                    self.read(one, one.id)
                    self.block.ops.append(Delete(one.id, one.lineno))
                    self.deleted.add(one.id)
                    self.block.binds.add(one.id)
                else:
                    self.expression(one)

    def _assert(self, node: ast.Assert) -> None:
        self.expression(node.test)
        self.at(MAYBE, [node.msg])

    def _global(self, node: ast.Global) -> None:
        if self.function is not None:
            self.globals_.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        if self.function is None:
            self.misplaced.append((node, "nonlocal declaration not allowed at module level"))
        self.nonlocals.update(node.names)

    # --- imports

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported(Import(alias.name, 0, (), node))
            self.bind(alias.asname or alias.name.partition(".")[0], node.lineno)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.names[0].name == "*":
            if self.scope == "module":
                self._imported(Import(module, node.level, None, node))
                self.seen = {name: mode for name, mode in self.seen.items() if mode == -1}
            else:
                self.misplaced.append((node, "import * only allowed at module level"))
            return
        names = tuple((alias.name, alias.asname or alias.name) for alias in node.names)
        self._imported(Import(module, node.level, names, node))
        for _, name in names:
            self.bind(name, node.lineno)

    def _imported(self, op: Import) -> None:
        op.tolerated = self.import_tolerant > 0
        self.imports.append(op)
        if self.scope == "module":
            self.block.ops.append(op)

    # --- blocks

    def _if(self, node: ast.If) -> None:
        """`if` with all its `elif`: one branch for each, and one for none of them."""
        blocks: list[Block] = []
        main = is_main_guard(node.test)
        one, outer = node, self.mode
        while True:
            self._guard(one.test)
            self.expression(one.test)
            self.mode = max(outer, MAYBE)
            known = known_test(one.test)
            if known is not False:
                self.mode = outer
                blocks.append(self.nested(one.body))
                self.mode = max(outer, MAYBE)
            if known is True:
                break
            if len(one.orelse) == 1 and isinstance(one.orelse[0], ast.If):
                one = one.orelse[0]
                continue
            self.mode = outer
            blocks.append(self.nested(one.orelse))
            break
        self.mode = outer
        self.block.ops.append(Branch(blocks, main and len(blocks) > 1))

    def _guard(self, test: ast.expr) -> None:
        """A condition that asks, by some function, whether a name is defined."""
        for call in nodes_in(test) if isinstance(test, (ast.Call, ast.UnaryOp, ast.BoolOp)) else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and "def" in call.func.id:
                self._probe(call.args)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        self.loops += 1
        body = self.nested(node.body, lambda: self.target(node.target))
        self.loops -= 1
        self.block.ops.append(Loop(body, self.nested(node.orelse)))

    def _while(self, node: ast.While) -> None:
        self.expression(node.test)
        known = known_test(node.test)
        self.loops += 1
        body = Block() if known is False else self.nested(node.body)
        self.loops -= 1
        self.block.ops.append(Loop(body, self.nested(node.orelse), known is True))

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        suppressed: set[str] = set()
        for item in node.items:
            self.expression(item.context_expr)
            suppressed |= _suppressed(item.context_expr)
            if item.optional_vars is not None:
                self.target(item.optional_vars)
        if not suppressed:
            self.body(node.body)
            return
        tolerant = bool(suppressed & (_NAME_ERRORS | _CATCH_ALL))
        self.tolerant += tolerant
        self.import_tolerant += bool(suppressed & _IMPORT_ERRORS)
        body = self.nested(node.body)
        self.tolerant -= tolerant
        self.import_tolerant -= bool(suppressed & _IMPORT_ERRORS)
        self.block.ops.append(Try(body, [(None, node.lineno, Block())], Block(), Block()))

    def _try(self, node: ast.Try) -> None:
        caught = {name for handler in node.handlers for name in _caught(handler.type)}
        tolerant = bool(caught & _NAME_ERRORS) or (bool(caught & _CATCH_ALL) and _probes(node))
        imports = bool(caught & _IMPORT_ERRORS)
        self.tolerant += tolerant
        self.import_tolerant += imports
        self.probing += bool(node.handlers)
        body = self.nested(node.body)
        self.tolerant -= tolerant
        self.import_tolerant -= imports
        self.probing -= bool(node.handlers)
        handlers = [(handler.name, handler.lineno, self._handler(handler)) for handler in node.handlers]
        orelse, final = self.nested(node.orelse), self.nested(node.finalbody)
        self.block.ops.append(Try(body, handlers, orelse, final))
        for name, _, _ in handlers:
            if name is not None:
                self.seen.pop(name, None)

    def _handler(self, handler: ast.ExceptHandler) -> Block:
        def begin() -> None:
            self.expression(handler.type)
            if handler.name is not None:
                self.bind(handler.name, handler.lineno)

        return self.nested(handler.body, begin)

    def _match(self, node: ast.Match) -> None:
        self.expression(node.subject)
        blocks = [self.nested(case.body, lambda case=case: self._case(case)) for case in node.cases]  # type: ignore[misc]
        last = node.cases[-1]
        if not (isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None):
            blocks.append(Block())
        self.block.ops.append(Branch(blocks))

    def _case(self, case: ast.match_case) -> None:
        for one in nodes_in(case.pattern):
            if isinstance(one, ast.MatchValue):
                self.expression(one.value)
            elif isinstance(one, ast.MatchClass):
                self.expression(one.cls)
            elif isinstance(one, ast.MatchMapping):
                for key in one.keys:
                    self.expression(key)
            name = getattr(one, "rest", None) or getattr(one, "name", None)
            if isinstance(name, str):
                self.bind(name, case.pattern.lineno)
        self.expression(case.guard)

    # --- functions and classes

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.expression(decorator)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            self.expression(default)
        types = _type_parameters(node)
        if not self.lazy_annotations:
            self.hidden.append(types)
            for parameter in parameters(node.args):
                self.expression(parameter.annotation)
            self.expression(node.returns)
            self.hidden.pop()
        plain = not node.decorator_list and isinstance(node, ast.FunctionDef)
        function = FunctionNames(node.name, node.lineno, plain)
        self._function_body(node, function, types)
        self.functions.append(function)
        self.block.ops.append(Define(function, node.lineno, self.scope == "class"))
        self.bind(node.name, node.lineno)

    def _function_body(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, function: FunctionNames, types: set[str]
    ) -> None:
        outer = (self.block, self.seen, self.scope, self.function, self.globals_, self.nonlocals)
        inner = (self.mode, self.tolerant, self.probing, self.import_tolerant, self.loops, self.asynchronous)
        given = {one.arg for one in parameters(node.args)} | types
        self.block, self.seen, self.scope, self.function = Block(), dict.fromkeys(given, -1), "function", function
        self.globals_, self.nonlocals, self.mode = set(), set(), SURE
        self.tolerant = self.probing = self.import_tolerant = self.loops = 0
        self.asynchronous = isinstance(node, ast.AsyncFunctionDef)
        self.body(node.body)
        function.plain = function.plain and not _yields(node, self.code)
        settle(function, self.block, given)
        self.block, self.seen, self.scope, self.function, self.globals_, self.nonlocals = outer
        self.mode, self.tolerant, self.probing, self.import_tolerant, self.loops, self.asynchronous = inner

    def _class(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.expression(decorator)
        self.hidden.append(_type_parameters(node))
        for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
            self.expression(base)
        self.hidden.pop()
        outer, outer_seen, scope, outer_loops = self.block, self.seen, self.scope, self.loops
        self.block, self.seen, self.scope, self.loops = Block(), dict(outer_seen), "class", 0
        self.hidden.append(_type_parameters(node))
        self.body(node.body)
        self.hidden.pop()
        made = self.block
        self.block, self.seen, self.scope, self.loops = outer, outer_seen, scope, outer_loops
        for name in made.binds:
            self.class_names.setdefault(name, node.name)
        self.block.ops.append(ClassBody(node.name, made, node.lineno))
        self.bind(node.name, node.lineno)


def _type_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    return {one.name for one in getattr(node, "type_params", ())}


def _yields(node: ast.FunctionDef | ast.AsyncFunctionDef, code: Code) -> bool:
    if "yield" not in code.text:
        return False
    stack: list[ast.AST] = list(node.body)
    while stack:
        one = stack.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack.extend(children(one))
    return False


def _caught(node: ast.expr | None) -> list[str]:
    """The last names of the exceptions that a handler names; `*` for all."""
    if node is None:
        return ["*"]
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    return [str(getattr(one, "attr", None) or getattr(one, "id", "")) for one in nodes]


def _suppressed(node: ast.expr) -> set[str]:
    """What `contextlib.suppress(…)` (or a test's `raises`) lets pass."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        if name in ("suppress", "raises", "assertRaises"):
            return {name for one in node.args for name in _caught(one)}
    return set()


def _probes(node: ast.Try) -> bool:
    """Whether a `try` only looks whether something is there: one statement, whose names the handler gives."""
    if len(node.body) != 1:
        return False
    statement = node.body[0]
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, (ast.Name, ast.Attribute)) or _gives(node)
    return isinstance(statement, ast.Assign) and _gives(node)


def _is_placeholder(node: ast.Assign) -> bool:
    """`rows = {rows}`: a file that `str.format` fills in before it runs."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Set(elts=[ast.Name(id=same)])):
            return name == same
        case _:
            return False


def _gives(node: ast.Try) -> bool:
    """Whether each handler binds a name, or passes."""
    names = {one.id for one in nodes_in(node.body[0]) if isinstance(one, ast.Name)}
    for handler in node.handlers:
        bound = {
            one.id for part in handler.body for one in nodes_in(part) if isinstance(one, ast.Name) and one.id in names
        }
        if not bound:
            return False
    return True


def _constants(node: ast.expr) -> tuple[str, ...] | None:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    values = [one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return tuple(values) if len(values) == len(node.elts) else None


_STATEMENTS: dict[type[ast.stmt], Callable[[_StatementNames, Any], None]] = {
    ast.Expr: _StatementNames._expr,
    ast.Assign: _StatementNames._assign,
    ast.AugAssign: _StatementNames._augmented,
    ast.AnnAssign: _StatementNames._annotated,
    ast.Return: _StatementNames._return,
    ast.Raise: _StatementNames._raise,
    ast.Break: _StatementNames._jump,
    ast.Continue: _StatementNames._jump,
    ast.Delete: _StatementNames._delete,
    ast.Assert: _StatementNames._assert,
    ast.Global: _StatementNames._global,
    ast.Nonlocal: _StatementNames._nonlocal,
    ast.Import: _StatementNames._import,
    ast.ImportFrom: _StatementNames._import_from,
    ast.If: _StatementNames._if,
    ast.For: _StatementNames._for,
    ast.AsyncFor: _StatementNames._for,
    ast.While: _StatementNames._while,
    ast.With: _StatementNames._with,
    ast.AsyncWith: _StatementNames._with,
    ast.Try: _StatementNames._try,
    ast.Match: _StatementNames._match,
    ast.FunctionDef: _StatementNames._function,
    ast.AsyncFunctionDef: _StatementNames._function,
    ast.ClassDef: _StatementNames._class,
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _StatementNames._try
