"""Table schemas from dbt, data contracts, CREATE TABLE and snapshots; saved models."""

from __future__ import annotations

from pathlib import Path

from command_line import mlcheck

from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Project, Settings, TableSchema

DBT = """\
version: 2
models:
  - name: dim_shop
    config:
      contract: {enforced: true}
    constraints:
      - {type: primary_key, columns: [shop_id]}
    columns:
      - {name: shop_id, data_type: bigint, constraints: [{type: not_null}]}
      - {name: city, data_type: string}
  - name: fact_sales
    columns:
      - {name: day, data_type: date, data_tests: [not_null]}
sources:
  - name: raw
    database: main
    schema: bronze
    tables:
      - name: orders
        columns: [{name: id}]
"""

CONTRACT = """\
kind: DataContract
apiVersion: v3.0.0
schema:
  - name: orders
    physicalName: main.gold.orders
    properties:
      - {name: line, physicalType: int, primaryKey: true, primaryKeyPosition: 2}
      - {name: id, physicalType: bigint, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: price, logicalType: number}
"""

DDL = """\
-- the gold layer
CREATE OR REPLACE TABLE main.gold.dim_shop (
  shop_id BIGINT NOT NULL COMMENT 'the key; of a shop',
  price DECIMAL(10, 2),
  valid_from TIMESTAMP,
  CONSTRAINT pk PRIMARY KEY (shop_id, valid_from TIMESERIES)
) USING DELTA;
INSERT INTO main.gold.dim_shop VALUES (1, 2, now());
CREATE TABLE ${catalog}.gold.fact_sales (day DATE, amount DOUBLE);
CREATE TABLE copy AS SELECT * FROM main.gold.dim_shop;
"""

SNAPSHOT = """\
{"format": "mlcheck/schema/1", "pulled": "2026-11-01", "tables": [
  {"name": "main.gold.dim_shop", "primary_key": ["shop_id"], "scd_type": 2,
   "columns": [{"name": "shop_id", "type": "bigint", "nullable": false}, {"name": "city", "type": "string"}]},
  {"name": "main.gold.broken", "columns": [{"type": "int"}]}]}
"""

SAVED = """\
flavors:
  python_function: {loader_module: mlflow.sklearn}
  sklearn: {sklearn_version: 1.5.0}
mlflow_version: 3.1.4
signature:
  inputs: '[{"type": "double", "name": "price", "required": true}, {"type": "string", "name": "city", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]'
"""


def project(files: dict[str, str], settings: Settings | None = None) -> Project:
    return load_project(MemoryTree({path: text.encode() for path, text in files.items()}), settings or Settings())


def by_name(files: dict[str, str]) -> dict[str, TableSchema]:
    return {one.name: one for one in project(files).schemas}


def columns(schema: TableSchema) -> list[tuple[str, str, bool | None, int]]:
    return [(one.name, one.type, one.nullable, one.place.line) for one in schema.columns]


def test_a_dbt_model_is_complete_where_its_contract_is_enforced() -> None:
    tables = by_name({"models/schema.yml": DBT})
    assert set(tables) == {"dim_shop", "fact_sales", "main.bronze.orders"}
    shop = tables["dim_shop"]
    assert (shop.source, shop.complete, shop.primary_key) == ("dbt", True, ("shop_id",))
    assert columns(shop) == [("shop_id", "bigint", False, 9), ("city", "string", None, 10)]
    assert not tables["fact_sales"].complete
    assert columns(tables["fact_sales"]) == [("day", "date", False, 13)]
    assert columns(tables["main.bronze.orders"]) == [("id", "", None, 20)]


def test_a_data_contract_gives_its_key_in_the_order_of_positions() -> None:
    (orders,) = project({"contracts/orders.yaml": CONTRACT}).schemas
    assert (orders.name, orders.primary_key, orders.complete) == ("main.gold.orders", ("id", "line"), True)
    assert [(one.name, one.type, one.nullable) for one in orders.columns] == [
        ("line", "int", None),
        ("id", "bigint", False),
        ("price", "number", None),
    ]


def test_create_table_gives_columns_key_and_time_series() -> None:
    tables = by_name({"sql/gold.sql": DDL})
    assert set(tables) == {"main.gold.dim_shop", "gold.fact_sales"}
    shop = tables["main.gold.dim_shop"]
    assert (shop.primary_key, shop.timeseries, shop.place.line) == (("shop_id", "valid_from"), "valid_from", 2)
    assert columns(shop) == [
        ("shop_id", "bigint", False, 3),
        ("price", "decimal(10, 2)", None, 4),
        ("valid_from", "timestamp", None, 5),
    ]


def test_a_statement_that_does_not_parse_is_no_schema() -> None:
    broken = "CREATE TABLE a (x INT; CREATE TABLE b (y INT);\nCREATE TABLE c ({{ columns }});\nCREATE TABLE d ('open"
    assert by_name({"a.sql": broken}) == {}
    assert set(by_name({"b.sql": "CREATE TABLE a (x;\nCREATE TABLE b (y INT);"})) == {"b"}


def test_a_snapshot_of_the_catalog_is_read_with_its_date() -> None:
    read = project({"schemas/main.schema.json": SNAPSHOT})
    (shop,) = read.schemas
    assert (shop.name, shop.pulled, shop.scd_type, shop.source) == ("main.gold.dim_shop", "2026-11-01", 2, "snapshot")
    assert columns(shop) == [("shop_id", "bigint", False, 3), ("city", "string", None, 3)]
    assert [one.what for one in read.not_understood] == ["a column of main.gold.broken has no `name`"]


def test_another_json_file_is_no_snapshot_unless_it_is_declared_one() -> None:
    files = {"data/schema.json": '{"type": "object"}'}
    assert project(files).not_understood == ()
    declared = project(files, Settings(schemas=("data/*.json",)))
    assert [one.what for one in declared.not_understood] == ["not a schema: no table with columns in it"]


def test_several_tables_in_one_file() -> None:
    listed = "tables:\n  - {table_name: a, columns: [{name: x}]}\n  - {table_name: b, columns: [{name: y}]}\n"
    alone = "- {table_name: c, columns: [{name: x}]}\n- {table_name: d, columns: [{name: x}]}\n"
    assert set(by_name({"t.yaml": listed, "u.yaml": alone})) == {"a", "b", "c", "d"}


def test_a_saved_model_has_its_signature_and_the_version_that_wrote_it() -> None:
    (model,) = project({"model/MLmodel": SAVED}).saved_models
    assert model.inputs is not None and model.outputs is not None
    assert [(one.name, one.type, one.required) for one in model.inputs] == [
        ("price", "double", True),
        ("city", "string", False),
    ]
    assert [(one.name, one.type) for one in model.outputs] == [("0", None)]
    assert (model.flavors, model.mlflow_version) == (("python_function", "sklearn"), "3.1.4")


def test_a_saved_model_without_flavors_or_with_a_broken_signature() -> None:
    read = project({"a/MLmodel": "x: 1", "b/MLmodel": "flavors: {sklearn: {}}\nsignature: {inputs: '[1'}"})
    assert [one.what for one in read.not_understood] == ["not a saved model's description: it has no `flavors`"]
    assert [one.inputs for one in read.saved_models] == [None]


def test_the_command_lists_tables_shows_one_and_prints_the_query(tmp_path: Path) -> None:
    (tmp_path / "gold.sql").write_text(DDL)
    (tmp_path / "schema.yml").write_text(DBT)
    listed = mlcheck("schema", tmp_path, at=tmp_path)
    assert listed.code == 0
    assert "main.gold.dim_shop" in listed.out and "CREATE TABLE" in listed.out and "gold.sql:2" in listed.out
    assert "2 tables with some of the columns only" in listed.out
    shown = mlcheck("schema", tmp_path, "--table", "gold.dim_shop", at=tmp_path)
    assert "valid_from  timestamp           key, time series" in shown.out
    query = mlcheck("schema", "--query", "main.gold,ml", at=tmp_path)
    assert "table_catalog = 'main' AND table_schema IN ('gold', 'ml')" in query.out


def test_a_table_that_nobody_declares_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "gold.sql").write_text(DDL)
    wrong = mlcheck("schema", tmp_path, "--table", "main.gold.dim_shp", at=tmp_path)
    assert wrong.code == 2
    assert "no schema of `main.gold.dim_shp`" in wrong.err and "main.gold.dim_shop" in wrong.err
    assert mlcheck("schema", "--query", "main", at=tmp_path).code == 2


def test_no_schema_at_all_says_what_is_read(tmp_path: Path) -> None:
    assert "mlcheck schema --query" in mlcheck("schema", tmp_path, at=tmp_path).out
