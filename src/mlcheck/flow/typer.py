"""Transfer functions of typer: applications, their commands, and what their signatures add.

Source: typer 0.28, executed. The commands run as click's do.
"""

from __future__ import annotations

import ast

from mlcheck.flow import click
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.entering import Ends
from mlcheck.flow.store import append, set_item
from mlcheck.flow.typer_signature import ARGUMENT, OPTION
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Obj, Value

Maybe = Value | None
APP, DECORATOR = "typer.Typer", "typer.decorator"


def app(call: Call) -> Value:
    data: dict[str, Value] = dict(call.arguments.keywords)
    data["*open"] = Const(call.arguments.open)
    data["*made"] = ListValue([], birth=call.it.birth())
    return Obj(APP, data, call.it.birth())


def command(call: Call, name: Maybe) -> Value:
    """`@app.command()` and `@app.callback()`: decorators that leave the function as it is."""
    data: dict[str, Value] = {key: value for key, value in call.arguments.keywords.items() if key != "name"}
    data |= {"*name": name or NONE, "*app": call.receiver or NONE, "*callback": Const(call.target.endswith("callback"))}
    return Obj(DECORATOR, {**data, "*open": Const(call.arguments.open)}, call.it.birth())


def decorate(call: Call, f: Maybe) -> Value:
    made = call.receiver
    owner = made.data.get("*app") if made is not None else None
    commands = owner.data.get("*made") if isinstance(owner, Obj) else None
    if made is not None and f is not None and isinstance(commands, ListValue):
        is_callback = made.data["*callback"] == Const(True)
        data = {**made.data, "*function": f, "*typer": Const(True), "*commands": DictValue({})}
        append(call.it, commands, Obj(click.GROUP if is_callback else click.COMMAND, data, call.it.birth()))
    return f if f is not None else call.top("a decorated function")


def add_typer(call: Call, typer_instance: Maybe, name: Maybe) -> Value:
    made = call.receiver.data.get("*made") if call.receiver is not None else None
    if isinstance(made, ListValue):
        own = typer_instance.data.get("name", NONE) if isinstance(typer_instance, Obj) else NONE
        append(call.it, made, Obj("typer.sub", {"*app": typer_instance or NONE, "*name": name or own}))
    return NONE


def group_of(call: Call, owner: Obj, depth: int = 0) -> Obj:
    """An application as a command: its one command, or a group of all."""
    made = owner.data.get("*made")
    held = [one for one in made.items if isinstance(one, Obj)] if isinstance(made, ListValue) else []
    commands = [one for one in held if one.cls == click.COMMAND]
    callback = next((one for one in held if one.cls == click.GROUP), None)
    open_ = not isinstance(made, ListValue) or made.open or owner.data.get("*open") == Const(True)
    if len(held) == 1 and len(commands) == 1 and not open_ and depth == 0:
        return commands[0]
    entries = DictValue({}, is_open=open_, birth=call.it.birth())
    for one in held:
        if one is not callback:
            inner = one
            sub = one.data.get("*app")
            if one.cls == "typer.sub":
                inner = group_of(call, sub, depth + 1) if isinstance(sub, Obj) and depth < 4 else one
            for name in _names(one):
                set_item(call.it, entries, name, inner)
    data = {**(callback.data if callback is not None else {"*function": NONE}), "*commands": entries}
    settings: dict[str, Value] = {
        name: owner.data[name] for name in ("context_settings", "cls", "chain") if name in owner.data
    }
    return Obj(click.GROUP, {**settings, **data, "*typer": Const(True)}, call.it.birth())


def _names(one: Obj) -> list[Value]:
    name = one.data.get("*name", NONE)
    if name != NONE:
        return [name]
    return [Const(text) for text in click.names_of_function(one.data.get("*function"))]


def run_app(call: Call) -> Value:
    """`app()`."""
    if call.receiver is not None:
        click.run_command(call, group_of(call, call.receiver), call.arguments.keywords.get("args"), "typer")
    if call.arguments.keywords.get("standalone_mode") == Const(False):
        return call.top("what a command returns")
    raise Ends


def run_function(call: Call, function: Maybe) -> Value:
    """`typer.run(main)`."""
    made = Obj(click.COMMAND, {"*function": function or NONE, "*typer": Const(True), "*commands": DictValue({})})
    click.run_command(call, made, None, "typer")
    raise Ends


def says(call: Call, default: Maybe) -> Value:
    """`typer.Option(default, "--name")`: in `Annotated` the first argument is a name already."""
    given = call.arguments.positional
    written = call.node.args[0] if isinstance(call.node, ast.Call) and call.node.args else None
    required = isinstance(written, ast.Constant) and written.value is Ellipsis
    data: dict[str, Value] = dict(call.arguments.keywords)
    names = list(given)
    if given and (required or not _is_name(given[0])):
        names = list(given[1:])
        if not required:
            data["*default"] = given[0]
    elif "default" in data and not _is_ellipsis(call, "default"):
        data["*default"] = data["default"]
    if "default_factory" in data:
        data["*default"] = call.top("a default that is made")
    data["*names"] = ListValue(names, "tuple")
    if call.arguments.open:
        data["*open"] = Const(True)
    return Obj(call.target, data)


def _is_name(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, str) and value.value.startswith("-")


def _is_ellipsis(call: Call, name: str) -> bool:
    keywords = call.node.keywords if isinstance(call.node, ast.Call) else []
    return any(
        one.arg == name and isinstance(one.value, ast.Constant) and one.value.value is Ellipsis for one in keywords
    )


TRANSFERS: Transfers = {
    APP: app,
    f"{APP}.command": command,
    f"{APP}.callback": command,
    f"{APP}.add_typer": add_typer,
    f"{APP}.__call__": run_app,
    f"{DECORATOR}.__call__": decorate,
    "typer.run": run_function,
    OPTION: says,
    ARGUMENT: says,
}
