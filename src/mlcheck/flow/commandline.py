"""Transfer functions of argparse: the namespace that comes of a program's arguments; other readers of them.

Source: Python's argparse, executed: it judges the options itself (`flow.options`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlcheck.flow import argv
from mlcheck.flow.argument_parser import (
    DEEPEST,
    PARSER,
    action_of,
    command_of,
    destination_of,
    dict_in,
    list_in,
    names_of,
    parser_of,
    type_of,
)
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.facts import ParserRead
from mlcheck.flow.fallbacks import why_not_refused
from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.options import Command, Taken, command_at, converted, take
from mlcheck.flow.values import NONE, Const, DictValue, Function, ListValue, Obj, Top, Value, constant_text, merge

Maybe = Value | None


def parse_args(call: Call, args: Maybe) -> Value:
    """The namespace: each option's value from the task's arguments, else its default."""
    it = call.it
    it.sources.taint()
    known_alone = "parse_known" in call.target
    parser = parser_of(call)
    if parser is None:
        call.found(ParserRead(call.place, "argparse", unsure="the parser is not known"))
        return call.top("parsed arguments")
    command = command_of(parser)
    own = args is None or args == NONE or argv.are_arguments(it, args)
    arguments = _arguments(call, None if own else args)
    if arguments is None:
        taken = Taken(unsure=command.unsure or "the arguments are not known")
    else:
        taken = take(command, arguments)
    if own:
        call.found(_read(call, taken, known_alone))
    namespace = _namespace(call, parser, command, taken)
    if not known_alone:
        return namespace
    return ListValue([namespace, _rest(call, taken, arguments)], "tuple", birth=it.birth())


def _arguments(call: Call, args: Maybe) -> list[Value] | None:
    """The arguments that are parsed: the program's own, or a list that is known."""
    if args is not None:
        return list(args.items) if isinstance(args, ListValue) and not args.open else None
    replaced = call.it.argv
    if replaced is not None:
        return None if replaced.open else list(replaced.items[1:])
    return None if call.it.arguments is None else list(call.it.arguments)


def _read(call: Call, taken: Taken, known_alone: bool) -> ParserRead:
    place = call.place
    if call.it.notebook:
        return ParserRead(place, "argparse", unsure="what a notebook's command line holds is not known")
    if taken.unsure is not None:
        return ParserRead(place, "argparse", unsure=taken.unsure)
    refusals = taken.refusals
    if known_alone:
        refusals = tuple(one for one in refusals if one.kind != "unrecognized")
    doubt = why_not_refused(call.it) if refusals else None
    if doubt is not None:
        return ParserRead(place, "argparse", unsure=doubt)
    return ParserRead(place, "argparse", refusals, None, taken.leftover, known_alone and _rest_is_used(call))


def _rest(call: Call, taken: Taken, arguments: list[Value] | None) -> Value:
    if taken.unsure is not None or arguments is None:
        return ListValue([], is_open=True, birth=call.it.birth())
    return ListValue([arguments[index] for index in taken.leftover], birth=call.it.birth())


def _rest_is_used(call: Call) -> bool:
    """Whether code looks at what `parse_known_args` leaves: `args, rest = …` and then `rest`."""
    if call.it.code is None:
        return True
    body = call.it.sources.parse(call.it.code).body
    for node in (one for statement in body for one in nodes_in(statement)):
        if isinstance(node, ast.Subscript) and node.value is call.node:
            return not (isinstance(node.slice, ast.Constant) and node.slice.value == 0)
        if isinstance(node, ast.Assign) and node.value is call.node:
            rest = _second(node)
            return rest is None or any(
                isinstance(one, ast.Name) and one.id == rest and isinstance(one.ctx, ast.Load)
                for statement in body
                for one in nodes_in(statement)
            )
    return True


def _second(node: ast.Assign) -> str | None:
    target = node.targets[0]
    if len(node.targets) == 1 and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        rest = target.elts[1]
        return rest.id if isinstance(rest, ast.Name) else None
    return None


def _namespace(call: Call, parser: Obj, command: Command, taken: Taken) -> Obj:
    """What each option holds after parsing: what was given, else its default, of every parser that has a say."""
    namespace = Obj("argparse.Namespace", birth=call.it.birth())
    sure = taken.unsure is None and not taken.refusals
    parsers = [parser]
    if sure:
        for depth in range(len(taken.chosen)):
            inner = dict_in(_obj(parsers[-1], "*commands"), "*parsers").entries.get(taken.chosen[depth])
            if isinstance(inner, Obj):
                parsers.append(inner)
        if command_at(command, taken.chosen).commands:
            sure = sure and bool(taken.chosen)
    else:
        parsers += list(_all_commands(parser))
    for one in parsers:
        _fill(call, namespace, one, taken, sure)
    _name_command(call, namespace, parser, taken, sure)
    return namespace


def _obj(owner: Obj, name: str) -> Obj:
    held = owner.data.get(name)
    return held if isinstance(held, Obj) else Obj("?")


def _all_commands(parser: Obj, depth: int = 0) -> Iterator[Obj]:
    if depth < DEEPEST:
        for inner in dict.fromkeys(dict_in(_obj(parser, "*commands"), "*parsers").entries.values()):
            if isinstance(inner, Obj):
                yield inner
                yield from _all_commands(inner, depth + 1)


def _fill(call: Call, namespace: Obj, parser: Obj, taken: Taken, sure: bool) -> None:
    for row in list_in(parser, "*rows").items:
        if isinstance(row, DictValue) and (names := names_of(row)):
            dest = destination_of(row, names)
            value = _value(call, row, names, taken.values.get(dest), sure)
            _put(namespace, dest, value, sure)
    for name, value in dict_in(parser, "*defaults").entries.items():
        if str(name) not in taken.values:
            _put(namespace, str(name), value, sure)


def _put(namespace: Obj, name: str, value: Value, sure: bool) -> None:
    held = namespace.data.get(name)
    namespace.data[name] = value if sure or held is None else merge(held, value)


def _value(call: Call, row: DictValue, names: tuple[str, ...], given: Maybe, sure: bool) -> Value:
    converts = type_of(row.entries.get("type"))
    action = action_of(row.entries.get("action"))
    if given is not None and sure:
        return row.entries.get("const", given) if action == "store_const" else converted(given, converts)
    default = row.entries.get("default", NONE)
    if action in ("store_true", "store_false") and "default" not in row.entries:
        default = Const(action == "store_false")
    default = converted(default, converts) if constant_text(default) is not None else default
    if sure:
        return default
    lost: Value = Top(call.place, f"`{names[-1]}` of the command line")
    if action in ("store_true", "store_false"):
        return merge(default, Const(action == "store_true"))
    return merge(default, lost) if "default" in row.entries else lost


def _name_command(call: Call, namespace: Obj, parser: Obj, taken: Taken, sure: bool) -> None:
    """The name of the sub-command, where a `dest` keeps it; of each level."""
    for depth, one in enumerate((parser, *_all_commands(parser))):
        dest = constant_text(_obj(one, "*commands").data.get("dest", NONE)) if "*commands" in one.data else None
        if dest is None:
            continue
        if sure:
            if depth == 0:
                namespace.data[dest] = Const(taken.chosen[0]) if taken.chosen else NONE
            elif dest in taken.values:
                namespace.data[dest] = taken.values[dest]
        else:
            namespace.data[dest] = call.top("the sub-command")


# --- other names of the same, and other readers of the command line


def attributes_of(call: Call, object: Maybe) -> Value:
    """`vars(args)`."""
    if isinstance(object, Obj) and object.cls == "argparse.Namespace":
        return DictValue(object.data, birth=call.it.birth())
    return call.top("the attributes of a value")


def other_reader(call: Call) -> Value:
    """Another library that reads the command line, in a way that is not followed."""
    call.it.sources.taint()
    call.found(ParserRead(call.place, call.target.partition(".")[0], unsure=f"`{call.target}` reads the command line"))
    for value in (*call.arguments.positional, *call.arguments.keywords.values()):
        if isinstance(value, Function):
            from mlcheck.flow.calls import perhaps

            perhaps(call.it, value, call.node, call.target)
    return call.top(f"what `{call.target}` gives")


_OTHERS = (
    "fire.Fire docopt.docopt absl.app.run hydra.main tyro.cli simple_parsing.parse simple_parsing.ArgumentParser "
    "jsonargparse.CLI jsonargparse.auto_cli jsonargparse.ArgumentParser configargparse.ArgumentParser "
    "configargparse.ArgParser optparse.OptionParser transformers.HfArgumentParser plac.call defopt.run "
    "cyclopts.App cyclopts.run pydantic_settings.CliApp.run tap.tapify datargs.parse argh.dispatch_command "
    "argh.dispatch argh.dispatch_commands"
)

TRANSFERS: Transfers = {
    f"{PARSER}.parse_args": parse_args,
    f"{PARSER}.parse_known_args": parse_args,
    f"{PARSER}.parse_intermixed_args": parse_args,
    f"{PARSER}.parse_known_intermixed_args": parse_args,
    "builtins.vars": attributes_of,
    **dict.fromkeys(_OTHERS.split(), other_reader),
}
