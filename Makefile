# `make` alone lists what there is. Each target does the set-up it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The first Python there is that is new enough; say PYTHON=... for another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PO := $(wildcard platform/kyoso/ui/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
# More workers than cores only wait for each other.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n > 8 ? 8 : n)))

.PHONY: help
help: ## List the targets
	@echo 'make TARGET'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) $(MO) ## Make .venv with the locked packages (only when something changed)

$(READY): requirements.lock pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11 以上が見つかりません。インストールするか、make PYTHON=/path/to/python3 としてください。'; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { echo 'making $(VENV) with $(PYTHON)'; rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } \
		|| { rm -rf $(VENV); echo 'venv を作れません。Debian・Ubuntu では python3-venv を入れてください。'; exit 1; }
	@echo 'installing the locked packages'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

%.mo: %.po $(READY)
	@$(BIN)/pybabel --quiet compile -i $< -o $@

.PHONY: demo
demo: setup ## Run the product with sample towns on http://127.0.0.1:8000 (KYOSO_PORT); Ctrl-C stops it
	@exec $(BIN)/kyoso demo

.PHONY: demo-reset
demo-reset: setup ## Throw the demo's data away and start it anew
	@exec $(BIN)/kyoso demo --reset

.PHONY: test
test: setup ## Run the whole test suite (installs Chromium when root; KYOSO_REQUIRE_BROWSER=1 insists on it)
	@$(BIN)/python tests/support/browser_setup.py
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: check
check: setup ## Check style, types, directions, vendored files, translations and generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m kyoso.ui.vendor
	$(BIN)/python -m kyoso.core.translations --check
	$(BIN)/kyoso docs --check

.PHONY: format
format: setup ## Put the code into the house's form
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup ## Write the generated documents anew
	$(BIN)/kyoso docs

.PHONY: bench
bench: setup ## Run the benchmarks against their floor
	$(BIN)/python tests/benchmarks

.PHONY: bench-exchange
bench-exchange: setup ## Run the benchmarks of the exchange at Japan's size (fills a database first)
	$(BIN)/python tests/benchmarks --exchange

.PHONY: bench-metrics
bench-metrics: setup ## Run a night's work of all towns at Japan's size (fills a database first)
	$(BIN)/python tests/benchmarks --metrics

.PHONY: bench-allocation
bench-allocation: setup ## Calculate an allocation of 500 needs and 300 people, and of 2,000 and 1,000
	$(BIN)/python tests/benchmarks/allocation.py

.PHONY: bench-dashboard
bench-dashboard: setup ## Run the benchmarks of a network's numbers: 60 towns over five years
	$(BIN)/python tests/benchmarks --dashboard

.PHONY: shots
shots: setup ## Take the pictures in docs/screenshots from the demo running on port 8000 (URL=...)
	$(BIN)/python tests/support/shots.py $(URL)

.PHONY: lock
lock: setup ## Resolve pyproject.toml anew into requirements.lock (needs the package index)
	$(BIN)/python -m piptools compile --quiet --upgrade --generate-hashes --extra dev --strip-extras --allow-unsafe \
		--no-header --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		-o $(VENV)/requirements.lock pyproject.toml
	@{ echo '# Every package this project uses, with the hashes of all its builds. Made by `make lock`.'; \
		grep -v '^# The following packages' $(VENV)/requirements.lock; } > requirements.lock

.PHONY: clean
clean: ## Remove what can be made again; data in var/ stays
	rm -rf $(VENV) build dist platform/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis $(MO)
	find platform tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +
