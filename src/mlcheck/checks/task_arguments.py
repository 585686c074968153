"""A task's parameters as a person wrote them: the place and the text of each."""

from __future__ import annotations

from mlcheck.flow.facts import Caller
from mlcheck.project.model import Parameter, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, at


def argument_texts(task: Task) -> tuple[str, ...]:
    """The arguments that a script or wheel gets, in order: a list as given, or `--name=value` of each name."""
    if task.arguments is not None:
        return task.arguments
    return tuple(f"--{one.name}={one.value}" for one in task.parameters if one.value is not None)


def argument_place(task: Task, index: int) -> Place:
    """Where an argument stands, by its number."""
    if task.arguments is None:
        named: list[Parameter] = [one for one in task.parameters if one.value is not None]
        return named[index].place if index < len(named) else task.place
    listed = at(task.node, task.kind, "parameters")
    if isinstance(listed, YamlList) and index < len(listed.items):
        return listed.items[index].place
    return task.place


def place_of_option(task: Task, name: str) -> Place:
    """Where an option is given, else the task's own place."""
    for index, text in enumerate(argument_texts(task)):
        if text == name or text.startswith(f"{name}="):
            return argument_place(task, index)
    return task.place


def is_complete(caller: Caller) -> bool:
    """Whether all that a caller gives was seen."""
    if caller.notebook is not None:
        return caller.gives_all
    if caller.task is None or caller.job is None:
        return False
    return caller.job.complete and caller.task.parameters_complete


def names_given(caller: Caller) -> tuple[str, ...]:
    """The names of the parameters that a caller gives."""
    if caller.task is None:
        return caller.gives
    return tuple(one.name for one in caller.task.parameters)
