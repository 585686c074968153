"""The packs in force: the five that ship, and the team's own under `.mlcheck/packs/`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mlcheck
from mlcheck.errors import ConfigurationError, CouldNotError
from mlcheck.packs.extend import SHIPPED, ancestors, whole_pack
from mlcheck.packs.fields import PackError
from mlcheck.packs.model import Pack
from mlcheck.packs.read import RawPack, decode_pack, read_pack
from mlcheck.printable import suggestion
from mlcheck.project.tree import Tree

TEAM_FOLDER = ".mlcheck/packs/"
SHIPPED_ORDER = ("pre-dev", "mlflow", "training", "inference", "job")


def load_packs(tree: Tree) -> tuple[Pack, ...]:
    """The five, each replaced by the team's pack that extends it, then the team's others.

    Raises ConfigurationError (a PackError where there are several mistakes) with
    `path:line`, or CouldNotError where a file can't be read.
    """
    shipped = shipped_packs()
    sources = _team_sources(tree)
    return packs_with(sources, shipped) if sources else shipped


def shipped_packs() -> tuple[Pack, ...]:
    """The five packs that ship, in the order in which they are walked."""
    packs: list[Pack] = []
    for name in SHIPPED_ORDER:
        path = f"mlcheck/checklists/{name}.yaml"
        raw = read_pack(decode_pack(_shipped_bytes(name, path), path), path)
        packs.append(whole_pack(raw, None, packs, SHIPPED))
    return tuple(packs)


def _shipped_bytes(name: str, path: str) -> bytes:
    try:
        return (checklists() / f"{name}.yaml").read_bytes()
    except OSError as error:
        what = f"a pack that ships can't be read: {error.strerror}"
        raise CouldNotError(what, where=path, help="install mlcheck again") from None


def checklists() -> Path:
    """The folder of the packs that ship: inside the installed package, or at the project's root."""
    package = Path(mlcheck.__file__).parent
    inside = package / "checklists"
    return inside if inside.is_dir() else package.parents[1] / "checklists"


def load_pack(text: str, path: str, known: Sequence[Pack] = ()) -> Pack:
    """One pack of a team's. `known` are the packs that it may extend and whose ids are taken.

    Raises ConfigurationError with `path:line`.
    """
    return _complete(read_pack(text, path), known)


def packs_with(sources: Sequence[tuple[str, str]], shipped: Sequence[Pack]) -> tuple[Pack, ...]:
    """The packs in force where (path, text) of the team's packs are added to those that ship.

    A pack may extend another of the team's, in any order. Raises PackError with
    the mistakes of all files.
    """
    mistakes: list[ConfigurationError] = []
    waiting = [raw for path, text in sources if (raw := _read(path, text, mistakes)) is not None]
    if mistakes:
        raise PackError(mistakes)
    known = list(shipped)
    while waiting:
        ready = [raw for raw in waiting if raw.extends is None or raw.extends in {pack.name for pack in known}]
        if not ready:
            raise PackError([_never_ready(raw, waiting, known) for raw in waiting])
        for raw in ready:
            try:
                known.append(_complete(raw, known))
            except ConfigurationError as error:
                mistakes.extend(_each(error))
        if mistakes:
            raise PackError(mistakes)
        waiting = [raw for raw in waiting if raw not in ready]
    return _in_force(known)


def _read(path: str, text: str, mistakes: list[ConfigurationError]) -> RawPack | None:
    try:
        return read_pack(text, path)
    except ConfigurationError as error:
        mistakes.extend(_each(error))
        return None


def _each(error: ConfigurationError) -> tuple[ConfigurationError, ...]:
    return error.mistakes if isinstance(error, PackError) else (error,)


def _complete(raw: RawPack, known: Sequence[Pack]) -> Pack:
    by_name = {pack.name: pack for pack in known}
    if raw.name in by_name:
        other = by_name[raw.name]
        what = f"the name `{raw.name}` is taken by {_whose(other)}"
        help = f"name it `team-{raw.name}`" if other.source == SHIPPED else "take another"
        raise ConfigurationError(what, where=raw.places["name"].shown(), help=help)
    if raw.extends is None:
        return whole_pack(raw, None, known, raw.path)
    where = raw.places["extends"].shown()
    base = by_name.get(raw.extends)
    if base is None:
        raise ConfigurationError(
            f"no pack `{raw.extends}` to extend", where=where, help=suggestion(raw.extends, by_name)
        )
    for pack in known:
        if pack.extends == base.name:
            raise ConfigurationError(
                f"`{base.name}` is extended already by {_whose(pack)}",
                where=where,
                help=f"extend `{pack.name}`, or put both in one pack",
            )
    return whole_pack(raw, base, known, raw.path)


def _whose(pack: Pack) -> str:
    return "a pack of mlcheck's" if pack.source == SHIPPED else f"`{pack.name}` ({pack.source})"


def _never_ready(raw: RawPack, waiting: Sequence[RawPack], known: Sequence[Pack]) -> ConfigurationError:
    """Why a pack's base never came: nobody has its name, or it waits for this one."""
    where = raw.places["extends"].shown()
    names = {other.name: other for other in waiting}
    line = [raw.name]
    base = names.get(raw.extends or "")
    while base is not None and base.name not in line:
        line.append(base.name)
        base = names.get(base.extends or "")
    if base is not None:
        chain = " → ".join((*line, base.name))
        return ConfigurationError(f"packs extend each other: {chain}", where=where, help="take one `extends` out")
    last = names[line[-1]].extends or ""
    return ConfigurationError(
        f"no pack `{last}` to extend", where=where, help=suggestion(last, [pack.name for pack in known])
    )


def _in_force(known: Sequence[Pack]) -> tuple[Pack, ...]:
    """The packs with those that are extended left out, each extending one where its first base stood."""
    first = {pack.name: index for index, pack in enumerate(known)}
    extended = {pack.extends for pack in known}

    def stands(pack: Pack) -> int:
        return min(first[one.name] for one in (pack, *ancestors(pack, known)))

    return tuple(sorted((pack for pack in known if pack.name not in extended), key=stands))


def _team_sources(tree: Tree) -> tuple[tuple[str, str], ...]:
    sources: list[tuple[str, str]] = []
    for path in tree.list():
        if not path.startswith(TEAM_FOLDER) or not path.endswith((".yaml", ".yml")):
            continue
        if path.endswith(".yml") or "/" in path.removeprefix(TEAM_FOLDER):
            raise ConfigurationError(
                "a pack that would not be read", where=f"{path}:1", help=f"name it {TEAM_FOLDER}NAME.yaml"
            )
        if tree.mode(path) == "symlink":
            raise ConfigurationError("a pack is a file, not a link", where=f"{path}:1", help="put the file there")
        sources.append((path, decode_pack(tree.read(path), path)))
    return tuple(sources)
