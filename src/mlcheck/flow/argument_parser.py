"""Transfer functions of argparse: parsers, and their options as they are declared.

What comes of the arguments is `flow.commandline`'s.

Source: Python's argparse, executed.
"""

from __future__ import annotations

from dataclasses import replace

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.options import Command, Option
from mlcheck.flow.store import append, set_item
from mlcheck.flow.values import (
    NONE,
    Const,
    DictValue,
    Lib,
    ListValue,
    Obj,
    Scalar,
    Value,
    constant_text,
)

Maybe = Value | None
PARSER = "argparse.ArgumentParser"
_COMMANDS = "argparse._SubParsersAction"
_GROUPS = ("argparse._ArgumentGroup", "argparse._MutuallyExclusiveGroup")
_ACTIONS = frozenset(
    ("store", "store_true", "store_false", "store_const", "append", "append_const", "extend", "count", "help")
) | {"version"}
_NARGS = {
    "argparse.REMAINDER": "...",
    "argparse.OPTIONAL": "?",
    "argparse.ZERO_OR_MORE": "*",
    "argparse.ONE_OR_MORE": "+",
}
_TYPES = {"builtins.int": "int", "builtins.float": "float", "builtins.str": "str", "pathlib.Path": "path"}
# Keywords of a parser that change how arguments are read in ways that are not followed.
_UNUSUAL = ("prefix_chars", "fromfile_prefix_chars", "argument_default", "exit_on_error")
_MOST_VALUES = 300  # of one option
DEEPEST = 4  # sub-commands within sub-commands


# --- declaring


def argument_parser(call: Call) -> Value:
    it, given = call.it, call.arguments
    parser = Obj(PARSER, dict(given.keywords), it.birth())
    parser.data["*rows"] = ListValue([], birth=it.birth())
    parser.data["*groups"] = ListValue([], birth=it.birth())
    parser.data["*defaults"] = DictValue({}, birth=it.birth())
    parents = given.keywords.get("parents", ListValue([]))
    known = isinstance(parents, ListValue) and not parents.open
    parser.data["*known"] = Const(known and not given.open and not any(one in given.keywords for one in _UNUSUAL))
    for parent in parents.items if isinstance(parents, ListValue) else ():
        _inherit(call, parser, parent)
    return parser


def _inherit(call: Call, parser: Obj, parent: Value) -> None:
    """`parents=[…]`: their options are this parser's too."""
    if not isinstance(parent, Obj) or "*rows" not in parent.data:
        parser.data["*known"] = Const(False)
        return
    groups, inherited = list_in(parser, "*groups"), list_in(parent, "*groups")
    first = len(groups.items)
    groups.items.extend(inherited.items)
    rows = list_in(parent, "*rows")
    for row in rows.items:
        held = row.entries.get("*group") if isinstance(row, DictValue) else None
        if isinstance(row, DictValue) and isinstance(held, Const) and isinstance(held.value, int):
            row = DictValue({**row.entries, "*group": Const(held.value + first)}, is_open=row.open)
        append(call.it, list_in(parser, "*rows"), row)
    known = parent.data["*known"] == Const(True) and not rows.open and "*commands" not in parent.data
    parser.data["*known"] = Const(known and parser.data["*known"] == Const(True))
    defaults = parent.data["*defaults"]
    if isinstance(defaults, DictValue):
        for name, value in defaults.entries.items():
            set_item(call.it, dict_in(parser, "*defaults"), Const(name), value)


def add_argument(call: Call) -> Value:
    """Note an option: its names, what the keywords say, and the group that it is in."""
    parser = parser_of(call)
    if parser is None:
        return NONE
    entry: dict[Scalar, Value] = {str(name): value for name, value in call.arguments.keywords.items()}
    entry["*names"] = ListValue(list(call.arguments.positional), "tuple")
    if call.receiver is not None and "*group" in call.receiver.data:
        entry["*group"] = call.receiver.data["*group"]
    append(call.it, list_in(parser, "*rows"), DictValue(entry, is_open=call.arguments.open))
    return NONE


def add_group(call: Call) -> Value:
    """A group's arguments are the parser's; of a mutually exclusive one, one alone may be given."""
    parser = parser_of(call)
    if parser is None:
        return call.top("a group of arguments")
    exclusive = call.target.endswith("add_mutually_exclusive_group")
    group = Obj(_GROUPS[1] if exclusive else _GROUPS[0], {"*parser": parser}, call.it.birth())
    if exclusive:
        groups = list_in(parser, "*groups")
        group.data["*group"] = Const(len(groups.items))
        append(call.it, groups, call.arguments.keywords.get("required", Const(False)))
    return group


def set_defaults(call: Call) -> Value:
    parser = parser_of(call)
    if parser is not None:
        for name, value in call.arguments.keywords.items():
            set_item(call.it, dict_in(parser, "*defaults"), Const(name), value)
        if call.arguments.open:
            parser.data["*known"] = Const(False)
    return NONE


def add_subparsers(call: Call) -> Value:
    parser = parser_of(call)
    if parser is None:
        return call.top("sub-commands")
    commands = Obj(_COMMANDS, dict(call.arguments.keywords), call.it.birth())
    commands.data["*parsers"] = DictValue({}, birth=call.it.birth())
    if call.arguments.open or "parser_class" in call.arguments.keywords:
        parser.data["*known"] = Const(False)
    parser.data["*commands"] = commands
    return commands


def add_parser(call: Call, name: Maybe) -> Value:
    """A sub-command's parser, under its name and its aliases."""
    parser = argument_parser(call)
    commands = call.receiver
    if commands is None or "*parsers" not in commands.data or name is None:
        return parser
    parsers = dict_in(commands, "*parsers")
    aliases = call.arguments.keywords.get("aliases")
    for one in (name, *(aliases.items if isinstance(aliases, ListValue) else ())):
        set_item(call.it, parsers, one, parser)
    return parser


def parser_of(call: Call) -> Obj | None:
    receiver = call.receiver
    own = receiver.data.get("*parser", receiver) if receiver is not None else None
    return own if isinstance(own, Obj) and "*rows" in own.data else None


def list_in(owner: Obj, name: str) -> ListValue:
    held = owner.data.get(name)
    return held if isinstance(held, ListValue) else ListValue([], is_open=True)


def dict_in(owner: Obj, name: str) -> DictValue:
    held = owner.data.get(name)
    return held if isinstance(held, DictValue) else DictValue({}, is_open=True)


# --- what was declared, as a command


def command_of(parser: Obj, depth: int = 0) -> Command:
    """A parser as what the judge takes: its options, its groups and its sub-commands."""
    rows, groups = list_in(parser, "*rows"), list_in(parser, "*groups")
    whole = parser.data.get("*known") == Const(True) and not rows.open and not groups.open
    unsure = None if whole else "the options of this parser could not all be followed"
    options: list[Option] = []
    for row in rows.items:
        option = _option(row) if isinstance(row, DictValue) else "an option that is not known"
        if isinstance(option, Option):
            options.append(option)
        else:
            unsure = unsure or option
    exclusive = tuple(group == Const(True) for group in groups.items)
    commands = parser.data.get("*commands")
    made = Command(
        tuple(options),
        exclusive,
        abbreviations=parser.data.get("allow_abbrev", Const(True)) == Const(True),
        helps=parser.data.get("add_help", Const(True)) == Const(True),
        unsure=unsure,
    )
    return made if commands is None else _with_commands(made, commands, depth)


def _with_commands(command: Command, commands: Value, depth: int) -> Command:
    if not isinstance(commands, Obj) or "*parsers" not in commands.data or depth >= DEEPEST:
        return Command(command.options, unsure="sub-commands that are not followed")
    parsers = dict_in(commands, "*parsers")
    inner = tuple(
        (str(name), command_of(parser, depth + 1) if isinstance(parser, Obj) else Command((), unsure="a sub-command"))
        for name, parser in parsers.entries.items()
    )
    dest = commands.data.get("dest", NONE)
    required = commands.data.get("required", Const(False))
    known = isinstance(required, Const) and isinstance(dest, Const) and not parsers.open
    unsure = command.unsure or (None if known else "the sub-commands could not all be followed")
    return replace(
        command,
        commands=inner,
        command_dest=constant_text(dest),
        command_required=required == Const(True),
        unsure=unsure,
    )


def _option(row: DictValue) -> Option | str:
    """An option as the judge takes it, or why it is not known."""
    names = names_of(row)
    if not names or not all(names) or row.open:
        return "an option whose name is not known"
    label = f"`{names[-1]}`"
    action = action_of(row.entries.get("action"))
    nargs = _nargs(row.entries.get("nargs"))
    required = row.entries.get("required", Const(False))
    group = row.entries.get("*group", NONE)
    choices = _choices(row.entries.get("choices"))
    if action is None or nargs == "" or not isinstance(required, Const) or not isinstance(group, Const):
        return f"how {label} is read is not known"
    if choices == ():
        return f"the choices of {label} are not known"
    converts = type_of(row.entries.get("type"))
    number = group.value if isinstance(group.value, int) else None
    return Option(names, destination_of(row, names), action, nargs, bool(required.value), converts, choices, number)


def names_of(row: DictValue) -> tuple[str, ...]:
    names = row.entries["*names"]
    assert isinstance(names, ListValue)
    given = tuple(constant_text(name) or "" for name in names.items)
    return given or (constant_text(row.entries.get("dest", NONE)) or "",)


def action_of(value: Maybe) -> str | None:
    if value is None or value == NONE:
        return "store"
    if isinstance(value, Lib) and value.name == "argparse.BooleanOptionalAction":
        return "boolean"
    text = constant_text(value)
    return text if text in _ACTIONS else None


def _nargs(value: Maybe) -> str | int | None:
    """`nargs`, or "" where it is not known."""
    if value is None or value == NONE:
        return None
    if isinstance(value, Lib):
        return _NARGS.get(value.name, "")
    if isinstance(value, Const) and value.value in ("?", "*", "+", "...", "A..."):
        return str(value.value)
    known = isinstance(value, Const) and type(value.value) is int and 0 < value.value <= _MOST_VALUES
    return value.value if known and isinstance(value, Const) and isinstance(value.value, int) else ""


def _choices(value: Maybe) -> tuple[Scalar, ...] | None:
    """What an option may be, () where that is not known."""
    if value is None or value == NONE:
        return None
    if isinstance(value, DictValue):
        return () if value.open else tuple(value.entries)
    if isinstance(value, ListValue) and not value.open and all(isinstance(one, Const) for one in value.items):
        return tuple(one.value for one in value.items if isinstance(one, Const))
    return ()


def type_of(value: Maybe) -> str:
    if value is None or value == NONE:
        return "str"
    return _TYPES.get(value.name, "?") if isinstance(value, Lib) else "?"


def destination_of(row: DictValue, names: tuple[str, ...]) -> str:
    given = constant_text(row.entries.get("dest", NONE))
    long = next((name for name in names if name.startswith("--")), names[0] if names else "")
    if not long.startswith("-"):
        return given or long
    return given or long.lstrip("-").replace("-", "_")


_OPTIONS = {"add_argument": add_argument, "add_argument_group": add_group, "add_mutually_exclusive_group": add_group}

TRANSFERS: Transfers = {
    PARSER: argument_parser,
    f"{PARSER}.add_subparsers": add_subparsers,
    f"{PARSER}.set_defaults": set_defaults,
    f"{_COMMANDS}.add_parser": add_parser,
    **{f"{owner}.{name}": way for owner in (PARSER, *_GROUPS) for name, way in _OPTIONS.items()},
}
