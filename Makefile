# The environment lives in .venv. Files .venv/.* record what is done, so that nothing is done twice.

PYTHON ?= python3
# Torch comes first and pinned: left to the resolver, it would be the newest one.
TORCH ?= torch==2.13.0
# On Linux the default index has CUDA builds alone, which take 4 GB more, for a GPU that few machines
# have. This is pytorch.org's index of builds without CUDA. TORCH_INDEX= takes the default one.
TORCH_INDEX ?= $(if $(filter Linux,$(shell uname -s)),https://download.pytorch.org/whl/cpu)
TORCH_INDEX_LIMIT_S := 10

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --constraint constraints.txt
# To compile all of what the project needs takes minutes and 330 MB. Python compiles what it imports
# when it does so first, unless this variable forbids it.
INSTALL_UNCOMPILED := $(INSTALL) --no-compile
unexport PYTHONDONTWRITEBYTECODE

# The question as it was typed: make must not expand a $ in it, nor the shell a quotation mark.
EXAMPLE := how many construction workers?
override Q := $(or $(value Q),$(EXAMPLE))
export Q

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup ask serve test test-ollama chromium lint fmt clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.models ## install everything into .venv and fetch the models (about 1.2 GB)

ask: $(VENV)/.models ## answer from seeds/: make ask Q="how many construction workers?"
	@$(BIN)/rag index seeds --collection seeds >&2
	@printf '%s' "$$Q" | $(BIN)/rag ask --collection seeds - || \
	  case $$? in 3 | 4) ;; *) exit 1 ;; esac # 3: not in the documents; 4: a tentative answer

serve: $(VENV)/.models ## serve the page and the HTTP interface
	@$(BIN)/rag index seeds --collection seeds >&2
	@$(BIN)/rag serve

test: lint $(VENV)/.test-models $(VENV)/.llama-index ## check style and types, run all tests
	@if $(MAKE) --no-print-directory chromium; then \
	  $(BIN)/python -m pytest -m 'not ollama'; \
	else \
	  $(BIN)/python -m pytest -m 'not browser and not ollama' && \
	  echo '!!! THE BROWSER TESTS WERE LEFT OUT: install Chromium and run make test again !!!' >&2; \
	fi

# Gets Chromium, in which the page is tested, where it can; fails where there is none then.
chromium: $(VENV)/.dev
	@$(FIND_CHROMIUM) || { $(INSTALL_CHROMIUM) && $(FIND_CHROMIUM); }

FIND_CHROMIUM := $(BIN)/python -m tests.browser.chromium
INSTALL_CHROMIUM = command -v apt-get >/dev/null && test "$$(id -u)" -eq 0 && { \
  echo 'Installing Chromium …'; export DEBIAN_FRONTEND=noninteractive; \
  apt-get update -qq; apt-get install -qq --yes --no-install-recommends chromium; } >&2

test-ollama: $(VENV)/.dev $(VENV)/.models ## test with the server of OLLAMA_HOST, ten minutes at most
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

$(VENV)/.torch:
	@command -v $(PYTHON) >/dev/null || \
	  { echo 'There is no $(PYTHON) here: install Python 3.11 or later.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or later is needed; $(PYTHON) is older. If you have one: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'This Python cannot make virtual environments: install python3-venv (Debian, Ubuntu: apt install python3-venv).' >&2; exit 1; }
	@echo 'Installing torch into $(VENV) …' >&2
	@$(PYTHON) -m venv $(VENV)
	@$(if $(TORCH_INDEX),$(TORCH_WITHOUT_CUDA) || { $(SAY_SIZE); $(INSTALL_UNCOMPILED) $(TORCH); },$(INSTALL_UNCOMPILED) $(TORCH))
	@rm -rf $(UNUSED_OF_TORCH)
	@touch $@

# Tests and headers for C++, 190 MB, which torch does not read to run a model.
UNUSED_OF_TORCH = $(addprefix $(VENV)/lib/python*/site-packages/torch/,\
  test include bin/test_* bin/*Test bin/protoc*)

# `timeout`, because pip's own limit is for each address of the host and not for finding it. Without
# dependencies, because that index lacks the versions of constraints.txt; the project installs them.
TORCH_WITHOUT_CUDA = { \
  timeout $(TORCH_INDEX_LIMIT_S) $(PIP) index versions torch --index-url $(TORCH_INDEX) --retries 0 >/dev/null 2>&1 && \
  $(INSTALL_UNCOMPILED) --quiet --no-deps --index-url $(TORCH_INDEX) --timeout 10 --retries 1 $(TORCH); }
SAY_SIZE = echo 'No torch from $(TORCH_INDEX): taking it from the default index.' \
  'Its builds for Linux bring CUDA: 2.7 GB to download, 5 GB in $(VENV).' >&2

$(VENV)/.installed: $(VENV)/.torch pyproject.toml constraints.txt
	@echo 'Installing the project …' >&2
	@$(INSTALL_UNCOMPILED) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo 'Installing the tools for development …' >&2
	@$(INSTALL) --editable '.[dev]'
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
