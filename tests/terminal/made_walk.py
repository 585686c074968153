"""A program that holds the walk over a made decision, for tests in a real terminal.

Called with the draft's path and `rich` or `plain`; its last line says how it ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from walk_made import NOON, sheet

from mlcheck.walk import plain, terminal
from mlcheck.walk.conversation import Held
from mlcheck.walk.draft import decode, encode, resume
from mlcheck.walk.messages import Append, Effect, Event, OpenEditor, Told
from mlcheck.walk.screens import WALK
from mlcheck.walk.state import Over, State


class Outside:
    def __init__(self, draft: Path) -> None:
        self.draft = draft

    def now(self) -> str:
        return NOON

    def carry_out(self, effect: Effect) -> Event | None:
        match effect:
            case Append(entry):
                with self.draft.open("a") as file:
                    file.write(encode(entry))
                    file.flush()
                    os.fsync(file.fileno())
            case OpenEditor(place):
                return Told(f"opened {place.shown()}")
        return None

    def changed(self) -> Event | None:
        return None


def main() -> None:
    draft = Path(sys.argv[1])
    made = sheet()
    entries = decode(draft.read_text()) if draft.exists() else ()
    state = State.begun(made, resume(entries, made), signer="dev@example.com SHA256:abc", by="person")
    held = Held(WALK, state, Outside(draft))
    state = plain.converse(held, input, print) if sys.argv[2] == "plain" else terminal.converse(held)
    match state.screen:
        case Over(signing=signing, interrupted=interrupted):
            print(f"over: signing={signing} interrupted={interrupted} answers={len(state.answers)}")


main()
