"""What magics do to a notebook's names."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.flow.name_ops import Bind, Op, Open, Restart, Run
from mlcheck.project.model import Code, Magic

# Magics that bind nothing.
_QUIET = frozenset(
    [
        "alias",
        "autoreload",
        "autosave",
        "bash",
        "cat",
        "cd",
        "colors",
        "conda",
        "config",
        "cp",
        "debug",
        "doctest_mode",
        "dotenv",
        "env",
        "environment",
        "fs",
        "help",
        "history",
        "html",
        "javascript",
        "js",
        "killbgscripts",
        "latex",
        "load_ext",
        "logstart",
        "lprun",
        "ls",
        "lsmagic",
        "magic",
        "matplotlib",
        "md",
        "memit",
        "mkdir",
        "mlflow",
        "more",
        "mprun",
        "mv",
        "notebook",
        "page",
        "pdb",
        "pdef",
        "pdoc",
        "pinfo",
        "precision",
        "prun",
        "psource",
        "pwd",
        "r",
        "reload_ext",
        "rm",
        "rmdir",
        "sc",
        "scala",
        "set_env",
        "sh",
        "skip",
        "snakeviz",
        "sql",
        "sx",
        "system",
        "tb",
        "tensorboard",
        "time",
        "timeit",
        "tree",
        "unalias",
        "unload_ext",
        "uv",
        "who",
        "whos",
        "writefile",
        "xmode",
    ]
)


def magic_ops(code: Code, magic: Magic) -> Iterator[Op]:
    """The operations that a magic comes to, where it stands."""
    if magic.kind == "run":
        yield Run(magic.argument, magic.line)
    elif magic.kind == "restart":
        yield Restart(magic.line)
    elif magic.kind == "sql":
        yield Bind("_sqldf", magic.line)
        name, sign, _ = magic.argument.partition("<<")  # JupySQL: `%sql name << select …`
        if sign and name.strip().isidentifier():
            yield Bind(name.strip(), magic.line)
    elif magic.kind == "other":
        yield from _other(code, magic)


def _other(code: Code, magic: Magic) -> Iterator[Op]:
    language = _language(code, magic.line)
    if language not in ("python", "unknown"):
        return
    word, _, rest = magic.argument.partition(" ")
    word = word.strip().lower()
    if word == "capture":
        for name in rest.split():
            if name.isidentifier():
                yield Bind(name, magic.line)
    elif word in ("reset", "reset_selective"):
        yield Restart(magic.line)
    elif word == "store" and rest.startswith("-r "):
        for name in rest.split()[1:]:
            yield Bind(name, magic.line)
    elif word not in _QUIET:
        yield Open(f"the magic `%{word}` may bind names", magic.line)


def _language(code: Code, line: int) -> str:
    """The language of the cell that a line of the text is in."""
    for cell in code.cells:
        if cell.first <= line <= cell.last:
            return cell.language
    return "python"
