"""Whether the code that a task runs reads a parameter: by widgets, in SQL, or from the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mlcheck.flow.facts import (
    AllWidgetsRead,
    ArgvRead,
    CallSeen,
    EntryFacts,
    Facts,
    OtherCell,
    ParserRead,
    SqlCell,
    WidgetRead,
)
from mlcheck.flow.names import is_quiet
from mlcheck.flow.values import Const, Text, Value, constant_text, options_of
from mlcheck.project.place import Place

WIDGETS = frozenset({"widgets", "getArgument"})
COMMAND_LINE = frozenset({"argv", "parse_args", "parse_known_args"})
# Words of other ways to get at parameters, which are not followed.
_OTHER_WAYS = re.compile(r"\b(getCurrentBindings|job_parameters|notebook_params|overriding_parameters)\b")
_COMMAND_LINE_WAYS = re.compile(
    r"\b(argv|argparse|optparse|getopt|click|typer|fire|docopt|absl|hydra|cli_parse_args|CliApp|CliSettingsSource|"
    r"HfArgumentParser|jsonargparse|tyro|cyclopts|/proc/self/cmdline|orig_argv|OmegaConf\.from_cli|from_cli)\b"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a parameter: `read` at a place, not read, or not known for a reason."""

    state: str  # read, unread, unknown
    place: Place | None = None
    why: str = ""


READ, UNREAD, UNKNOWN = "read", "unread", "unknown"


def widget_reading(facts: Facts, entries: Iterable[EntryFacts], name: str) -> Reading:
    """Whether a notebook's runs read a parameter by its name."""
    doubt: Reading | None = None
    last: EntryFacts | None = None
    for entry in entries:
        last = entry
        found = _read_by_name(entry, name)
        if found is not None and found.state == READ:
            return found
        doubt = doubt or found or _doubt(facts, entry, name)
    if last is None:
        return Reading(UNKNOWN, None, "what it runs was not followed")
    return doubt or Reading(UNREAD, last.place)


def _read_by_name(entry: EntryFacts, name: str) -> Reading | None:
    doubt: Reading | None = None
    for every in entry.of(AllWidgetsRead):
        return Reading(READ, every.place)
    for read in entry.of(WidgetRead):
        for option in options_of(read.name):
            text = constant_text(option)
            if text == name:
                return Reading(READ, read.place)
            if text is None and _may_be(option, name):
                doubt = Reading(UNKNOWN, read.place, "a parameter whose name is not known is read")
    for cell in entry.of(SqlCell):
        if in_sql(cell.text, name):
            return Reading(READ, cell.place)
    for other in entry.of(OtherCell):
        if re.search(rf"[\"'`]{re.escape(name)}[\"'`]", other.text):
            return Reading(READ, other.place)
    for call in entry.calls("get"):
        if "conf" in call.name and constant_text(call.argument("key", 0) or Const(None)) == name:
            return Reading(READ, call.place)
    return doubt


def _may_be(value: Value, name: str) -> bool:
    """Whether a name with holes may be this one."""
    if not isinstance(value, Text):
        return not isinstance(value, Const)
    pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in value.parts)
    return re.fullmatch(pattern, name, re.DOTALL) is not None


def in_sql(text: str, name: str) -> bool:
    """Whether SQL has a parameter's marker: `:name`, `${name}`, `$name`, `{{name}}`, `getArgument("name")`."""
    one = re.escape(name)
    return (
        re.search(
            rf"(?<![\w:]):{one}\b|\$\{{?{one}\b|\{{\{{\s*{one}\b|getArgument\(\s*[\"']{one}[\"']", text, re.IGNORECASE
        )
        is not None
    )


def _doubt(facts: Facts, entry: EntryFacts, name: str) -> Reading | None:
    """Why a parameter that was not seen to be read may be read all the same."""
    lost = _unfollowed(facts, entry, WIDGETS)
    if lost is not None:
        return lost
    quoted = re.compile(rf"[\"']{re.escape(name)}[\"']")
    for mention in facts.unreached_calls(WIDGETS):
        if mention.place.path in entry.reached and quoted.search(_text(facts, mention.place.path)):
            return Reading(UNKNOWN, mention.place, "it may be read on a path that was not taken")
    for path in sorted(entry.reached):
        text = _text(facts, path)
        other = _OTHER_WAYS.search(text)
        if other is not None:
            return Reading(UNKNOWN, _line_of(facts, path, other.start()), f"`{other.group()}` may read it")
        if "sql" in text and in_sql(text, name):
            return Reading(UNKNOWN, entry.place, "it may be a marker in SQL that the code puts together")
        code = facts.code(path)
        if code is not None and code.language in ("r", "scala"):
            return Reading(UNKNOWN, entry.place, f"a notebook in {code.language.capitalize()} is not followed")
    return None


def _unfollowed(facts: Facts, entry: EntryFacts, words: frozenset[str]) -> Reading | None:
    for place, why in facts.unfollowed(entry, words):
        return Reading(UNKNOWN, place, why)
    for call in entry.of(CallSeen):
        if not call.name.startswith("?") and not is_quiet(call.name):
            package = call.name.partition(".")[0]
            return Reading(UNKNOWN, call.place, f"`{package}` is not followed, and may read it")
    return None


def _text(facts: Facts, path: str) -> str:
    code = facts.code(path)
    return code.text if code is not None else ""


def _line_of(facts: Facts, path: str, offset: int) -> Place:
    """The place of an offset in a file's text."""
    code = facts.code(path)
    return Place(path, 1) if code is None else code.lines.at(code.text.count("\n", 0, offset) + 1)


def names_read(entries: Iterable[EntryFacts]) -> frozenset[str]:
    """The names of the widgets that are read, where they are known."""
    reads = (option for entry in entries for read in entry.of(WidgetRead) for option in options_of(read.name))
    return frozenset(text for one in reads if (text := constant_text(one)) is not None)


# --- the command line


def arguments_read(facts: Facts, entries: Iterable[EntryFacts], count: int) -> list[Reading]:
    """What becomes of each of the arguments that a script or a wheel's entry point is given."""
    readings = [Reading(UNKNOWN, None, "what it runs was not followed")] * count
    for entry in entries:
        readings = [_argument(facts, entry, index) for index in range(count)]
    return readings


def _argument(facts: Facts, entry: EntryFacts, index: int) -> Reading:
    doubt: Reading | None = None
    parsed = False
    for parser in entry.of(ParserRead):
        parsed = True
        if parser.unsure is not None:
            doubt = doubt or Reading(UNKNOWN, parser.place, parser.unsure)
        elif parser.refusals or index not in parser.left or parser.left_used:
            return Reading(READ, parser.place)
    for argv in entry.of(ArgvRead):
        parsed = True
        if argv.first <= index and (argv.last is None or index <= argv.last):
            return Reading(READ, argv.place)
    doubt = doubt or _unfollowed(facts, entry, COMMAND_LINE)
    if doubt is not None:
        return doubt
    for mention in facts.unreached_calls(COMMAND_LINE):
        if mention.place.path in entry.reached:
            return Reading(UNKNOWN, mention.place, "it may be read on a path that was not taken")
    for path in sorted(entry.reached) if not parsed else ():
        text = _text(facts, path)
        way = _COMMAND_LINE_WAYS.search(text)
        if way is not None:
            why = f"`{way.group()}` may read it, in a way that was not followed"
            return Reading(UNKNOWN, _line_of(facts, path, way.start()), why)
    return Reading(UNREAD, entry.place)
