"""Transfer functions of argparse and `sys.argv`: what a task's parameters become.

Source: Python's argparse, executed.
"""

from __future__ import annotations

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.facts import ParserRead
from mlcheck.flow.store import append
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Obj, Text, Top, Value, constant_text, merge

Maybe = Value | None
_NO_VALUE = ("store_true", "store_false", "store_const", "append_const", "count", "help", "version")


def argument_parser(call: Call) -> Value:
    rows = ListValue([], birth=call.it.birth())
    return Obj("argparse.ArgumentParser", {"rows": rows, "complete": Const(True)}, call.it.birth())


def add_argument(call: Call) -> Value:
    """Note an option: its names, and what the keywords say."""
    parser = _parser(call)
    if parser is None:
        return NONE
    entry = dict(call.arguments.keywords)
    names = ListValue(list(call.arguments.positional), "tuple")
    row = DictValue({**{str(k): v for k, v in entry.items()}, "*names": names}, is_open=call.arguments.open)
    rows = parser.data["rows"]
    if isinstance(rows, ListValue):
        append(call.it, rows, row)
    return NONE


def _parser(call: Call) -> Obj | None:
    receiver = call.receiver
    if receiver is None:
        return None
    own = receiver.data.get("parser", receiver)
    return own if isinstance(own, Obj) and "rows" in own.data else None


def add_group(call: Call) -> Value:
    """A group's arguments are the parser's."""
    parser = _parser(call)
    return Obj("argparse.ArgumentParser", {"parser": parser}) if parser is not None else call.top("a parser")


def add_subparsers(call: Call) -> Value:
    parser = _parser(call)
    if parser is not None:
        parser.data["complete"] = Const(False)
    return call.top("sub-commands")


def parse_args(call: Call, args: Maybe) -> Value:
    """The namespace: each option's value from the task's arguments, else its default."""
    parser = _parser(call)
    if parser is None:
        return call.top("parsed arguments")
    call.it.sources.taint()
    strict = call.target.endswith("parse_args")
    rows = parser.data["rows"]
    complete = isinstance(rows, ListValue) and not rows.open and parser.data["complete"] == Const(True)
    options = [row for row in rows.items if isinstance(row, DictValue)] if isinstance(rows, ListValue) else []
    names = [_names(row) for row in options]
    complete = complete and all(all(n) for n in names) and not any(row.open for row in options) and args is None
    call.found(_read(call, options, names, strict, complete))
    given = _given(call)
    namespace = Obj("argparse.Namespace", birth=call.it.birth())
    for row, row_names in zip(options, names):
        namespace.data[_destination(row, row_names)] = _value(call, row, row_names, given)
    if strict:
        return namespace
    return ListValue([namespace, call.top("other arguments")], "tuple", birth=call.it.birth())


def _names(row: DictValue) -> tuple[str, ...]:
    names = row.entries["*names"]
    assert isinstance(names, ListValue)
    return tuple(constant_text(name) or "" for name in names.items)


def _read(call: Call, rows: list[DictValue], names: list[tuple[str, ...]], strict: bool, complete: bool) -> ParserRead:
    options: list[tuple[str, ...]] = []
    flags: set[str] = set()
    required: list[str] = []
    positionals = 0
    for row, row_names in zip(rows, names):
        if not row_names or not row_names[0].startswith("-"):
            positionals += 1
            complete = complete and "nargs" not in row.entries
            continue
        options.append(row_names)
        action = constant_text(row.entries.get("action", NONE))
        if action in _NO_VALUE:
            flags.update(row_names)
        if "nargs" in row.entries:
            complete = False
        if row.entries.get("required") == Const(True):
            required.append(row_names[-1])
        elif not isinstance(row.entries.get("required", NONE), Const):
            complete = False
    return ParserRead(call.place, tuple(options), frozenset(flags), tuple(required), positionals, strict, complete)


def _destination(row: DictValue, names: tuple[str, ...]) -> str:
    given = constant_text(row.entries.get("dest", NONE))
    long = next((name for name in names if name.startswith("--")), names[0] if names else "")
    return given or long.lstrip("-").replace("-", "_")


def _given(call: Call) -> dict[str, Value]:
    """The task's arguments by option: `--a b` and `--a=b`."""
    given: dict[str, Value] = {}
    waiting: str | None = None
    for argument in call.it.arguments or ():
        text = constant_text(argument)
        first = argument.parts[0] if isinstance(argument, Text) else text
        if isinstance(first, str) and first.startswith("--") and "=" in first:
            name, _, value = first.partition("=")
            rest = argument.parts[1:] if isinstance(argument, Text) else ()
            given[name] = Text((value, *rest)) if rest else Const(value)
            waiting = None
        elif text is not None and text.startswith("-") and not text[1:2].isdigit():
            waiting = text
        elif waiting is not None:
            given[waiting] = argument
            waiting = None
    return given


def _value(call: Call, row: DictValue, names: tuple[str, ...], given: dict[str, Value]) -> Value:
    for name in names:
        if name in given:
            return given[name]
    default = row.entries.get("default")
    lost: Value = Top(call.place, f"`{names[-1] if names else '?'}` of the command line")
    if call.it.arguments is not None:
        return default if default is not None else lost
    return merge(default, lost) if default is not None else lost


TRANSFERS: Transfers = {
    "argparse.ArgumentParser": argument_parser,
    "argparse.ArgumentParser.add_argument": add_argument,
    "argparse.ArgumentParser.add_argument_group": add_group,
    "argparse.ArgumentParser.add_mutually_exclusive_group": add_group,
    "argparse.ArgumentParser.add_subparsers": add_subparsers,
    "argparse.ArgumentParser.parse_args": parse_args,
    "argparse.ArgumentParser.parse_known_args": parse_args,
}
