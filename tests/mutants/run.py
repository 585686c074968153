"""Mutants: one column of one table renamed, retyped or dropped at a time; Spark judges, and mlcheck is compared.

    python tests/mutants/run.py PIPELINE… [--most N] [--output FILE]

A pipeline is a folder with notebooks and schemas as mlcheck reads them. Every
notebook runs on tables made from the changed schemas (`local_pipeline`). Of what
Spark then refuses mlcheck should find all; what Spark runs it must not refuse.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local_pipeline import CATALOG, Refused, make_table, run, session
from pyspark.sql import SparkSession

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.project.load import load_project
from mlcheck.project.model import Column, Project, Settings, TableSchema
from mlcheck.project.work_tree import WorkTree

_OTHER_TYPES = {"string": "bigint", "bigint": "string", "int": "string", "double": "string", "date": "string"}


@dataclass(frozen=True)
class Mutant:
    """A change of one column: what it is, and the schemas with it."""

    title: str
    table: str
    schemas: tuple[TableSchema, ...]


def mutants(schemas: tuple[TableSchema, ...]) -> Iterator[Mutant]:
    for index, table in enumerate(schemas):
        for at, column in enumerate(table.columns):
            for title, columns in _changes(table.columns, at, column):
                changed = replace(table, columns=columns)
                yield Mutant(
                    f"{table.name}.{column.name} {title}",
                    table.name,
                    (*schemas[:index], changed, *schemas[index + 1 :]),
                )


def _changes(columns: tuple[Column, ...], at: int, column: Column) -> Iterator[tuple[str, tuple[Column, ...]]]:
    before, after = columns[:at], columns[at + 1 :]
    yield "renamed", (*before, replace(column, name=f"{column.name}_x"), *after)
    yield "dropped", (*before, *after)
    other = _OTHER_TYPES.get(column.type.lower().split("(")[0], "boolean")
    yield f"{column.type} -> {other}", (*before, replace(column, type=other), *after)


@dataclass
class Score:
    refused: int = 0
    found: int = 0
    false: int = 0
    missed: int = 0


def judge(spark: SparkSession, folder: Path, most: int, seed: int = 1) -> tuple[Score, list[str]]:
    """Every mutant of a pipeline, or as many as `most`, chosen by the seed."""
    project = load_project(WorkTree(folder), Settings())
    schemas = tuple(one for one in project.schemas if one.complete)
    order = notebooks(project)
    chosen = list(mutants(schemas))
    if len(chosen) > most:
        chosen = random.Random(seed).sample(chosen, most)
    score, lines = Score(), []
    for table in schemas:
        _make(spark, table)
    clean = by_spark(spark, project, order)
    lines += [f"clean: Spark refuses {one.path}:{one.first}: {one.error}" for one in clean]
    lines += [f"clean: mlcheck refuses {path}:{line}: {what}" for path, line, what in by_mlcheck(project)]
    known = {(one.path, one.first) for one in clean}
    for mutant in chosen:
        (changed,) = (one for one in mutant.schemas if one.name == mutant.table)
        _make(spark, changed)
        refused = [one for one in by_spark(spark, project, order) if (one.path, one.first) not in known]
        ours = by_mlcheck(replace(project, schemas=mutant.schemas))
        _compare(mutant, refused, ours, score, lines)
        (original,) = (one for one in schemas if one.name == mutant.table)
        _make(spark, original)
    return score, lines


def _compare(
    mutant: Mutant, refused: list[Refused], ours: list[tuple[str, int, str]], score: Score, lines: list[str]
) -> None:
    """A notebook in which Spark refuses something counts once; what mlcheck says of one that runs is false."""
    theirs = {one.path: one for one in refused}
    said = {path for path, _, _ in ours}
    for path, one in theirs.items():
        score.refused += 1
        if path in said:
            score.found += 1
        else:
            score.missed += 1
            lines.append(f"missed: {mutant.title}: {one.path}:{one.first}: {one.error}")
    for path, line, what in ours:
        if path not in theirs:
            score.false += 1
            lines.append(f"false: {mutant.title}: {path}:{line}: {what}")


def notebooks(project: Project) -> list[str]:
    """The notebooks that jobs run, features first, then training, then scoring; else all."""
    run_by_jobs = [
        task.file
        for bundle in project.bundles
        for target in bundle.targets[:1]
        for job in target.jobs
        for task in job.tasks
        if task.file is not None and task.file.endswith(".py")
    ]
    paths = dict.fromkeys(run_by_jobs or [path for path, code in project.code.items() if code.kind == "notebook"])
    rank = {"feature": 0, "setup": 0, "train": 1}
    return sorted(paths, key=lambda path: min([rank[word] for word in rank if word in path] or [2]))


def by_spark(spark: SparkSession, project: Project, order: list[str]) -> list[Refused]:
    found: list[Refused] = []
    for path in order:
        found += run(spark, path, project.code[path].text, parameters(project))
    return found


def parameters(project: Project) -> Mapping[str, str]:
    return {"catalog": CATALOG}


def by_mlcheck(project: Project) -> list[tuple[str, int, str]]:
    facts = evaluate_project(project, frozenset())
    return sorted(
        {
            (fact.place.path, fact.place.line, f"{fact.condition} {fact.name}")
            for entry in facts.entries
            for fact in entry.facts
            if isinstance(fact, FrameProblem)
        }
    )


def _make(spark: SparkSession, table: TableSchema) -> None:
    name = ".".join(table.name.split(".")[-2:])
    make_table(spark, name if "." in name else f"gold.{name}", [(one.name, one.type) for one in table.columns])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipelines", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=1_000)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    spark, out = session(), []
    for folder in given.pipelines:
        score, lines = judge(spark, folder, given.most)
        recall = 100 * score.found / score.refused if score.refused else 100.0
        out.append(
            f"{folder.name}: {score.refused} refused by Spark, {score.found} found ({recall:.1f}%), {score.false} false"
        )
        out += [f"  {line}" for line in lines]
    print("\n".join(out))
    if given.output is not None:
        given.output.write_text("\n".join(out) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
