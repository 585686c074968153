"""Frames of Spark through the engine: tables between entry points, what hides columns, and what never convicts."""

from __future__ import annotations

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import Facts
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

HEAD = "# Databricks notebook source\nfrom pyspark.sql import functions as F\n"
SALES = """\
table_name: sales
schema: main.gold
columns:
  - {name: id, type: bigint}
  - {name: price, type: "decimal(10,2)"}
"""


def facts_of(**files: str) -> Facts:
    tree = MemoryTree({name.replace("__", "."): text.encode() for name, text in files.items()})
    return evaluate_project(load_project(tree, Settings()), frozenset())


def missing(**files: str) -> list[tuple[str, int, str]]:
    """The problems of notebooks: file, line and name."""
    notebooks = {name: HEAD + text if name.endswith("py") else text for name, text in files.items()}
    found = [fact for entry in facts_of(**notebooks).entries for fact in entry.facts if isinstance(fact, FrameProblem)]
    return sorted({(one.place.path, one.place.line - 2, one.name) for one in found})


def test_a_table_that_one_notebook_writes_is_what_another_reads() -> None:
    writes = 'spark.range(3).withColumn("x", F.lit(1)).write.mode("overwrite").saveAsTable("main.ml.made")\n'
    reads = 'spark.table("main.ml.made").select("id", "x")\nspark.table("main.ml.made").select("y")\n'
    assert missing(a_reads__py=reads, b_writes__py=writes) == [("a_reads.py", 2, "y")]


def test_what_a_run_wrote_itself_is_read_after_the_write_alone() -> None:
    body = 'spark.table("main.ml.t").select("old")\nspark.range(3).write.mode("overwrite").saveAsTable("main.ml.t")\n'
    assert missing(n__py=body) == []
    assert missing(n__py=body + 'spark.table("main.ml.t").select("old")\n') == [("n.py", 3, "old")]


def test_a_table_that_is_made_of_itself_is_open() -> None:
    one = 'spark.table("main.ml.b").withColumn("x", F.lit(1)).write.mode("overwrite").saveAsTable("main.ml.a")\n'
    two = 'spark.table("main.ml.a").withColumn("y", F.lit(1)).write.mode("overwrite").saveAsTable("main.ml.b")\n'
    assert missing(one__py=one, two__py=two + 'spark.table("main.ml.a").select("z")\n') == []


def test_two_writers_of_different_columns_convict_nobody_over_either() -> None:
    one = 'spark.range(3).withColumn("x", F.lit(1)).write.mode("overwrite").saveAsTable("main.ml.a")\n'
    two = 'spark.range(3).withColumn("y", F.lit(1)).write.mode("overwrite").saveAsTable("main.ml.a")\n'
    reads = 'spark.table("main.ml.a").select("x", "y")\nspark.table("main.ml.a").select("z")\n'
    assert missing(one__py=one, two__py=two, three__py=reads) == [("three.py", 2, "z")]


def test_a_table_of_another_folder_with_a_short_name_is_not_taken_for_it() -> None:
    writes = 'spark.range(3).write.mode("overwrite").saveAsTable("customers")\n'
    reads = 'spark.table("customers").select("email")\n'
    files = {"churn/a.py": HEAD + writes, "fraud/b.py": HEAD + reads}
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset())
    assert not [fact for entry in facts.entries for fact in entry.facts if isinstance(fact, FrameProblem)]


def test_the_change_feed_adds_columns_that_no_schema_has() -> None:
    body = 'feed = spark.read.option("readChangeFeed", "true").table("main.gold.sales")\n'
    assert missing(sales__yml=SALES, n__py=body + 'feed.filter("id > 1").select("_change_type", "price")\n') == []


def test_a_file_s_metadata_is_a_hidden_column() -> None:
    body = 'df = spark.read.schema("id int").csv("/data")\ndf.select("id", "_metadata.file_path")\ndf.select("x")\n'
    assert missing(n__py=body) == [("n.py", 3, "x")]


def test_the_attributes_of_a_schema_are_no_columns() -> None:
    body = 'df = spark.table("main.gold.sales")\nfor field in df.schema.fields:\n    print(field.name)\n'
    assert missing(sales__yml=SALES, n__py=body + "names = df.schema.names\n") == []


def test_an_incomplete_or_unknown_table_never_convicts() -> None:
    assert missing(n__py='spark.table("main.gold.other").select("anything")\n', sales__yml=SALES) == []
    assert missing(n__py='spark.table(f"main.gold.{name}").select("anything")\n', sales__yml=SALES) == []


def test_a_frame_that_only_a_branch_changes_has_both_sets_of_columns() -> None:
    body = 'df = spark.table("main.gold.sales")\nif wanted:\n    df = df.withColumn("x", F.lit(1)).drop("price")\n'
    body += 'df.select("x", "price")\ndf.select("y")\n'
    assert missing(sales__yml=SALES, n__py=body) == [("n.py", 5, "y")]


def test_a_loop_over_unknown_names_leaves_nothing_to_convict() -> None:
    body = 'df = spark.table("main.gold.sales")\nfor name in names:\n    df = df.withColumn(name, F.lit(1))\n'
    assert missing(sales__yml=SALES, n__py=body + 'df.select("y")\n') == []


def test_a_helper_is_looked_at_with_each_frame_that_it_gets() -> None:
    body = "def first(df):\n    return df.select('id')\n"
    body += 'first(spark.table("main.gold.sales"))\nfirst(spark.range(3).withColumnRenamed("id", "key"))\n'
    assert missing(sales__yml=SALES, n__py=body) == [("n.py", 2, "id")]


def test_every_mistake_of_a_function_is_told_and_nothing_that_follows_from_it() -> None:
    body = 'df = spark.table("main.gold.sales")\ndf = df.withColumn("a", F.col("x") + 1)\n'
    body += 'df = df.withColumn("b", F.col("a") * 2).withColumn("c", F.col("y"))\ndf.select("a", "b", "c", "z")\n'
    assert missing(sales__yml=SALES, n__py=body) == [("n.py", 2, "x"), ("n.py", 3, "y"), ("n.py", 4, "z")]


def test_references_are_counted_as_decided_or_open() -> None:
    facts = facts_of(
        sales__yml=SALES,
        n__py=HEAD + 'spark.table("main.gold.sales").select("id", "price")\nspark.table("x.y.z").select("a")\n',
    )
    assert (facts.column_references, facts.columns_decided) == (3, 2)


def test_a_frame_that_two_thousand_branches_change_is_cut_off_and_convicts_nobody() -> None:
    body = 'df = spark.table("main.gold.sales")\n'
    body += "".join(f"if x{i}:\n    df = df.withColumn('c{i}', F.col('price') + {i})\n" for i in range(2_000))
    assert missing(sales__yml=SALES, n__py=body + 'df.select("zz", "id")\n') == []


def test_columns_that_code_merges_into_a_declared_table_convict_nobody() -> None:
    writes = 'df = spark.range(3).withColumn("new", F.lit(1))\n'
    writes += 'df.write.option("mergeSchema", "true").mode("append").saveAsTable("main.gold.sales")\n'
    reads = 'spark.table("main.gold.sales").select("id", "new")\n'
    assert missing(sales__yml=SALES, a__py=writes, b__py=reads) == []
    assert missing(sales__yml=SALES, b__py=reads) == [("b.py", 1, "new")]
