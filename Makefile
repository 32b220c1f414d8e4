# Everything a clone needs is Python 3.11+, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
BUILT_FROM := pyproject.toml package-lock.json hatch_build.py $(wildcard engine/prelude/bundles/*.js admin/frontend/*.js)

.PHONY: serve test lint format bench statements compatibility lock clean

serve: $(RUNTIME) ## Install what is missing and serve http://127.0.0.1:8080
	$(BIN)/hooksmith serve

test: $(DEV) ## Install what is missing and run every test
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(DEV) ## Types, style, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/unit/test_architecture.py

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## Measure on this machine, beside an empty route and isolated-vm; ARGS=--help tells the options
	$(BIN)/python -m benchmarks $(ARGS)

statements: $(DEV) ## Write docs/statements.md and README's table of what is checked of the documents
	$(BIN)/python -m tests.statements

compatibility: $(DEV) ## Compare with other systems' packages (after npm ci) and write docs/reference/compatibility.md
	HOOKSMITH_WRITE_COMPATIBILITY=1 $(BIN)/pytest -q tests/differential
	$(BIN)/python -m tests.differential.comparison

lock: ## Pin what pyproject.toml allows, with hashes, for every platform; needs uv
	for extra in "" "-dev"; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	    --no-header --no-emit-index-url $${extra:+--extra dev} -o requirements$$extra.lock pyproject.toml; \
	done

$(RUNTIME): requirements.lock $(BUILT_FROM)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hooksmith needs Python 3.11 or newer: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build node_modules admin/static/dist engine/prelude/vendor engine/vendor
