"""A program's options as it declares them, and what they make of the arguments that it is given.

Python's own argparse is the judge: the declared options are built up again and
given the arguments, with marks in the place of what only a run resolves. A
value with a mark in it fits every type and every choice. click's commands are
judged in `flow.click_judge`, on the same declarations.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from mlcheck.flow.facts import Refusal
from mlcheck.flow.values import Const, Hole, ListValue, Obj, Scalar, Text, Top, Value, text_of

_MOST = 300  # arguments and options that are followed
_MOST_OPEN = 3  # positionals that take any number of arguments: matching them is a search
MARK = re.compile("\ue000([0-9]+)\ue001")
_SUPPRESSED = argparse.SUPPRESS
_UNDECIDED = "undecided: "
_REQUIRED = "the following arguments are required: "


@dataclass(frozen=True, slots=True)
class Option:
    """One option, or positional argument where its one name has no dash.

    `converts` is str, int, float, path, or "?" for a type that is not known;
    `choices` None where there are none. `group`: the mutually exclusive group
    that it is in, by the parser's list.
    """

    names: tuple[str, ...]
    dest: str
    action: str = "store"
    nargs: str | int | None = None
    required: bool = False
    converts: str = "str"
    choices: tuple[Scalar, ...] | None = None
    group: int | None = None

    @property
    def positional(self) -> bool:
        return not self.names[0].startswith("-")


@dataclass(frozen=True, slots=True)
class Command:
    """A parser, with its sub-commands by name. `unsure` says what of it is not known."""

    options: tuple[Option, ...]
    exclusive: tuple[bool, ...] = ()  # mutually exclusive groups, and whether one of each is required
    commands: tuple[tuple[str, Command], ...] = ()
    command_dest: str | None = None
    command_required: bool = False
    abbreviations: bool = True
    helps: bool = True
    unsure: str | None = None


@dataclass(slots=True)
class Taken:
    """What a program makes of its arguments: values by destination, the sub-commands chosen, what it refuses."""

    values: dict[str, Value] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    leftover: tuple[int, ...] = ()  # the arguments, by index, that nothing takes
    unsure: str | None = None


class _Refused(Exception):
    """The judge's verdict: the arguments are not taken."""


class _Choices:
    """What a value may be; one with marks in it may be any that it fits."""

    def __init__(self, choices: tuple[Scalar, ...]) -> None:
        self.choices = choices

    def __contains__(self, value: object) -> bool:
        return (
            value == _SUPPRESSED or value in self.choices or (isinstance(value, str) and _may_be(value, self.choices))
        )

    def __iter__(self) -> Iterator[Scalar]:
        return iter(self.choices)


def _may_be(value: str, choices: Iterable[object]) -> bool:
    """Whether a value with marks in it may come to one of the choices when it runs."""
    if not MARK.search(value):
        return False
    pattern = ".*".join(re.escape(part) for part in MARK.split(value)[::2])
    return any(re.fullmatch(pattern, str(one), re.DOTALL) for one in choices)


class _Judge(argparse.ArgumentParser):
    """A parser that raises instead of ending the process, and says the same in every Python."""

    def error(self, message: str) -> NoReturn:
        raise _Refused(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise _Refused("ends")

    def print_help(self, file: Any = None) -> None:
        pass

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices: Any = action.choices
        if choices is None or value in choices:
            return
        if isinstance(value, str) and _may_be(value, choices):
            raise _Refused(f"{_UNDECIDED}which sub-command is run is not known until it runs")
        shown = ", ".join(repr(one) for one in list(choices)[:12])
        given = f"'{value}'" if isinstance(value, str) else repr(value)
        raise argparse.ArgumentError(action, f"invalid choice: {given} (choose from {shown})")


def _converter(kind: str) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        if kind not in ("int", "float") or text == _SUPPRESSED or MARK.search(text):
            return text
        return int(text) if kind == "int" else float(text)

    convert.__name__ = kind
    return convert


def take(command: Command, arguments: Sequence[Value]) -> Taken:
    """What a program does with its arguments, or why that is not known."""
    read = marked(command, arguments)
    if isinstance(read, str):
        return Taken(unsure=read)
    try:
        return _taken(command, read.texts, read.holes)
    except (ValueError, TypeError, argparse.ArgumentError, AttributeError, KeyError):
        return Taken(unsure="the options could not be put together again")


class Marked(NamedTuple):
    """Arguments as texts, with a mark for each part that only a run resolves; the parts by number."""

    texts: list[str]
    holes: list[Hole]


def marked(command: Command, arguments: Sequence[Value]) -> Marked | str:
    """The arguments as texts, or why they can't be judged."""
    holes: list[Hole] = []
    texts = [_marked(argument, holes) for argument in arguments]
    known = [text for text in texts if text is not None]
    if command.unsure is not None:
        return command.unsure
    if len(known) != len(texts):
        return "an argument is not known"
    if len(texts) > _MOST or _too_many(command):
        return "more options than are followed"
    return Marked(known, holes)


def _too_many(command: Command) -> bool:
    options = command.options
    anyhow = sum(option.positional and option.nargs in ("*", "+", "?", "...", "A...") for option in options)
    return anyhow > _MOST_OPEN or len(options) > _MOST or any(_too_many(one) for _, one in command.commands)


def _marked(argument: Value, holes: list[Hole]) -> str | None:
    """An argument as text, with a mark for each part that is not known; None where it is no text."""
    match argument:
        case Const(value=str(text)):
            return text.replace("\ue000", "").replace("\ue001", "")
        case Text(parts=parts):
            text = ""
            for part in parts:
                if isinstance(part, str):
                    text += part
                else:
                    holes.append(part)
                    text += f"\ue000{len(holes) - 1}\ue001"
            return text
        case Top(place=place, why=why):
            holes.append(Hole("unknown", why, place))
            return f"\ue000{len(holes) - 1}\ue001"
        case _:
            return None


# --- the judgement


def _taken(command: Command, given: list[str], holes: list[Hole]) -> Taken:
    refusals: list[Refusal] = []
    space, rest, said = _run(command, given, relaxed=False)
    if said == "ends":
        return Taken(unsure="it is asked for its help or version")
    if said is not None and said.startswith(_UNDECIDED):
        return Taken(unsure=said.removeprefix(_UNDECIDED))
    if said is not None:
        refused = _refusals(command, said)
        if any(one.name.startswith("-") and MARK.search(one.name) for one in refused):
            return Taken(unsure=_uncertain(said))
        refusals += refused
        if said.startswith(_REQUIRED):
            space, rest, said = _run(command, given, relaxed=True)
            if said is not None and not said.startswith(_REQUIRED):
                refusals += _refusals(command, said)
    chosen = _chosen(command, space)
    unsure = _unsure(command, chosen)
    if unsure is not None:
        return Taken(unsure=unsure)
    strangers, doubt = _strangers(command, chosen, rest)
    if doubt is not None:
        return Taken(unsure=doubt)
    values = {name: unmarked(value, holes) for name, value in vars(space).items() if not name.startswith("_")}
    clean = tuple(readable(one) for one in (*refusals, *strangers))
    return Taken(values, chosen, clean, _places(rest, given))


def _run(command: Command, given: list[str], *, relaxed: bool) -> tuple[argparse.Namespace, list[str], str | None]:
    """What the judge takes, what it leaves, and what it says against it."""
    try:
        space, rest = _built(command, relaxed).parse_known_args(given)
        return space, rest, None
    except _Refused as refused:
        return argparse.Namespace(), [], str(refused)


def _built(command: Command, relaxed: bool) -> _Judge:
    parser = _Judge(
        prog="program",
        add_help=command.helps,
        allow_abbrev=command.abbreviations,
        argument_default=_SUPPRESSED,
        conflict_handler="resolve",
    )
    _fill(parser, command, relaxed)
    return parser


def _fill(parser: argparse.ArgumentParser, command: Command, relaxed: bool) -> None:
    groups = [parser.add_mutually_exclusive_group(required=one and not relaxed) for one in command.exclusive]
    for option in command.options:
        holder: Any = parser if option.group is None else groups[option.group]
        holder.add_argument(*option.names, **_keywords(option, relaxed))
    if not command.commands:
        return
    dest = command.command_dest or "_command"
    required = command.command_required and not relaxed
    inner: Any = parser.add_subparsers(dest=dest, required=required, parser_class=_Judge)
    for name, one in command.commands:
        child = inner.add_parser(
            name,
            add_help=one.helps,
            allow_abbrev=one.abbreviations,
            argument_default=_SUPPRESSED,
            conflict_handler="resolve",
        )
        _fill(child, one, relaxed)


def _keywords(option: Option, relaxed: bool) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if option.action == "boolean":
        given["action"] = argparse.BooleanOptionalAction
    elif option.action != "store":
        given["action"] = option.action
    if option.action in ("store_const", "append_const"):
        given["const"] = True
    if option.action == "version":
        given["version"] = ""
    if not option.positional and option.action not in ("help", "version"):
        given |= {"dest": option.dest, "required": option.required and not relaxed, "default": _SUPPRESSED}
    if option.action in ("store", "append", "extend"):
        given |= {"type": _converter(option.converts), "nargs": option.nargs}
        if option.nargs == "?":
            given["const"] = None
        if option.choices is not None:
            given["choices"] = _Choices(option.choices)
    return given


def _chosen(command: Command, space: argparse.Namespace) -> tuple[str, ...]:
    path: list[str] = []
    while command.commands:
        name = getattr(space, command.command_dest or "_command", None)
        inner = dict(command.commands).get(name) if isinstance(name, str) else None
        if inner is None:
            break
        path.append(str(name))
        command = inner
    return tuple(path)


def command_at(command: Command, chosen: Sequence[str]) -> Command:
    """The sub-command that a path of names leads to."""
    for name in chosen:
        command = dict(command.commands)[name]
    return command


def _unsure(command: Command, chosen: Sequence[str]) -> str | None:
    for index in range(1, len(chosen) + 1):
        found = command_at(command, chosen[:index])
        if found.unsure is not None:
            return found.unsure
    return None


def _uncertain(said: str) -> str:
    return f"what only a run resolves decides it: {MARK.sub('{…}', said)}"


def _strangers(command: Command, chosen: Sequence[str], rest: list[str]) -> tuple[list[Refusal], str | None]:
    """The arguments that nothing takes: options by name, else all that are left in one."""
    known = tuple(name for option in command_at(command, chosen).options for name in option.names)
    options = [one.partition("=")[0] for one in rest if one.startswith("-") and not _is_number(one) and one != "--"]
    if options:
        if any(MARK.search(name) for name in options):
            return [], "the name of an option is not known until it runs"
        found = [
            Refusal("unrecognized", name, f"unrecognized arguments: {name}", known) for name in dict.fromkeys(options)
        ]
        return found, None
    left = [one for one in rest if one != "--"]
    if not left:
        return [], None
    if any(MARK.match(one) for one in left):
        return [], "an argument that only a run resolves may be an option"
    text = " ".join(left)
    return [Refusal("unrecognized", text, f"unrecognized arguments: {text}", known)], None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-\d+|-\d*\.\d+", text) is not None


def _refusals(command: Command, said: str) -> list[Refusal]:
    """What the judge says, by the option that it speaks of."""
    known = tuple(name for option in command.options for name in option.names)
    if said.startswith(_REQUIRED):
        names = [name.split("/")[-1] for name in said[len(_REQUIRED) :].split(", ")]
        return [Refusal("required", name, _REQUIRED + name, known) for name in names]
    found = re.match(r"argument (\S+): (.*)", said, re.DOTALL)
    if found is None:
        name = next(iter(re.findall(r"--?[\w-]+", said)), "arguments")
        return [Refusal("required" if said.endswith("is required") else "value", name, said, known)]
    name = found.group(1).split("/")[-1]
    value = re.match(r"invalid \w+(?: value)?: '([^']*)'", found.group(2))
    if not name.startswith("-") and value:  # of a positional, and of a sub-command, the value is what stands there
        name = value.group(1)
    return [Refusal("value", name, said, known)]


def readable(refusal: Refusal) -> Refusal:
    return Refusal(refusal.kind, MARK.sub("{…}", refusal.name), MARK.sub("{…}", refusal.says), refusal.known)


def _places(rest: list[str], written: list[str]) -> tuple[int, ...]:
    """Which of the arguments are left over."""
    taken: list[int] = []
    for one in rest:
        for index, argument in enumerate(written):
            if argument == one and index not in taken:
                taken.append(index)
                break
    return tuple(sorted(taken))


def unmarked(value: Any, holes: list[Hole]) -> Value:
    """What the judge made of an argument, with its holes back."""
    if isinstance(value, (list, tuple)):
        return ListValue([unmarked(one, holes) for one in value])
    if not isinstance(value, str):
        return Const(value)
    parts: list[str | Hole] = []
    end = 0
    for match in MARK.finditer(value):
        parts += [value[end : match.start()], holes[int(match.group(1))]]
        end = match.end()
    return text_of([*parts, value[end:]])


def converted(value: Value, kind: str) -> Value:
    """A value as an option's type makes it: known types of constants, else what it is or anything."""
    if isinstance(value, ListValue):
        return ListValue([converted(one, kind) for one in value.items], value.kind, is_open=value.open)
    if kind == "path":
        return Obj("pathlib.Path", {"text": value})
    if kind == "?":
        return Top(None, "what a type that is not known makes of an argument")
    if kind in ("int", "float") and isinstance(value, Const) and isinstance(value.value, str):
        try:
            return Const(int(value.value) if kind == "int" else float(value.value))
        except (ValueError, OverflowError):
            return Top(None, "an argument that its type refuses")
    return value
