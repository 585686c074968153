"""`mlcheck help`."""

from __future__ import annotations

from typing import Any

import typer

from mlcheck.cli import names


def command(
    context: typer.Context,
    topic: str | None = typer.Argument(None, help="A topic or a command.", autocompletion=names.topics),
) -> int:
    """Show the help of a command, or what belongs to none: environment, exit-codes, accessibility, completion.

    \b
    Examples:
      mlcheck help
      mlcheck help environment
      mlcheck help exit-codes
      mlcheck help accessibility
      mlcheck help run
    """
    from mlcheck.cli.help_topics import TOPICS
    from mlcheck.cli.output import write
    from mlcheck.errors import UsageError
    from mlcheck.printable import suggestion

    app: Any = context.parent  # the context of `mlcheck` itself
    commands = app.command.commands
    if topic is None:
        pages = [f"  {name:<15} {page.title}" for name, page in TOPICS.items()]
        write(app.get_help() + "\n\nTopics (mlcheck help TOPIC):\n" + "\n".join(pages) + "\n")
    elif topic in TOPICS:
        write(f"{topic}: {TOPICS[topic].title}\n\n{TOPICS[topic].text}")
    elif topic in commands:
        with type(context)(commands[topic], info_name=topic, parent=app) as inner:
            write(inner.get_help() + "\n")
    else:
        known = [*TOPICS, *commands]
        raise UsageError(f"no help on `{topic}`", help=suggestion(topic, known))
    return 0
