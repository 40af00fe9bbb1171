# Every target sets itself up: it needs Python 3.11 or newer and make, and uses uv when there is one.
# Another interpreter: make test PYTHON=python3.12

PYTHON  ?= python3
WORKERS ?= 2

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
UV    := $(shell command -v uv 2>/dev/null)

ifdef UV
CREATE  = uv venv --quiet --seed --python "$(PYTHON)" $(VENV)
INSTALL = uv pip install --quiet --python $(BIN)/python
else
CREATE  = "$(PYTHON)" -m venv $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

# One thread per process: several processes share the machine, and numpy's own threads would fight over it.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs build clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## remember, recall, fork and merge a real conversation, narrated
	@$(BIN)/python examples/demo.py

test: $(STAMP)-dev ## run every test
	@$(BIN)/python -m pytest -q -n $(WORKERS)

lint: $(STAMP)-dev ## ruff, mypy, layers, shape
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/asyncify.py --check
	@$(BIN)/python tools/shape.py

bench: $(STAMP)-bench ## measure memory at quick sizes, beside its peers
	@$(BIN)/ramet bench memory

docs: $(STAMP)-dev ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

build: $(STAMP)-dev ## build the wheel and the source archive into dist/
	@$(BIN)/python -m build --quiet --outdir dist

clean: ## remove the environment, builds and caches
	@rm -rf $(VENV) build dist site .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "ramet needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -V 2>/dev/null || echo not here)." >&2; \
		echo "Name another one: make $(or $(MAKECMDGOALS),test) PYTHON=python3.12" >&2; exit 1; }
	@echo "creating $(VENV)"
	@$(CREATE) || { rm -rf $(VENV); exit 1; }

# .installed has what running needs; .installed-dev and .installed-bench add the extra of that name.
$(STAMP): pyproject.toml | $(BIN)/python
	@echo "installing ramet"
	@$(INSTALL) -e .
	@touch $@

$(STAMP)-%: pyproject.toml | $(BIN)/python
	@echo "installing ramet[$*]"
	@$(INSTALL) -e ".[$*]"
	@touch $@
