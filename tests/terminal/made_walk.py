"""A program that holds the walk over a made decision, for tests in a real terminal.

Called with the draft's path and `rich` or `plain`; a number is the size at which the
disk is full, until there is a file `room`. Its last line says how it ended.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from walk_made import NOON, sheet

from mlcheck.commands.draft_file import DraftFile
from mlcheck.walk import plain, terminal
from mlcheck.walk.conversation import Held, Tell
from mlcheck.walk.draft import decode, resume
from mlcheck.walk.hyperlinks import addresses, has_hyperlinks
from mlcheck.walk.line_reader import line_reader
from mlcheck.walk.messages import Append, Effect, Event, OpenEditor, Told
from mlcheck.walk.screens import WALK
from mlcheck.walk.state import Over, State


class Outside:
    def __init__(self, draft: Path) -> None:
        self.draft, self.draft_file = draft, DraftFile(draft, "feature-x")

    def now(self) -> str:
        return NOON

    def carry_out(self, effect: Effect, tell: Tell) -> Event | None:
        match effect:
            case Append(entry):
                if self.draft.with_name("room").exists():
                    limited(resource.RLIM_INFINITY)
                self.draft_file.append(entry)
            case OpenEditor(place):
                return Told(f"opened {place.shown()}")
        return None

    def stirred(self) -> bool:
        return False

    def changed(self, tell: Tell) -> Event | None:
        return None


def limited(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def main() -> None:
    if sys.argv[3:]:
        limited(int(sys.argv[3]))
    draft = Path(sys.argv[1])
    made = sheet()
    entries = decode(draft.read_text()) if draft.exists() else ()
    state = State.begun(made, resume(entries, made), signer="dev@example.com SHA256:abc", by="person")
    held = Held(WALK, state, Outside(draft))
    address = addresses(Path("/project"), os.environ) if has_hyperlinks(os.environ) else None
    state = (
        plain.converse(held, line_reader(), print)
        if sys.argv[2] == "plain"
        else terminal.converse(held, os.environ, address)
    )
    match state.screen:
        case Over(signing=signing, interrupted=interrupted):
            print(f"over: signing={signing} interrupted={interrupted} answers={len(state.answers)}")


main()
