"""What click makes of a command's arguments: options anywhere, arguments in order, groups one level at a time.

Source: click 8.5's parser, read, and executed against this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlcheck.flow.facts import Refusal
from mlcheck.flow.options import MARK, Command, Option, Taken, marked, readable, unmarked
from mlcheck.flow.values import Value


class _Stops(Exception):
    """The first argument that can't be read ends it: `refusal`, or `unsure` where only a run decides."""

    def __init__(self, refusal: Refusal | None, unsure: str | None = None) -> None:
        super().__init__()
        self.refusal = refusal
        self.unsure = unsure


@dataclass(slots=True)
class _Reading:
    """One command's share of the arguments: what its options got, and what is left for its arguments."""

    command: Command
    rest: list[str]
    left: list[str] = field(default_factory=list)
    given: dict[str, list[str | list[str]]] = field(default_factory=dict)  # by destination
    flags: dict[str, bool] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(name for option in self.command.options if not option.positional for name in option.names)


def take_by_click(command: Command, arguments: Sequence[Value]) -> Taken:
    """What a click program does with its arguments, or why that is not known."""
    read = marked(command, arguments)
    if isinstance(read, str):
        return Taken(unsure=read)
    taken = Taken()
    refusals: list[Refusal] = []
    rest, chosen = read.texts, list[str]()
    try:
        while True:
            if command.unsure is not None:
                return Taken(unsure=command.unsure)
            reading = _Reading(command, list(rest))
            _read(reading)
            refusals += _arguments(reading)
            refusals += _judged(reading)
            taken.values |= {name: unmarked(value, read.holes) for name, value in _values(reading).items()}
            if not command.commands:
                refusals += _extra(reading)
                break
            found = _next(reading)
            if found is None:
                break
            name, command, rest = found
            chosen.append(name)
    except _Stops as stop:
        if stop.unsure is not None:
            return Taken(unsure=stop.unsure)
        refusals += [stop.refusal] if stop.refusal is not None else []
    taken.chosen, taken.refusals = tuple(chosen), tuple(readable(one) for one in refusals)
    return taken


def _read(reading: _Reading) -> None:
    """Options off the front, or of a command with no sub-commands from anywhere."""
    while reading.rest:
        argument = reading.rest.pop(0)
        if argument == "--":
            break
        if argument.startswith("-") and len(argument) > 1:
            _option(reading, argument)
        elif reading.command.commands:
            reading.rest.insert(0, argument)
            return
        else:
            reading.left.append(argument)
    reading.left += reading.rest if not reading.command.commands else []


def _option(reading: _Reading, argument: str) -> None:
    name, equals, value = argument.partition("=")
    if MARK.search(name):
        raise _Stops(None, "the name of an option is not known until it runs")
    option = _named(reading.command, name)
    if option is not None:
        _give(reading, option, name, value if equals else None)
    elif argument.startswith("--"):
        _stranger(reading, name)
    else:
        _short(reading, argument[1:])


def _short(reading: _Reading, letters: str) -> None:
    """`-vn3`: one letter an option, until one takes the rest."""
    while letters:
        letter, letters = letters[0], letters[1:]
        option = _named(reading.command, f"-{letter}")
        if option is None:
            _stranger(reading, f"-{letter}")
        elif _is_flag(option):
            _give(reading, option, f"-{letter}", None)
        else:
            _give(reading, option, f"-{letter}", letters or None)
            return


def _stranger(reading: _Reading, name: str) -> None:
    if name == "--help":
        raise _Stops(None, "it is asked for its help")
    raise _Stops(Refusal("unrecognized", name, f"No such option: {name}", reading.known))


def _named(command: Command, name: str) -> Option | None:
    return next((one for one in reversed(command.options) if not one.positional and name in one.names), None)


def _is_flag(option: Option) -> bool:
    return option.action in ("store_true", "store_false", "count")


def _give(reading: _Reading, option: Option, name: str, value: str | None) -> None:
    known = reading.known
    if _is_flag(option):
        if value is not None:
            raise _Stops(Refusal("value", name, f"Option '{name}' does not take a value.", known))
        reading.flags[option.dest] = option.action != "store_false"
        return
    if value is not None:
        reading.rest.insert(0, value)
    number = option.nargs if isinstance(option.nargs, int) else 1
    if len(reading.rest) < number:
        needs = "an argument" if number == 1 else f"{number} arguments"
        raise _Stops(Refusal("value", name, f"Option '{name}' requires {needs}.", known))
    given, reading.rest = reading.rest[:number], reading.rest[number:]
    reading.given.setdefault(option.dest, []).append(given[0] if option.nargs is None else given)


def _arguments(reading: _Reading) -> list[Refusal]:
    """What is left, by the command's arguments in order; one of them may take any number."""
    places = [option for option in reading.command.options if option.positional]
    left = reading.left if not reading.command.commands else reading.rest
    found: list[Refusal] = []
    for index, place in enumerate(places):
        after = sum(_least(one) for one in places[index + 1 :])
        if place.nargs in ("*", "+"):
            number = max(len(left) - after, 0)
        else:
            number = place.nargs if isinstance(place.nargs, int) else 1
        given, left = left[:number], left[number:]
        missing = len(given) < number if isinstance(place.nargs, int) else not given
        if missing and (place.required or place.nargs == "+" or (isinstance(place.nargs, int) and given)):
            says = f"Missing argument '{place.dest.upper()}'."
            found.append(Refusal("required", place.dest, says, reading.known))
        elif given:
            reading.given[place.dest] = [given if place.nargs in ("*", "+") or number > 1 else given[0]]
    if reading.command.commands:
        reading.rest = left
    else:
        reading.left = left
    return found


def _least(place: Option) -> int:
    if place.nargs in ("*", "+"):
        return 0
    return place.nargs if isinstance(place.nargs, int) else 1


def _judged(reading: _Reading) -> list[Refusal]:
    """Options that are required and missing, and values that their types and choices refuse."""
    found: list[Refusal] = []
    for option in reading.command.options:
        given = reading.given.get(option.dest)
        if given is None:
            if option.required and not option.positional and option.dest not in reading.flags:
                says = f"Missing option '{option.names[-1]}'."
                found.append(Refusal("required", option.names[-1], says, tuple(reading.given)))
            continue
        for one in given:
            for text in one if isinstance(one, list) else [one]:
                says_ = _wrong(option, text)
                if says_ is not None:
                    found.append(Refusal("value", option.names[-1], says_, reading.known))
    return found


def _wrong(option: Option, text: str) -> str | None:
    name = option.names[-1] if not option.positional else option.dest.upper()
    if MARK.search(text):
        return None
    if option.choices is not None and text not in option.choices:
        shown = ", ".join(repr(one) for one in option.choices[:12])
        return f"Invalid value for '{name}': {text!r} is not one of {shown}."
    if option.converts not in ("int", "float"):
        return None
    try:
        int(text) if option.converts == "int" else float(text)
    except ValueError:
        kind = "integer" if option.converts == "int" else "float"
        return f"Invalid value for '{name}': {text!r} is not a valid {kind}."
    return None


def _values(reading: _Reading) -> dict[str, object]:
    many = {option.dest for option in reading.command.options if option.action == "append"}
    values: dict[str, object] = dict(reading.flags)
    for name, given in reading.given.items():
        values[name] = given if name in many else given[-1]
    return values


def _extra(reading: _Reading) -> list[Refusal]:
    if not reading.left:
        return []
    if any(MARK.match(one) for one in reading.left):
        raise _Stops(None, "an argument that only a run resolves may be an option")
    text = " ".join(reading.left)
    many = "s" if len(reading.left) > 1 else ""
    return [Refusal("unrecognized", text, f"Got unexpected extra argument{many} ({text})", reading.known)]


def _next(reading: _Reading) -> tuple[str, Command, list[str]] | None:
    """The sub-command that the next argument names, with the arguments after it."""
    commands = dict(reading.command.commands)
    if not reading.rest:
        if reading.command.command_required:
            raise _Stops(Refusal("required", "COMMAND", "Missing command.", tuple(commands)))
        return None
    name = reading.rest[0]
    if MARK.search(name):
        raise _Stops(None, "which sub-command is run is not known until it runs")
    if name not in commands:
        raise _Stops(Refusal("value", name, f"No such command {name!r}.", tuple(commands)))
    return name, commands[name], reading.rest[1:]
