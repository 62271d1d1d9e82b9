# Every target sets up what it needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := bash
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Bytecode is what makes the second start of a command fast; some environments switch it off.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test check real-systems serve lock clean mutants train

$(VENV)/bin/uv:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Pacta needs Python 3.11 or newer; $(PY) is $$($(PY) --version)"; exit 1; }
	@$(PY) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.runtime: $(VENV)/bin/uv requirements/runtime.lock pyproject.toml
	@echo "Setting up the runtime in $(VENV) …"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --no-deps -r requirements/runtime.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@echo "Setting up the tools for tests and checks in $(VENV) …"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --no-deps -r requirements/dev.lock
	@touch $@

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(VENV)/.runtime ## virtual environment with the locked runtime

demo: $(VENV)/.runtime ## the main job, end to end, on this machine
	@$(BIN)/pacta demo

test: $(VENV)/.dev ## all tests: no key, no docker, no network beyond the package registries
	@$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.dev ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(VENV)/.mutants: $(VENV)/.dev requirements/mutants.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --no-deps -r requirements/mutants.lock
	@touch $@

mutants: export PATH := $(CURDIR)/$(BIN):$(PATH)
mutants: $(VENV)/.mutants ## mutation testing of obligations/: at least 90 % killed (an hour; SAMPLE=2500 a part of it)
	@mutmut run 'obligations.errors*'
	@if [ -n "$(SAMPLE)" ]; then python -m tests.mutation.draw $(SAMPLE) $(SEED); fi
	@python -m tests.mutation.types
	@mutmut run
	@python -m tests.mutation

TRAIN = .venv-train
train: $(VENV)/bin/uv ## train the clause tagger anew: make train DATA=FOLDER, a folder like CUAD v1
	@[ -d "$(DATA)/contracts" ] || { echo "make train DATA=FOLDER: FOLDER holds contracts/*.txt and annotations.json"; exit 1; }
	@[ -d $(TRAIN) ] || $(PY) -m venv $(TRAIN)
	@VIRTUAL_ENV=$(TRAIN) $(BIN)/uv pip install --quiet --require-hashes --no-deps -r requirements/train.lock
	@$(TRAIN)/bin/python -m retrieval.train_tagger --data "$(DATA)"

real-systems: $(VENV)/.dev ## Request Tracker and Tryton on this machine, and the demo run on them (apt needs root)
	@$(BIN)/python -m sandbox.real.request_tracker --folder .real/request_tracker
	@$(BIN)/python -m sandbox.real.tryton --folder .real/tryton --make-only
	@$(BIN)/pacta --home .real/demo demo --real .real

serve: $(VENV)/.runtime ## the API with its OpenAPI page
	@$(BIN)/pacta serve

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header

lock: $(VENV)/bin/uv ## write the lock files anew from pyproject.toml
	@VIRTUAL_ENV=$(VENV) $(LOCK) pyproject.toml --group dev --group clients --group evals -o requirements/dev.lock
	@VIRTUAL_ENV=$(VENV) $(LOCK) pyproject.toml -c requirements/dev.lock -o requirements/runtime.lock
	@VIRTUAL_ENV=$(VENV) $(LOCK) pyproject.toml -c requirements/dev.lock --group train -o requirements/train.lock
	@VIRTUAL_ENV=$(VENV) $(LOCK) pyproject.toml -c requirements/dev.lock --group mutants -o requirements/mutants.lock
	@VIRTUAL_ENV=$(VENV) $(LOCK) --group tryton -o requirements/tryton.lock

clean: ## remove the virtual environment and the local state
	@rm -rf $(VENV) .pacta .mypy_cache .pytest_cache .ruff_cache
