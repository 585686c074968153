"""The pages of `mlcheck help`: what belongs to no single command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A page: its title, and its text of at most 78 columns."""

    title: str
    text: str


_ENVIRONMENT = """\
How things look
  NO_COLOR          no colours anywhere; the walk becomes linear text
  FORCE_COLOR       colours though nobody looks; 1, 2, 3: with 16, 256 or all
  CLICOLOR=0        no colours; the walk keeps its screens
  CLICOLOR_FORCE=1  as FORCE_COLOR
  COLORFGBG         "15;0" a dark background, "0;15" a light one
  TERM              dumb: linear text, no colours, no progress
  FORCE_HYPERLINK   1: paths and addresses are links; 0: they are not

How one is asked
  ACCESSIBLE        linear text, as --plain asks for
  GIT_EDITOR, VISUAL, EDITOR
                    what `o` opens a place with, the first that is set

Where one is
  CI                a key is used only where it is named; no progress
  GITHUB_HEAD_REF, CI_MERGE_REQUEST_SOURCE_BRANCH_NAME and their like
                    on a detached HEAD: the branch that gives the change its id
  GIT_DIR and its like
                    are not read: the repository is the project's own

When something is wrong
  MLCHECK_DEBUG     1: a defect of mlcheck shows its traceback
"""

_EXIT_CODES = """\
  0    clean; signed; valid; agreed
  1    findings at or above --fail-on; items open or failed; a review disputed,
       left, or with nothing to review; a record that does not verify
  2    the call is wrong, or a configuration, a pack or an answers file; also
       where a person would have to be asked and there is no terminal
  3    it could not be done: no repository, no base, a file that can't be read
       or written; for verify: neither valid nor invalid
  130  interrupted by Ctrl-C; nothing is lost, the same command goes on

By command
  check    0 or 1 by its findings alone; open items never make it 1
  run      0 signed, or nothing new to sign; 1 open, failed or left
  review   0 agreed; 1 disputed, left or nothing to review
  verify   0 valid; 1 refused, with each code; 3 could not verify
  others   0
"""

_ACCESSIBILITY = """\
Linear text
  `mlcheck run --plain` and `mlcheck review --plain` write text from top to
  bottom: no escapes, no boxes, nothing drawn twice. ACCESSIBLE=1 asks for it
  always. A key is its letter and Enter; a field is a line. An empty line goes
  back where a field is empty, `<` goes back from any field, and so does Esc.
  Text that is pasted is taken as it is, its line ends too; Enter ends it.

Without a terminal
  mlcheck run --answers-template answers.yaml
                     writes every open question to a file, to be filled in
                     with any editor; `mlcheck run --answers answers.yaml`
                     takes the answers. The record is the same.

Colours
  Every outcome stands in words; a colour never says anything alone. NO_COLOR
  and CLICOLOR=0 take colours away, COLORFGBG fits them to the background; see
  `mlcheck help environment`.

Time
  Nothing has a time limit. Each answer is kept, and each half-typed one, so
  that one may stop at any moment and go on later with the same command.

Small and large windows
  Text is wrapped to the window, down to ten columns; what does not fit is
  scrolled. A window may be resized at any time.
"""

_COMPLETION = """\
Commands, options, packs, items, checks and topics are completed with TAB:

  mlcheck --install-completion     sets it up for the shell that you are in
                                   (bash, zsh, fish or PowerShell)
  mlcheck --show-completion        shows what that would set up

Then open a new shell. For example:

  mlcheck run --item TRN-0<TAB>
  mlcheck explain exit-<TAB>
"""

TOPICS: Mapping[str, Topic] = {
    "environment": Topic("the variables that are read", _ENVIRONMENT),
    "exit-codes": Topic("what each exit code means", _EXIT_CODES),
    "accessibility": Topic("linear text, colours, screen readers", _ACCESSIBILITY),
    "completion": Topic("completing with TAB", _COMPLETION),
}
