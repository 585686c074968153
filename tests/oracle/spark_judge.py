"""Runs a program on Spark and through mlcheck, and says where the two disagree."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.flow.frames.schema import Schema
from mlcheck.flow.frames.values import schema_of
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

PROBE = "printSchema"


@dataclass(frozen=True)
class Judged:
    """What one of the two says: the frames by name in the order of their lines, and the first refusal."""

    frames: dict[tuple[int, str], list[tuple[str | None, str | None]]]
    closed: dict[tuple[int, str], bool]
    refused: tuple[int, str, str] | None  # line, condition, the error's text
    conditions: frozenset[str] = frozenset()  # all on that line


def statements(program: str) -> list[tuple[int, str, list[str]]]:
    """The statements of a program: first line, text, and the names that each binds."""
    found = []
    for node in ast.parse(program).body:
        text = ast.get_source_segment(program, node) or ""
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            text = "\n".join(program.split("\n")[node.decorator_list[0].lineno - 1 : node.end_lineno])
        names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        found.append((node.end_lineno or node.lineno, text, names if not isinstance(node, ast.FunctionDef) else []))
    return found


def by_spark(spark: SparkSession, program: str) -> Judged:
    """Run it, statement by statement, until one is refused."""
    scope: dict[str, object] = {"spark": spark}
    frames: dict[tuple[int, str], list[tuple[str | None, str | None]]] = {}
    for line, text, names in statements(program):
        try:
            exec(compile(text, "program", "exec"), scope)  # the programs are ours
            for name in names:
                held = scope.get(name)
                if isinstance(held, DataFrame):
                    frames[line, name] = [(one.name, one.dataType.simpleString()) for one in held.schema.fields]
        except (PySparkException, TypeError, ValueError, AttributeError) as error:
            condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
            return Judged(frames, {}, (line, condition, str(error)))
    return Judged(frames, {}, None)


def by_mlcheck(program: str, tables: dict[str, str]) -> Judged:
    """Follow it, with a probe after each statement that binds a name."""
    lines, probes = [], {}
    for line, text, names in statements(program):
        lines.append(text)
        for name in names:
            probes[len("\n".join(lines).split("\n")) + 1] = (line, name)
            lines.append(f"{name}.{PROBE}()")
    source = "\n".join(lines) + "\n"
    starts = _lines(source, program)
    project = load_project(MemoryTree({"program.py": f"# Databricks notebook source\n{source}".encode()}), Settings())
    project = project_with(project, tables)
    facts = evaluate_project(project, frozenset())
    frames: dict[tuple[int, str], list[tuple[str | None, str | None]]] = {}
    closed: dict[tuple[int, str], bool] = {}
    (entry,) = facts.entries
    for call in entry.calls(PROBE):
        where = probes.get(call.place.line - 1)
        schema = schema_of(call.receiver)
        if where is not None and isinstance(schema, Schema):
            frames[where] = [(one.name, None if one.type is None else str(one.type)) for one in schema]
            closed[where] = schema.closed
    problems = [one for one in entry.facts if isinstance(one, FrameProblem)]
    first = min(problems, key=lambda one: one.place.line, default=None)
    refused = None
    if first is not None:
        refused = (starts[first.place.line - 1], first.condition, f"{first.name} {first.detail}")
    conditions = frozenset(one.condition for one in problems if first and one.place.line == first.place.line)
    return Judged(frames, closed, refused, conditions)


def _lines(source: str, program: str) -> dict[int, int]:
    """From lines of the probed text to the last line of their statement in the program."""
    found, at = {}, 1
    for line, text, names in statements(program):
        for _ in text.split("\n"):
            found[at] = line
            at += 1
        for _ in names:
            found[at] = line
            at += 1
    return found


def project_with(project: object, tables: dict[str, str]) -> object:
    """The project with tables declared as DDL declares them."""
    from dataclasses import replace

    from mlcheck.flow.frames.types import Struct, parse_type
    from mlcheck.project.model import Column, TableSchema
    from mlcheck.project.place import Place

    place = Place("tables.sql", 1)
    schemas = []
    for name, ddl in tables.items():
        kind = parse_type(f"struct<{ddl}>")
        assert isinstance(kind, Struct), ddl
        columns = tuple(Column(column, str(one), True, place) for column, one in kind.fields)
        schemas.append(TableSchema(name, columns, (), None, place, "ddl"))
    return replace(project, schemas=tuple(schemas))


def disagreement(spark: Judged, ours: Judged) -> str | None:
    """What the two say differently; None where all that mlcheck claims is so. Silence is not a disagreement."""
    if ours.refused is not None:
        if spark.refused is None:
            return f"mlcheck refuses line {ours.refused[0]}: {ours.refused[1]} {ours.refused[2]}; Spark runs it"
        same = same_condition(ours.refused[1], spark.refused[1]) and ours.refused[2].split()[0] in spark.refused[2]
        if ours.refused[0] < spark.refused[0] and not same:  # it may be told where the column is named
            return f"mlcheck refuses line {ours.refused[0]} ({ours.refused[1]}), Spark line {spark.refused[0]}"
        if ours.refused[0] == spark.refused[0] and not any(
            same_condition(one, spark.refused[1]) for one in ours.conditions
        ):
            return f"mlcheck says {ours.refused[1]}, Spark {spark.refused[1]}: {spark.refused[2][:120]}"
    for key, theirs in spark.frames.items():
        mine = ours.frames.get(key)
        if mine is None:
            continue
        if ours.closed[key] and [name for name, _ in mine] != [name for name, _ in theirs]:
            return f"columns of `{key[1]}` at line {key[0]}: {[n for n, _ in mine]}, Spark {[n for n, _ in theirs]}"
        if not ours.closed[key]:
            continue
        for (name, kind), (_, real) in zip(mine, theirs):
            if kind is not None and "?" not in kind and kind != real:
                return f"`{name}` of `{key[1]}`: {kind}, Spark {real}"
    return None


def missed(spark: Judged, ours: Judged) -> str | None:
    """A refusal of Spark's that mlcheck does not see."""
    if spark.refused is not None and (ours.refused is None or ours.refused[0] > spark.refused[0]):
        return f"Spark refuses line {spark.refused[0]}: {spark.refused[1]} {spark.refused[2][:100]}"
    return None


def opened(spark: Judged, ours: Judged) -> list[str]:
    """Frames whose columns, or types, mlcheck does not know."""
    return [
        f"`{name}` at line {line}"
        for (line, name) in spark.frames
        if not ours.closed.get((line, name)) or any(kind is None for _, kind in ours.frames[line, name])
    ]


_SAME = {
    "ATTRIBUTE_NOT_SUPPORTED": "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "_LEGACY_ERROR_TEMP_1201": "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
}


def same_condition(ours: str, theirs: str) -> bool:
    if ours == "AMBIGUOUS_REFERENCE" and theirs.startswith("UNRESOLVED_COLUMN"):  # where a join with itself is sorted
        return True
    return ours == _SAME.get(theirs, theirs) or theirs.startswith(ours) or ours.startswith(theirs)
