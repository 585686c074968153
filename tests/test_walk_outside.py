"""What a walk meets outside: a full disk, another branch, files that change, a terminal with links or colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from walk_made import NOON, begun, decision, said, walk
from walk_repository import git, make_key, make_repository, needs_ssh

from mlcheck.commands.draft_file import DraftFile
from mlcheck.commands.head_watch import HeadWatch
from mlcheck.commands.walk_outside import WalkOutside
from mlcheck.errors import CouldNotError
from mlcheck.progress import Progress, paced
from mlcheck.record.standing import find_standing
from mlcheck.walk.conversation import Held, Tell
from mlcheck.walk.draft import Answered, HalfTyped
from mlcheck.walk.highlight import highlighted
from mlcheck.walk.hyperlinks import addresses, has_hyperlinks
from mlcheck.walk.messages import Append, Astray, Edited, Effect, Event, Rejudged
from mlcheck.walk.palette import colours, styles
from mlcheck.walk.report_lines import report_lines
from mlcheck.walk.screens import WALK
from mlcheck.walk.state import Filling


class FullDisk:
    """A world whose disk takes nothing while it is full."""

    def __init__(self) -> None:
        self.full = True
        self.written: list[object] = []

    def now(self) -> str:
        return NOON

    def carry_out(self, effect: Effect, tell: Tell) -> Event | None:
        if isinstance(effect, Append):
            if self.full:
                raise CouldNotError("the draft can't be written: No space left on device", help="make room there")
            self.written.append(effect.entry)
        return None

    def stirred(self) -> bool:
        return False

    def changed(self, tell: Tell) -> Event | None:
        return None


def test_an_answer_that_the_disk_does_not_take_is_not_given_and_stays_typed() -> None:
    disk = FullDisk()
    held = Held(WALK, walk(begun(), "\na")[0], disk)
    held.hear(Edited("runs:/abc"))
    held.hear(said("runs:/abc"))
    assert isinstance(held.state.screen, Filling) and held.state.screen.form.text == "runs:/abc"
    assert held.state.answers == {} and "NOT SAVED" in held.state.notice and "make room" in held.state.notice
    disk.full = False
    held.hear(said("runs:/abc"))
    assert held.view.name == "item TRN-03 0"
    assert [type(one) for one in disk.written] == [Answered]


def test_a_write_that_fails_halfway_leaves_no_half_line(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="there are no limits on files here")
    path = tmp_path / "draft.jsonl"
    whole = HalfTyped("TRN-07", None, "fail", (), "x" * 100)
    with DraftFile(path, "x") as draft:
        draft.append(whole)
        before = path.read_bytes()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
        try:
            with pytest.raises(CouldNotError, match="can't be written"):
                draft.append(whole)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == before
        draft.append(whole)
        assert draft.entries() == (whole, whole)


@needs_ssh
def test_another_branch_is_told_with_the_way_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    (tmp_path / "keys").mkdir()
    for name in ("dev", "rev"):
        make_key(tmp_path / "keys", name)
    repository = make_repository(tmp_path / "repository", tmp_path / "keys")
    watch = HeadWatch(find_standing(repository, base=None, change=None, environment={}))
    assert watch.astray() == ""
    git(repository, "switch", "-q", "main")
    assert "are on `main` now, and this walk is of `feature-x`" in watch.astray()
    assert "`git switch feature-x` goes on here" in watch.astray()
    git(repository, "switch", "-q", "--detach")
    assert "on no branch" in watch.astray()
    git(repository, "switch", "-q", "feature-x")
    assert watch.astray() == ""
    git(repository, "commit", "-q", "--allow-empty", "-m", "more")
    assert watch.astray() == ""  # a commit on the branch is no other branch


def test_files_are_decided_again_once_when_they_change_and_not_on_another_branch(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("a = 1\n")
    told: list[str] = []
    where = [""]

    def judge(progress: Progress, touched: bool) -> tuple[Rejudged, frozenset[str]]:
        return Rejudged(decision()), frozenset({"train.py"})

    with DraftFile(tmp_path / "x.jsonl", "x") as draft:
        outside = WalkOutside(tmp_path, draft, {}, judge=judge, astray=lambda: where[0])
        outside.watch(frozenset({"train.py"}))
        assert not outside.stirred()
        (tmp_path / "train.py").write_text("a = 12\n")
        assert outside.stirred() and isinstance(outside.changed(told.append), Rejudged)
        assert not outside.stirred()
        where[0] = "the files are on `main` now"
        (tmp_path / "train.py").write_text("a = 123\n")
        assert outside.changed(told.append) == Astray("the files are on `main` now")
        assert not outside.stirred() and outside.changed(told.append) is None
        where[0] = ""
        assert outside.changed(told.append) == Astray("")
        assert outside.stirred() and isinstance(outside.changed(told.append), Rejudged)


def test_progress_is_said_after_a_while_and_not_too_often() -> None:
    told: list[str] = []
    late = paced(told.append, "checking", after=60)
    late("entry points", 1, 9)
    assert told == []
    now = paced(told.append, "checking", after=0, every=60)
    now("entry points", 2, 9)
    now("entry points", 3, 9)
    assert told == ["checking: 2 of 9 entry points"]


# --- colours and links --------------------------------------------------------


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({}, "dark"),
        ({"COLORFGBG": "0;15"}, "light"),
        ({"COLORFGBG": "15;0"}, "dark"),
        ({"COLORFGBG": "0;default;7"}, "light"),
        ({"CLICOLOR": "0"}, "none"),
        ({"CLICOLOR": "0", "FORCE_COLOR": "1"}, "dark"),
        ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, "dark"),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "none"),
    ],
)
def test_the_environment_says_which_colours(environment: dict[str, str], expected: str) -> None:
    assert colours(environment) == expected


def test_without_colours_what_stands_out_is_bold() -> None:
    plain = styles("none")
    assert plain["fail"] == "bold" and plain["place"] == "underline" and "ansi" not in "".join(plain.values())
    assert plain.keys() == styles("dark").keys() == styles("light").keys()


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4200"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True),
        ({"TERM": "tmux-256color", "VTE_VERSION": "7600"}, False),
        ({"TERM": "tmux-256color", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "FORCE_HYPERLINK": "0"}, False),
        ({}, False),
    ],
)
def test_links_are_for_terminals_that_have_them(environment: dict[str, str], expected: bool) -> None:
    assert has_hyperlinks(environment) is expected


def test_a_place_leads_to_its_file_and_to_its_line_where_the_terminal_takes_one(tmp_path: Path) -> None:
    here = addresses(tmp_path, {})("src/a b.py:12")
    assert here.startswith("file://") and here.endswith("/src/a%20b.py")
    assert addresses(tmp_path, {"TERM_PROGRAM": "vscode"})("src/a.py:12:4").endswith("/src/a.py:12")
    assert addresses(tmp_path, {"KITTY_WINDOW_ID": "1"})("src/a.py:12").endswith("/src/a.py#12")
    assert addresses(tmp_path, {})("https://x.example.com/\x1b]8;;y") == "https://x.example.com/%1B]8;;y"
    assert addresses(tmp_path, {})("no place") == ""


# --- text ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        'df = spark.sql(f"SELECT a FROM {t}")  # why',
        "SELECT a, 12 FROM t WHERE b = 'x' -- all",
        "    timeout_seconds: 3600  # an hour",
        "x = 'a text that does not end",
        "日本 = é\u0301",
        "'" * 1000,
    ],
)
def test_highlighted_code_is_the_code_itself(code: str) -> None:
    assert "".join(span.text for span in highlighted(code)) == code


def test_words_texts_numbers_and_comments_are_told_apart() -> None:
    kinds = {span.text: span.style for span in highlighted('if a == "b": return 12  # why', "marked")}
    assert kinds["if"] == kinds["return"] == "marked,keyword" and kinds['"b"'] == "marked,string"
    assert kinds["12"] == "marked,number" and kinds["# why"] == "marked,comment"


def test_the_report_is_shown_as_text() -> None:
    markdown = (
        "## UNSIGNED: 2 items\n\n| pack | pass |\n|---|---:|\n| Job | 1 |\n\n### Open\n\n"
        "- **`TRN-07`** **killer** run ends \\& raises\n  - evidence: [src/a.py:3](src/a.py#L3) `exit(0)`\n\n"
        "<details>\n<summary>1 item decided</summary>\n\n- `JOB-01` `pass` fine\n\n</details>\n"
    )
    shown = [line.text for line in report_lines(markdown)]
    assert shown == [
        "UNSIGNED: 2 items",
        "",
        "  pack  pass",
        "  Job  1",
        "",
        "Open",
        "",
        "- TRN-07 killer run ends & raises",
        "  - evidence: src/a.py:3 exit(0)",
        "",
        "1 item decided",
        "",
        "- JOB-01 pass fine",
        "",
    ]


def test_hostile_text_in_the_report_is_shown_as_its_escapes() -> None:
    assert [line.text for line in report_lines("- a\x1b[31mb\u202e")] == ["- a\\x1b[31mb\\u202e"]
