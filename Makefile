# The environment lives in .venv. Files .venv/.* record what is done, so that nothing is done twice.

PYTHON ?= python3
# Torch comes first and pinned: left to the resolver, it would be the newest one, with its CUDA
# libraries. The README says how to take another build.
TORCH ?= torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# The question as it was typed: make must not expand a $ in it, nor the shell a quotation mark.
override Q := $(value Q)
export Q

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup ask serve test test-ollama lint fmt clean question

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.models ## install everything into .venv and fetch the models (about 1.2 GB)

ask: question $(VENV)/.models ## answer from seeds/: make ask Q="how many construction workers?"
	@$(BIN)/rag index seeds --collection seeds >&2
	@printf '%s' "$$Q" | $(BIN)/rag ask --collection seeds - || test $$? -eq 3 # 3: not in the documents

serve: $(VENV)/.models ## serve the page and the HTTP interface
	@$(BIN)/rag index seeds --collection seeds >&2
	@$(BIN)/rag serve

test: lint $(VENV)/.test-models $(VENV)/.llama-index ## check style and types, run all tests
	$(BIN)/python -m pytest -m "not ollama"

test-ollama: $(VENV)/.dev $(VENV)/.models ## test with the Ollama server of OLLAMA_HOST, ten minutes at most
	timeout 600 $(BIN)/python -m pytest -m ollama -rA tests/rag/llm/test_ollama_live.py

lint: $(VENV)/.dev ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fmt: $(VENV)/.dev ## mend style where a tool can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove .venv and caches here; models and indexes stay where rag keeps them
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

question:
	@test -n "$$Q" || { echo 'Ask something: make ask Q="how many construction workers?"' >&2; exit 2; }

$(VENV)/.torch:
	@command -v $(PYTHON) >/dev/null || \
	  { echo 'There is no $(PYTHON) here: install Python 3.11 or later.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or later is needed; $(PYTHON) is older. If you have one: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'This Python cannot make virtual environments: install python3-venv (Debian, Ubuntu: apt install python3-venv).' >&2; exit 1; }
	@echo 'Installing torch into $(VENV) …' >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) $(TORCH)
	@touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml constraints.txt
	@echo 'Installing the project …' >&2
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo 'Installing the tools for development …' >&2
	@$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.models: $(VENV)/.installed rag/models/declared.py
	@$(BIN)/rag models fetch >&2
	@touch $@

# Beside the default models, the one that is small enough to be run again and again.
$(VENV)/.test-models: $(VENV)/.models
	@$(BIN)/rag models fetch smollm2-135m >&2
	@touch $@

# LlamaIndex's client asks for an older openai than this project: it is tested from where it has its
# own.
$(VENV)/.llama-index: $(VENV)/.torch tests/api/llama-index.txt
	@echo 'Installing LlamaIndex, to test with its client …' >&2
	@$(PYTHON) -m venv $(VENV)/llama-index
	@$(VENV)/llama-index/bin/python -m pip --disable-pip-version-check install --quiet \
	  --requirement tests/api/llama-index.txt
	@touch $@
