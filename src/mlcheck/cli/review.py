"""`mlcheck review`."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    path: Path = typer.Argument(Path(), help="The project."),
    base: str | None = typer.Option(None, "--base", help="The base branch; its rules count."),
    change: str | None = typer.Option(None, "--change", help="The change; by default the branch's name."),
    key: str | None = typer.Option(None, "--key", help="The key to sign with; by default git's user.signingkey."),
    principal: str | None = typer.Option(None, "--principal", help="Who reviews; by default git's user.email."),
    plain: bool = typer.Option(False, "--plain", help="Linear text, without redraws: for screen readers and logs."),
    answers: Path | None = typer.Option(None, "--answers", help="Take the verdicts from this file."),
    answers_template: str | None = typer.Option(
        None, "--answers-template", help="Write what is to be agreed to this file (`-`: here), to fill in."
    ),
) -> int:
    """Verify the developer's record, look at what needs a second pair of eyes, and countersign.

    \b
    Examples:
      mlcheck review
      mlcheck review --answers-template review.yaml
      mlcheck review --answers review.yaml --key ~/.ssh/id_ed25519

    Exits 0 agreed, 1 disputed or nothing to review, 130 interrupted.
    """
    from mlcheck.cli.output import write
    from mlcheck.cli.progress import working
    from mlcheck.commands.review import ReviewOptions, review

    result = review(
        ReviewOptions(
            path,
            base=base,
            change=change,
            key=key,
            principal=principal,
            plain=plain,
            answers=answers,
            answers_template=answers_template,
        ),
        working,
    )
    write("".join(f"{line}\n" for line in result.lines))
    return result.exit_code
