"""From handlers as they were run to `HandlerSeen` facts: what they stand around, and what becomes of a failure."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from mlcheck.flow.aftermath import Aftermath
from mlcheck.flow.facts import CallSeen, ExitCall, ExperimentSet, Fact, FolderMade, HandlerSeen, ResultSeen, Work
from mlcheck.flow.failures import Around, Caught, Entered, Fate, Included, Watched
from mlcheck.flow.interpreter import Interpreter, flatten
from mlcheck.flow.looking_calls import SPEAKS
from mlcheck.flow.marks import ANY, FUTURE
from mlcheck.flow.nodes import end_of, nodes_in
from mlcheck.flow.values import Const, Value
from mlcheck.flow.works import STRONG, kind_of, target_of
from mlcheck.project.model import Code
from mlcheck.project.place import Place

# By their names, calls that look something up, tidy up, or make what may be there already.
_HARMLESS = frozenset(
    [
        "get",
        "items",
        "keys",
        "values",
        "append",
        "join",
        "strip",
        "split",
        "format",
        "json",
        "text",
        "decode",
        "encode",
        "mkdirs",
        "makedirs",
        "ls",
        "exists",
        "read",
        "readlines",
        "cache",
        "persist",
        "unpersist",
        "stop",
        "wait",
    ]
)
_HARMLESS_STARTS = ("get_", "list_", "delete", "drop", "remove", "describe", "clean", "is_", "has_", "find", "search")
_NOTES = (Around, Entered, Included)
_ASIDE = ("collected", "tag")
_TOO_DEEP = "what follows is nested too deeply to follow"
_MOST_STRANGE = 3  # calls of a body that are named
_VALIDATES = re.compile(r"^_*(validate|verify|check|assert|ensure|gate)|(valid|check|checks|validation|quality)$")
_SETTLED = ("raises", "leads", "later")


def settled(it: Interpreter, noted: Sequence[object]) -> tuple[Fact, ...]:
    """The facts of an entry point, with each handler's fate in the place of what was noted on the way."""
    if not any(isinstance(one, (Caught, Watched)) or _validates(one) for one in noted):
        return tuple(cast(Fact, one) for one in noted if not isinstance(one, _NOTES))
    fates = _Fates(it, noted)
    facts: dict[Fact, None] = {}
    for one in noted:
        if isinstance(one, Caught):
            if fates.is_last(one):
                facts[fates.handler(one)] = None
        elif isinstance(one, Watched):
            if fates.is_last_result(one) and (fates.has_strong or one.kind != "collected"):
                facts[fates.result(one)] = None
        elif isinstance(one, Entered):
            if fates.has_strong and _validates(one) and fates.is_first_call(one):
                facts[fates.validation(one)] = None
        elif not isinstance(one, _NOTES):
            facts[cast(Fact, one)] = None
    del fates.aftermath  # it has a method of its owner: the two would hold the trees
    return tuple(facts)


def _validates(noted: object) -> bool:
    """Whether this is a call of a function that checks something, and returns False where it does not hold."""
    if not isinstance(noted, Entered) or noted.handed:
        return False
    name = getattr(noted.callee, "name", "")
    if not _VALIDATES.search(name):
        return False
    given = [one.value for one in nodes_in(noted.callee) if isinstance(one, ast.Return)]
    return any(isinstance(one, ast.Constant) and one.value is False for one in given)


class _Fates:
    """The handlers of one entry point, each judged once for all the times that it was met."""

    def __init__(self, it: Interpreter, noted: Sequence[object]) -> None:
        self.strange = it.sources.strange
        self.strange_lines: dict[str, list[int]] = {}  # by the file, once they are asked for
        entered = [one for one in noted if isinstance(one, Entered)]
        self.reaches: dict[tuple[int, frozenset[str]], bool] = {}
        self.does: dict[int, bool] = {}  # by a statement
        included = [one for one in noted if isinstance(one, Included)]
        bodies = {path: it.sources.parse(code).body for path, code in _files(it, noted).items()}
        self.aftermath = Aftermath(entered, included, bodies, self.strange, it.sources.reads_tags, self._does_work)
        self.calls: dict[int, list[Entered]] = {}  # by the frame that makes them
        self.by_call: dict[int, list[Entered]] = {}  # by the call that enters
        for call in entered:
            self.calls.setdefault(id(call.frame), []).append(call)
            self.by_call.setdefault(id(call.node), []).append(call)
        self.works: dict[int, set[tuple[int, str]]] = {}  # by the code that they stand in
        for fact in noted:
            kind = kind_of(fact) if isinstance(fact, CallSeen) else None
            if isinstance(fact, CallSeen) and kind is not None:
                self.works.setdefault(id(fact.lines), set()).add((fact.line, kind))
        self.met: dict[int, list[Caught]] = {}
        self.has_strong = any(kind in STRONG for found in self.works.values() for _, kind in found)
        self.watched: dict[tuple[str, int], list[Watched]] = {}
        for one in noted:
            if isinstance(one, Watched):
                self.watched.setdefault((one.kind, id(one.node)), []).append(one)
            if isinstance(one, Caught):
                self.met.setdefault(_key(one), []).append(one)
        self.around: dict[int, list[object]] = {}  # by a `try` of a generator: what runs at its `yield`
        for one in noted:
            if isinstance(one, Around):
                for node in one.tries:
                    self.around.setdefault(id(node), []).extend(flatten(list(one.body)))
        self.kept_from: dict[int, frozenset[int]] = {}  # by a handler: what others within its body take

    def is_last(self, caught: Caught) -> bool:
        return self.met[_key(caught)][-1] is caught

    def is_last_result(self, watched: Watched) -> bool:
        return self.watched[watched.kind, id(watched.node)][-1] is watched

    def is_first_call(self, entered: Entered) -> bool:
        return self.by_call[id(entered.node)][0] is entered

    def handler(self, caught: Caught) -> HandlerSeen:
        times = self.met[_key(caught)]
        facts: list[object] = [fact for one in times for fact in flatten(list(one.body))]
        facts += self.around.get(id(caught.node), ())
        taken = self._taken(facts)
        work = tuple(dict.fromkeys(_work(fact for fact in facts if id(fact) not in taken)))
        last = self._last_work(caught, work, facts)
        work = _last_first(caught, work, last)
        strange = tuple(self._strange(caught, facts)) if not work and caught.broad else ()
        within = [fact for one in times for fact in flatten(list(one.within))]
        exits = any(isinstance(fact, ExitCall) for fact in within)
        fate = self._fate(caught, times, last) if work or strange or exits else Fate("goes-on")
        if fate.kind not in _SETTLED:
            own = {id(fact) for fact in facts}
            self.kept_from[_key(caught)] = frozenset(own) if _takes_much(caught) else frozenset()
        return HandlerSeen(
            caught.place,
            caught.kind,
            caught.caught,
            caught.broad,
            work,
            strange,
            tuple(dict.fromkeys(_work(within))),
            any(isinstance(fact, (FolderMade, ExperimentSet)) for fact in within),
            exits,
            fate,
        )

    def result(self, watched: Watched) -> ResultSeen:
        """What becomes of a failure that a call's result alone tells of."""
        times = self.watched[watched.kind, id(watched.node)]
        facts = [fact for one in times for fact in flatten(list(one.body))]
        taken = self._taken(facts)
        work = tuple(dict.fromkeys(_work(fact for fact in facts if id(fact) not in taken)))
        place = watched.code.lines.node(watched.node)
        if watched.kind == "thread" or (watched.kind == "future" and not work):
            return ResultSeen(place, watched.kind, watched.name, work, Fate("goes-on"))
        if watched.kind == "tag" and self.aftermath.world.reads_tags:
            fate = Fate("lost", place, "the tag that is set here may be read elsewhere")
            return ResultSeen(place, watched.kind, watched.name, (), fate)
        if watched.kind in _ASIDE:
            return ResultSeen(place, watched.kind, watched.name, (), self._of_path(watched))
        lazily = watched.kind == "future" and not watched.name.endswith(("submit", "apply_async"))
        fate = self._of_result(watched.node, watched.frame, watched.code, FUTURE if lazily else ANY)
        return ResultSeen(place, watched.kind, watched.name, work, fate)

    def validation(self, entered: Entered) -> ResultSeen:
        """What becomes of a False that a function of the project returns where something does not hold."""
        fate = self._of_result(entered.node, entered.frame, entered.code, Const(False))
        assert isinstance(entered.node, (ast.expr, ast.stmt))
        name = str(getattr(entered.callee, "name", ""))
        return ResultSeen(entered.code.lines.node(entered.node), "validation", name, (), fate)

    def _does_work(self, node: ast.AST, code: Code) -> bool:
        """Whether a statement does, or calls what does, the work of the pipeline."""
        known = self.does.get(id(node))
        if known is None:
            known = self.does[id(node)] = self._has_work_within(node, code)
        return known

    def _has_work_within(self, node: ast.AST, code: Code) -> bool:
        start, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0
        if any(start <= line <= end and kind in STRONG for line, kind in self.works.get(id(code.lines), ())):
            return True
        inner = (one for call in nodes_in(node) for one in self.by_call.get(id(call), ()))
        return any(self._has_work(one, STRONG, frozenset()) for one in inner)

    def _of_path(self, watched: Watched) -> Fate:
        try:
            named = watched.name if watched.kind == "collected" else ""
            return self.aftermath.of_path(watched.node, watched.frame, watched.code, named)
        except RecursionError:
            return Fate("lost", None, _TOO_DEEP)

    def _of_result(self, node: ast.AST, frame: ast.AST | None, code: Code, value: Value) -> Fate:
        try:
            return self.aftermath.of_result(node, frame, code, value)
        except RecursionError:
            return Fate("lost", None, _TOO_DEEP)

    def _taken(self, facts: Iterable[object]) -> frozenset[int]:
        """What handlers within the body take, and go on."""
        taken: set[int] = set()
        for fact in facts:
            if isinstance(fact, Caught):
                taken |= self.kept_from.get(_key(fact), frozenset())
        return frozenset(taken)

    def _fate(self, caught: Caught, times: Sequence[Caught], last: int) -> Fate:
        if all(one.raises for one in times):
            return Fate("raises", caught.place)
        one = next(one for one in reversed(times) if not one.raises)
        one.may_raise = any(met.may_raise for met in times)
        try:
            return self.aftermath.fate(one, last)
        except RecursionError:
            return Fate("lost", caught.place, _TOO_DEEP)

    def _last_work(self, caught: Caught, work: Sequence[Work], facts: Sequence[object]) -> int:
        """The line of the body's last call that is the work, or that enters a function in which it is."""
        kinds = frozenset(one.kind for one in work)
        kinds = kinds & STRONG or kinds
        first, last = caught.node.body[0].lineno, caught.node.body[-1].end_lineno or 0
        lines = [0]
        for fact in facts:
            if isinstance(fact, CallSeen) and fact.lines is caught.code.lines and kind_of(fact) in kinds:
                lines.append(fact.line)
            elif isinstance(fact, Entered) and fact.code is caught.code and self._has_work(fact, kinds, frozenset()):
                lines.append(getattr(fact.node, "lineno", 0))
        return max(line for line in lines if line == 0 or first <= line <= last)

    def _has_work(self, entered: Entered, kinds: frozenset[str], seen: frozenset[int]) -> bool:
        """Whether a function of the project, or one that it calls, does work of these kinds."""
        key = (id(entered.callee), kinds)
        if key not in self.reaches:
            self.reaches[key] = self._finds_work(entered, kinds, seen)
        return self.reaches[key]

    def _finds_work(self, entered: Entered, kinds: frozenset[str], seen: frozenset[int]) -> bool:
        function = entered.callee
        start, end = getattr(function, "lineno", 0), getattr(function, "end_lineno", 0) or 0
        works = self.works.get(id(entered.callee_code.lines), ())
        if any(start <= line <= end and kind in kinds for line, kind in works):
            return True
        inner = self.calls.get(id(function), ()) if id(function) not in seen else ()
        return any(self._has_work(one, kinds, seen | {id(function)}) for one in inner)

    def _strange(self, caught: Caught, facts: Sequence[object]) -> Iterator[tuple[Place, str]]:
        """Calls of the body of which nothing is known, in functions that it calls too."""
        found = 0
        for node, code in self._frames(caught, facts):
            if not self._has_strange(node, code):
                continue
            for call in nodes_in(node):
                if found < _MOST_STRANGE and isinstance(call, ast.Call) and self._is_strange(call, code):
                    found += 1
                    yield code.lines.node(call), f"what `{_word(call)}` does is not known"

    def _frames(self, caught: Caught, facts: Sequence[object]) -> Iterator[tuple[ast.AST, Code]]:
        """The statements of a body, and each function that it enters."""
        for statement in caught.node.body:
            yield statement, caught.code
        seen: set[int] = set()
        for fact in facts:
            if isinstance(fact, Entered) and id(fact.callee) not in seen:
                seen.add(id(fact.callee))
                yield fact.callee, fact.callee_code

    def _has_strange(self, node: ast.AST, code: Code) -> bool:
        """Whether such a call stands in a node's lines: most have none, and are not walked."""
        if code.path not in self.strange_lines:
            self.strange_lines[code.path] = sorted({line for line, _ in self.strange.get(code.path, ())})
        lines = self.strange_lines[code.path]
        first = bisect_left(lines, getattr(node, "lineno", 0))
        return first < len(lines) and lines[first] <= (getattr(node, "end_lineno", 0) or 0)

    def _is_strange(self, call: ast.Call, code: Code) -> bool:
        word = _word(call)
        is_harmless = word in SPEAKS or word in _HARMLESS or word.startswith(_HARMLESS_STARTS)
        return not is_harmless and end_of(call) in self.strange.get(code.path, ())


def _word(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "a call")


def _files(it: Interpreter, noted: Sequence[object]) -> dict[str, Code]:
    codes: dict[str, Code] = {}
    for one in noted:
        if isinstance(one, (Caught, Entered, Included, Watched)):
            codes[one.code.path] = one.code
    return codes


def _key(caught: Caught) -> int:
    return id(caught.handler if caught.handler is not None else caught.node)


def _takes_much(caught: Caught) -> bool:
    return caught.broad or caught.kind == "finally"


def _work(facts: Iterable[object]) -> Iterator[Work]:
    for fact in facts:
        if isinstance(fact, CallSeen):
            kind = kind_of(fact)
            if kind is not None:
                yield Work(kind, fact.name, fact.place, *target_of(fact))


def _last_first(caught: Caught, work: tuple[Work, ...], last: int) -> tuple[Work, ...]:
    """The work in its order, but what the body does before its last work at the end: its failure may be louder."""
    if not last:
        return work
    start = caught.code.lines.at(caught.node.body[0].lineno).line
    end = caught.code.lines.at(last).line
    path = caught.code.path
    return tuple(sorted(work, key=lambda one: one.place.path == path and start <= one.place.line < end))
