"""A SQL statement that does not parse: a broken query, a schema given TBLPROPERTIES, two statements in one call.

What is put together when it runs is unknown, and so is a statement that the
parser here does not know; the tokens alone can still prove TBLPROPERTIES of a
schema.

Breaks with: [PARSE_SYNTAX_ERROR] Syntax error at or near 'TBLPROPERTIES'
Source: Spark 4.0.1's parser, executed (tests/oracle/test_sql.py); the case study's error 1.

Fix: ALTER SCHEMA main.ml SET DBPROPERTIES ('owner' = 'ml')
     ALTER SCHEMA main.ml ENABLE PREDICTIVE OPTIMIZATION
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Role, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.sql import SQL_SINKS, Sql, SqlProblem, read_sql, sql_text
from mlcheck.flow.values import options_of
from mlcheck.project.place import Place

NAME = "sql-invalid"
WORDS = ("sql",)
_PREDICTIVE = "predictive"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        for call in entry.calls("sql"):
            if call.name in SQL_SINKS:
                yield from _call(entry, call)
    yield from _cells(facts)
    yield from _files(facts)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _call(entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    given = call.argument("sqlQuery", 0)
    options = options_of(given) if given is not None else ()
    if not options:
        yield Unknown(NAME, "a statement that is not seen is run", call.place, entry.role)
    for option in options:
        text = sql_text(option)
        if text is None:
            yield Unknown(NAME, "a statement that is put together when it runs", call.place, entry.role)
            continue
        yield _verdict(text, read_sql(text), call.place, entry.role, entry.targets)


def _cells(facts: Facts) -> Iterator[Verdict]:
    """`%sql` cells and SQL notebooks: each runs with its notebook, whoever runs that."""
    for code in facts.project.code.values():
        for magic in code.magics:
            if magic.kind == "sql" and magic.argument.strip():
                read = read_sql(magic.argument, True)
                line = read.problem.line if read.problem else 1
                yield _verdict(magic.argument, read, code.lines.at(magic.line + line - 1), None, ())


def _files(facts: Facts) -> Iterator[Verdict]:
    """`.sql` files that a task runs."""
    seen: set[str] = set()
    for _, _, job in facts.jobs():
        for task in job.tasks:
            path = task.file
            if task.kind != "sql_task" or path is None or path in seen or path in facts.project.code:
                continue
            seen.add(path)
            text = facts.project.texts.get(path)
            if text is not None:
                read = read_sql(text, True)
                yield _verdict(text, read, Place(path, read.problem.line if read.problem else 1), None, ())


def _verdict(text: str, read: Sql, place: Place, role: Role | None, targets: tuple[str, ...]) -> Verdict:
    if read.problem is not None:
        return _finding(text, read.problem, place, role, targets)
    if read.understood:
        return Seen(NAME, place, _counted(read), role)
    if read.holes:
        return Unknown(NAME, "a statement with parts that only a run fills in", place, role)
    return Unknown(NAME, "a statement that the parser here does not know: run EXPLAIN on it once", place, role)


def _counted(read: Sql) -> str:
    return "it parses" if len(read.statements) == 1 else f"{len(read.statements)} statements, and each parses"


def _finding(text: str, problem: SqlProblem, place: Place, role: Role | None, targets: tuple[str, ...]) -> Finding:
    message, why, fix = _words(text, problem)
    subject = {"kind": problem.kind, "near": problem.near[:80]}
    return Finding(NAME, "error", place, message, why, fix, subject, role, Instance("project", ""), targets)


def _words(text: str, problem: SqlProblem) -> tuple[str, str, str]:
    """The message, the error's text and the fix."""
    error = f"[PARSE_SYNTAX_ERROR] Syntax error at or near '{problem.near}'"
    match problem.kind:
        case "schema-properties":
            fix = (
                "ALTER SCHEMA … ENABLE PREDICTIVE OPTIMIZATION"
                if _PREDICTIVE in text.lower()
                else "ALTER SCHEMA … SET DBPROPERTIES ('key' = 'value')"
            )
            return "TBLPROPERTIES of a schema: a schema has DBPROPERTIES", error, fix
        case "several":
            return (
                f"one call runs one statement, and a second begins at `{problem.near}`",
                f"{error}: extra input '{problem.near}'",
                'for statement in statements.split(";"): spark.sql(statement)',
            )
        case "unterminated":
            message = "a text or a comment in the statement has no end"
            return message, "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input", "close the quote"
        case _:
            return f"the statement does not parse at `{problem.near}`", error, "EXPLAIN <the statement>"


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
spark.sql("ALTER SCHEMA main.ml SET TBLPROPERTIES ('delta.x' = 'true')")  # error: [sql-invalid] DBPROPERTIES
""",
    good="""\
# Databricks notebook source
spark.sql("ALTER TABLE main.ml.sales SET TBLPROPERTIES ('delta.x' = 'true')")
""",
    mentions=WORDS,
)
