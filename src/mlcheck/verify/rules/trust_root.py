"""Who must sign, and how code is read, is the base's to say: the change may not touch it."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.errors import ConfigurationError
from mlcheck.project.model import Settings
from mlcheck.project.settings import read_settings
from mlcheck.project.tree import Tree
from mlcheck.record.codes import Code
from mlcheck.record.opening import SIGNOFFS
from mlcheck.record.refusal import Refusal
from mlcheck.record.trust import FOLDER, SIGNERS
from mlcheck.verify.case import Opened

_HELP = "put it into a change of its own, and sign this one after that is merged"


def somebody_is_trusted(opened: Opened) -> Iterator[Refusal]:
    """The base names at least one person who may sign."""
    if not opened.trust.signers.people():
        yield Refusal(
            Code.E_UNKNOWN_SIGNER,
            "the base trusts nobody yet",
            path=SIGNERS,
            help="run `mlcheck init`, add a line for each signer, and commit .mlcheck/ to the base first",
        )


def trust_is_the_bases(opened: Opened) -> Iterator[Refusal]:
    """Under `.mlcheck/`, records aside, the head holds what the base does, or is merely behind it."""
    inputs = opened.inputs
    base, head = _files(inputs.base), _files(inputs.head)
    fork = _files(inputs.fork) if inputs.fork is not None and head != base else {}
    for path in sorted(base.keys() | head.keys()):
        given = head.get(path)
        behind = inputs.fork is not None and given == fork.get(path)
        if given != base.get(path) and not behind:
            yield Refusal(Code.E_TRUST_CHANGED, "the change touches the trust root", path=path, help=_HELP)


def settings_are_the_bases(opened: Opened) -> Iterator[Refusal]:
    """`[tool.mlcheck]` or mlcheck.toml says in the head what it says in the base, or did where they part."""
    inputs = opened.inputs
    head = _settings(inputs.head)
    if head != _settings(inputs.base) and (inputs.fork is None or head != _settings(inputs.fork)):
        path = head.path if isinstance(head, Settings) else None
        yield Refusal(
            Code.E_TRUST_CHANGED,
            "the change touches the settings that say how code is read",
            path=path or "pyproject.toml",
            help=_HELP,
        )


def _files(tree: Tree) -> dict[str, tuple[bytes, str]]:
    inside = (path for path in tree.list() if path.startswith(FOLDER) and not path.startswith(SIGNOFFS))
    return {path: (tree.read(path).replace(b"\r\n", b"\n"), tree.mode(path)) for path in inside}


def _settings(tree: Tree) -> Settings | str:
    """The settings, or what is wrong with them."""
    try:
        return read_settings(tree)
    except ConfigurationError as error:
        return error.what
