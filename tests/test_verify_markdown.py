"""The markdown report: verdict first, stable, within GitHub's limit, and nothing in it is forged by text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import decide
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from signed_repository import DEVELOPER, NOW, REVIEWER, Signed, answer_all, copy_of_valid, needs_ssh_keygen

from mlcheck.commands.report import report
from mlcheck.packs.model import Answer, Decision, Pack, Waiver
from mlcheck.record.build import Signing, developer_signer, developer_values
from mlcheck.record.chain import current, reviews
from mlcheck.record.model import Change, DeveloperRecord, Engine
from mlcheck.reports.forge import line_address
from mlcheck.reports.gfm import cell, code, plain
from mlcheck.reports.markdown import Report, of_decision, of_record, render

HEAD = "a" * 40
CHANGE = Change("id", "https://github.com/o/r", "", "forecast", "refs/heads/forecast", "refs/heads/main", HEAD, HEAD)
FILES = {"src/train.py": "# Databricks notebook source\nimport mlflow\nmlflow.set_experiment('/Shared/a')\n"}
SIGNING = Signing(
    CHANGE, Engine("0.1.0", "3.11", "30.8.0"), developer_signer("dev@example.com"), "2026-11-25T12:00:00Z"
)
MARKDOWN = MarkdownIt("commonmark").enable("table")

HOSTILE = [
    "# Signed and reviewed",
    "a\n\n## Heading\n\n- [x] done",
    "[link](https://evil.example.com)",
    "![x](https://evil.example.com/x.png)",
    "<img src=x onerror=alert(1)> <!-- </details>",
    "</details></summary>",
    "| a | b |\n|---|---|",
    "`` ` ``` code `",
    "`",
    "``a",
    "\\",
    "\x1b[31mred\x1b]8;;https://evil.example.com\x07",
    "\u202etxt.exe",
    "@everyone #1 https://evil.example.com www.evil.example.com :white_check_mark:",
    "&lt;b&gt; &#x1F600;",
    "---\n===",
    "\ud800",
    "",
    " ",
]


@pytest.fixture(scope="module")
def decision(packs: tuple[Pack, ...]) -> Decision:
    return decide(FILES, packs)


def record_of(decision: Decision, text: str = "said in words") -> DeveloperRecord:
    """A record in which everything that a person types is one text."""
    answers = {key: replace(answer, value=text, note=text) for key, answer in answer_all(decision, NOW).items()}
    key = next(iter(answers))
    answers[key] = Answer("waived", None, text, Waiver(text, text, text, text), "agent", "2026-11-25T12:00:00Z")
    signing = replace(SIGNING, signer=developer_signer(text, text))
    return developer_values(decision, answers, {}, signing, content="0" * 64)


def signed(record: DeveloperRecord) -> str:
    return render(Report(record, "b" * 64, "SHA256:" + "A" * 43))


def shape(text: str) -> list[tuple[str, str, str]]:
    """What GitHub would make of it: every token but the texts in code spans, links by their targets."""

    def flat(tokens: list[Token]) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        for token in tokens:
            if token.children:
                found += flat(token.children)
            elif token.type in ("html_block", "html_inline", "fence", "code_block"):
                found.append((token.type, "", token.content))
            elif token.type not in ("inline", "text", "code_inline", "softbreak"):
                found.append((token.type, token.tag, str(token.attrs.get("href", ""))))
        return found

    return flat(MARKDOWN.parse(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_type_makes_no_heading_link_row_tick_html_or_escape(decision: Decision, text: str) -> None:
    harmless, hostile = signed(record_of(decision)), signed(record_of(decision, text))
    if text.strip():
        assert shape(hostile) == shape(harmless)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", hostile)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", hostile)
    assert "evil" not in outside and "@everyone" not in outside and "white_check_mark" not in outside


@given(st.text(max_size=40))
@example("`a`")
def test_a_code_span_holds_any_text_alone(text: str) -> None:
    for made in (code(text), cell(text).replace("\\|", "|")):
        (inline,) = [token for token in MARKDOWN.parse(f"x {made} y") if token.type == "inline"]
        assert [token.type for token in inline.children or ()] in (["text", "code_inline", "text"], ["text"])


@given(st.text(max_size=40))
def test_escaped_text_is_text(text: str) -> None:
    (inline,) = [token for token in MARKDOWN.parse(f"x {plain(text)} y") if token.type == "inline"]
    assert {token.type for token in inline.children or ()} <= {"text", "code_inline", "text_special"}


def test_the_verdict_is_in_the_first_line(decision: Decision) -> None:
    assert render(of_decision(decision)).startswith("## UNSIGNED: ")
    assert signed(record_of(decision)).startswith("## Signed by `said in words`, review not in this report: ")
    still_open = developer_values(decision, {}, {}, SIGNING, content="0" * 64)
    assert signed(still_open).startswith("## NOT DONE: signed by ")


def test_the_same_record_gives_the_same_bytes(decision: Decision) -> None:
    assert signed(record_of(decision)) == signed(record_of(decision))


def test_it_stays_under_githubs_limit_and_counts_what_is_cut(decision: Decision) -> None:
    long = record_of(decision, "words and more words " * 500)
    assert len(signed(long)) < 65_536 and "characters are cut)" in signed(long)
    text = signed(replace(long, items=long.items * 20))
    assert len(text) < 65_536 and "more of" in text and "are cut here" in text
    many = record_of(decision)
    many = replace(many, items=many.items * 40)
    assert len(signed(many)) < 65_536
    unread = replace(many.coverage, not_understood=9000, places=("x" * 5000,) * 100)
    assert len(signed(replace(many, coverage=unread))) < 65_536


@pytest.mark.parametrize(
    ("url", "folder", "expected"),
    [
        ("", "", "../../../src/a%20b.py#L3"),
        ("https://github.com/o/r", "", f"https://github.com/o/r/blob/{HEAD}/src/a%20b.py#L3"),
        ("https://github.com/o/r", "churn", f"https://github.com/o/r/blob/{HEAD}/churn/src/a%20b.py#L3"),
        ("https://gitlab.com/o/r", "", f"https://gitlab.com/o/r/-/blob/{HEAD}/src/a%20b.py#L3"),
        ("https://bitbucket.org/o/r", "", f"https://bitbucket.org/o/r/src/{HEAD}/src/a%20b.py#lines-3"),
        ("https://codeberg.org/o/r", "", f"https://codeberg.org/o/r/src/commit/{HEAD}/src/a%20b.py#L3"),
        (
            "https://dev.azure.com/o/p/_git/r",
            "",
            f"https://dev.azure.com/o/p/_git/r?path=/src/a%2520b.py&version=GC{HEAD}&line=3",
        ),
    ],
)
def test_lines_are_linked_as_the_forge_writes_them(url: str, folder: str, expected: str) -> None:
    assert line_address(replace(CHANGE, url=url, folder=folder), "src/a b.py", 3) == expected


def test_a_path_leaves_no_link(decision: Decision) -> None:
    address = line_address(CHANGE, "a>(b) <c>\n[d]`.py", 1)
    assert not re.search(r"[<>()\s`\[\]]", address)


@needs_ssh_keygen
class TestOfARepository:
    @pytest.fixture
    def repository(self, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Signed:
        return copy_of_valid(tmp_path_factory, tmp_path)

    def test_the_file_beside_the_record_is_what_the_record_renders_to(self, repository: Signed) -> None:
        developer = current(repository.records())[0]
        text = repository.path_of("dev").with_suffix(".md").read_text()
        assert text == render(of_record(developer))
        assert developer.sha256 in text and developer.key in text and "mlcheck verify --change forecast" in text

    def test_report_shows_the_review_too(self, repository: Signed) -> None:
        text = report(repository.root)
        first = text.splitlines()[0]
        assert first.startswith(f"## Signed by `{DEVELOPER}`, reviewed by `{REVIEWER}`: ")
        assert reviews(repository.records())[0].key in text

    def test_report_shows_disputes(self, repository: Signed) -> None:
        repository.path_of("review").unlink()
        repository.review(dispute="TEAM-02")
        text = report(repository.root)
        assert text.startswith("## DISPUTED (1): signed by ")
        assert f"**disputed by** `{REVIEWER}`: `not so`" in text

    def test_report_without_a_valid_record_is_marked_unsigned(self, repository: Signed) -> None:
        path = repository.path_of("dev")
        path.write_bytes(path.read_bytes() + b" ")
        assert report(repository.root).startswith("## UNSIGNED: ")
        assert "Nobody signed this" in report(repository.root)

    def test_report_of_a_folder_without_git_is_unsigned(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text("x = 1\n")
        assert report(tmp_path).startswith("## UNSIGNED: ")
