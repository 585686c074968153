"""Transfer functions of processes and of pip's own entry points: what code installs as it runs.

Source: pip's documentation, "Using pip from your program"; Databricks' documentation of dbutils.library.
"""

from __future__ import annotations

import re

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.facts import Installed
from mlcheck.flow.failures import Watched
from mlcheck.flow.values import Const, Lib, ListValue, Value, constant_text, parts_of
from mlcheck.project.environment import parse_pip
from mlcheck.project.model import Environment, NotUnderstood

Maybe = Value | None

_PIP = re.compile(r"(?:^|[\s/])pip[\d.]*\s+(?=.*\binstall\b)")
_PROGRAM = re.compile(
    r"\b(python[\d.]*|spark-submit)\s+(\S+\s+)*?\S+\.py\b|\bmlflow\s+run\b|\bdbt\s+(run|build)\b"
    r"|\bdatabricks\s+(bundle|jobs)\s+(run|run-now)\b"
)
_HOLE = "{}"


def run_process(call: Call, args: Maybe) -> Value:
    """`subprocess.run` and its kin, `os.system`: a `pip install` among them installs."""
    words = _words(args)
    if words is None:
        written = _written(args)
        match = _PIP.search(written) if written else None
        if match and written:
            _install(call, written[match.end() :])
    elif "install" in words and any(re.fullmatch(r"(?:.*/)?pip[\d.]*", word) for word in words):
        _install(call, " ".join(_quoted(word) for word in words[words.index("install") :]))
    _watch(call, " ".join(words) if words is not None else _written(args) or "")
    call.it.lose_folders()
    return call.it.top(call.node, "what a process gives", foreign=True)


def _watch(call: Call, command: str) -> None:
    """A program of the pipeline whose failure raises nothing: its code is all that tells of it."""
    checked = call.arguments.keywords.get("check", Const(False)) != Const(False) or call.arguments.open
    silent = call.target in ("subprocess.run", "subprocess.call", "os.system") and not checked
    match = _PROGRAM.search(command)
    if silent and match is not None and call.it.code is not None:
        call.it.facts.append(Watched("command", match.group(0), call.node, call.it.frame, call.it.code))


def pip_main(call: Call, args: Maybe) -> Value:
    """`pip.main([...])`: pip's own entry point, called from code."""
    words = _words(args)
    if words is not None and words[:1] == ["install"]:
        _install(call, " ".join(_quoted(word) for word in words))
    call.it.lose_folders()
    return call.top("a code")


def install_pypi(call: Call, pypiPackage: Maybe, version: Maybe, repo: Maybe, extras: Maybe) -> Value:
    """`dbutils.library.installPyPI`, of older runtimes."""
    name = constant_text(pypiPackage) if pypiPackage is not None else None
    pin = constant_text(version) if version is not None else None
    if name is not None:
        _install(call, f"install {_quoted(name if pin is None else f'{name}=={pin}')}")
    return call.top("nothing")


def _install(call: Call, argument: str) -> None:
    place = call.place
    environment = parse_pip(argument, place)
    if call.it.state.branch:  # it may not run at all
        lost = NotUnderstood(place, "an install that only a branch runs")
        environment = Environment(
            environment.source, environment.path, (), (*environment.not_understood, lost), environment.includes
        )
    call.found(Installed(environment, place))


def _quoted(word: str) -> str:
    return f"'{word}'" if "'" not in word else f'"{word}"'


def _words(value: Maybe) -> list[str] | None:
    """A command given as a list: its words, a hole where one is not known; None where it is no list."""
    if not isinstance(value, ListValue):
        return None
    words = []
    for item in value.items:
        if isinstance(item, Lib) and item.name == "sys.executable":
            words.append("python")
        else:
            words.append(_written(item) or _HOLE)
    return [*words, _HOLE] if value.open and "install" in words else words


def _written(value: Maybe) -> str | None:
    """A string with its unknown parts as holes, or None where it is none."""
    if value is None or (isinstance(value, Const) and not isinstance(value.value, str)):
        return None
    parts = parts_of(value)
    if not any(isinstance(part, str) for part in parts):
        return None
    return "".join(part if isinstance(part, str) else _HOLE for part in parts)


TRANSFERS: Transfers = {
    **dict.fromkeys(
        (
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "os.system",
            "os.popen",
        ),
        run_process,
    ),
    "pip.main": pip_main,
    "pip._internal.main": pip_main,
    "pip._internal.cli.main.main": pip_main,
    "dbutils.library.installPyPI": install_pypi,
}
