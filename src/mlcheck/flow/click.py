"""Transfer functions of click: commands, groups and their options, and what they make of the arguments.

A command is entered with what its options take; typer's commands run here too.

Source: click 8.5, executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mlcheck.flow import argv
from mlcheck.flow.call import Arguments, Call, Transfers
from mlcheck.flow.click_judge import take_by_click
from mlcheck.flow.entering import Ends
from mlcheck.flow.facts import ParserRead
from mlcheck.flow.fallbacks import why_not_refused
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.options import Command, Option, Taken, converted
from mlcheck.flow.store import set_item
from mlcheck.flow.typer_signature import signature_defaults, signature_options
from mlcheck.flow.values import (
    NONE,
    Const,
    DictValue,
    Function,
    Lib,
    ListValue,
    Obj,
    Scalar,
    Value,
    constant_text,
)

Maybe = Value | None
COMMAND, GROUP, PARAMS, DECORATOR = "click.Command", "click.Group", "click.Params", "click.decorator"
_TYPES = {"builtins.int": "int", "builtins.float": "float", "click.INT": "int", "click.FLOAT": "float"}
_SUFFIXES = ("_command", "_cmd", "_group", "_grp")  # left off a command's name by click 8.2
# What makes an option's value, or its absence, another than the arguments say.
_FROM_ELSEWHERE = ("envvar", "prompt")
_DEEPEST = 4


# --- declaring


def parameter(call: Call) -> Value:
    """`click.option(…)` and `click.argument(…)`: a decorator."""
    row: dict[Scalar, Value] = {str(name): value for name, value in call.arguments.keywords.items()}
    row["*names"] = ListValue(list(call.arguments.positional), "tuple")
    row["*argument"] = Const(call.target.endswith("argument"))
    return Obj(DECORATOR, {"*row": DictValue(row, is_open=call.arguments.open)}, call.it.birth())


def command(call: Call, name: Maybe) -> Value:
    """`click.command(…)`, or bare; of a group, its own sub-command."""
    data: dict[str, Value] = {key: value for key, value in call.arguments.keywords.items() if key != "name"}
    data["*open"] = Const(call.arguments.open)
    data["*group"] = Const(call.target.endswith(".group"))
    if call.receiver is not None:
        data["*owner"] = call.receiver
    if isinstance(name, (Function, Obj)):  # `@click.command` with no call
        return _command_of(call, Obj(DECORATOR, data), name)
    data["*name"] = name or NONE
    return Obj(DECORATOR, data, call.it.birth())


def decorate(call: Call, f: Maybe) -> Value:
    """A decorator applied: an option is noted on what it decorates, a command is made of it."""
    made = call.receiver
    if made is None or f is None:
        return call.top("a decorated function")
    row = made.data.get("*row")
    if row is None:
        return _command_of(call, made, f)
    if isinstance(f, Obj) and f.cls in (PARAMS, COMMAND, GROUP):
        rows = f.data["*rows"]
        if isinstance(rows, ListValue):
            call.it.wrote(rows)
            rows.items.insert(0, row)
        return f
    return Obj(PARAMS, {"*function": f, "*rows": ListValue([row], birth=call.it.birth())}, call.it.birth())


def _command_of(call: Call, made: Obj, f: Value) -> Value:
    held = f.data if isinstance(f, Obj) and f.cls == PARAMS else {"*function": f}
    data = {**made.data, "*rows": ListValue([], birth=call.it.birth()), **held}
    data["*commands"] = DictValue({}, birth=call.it.birth())
    result = Obj(GROUP if made.data.get("*group") == Const(True) else COMMAND, data, call.it.birth())
    owner = made.data.get("*owner")
    if isinstance(owner, Obj):
        _add(call, owner, made.data.get("*name", NONE), result)
    return result


def add_command(call: Call, cmd: Maybe, name: Maybe) -> Value:
    if call.receiver is not None and cmd is not None:
        own = cmd.data.get("*name", NONE) if isinstance(cmd, Obj) else NONE
        _add(call, call.receiver, name or own, cmd)
    return NONE


def _add(call: Call, group: Obj, name: Value, added: Value) -> None:
    commands = group.data.get("*commands")
    function = added.data.get("*function") if isinstance(added, Obj) else None
    names = [name]
    if name == NONE:
        names = [Const(one) for one in names_of_function(function)] or [call.top("a command's name")]
    if isinstance(commands, DictValue):
        for one in names:
            set_item(call.it, commands, one, added)


def names_of_function(function: Maybe) -> tuple[str, ...]:
    """The names under which a command may be known that is named for its function."""
    if not isinstance(function, Function):
        return ()
    short = next((function.name.removesuffix(end) for end in _SUFFIXES if function.name.endswith(end)), function.name)
    return tuple(dict.fromkeys(one.lower().replace("_", "-") for one in (function.name, short) if one))


# --- what was declared, as the judge takes it


def command_of(it: Interpreter, command: Obj, depth: int = 0) -> Command:
    """A command with its options and sub-commands."""
    unsure = _why_unsure(command)
    options: list[Option] = []
    for given in _options(it, command):
        if isinstance(given, str):
            unsure = unsure or given
        else:
            options.append(given)
    if sum(one.positional and one.nargs in ("*", "+") for one in options) > 1:
        unsure = unsure or "two arguments take any number"
    made = Command(tuple(options), abbreviations=False, unsure=unsure)
    commands = command.data.get("*commands")
    if command.cls == COMMAND or not isinstance(commands, DictValue):
        return made
    inner = tuple(
        (str(name), command_of(it, one, depth + 1) if isinstance(one, Obj) else Command((), unsure="a sub-command"))
        for name, one in commands.entries.items()
        if depth < _DEEPEST
    )
    known = not commands.open and depth < _DEEPEST and "chain" not in command.data
    alone = command.data.get("invoke_without_command") == Const(True)
    return replace(
        made,
        commands=inner,
        command_required=not alone,
        unsure=unsure or (None if known else "the sub-commands could not all be followed"),
    )


def _why_unsure(command: Obj) -> str | None:
    function = command.data.get("*function")
    if not isinstance(function, Function) and command.cls != GROUP:
        return "the command's function is not known"
    if isinstance(function, Function) and function.strange:
        return f"`{function.name}` is decorated in a way that is not followed: options may come from there"
    if command.data.get("*open") == Const(True) or any(one in command.data for one in ("context_settings", "cls")):
        return "how the command reads its arguments is not known"
    return None


def _options(it: Interpreter, command: Obj) -> Iterator[Option | str]:
    function = command.data.get("*function")
    if command.data.get("*typer") == Const(True):
        if isinstance(function, Function):
            yield from signature_options(it, function)
        return
    rows = command.data.get("*rows")
    if not isinstance(rows, ListValue) or rows.open:
        yield "the command's options could not all be followed"
        return
    for row in rows.items:
        yield from _option(row) if isinstance(row, DictValue) else ("an option that is not known",)


def _option(row: DictValue) -> Iterator[Option | str]:
    names = row.entries["*names"]
    texts = [constant_text(name) for name in names.items] if isinstance(names, ListValue) else []
    if row.open or not texts or None in texts or any(one in row.entries for one in ("cls", "flag_value")):
        yield "an option that is not known"
        return
    given = [text for text in texts if text is not None]
    if row.entries["*argument"] == Const(True):
        yield _argument(row, given[0])
        return
    dashed = [text for text in given if text.startswith("-")]
    dest = destination(given)
    pairs = [[part.strip() for part in text.split("/")] for text in dashed]
    first = tuple(pair[0] for pair in pairs if pair[0])
    if not first:
        yield "an option that is not known"
        return
    secondary = tuple(pair[1] for pair in pairs if len(pair) > 1 and pair[1])
    flag = bool(secondary) or _yes(row, "is_flag")
    action = "store_true" if flag else "count" if _yes(row, "count") else "append" if _yes(row, "multiple") else "store"
    kind, choices = type_of(row.entries.get("type"), row.entries.get("default"))
    required = _yes(row, "required") and not any(one in row.entries for one in _FROM_ELSEWHERE)
    number = row.entries.get("nargs", NONE)
    nargs = number.value if isinstance(number, Const) and isinstance(number.value, int) and number.value > 1 else None
    yield Option(first, dest, action, nargs, required, kind, choices)
    if secondary:
        yield Option(secondary, dest, "store_false")


def _argument(row: DictValue, name: str) -> Option:
    kind, choices = type_of(row.entries.get("type"), row.entries.get("default"))
    needed = row.entries.get("required", Const("default" not in row.entries)) == Const(True)
    number = row.entries.get("nargs", Const(1))
    many = number.value if isinstance(number, Const) and isinstance(number.value, int) else 1
    needed = needed and "envvar" not in row.entries
    nargs: str | int | None = None if needed else "?"
    if many == -1:
        needed = needed and _yes(row, "required")
        nargs = "+" if needed else "*"
    elif many > 1:
        nargs = many
    return Option((name.lower(),), name.lower().replace("-", "_"), "store", nargs, needed, kind, choices)


def _yes(row: DictValue, name: str) -> bool:
    return row.entries.get(name) == Const(True)


def destination(names: Sequence[str]) -> str:
    """The parameter that an option's value goes to: a bare name, else the first long one, else the first."""
    bare = next((name for name in names if not name.startswith("-")), None)
    if bare is not None:
        return bare
    long = next((name for name in names if name.startswith("--")), names[0])
    return long.partition("/")[0].strip().lstrip("-").replace("-", "_").lower()


def type_of(given: Maybe, default: Maybe) -> tuple[str, tuple[Scalar, ...] | None]:
    """An option's type, or that of its default, and the choices that it leaves."""
    if isinstance(given, Lib):
        return _TYPES.get(given.name, "str" if given.name in ("builtins.str", "click.STRING") else "?"), None
    if isinstance(given, Obj) and given.cls == "click.Choice":
        return "str", _choices(given)
    if isinstance(given, Obj) and given.cls in ("click.IntRange", "click.FloatRange"):
        return ("int" if given.cls.endswith("IntRange") else "float"), None
    if given is None and isinstance(default, Const) and not isinstance(default.value, bool):
        return {int: "int", float: "float"}.get(type(default.value), "str"), None
    return ("str" if given is None else "?"), None


def _choices(choice: Obj) -> tuple[Scalar, ...] | None:
    given = choice.data.get("choices")
    if choice.data.get("case_sensitive", Const(True)) != Const(True):
        return None
    if not isinstance(given, ListValue) or given.open or not all(isinstance(one, Const) for one in given.items):
        return None
    return tuple(one.value for one in given.items if isinstance(one, Const)) or None


def choice(call: Call, choices: Maybe, case_sensitive: Maybe) -> Value:
    return Obj("click.Choice", {"choices": choices or NONE, "case_sensitive": case_sensitive or Const(True)})


# --- running


def run(call: Call, args: Maybe) -> Value:
    """`main()`: the command is entered with what its options take, and the process ends."""
    if call.receiver is not None:
        run_command(call, call.receiver, args, "click")
    if call.arguments.keywords.get("standalone_mode") == Const(False):
        return call.top("what a command returns")
    raise Ends


def run_command(call: Call, command: Obj, args: Maybe, reader: str) -> None:
    """Judge the arguments, and enter the functions that they lead to."""
    it = call.it
    it.sources.taint()
    own = args is None or args == NONE or argv.are_arguments(it, args)
    given = list(it.arguments) if own and it.arguments is not None else None
    if not own and isinstance(args, ListValue) and not args.open:
        given = list(args.items)
    declared = command_of(it, command)
    taken = take_by_click(declared, given) if given is not None else Taken(unsure=declared.unsure or "who runs this")
    if it.notebook:
        taken = Taken(unsure="what a notebook's command line holds is not known")
    doubt = why_not_refused(it) if taken.refusals else None
    if doubt is not None:
        taken = Taken(unsure=doubt)
    if own:
        call.found(ParserRead(call.place, reader, taken.refusals, taken.unsure, taken.leftover, False))
    if taken.unsure is None and not taken.refusals:
        _enter_chosen(call, command, taken)
    else:
        for one in _all(command):
            _enter(call, one, None)


def _enter_chosen(call: Call, command: Obj, taken: Taken) -> None:
    _enter(call, command, taken)
    for name in taken.chosen:
        commands = command.data.get("*commands")
        inner = commands.entries.get(name) if isinstance(commands, DictValue) else None
        if not isinstance(inner, Obj):
            return
        command = inner
        _enter(call, command, taken)


def _all(command: Obj, depth: int = 0) -> Iterator[Obj]:
    yield command
    commands = command.data.get("*commands")
    for inner in dict.fromkeys(commands.entries.values()) if isinstance(commands, DictValue) else ():
        if isinstance(inner, Obj) and depth < _DEEPEST:
            yield from _all(inner, depth + 1)


def _enter(call: Call, command: Obj, taken: Taken | None) -> None:
    """Enter a command's function: with the values that its options take, or with anything."""
    from mlcheck.flow.calls import dispatch, perhaps

    function = command.data.get("*function")
    if not isinstance(function, Function):
        return
    if taken is None:
        perhaps(call.it, function, call.node, "click")
        return
    defaults = _defaults(call.it, command, function)
    names = {one.dest: one.converts for one in command_of(call.it, command).options}
    given = {name: converted(taken.values[name], kind) for name, kind in names.items() if name in taken.values}
    rest = {name: defaults.get(name, NONE) for name in names if name not in given}
    dispatch(call.it, function, Arguments([], {**given, **rest}), call.node)


def _defaults(it: Interpreter, command: Obj, function: Function) -> dict[str, Value]:
    if command.data.get("*typer") == Const(True):
        return signature_defaults(it, function)
    rows = command.data.get("*rows")
    found: dict[str, Value] = {}
    for row in rows.items if isinstance(rows, ListValue) else ():
        names = row.entries["*names"] if isinstance(row, DictValue) else None
        texts = [constant_text(one) or "" for one in names.items] if isinstance(names, ListValue) else []
        if isinstance(row, DictValue) and texts:
            default = row.entries.get("default")
            is_flag = _yes(row, "is_flag") or any("/" in text for text in texts)
            found[destination(texts)] = default if default is not None else Const(False) if is_flag else NONE
    return found


def call_undecorated(call: Call) -> Value:
    """A function with options on it, and no command: called as it is."""
    from mlcheck.flow.calls import dispatch

    assert call.receiver is not None
    return dispatch(call.it, call.receiver.data["*function"], call.arguments, call.node)


TRANSFERS: Transfers = {
    "click.option": parameter,
    "click.argument": parameter,
    "click.command": command,
    "click.group": command,
    "click.Choice": choice,
    f"{DECORATOR}.__call__": decorate,
    f"{PARAMS}.__call__": call_undecorated,
    **{f"{owner}.{name}": run for owner in (COMMAND, GROUP) for name in ("__call__", "main")},
    f"{GROUP}.command": command,
    f"{GROUP}.group": command,
    f"{GROUP}.add_command": add_command,
}
