"""`mlcheck run`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer

from mlcheck.cli import names


class By(str, Enum):
    person = "person"
    agent = "agent"


def command(
    path: Path = typer.Argument(Path(), help="The project."),
    base: str | None = typer.Option(None, "--base", help="The base branch; its rules count."),
    change: str | None = typer.Option(None, "--change", help="The change; by default the branch's name."),
    all_items: bool = typer.Option(False, "--all", help="Walk every item, not only what the change touches."),
    pack: list[str] | None = typer.Option(
        None, "--pack", help="Only this pack; may be given again.", autocompletion=names.packs
    ),
    item: list[str] | None = typer.Option(
        None, "--item", help="Only this item, asked again; may be given again.", autocompletion=names.items
    ),
    key: str | None = typer.Option(None, "--key", help="The key to sign with; by default git's user.signingkey."),
    principal: str | None = typer.Option(None, "--principal", help="Who signs; by default git's user.email."),
    by: By = typer.Option(By.person, "--by", help="Who answers: a program says `agent`."),
    unsigned: bool = typer.Option(False, "--unsigned", help="Write the record unsigned, and marked so."),
    restart: bool = typer.Option(False, "--restart", help="Forget the unfinished walk."),
    renew: bool = typer.Option(False, "--renew", help="Only the waivers that end within six weeks."),
    plain: bool = typer.Option(False, "--plain", help="Linear text, without redraws: for screen readers and logs."),
    answers: Path | None = typer.Option(None, "--answers", help="Take the answers from this file."),
    answers_template: str | None = typer.Option(
        None, "--answers-template", help="Write the items that are yours to this file (`-`: here), to fill in."
    ),
) -> int:
    """Walk through what is left for a person, and sign.

    \b
    Examples:
      mlcheck run
      mlcheck run --answers-template answers.yaml
      mlcheck run --answers answers.yaml --key ~/.ssh/id_ed25519

    Exits 0 signed, 1 where items are open or failed (the draft is kept), 130 interrupted.
    """
    from mlcheck.cli.output import write
    from mlcheck.cli.progress import working
    from mlcheck.commands.run import run
    from mlcheck.commands.run_under_way import RunOptions

    result = run(
        RunOptions(
            path,
            base=base,
            change=change,
            all=all_items,
            packs=tuple(pack or ()),
            items=tuple(item or ()),
            key=key,
            principal=principal,
            by=by.value,
            unsigned=unsigned,
            restart=restart,
            renew=renew,
            plain=plain,
            answers=answers,
            answers_template=answers_template,
        ),
        working,
    )
    write("".join(f"{line}\n" for line in result.lines))
    return result.exit_code
