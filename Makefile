.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test test-spark lint serve clean

help: ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.venv/.ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: .venv/.ready ## Create .venv from the lock file and build the models
	@$(BIN)/throughline models build

demo: setup ## Run the main job on the sample: ingest, tag, build journeys, tell about them
	@$(BIN)/throughline demo

lint: .venv/.ready ## Format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/compose-lint compose.yaml

test: setup lint ## Lint, types and all tests
	$(BIN)/pytest --durations=40 --durations-min=3

SPARK_TESTS := tests/journey/mining/test_paths.py tests/journey/lenses/test_lenses.py

test-spark: .venv/.ready ## The same numbers on Spark: fetches 430 MB once, needs Java 17
	@test -f .spark/.ready || { $(BIN)/pip install --quiet --no-deps --upgrade --target .spark \
	  --requirement requirements-spark.lock && touch .spark/.ready; }
	PYTHONPATH=.spark timeout 300 $(BIN)/pytest $(SPARK_TESTS) -k spark

serve: setup ## Start the API on port 8000 (embedded: SQLite, no broker)
	@$(BIN)/throughline serve

clean: ## Remove what was built, keep what was ingested
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
