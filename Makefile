# `make` lists the commands.
.DEFAULT_GOAL := help
PYTHON ?= python3

.PHONY: help setup test lint oracle oracle-sql oracle-types bench snapshots public bundles picture mutants

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

setup: ## install with everything that the tests need
	$(PYTHON) -m pip install -e '.[test]'

test: ## run the tests
	$(PYTHON) -m pytest

lint: ## format, lint, types, layers
	$(PYTHON) -m ruff format --check src tests benchmarks tools
	$(PYTHON) -m ruff check src tests benchmarks tools
	$(PYTHON) -m mypy
	lint-imports

oracle: ## compare with the released libraries (needs the extra `oracle`)
	$(PYTHON) -m pytest -q tests/oracle

mutants: ## change one column at a time, Spark judges: make mutants PIPELINES="folder …" (needs the extra `oracle`)
	$(PYTHON) tests/mutants/run.py $(or $(PIPELINES),src/mlcheck/knowledge/demo/after)

oracle-sql: ## 5,000 random statements of SQL against Spark (needs the extra `oracle`)
	MLCHECK_RANDOM_SQL=5000 MLCHECK_RANDOM_SEED=29 $(PYTHON) -m pytest -q tests/oracle/test_sql_frames.py -k random

oracle-types: ## 6,000 expressions by chance against Spark (needs the extra `oracle`)
	MLCHECK_TREES=6000 $(PYTHON) -m pytest -q -s tests/oracle/test_spark_types.py -k trees

bench: ## the figures to hold, as ratios
	$(PYTHON) benchmarks/start_up.py
	$(PYTHON) benchmarks/walk.py
	$(PYTHON) benchmarks/cold_check.py $(TREE)
	$(PYTHON) benchmarks/growth.py $(TREE)

snapshots: ## accept the snapshots anew
	$(PYTHON) -m pytest --snapshot-update

public: ## check copies of public pipelines: make public REPOSITORIES=folder
	$(PYTHON) tests/public/run.py $(REPOSITORIES)

bundles: ## compare with what the Databricks CLI recorded: make bundles CLI=folder (a copy of databricks/cli; needs jq)
	$(PYTHON) tests/public/bundles.py $(CLI)

picture: ## draw the README's picture of the terminal
	$(PYTHON) docs/picture.py
