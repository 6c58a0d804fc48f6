# Needs python3.11 or newer with venv and pip, make and git; `make conform` and `make bench` need node as well.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Hundreds of processes are started here: compiling everything for each takes longer than running it.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
CLIENTS := $(VENV)/clients
QUEUES := $(VENV)/queues
# Two more than the processors this is meant for: what makes requests up, and the tests of processes, mostly wait for
# others.
WORKERS ?= 4
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
# Lock files name everything, so pip need not look for what fits.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/pip-compile --quiet --no-header --generate-hashes --strip-extras --allow-unsafe \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: help demo test check conform soak bench lint types arrows contracts contracts-check format lock clean

help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## run the service with example data and watch signed deliveries arrive
	@$(BIN)/python -m service demo $(DEMO)

test: $(VENV)/.dev ## all tests, on SQLite in both journal modes and on Postgres
	$(PYTEST) $(TESTS)

# The suite compares contracts with the code and with the last release, as contracts-check does.
check: lint types arrows test ## everything that must hold before a change goes in

conform: $(VENV)/.dev tests/conform/node_modules/.package-lock.json $(CLIENTS)/.installed ## verify with other people's programs what ours makes; needs node, fetches PgBouncer
	$(BIN)/python -m pytest tests/conform

soak: $(VENV)/.dev ## random acts, requests and kills beyond what the tests make; SOAK=40 says how many times more
	DUALTRACK_TEST_SOAK=$(or $(SOAK),40) $(PYTEST) tests/usecases/test_random_acts.py tests/e2e/test_fuzz.py \
	  tests/e2e/test_ledger.py tests/webhooks/test_crowd.py tests/webhooks/test_batch_order.py tests/webhooks/test_order.py \
	  tests/ladderfiles/test_mutations.py tests/connectors/test_story.py

bench: $(VENV)/.dev bench/postgraphile/node_modules/.package-lock.json $(QUEUES)/.installed ## measure, as ratios to limits taken in the same run; needs node
	$(BIN)/python -m bench $(BENCH)

lint: $(VENV)/.dev ## style, imports, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## types, strict for the service
	$(BIN)/pyright

arrows: $(VENV)/.dev ## which part may import which
	$(BIN)/lint-imports

contracts: $(VENV)/.dev ## write openapi.yaml and schemas/ from the code
	$(BIN)/python -m service contracts

contracts-check: $(VENV)/.dev ## fail when contracts differ from the code, or break the last release
	$(BIN)/python -m service contracts --check

format: $(VENV)/.dev ## put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev ## write the lock files from pyproject.toml, upgrading what its ranges allow
	$(LOCK) --upgrade --extra postgres -o requirements.lock pyproject.toml
	$(LOCK) --upgrade --all-extras -o requirements-dev.lock pyproject.toml
	$(LOCK) --upgrade -o tests/conform/python-client.txt tests/conform/python-client.in
	$(LOCK) --upgrade -o bench/other_queues/requirements.txt bench/other_queues/requirements.in

clean: ## remove what the other commands made, the virtual environment too
	rm -rf $(VENV) dist build .pytest_cache .ruff_cache .import_linter_cache .hypothesis bench/postgraphile/node_modules tests/conform/node_modules tests/conform/.pgbouncer*
	find . -name __pycache__ -prune -exec rm -rf {} +

tests/conform/node_modules/.package-lock.json: tests/conform/package-lock.json
	npm ci --prefix tests/conform --no-audit --no-fund --ignore-scripts
	@touch $@

# Its one script fetches the newer node that PostGraphile wants.
bench/postgraphile/node_modules/.package-lock.json: bench/postgraphile/package-lock.json
	npm ci --prefix bench/postgraphile --no-audit --no-fund --ignore-scripts
	cd bench/postgraphile/node_modules/node && node installArchSpecificPackage
	@touch $@

# Apart from everything else: what generates clients wants other versions than the service.
$(CLIENTS)/.installed: tests/conform/python-client.txt
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	@touch $@

# What the sender is measured against.
$(QUEUES)/.installed: bench/other_queues/requirements.txt
	$(PYTHON) -m venv $(QUEUES)
	$(QUEUES)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The two stamps say what was installed: the demo does without the tools, and what it
# does not import is not compiled, so that it starts soon; what it does import is, once, and
# not by each of the processes that the tests and checks begin with.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile --no-deps --require-hashes -r requirements.lock
	$(PIP) install --no-compile --no-deps -e .
	@$(BIN)/python -c "import service.app, service.cli.demo"
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile --no-deps --require-hashes -r requirements-dev.lock
	$(PIP) install --no-compile --no-deps -e .
	@$(BIN)/python -c "import service.contracts, service.cli.serve"
	@touch $@ $(VENV)/.runtime
