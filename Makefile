# From a fresh clone: `make serve` serves the product, `make test` runs every check. Both set up what they need first.
# PYTHON chooses the interpreter (3.11 or newer), PORT where to serve, PYTEST_ARGS what is added to each run of the tests.

PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?=
export PORT

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal $(PYTEST_ARGS)
UV_COMPILE := .venv/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

.DELETE_ON_ERROR:
.PHONY: help install install-dev serve test check lint format test-sqlite test-postgres bench lock clean

help:
	@echo "make serve    set up if need be, then serve on 127.0.0.1:$(PORT), with the demo's data on the first run"
	@echo "make test     set up if need be, then all checks and all tests, on SQLite and on PostgreSQL"
	@echo "make check    all checks and the tests on SQLite      make lint     the checks alone"
	@echo "make install  set up to serve                         make format   put the code into its format"
	@echo "make bench    measure the main pages on PostgreSQL    make lock     remake the locks (UPGRADE=--upgrade)"
	@echo "make clean    remove all that the set-up made; the data in instance/ stays"

# --- Setting up: each step leaves a stamp, and runs again only when its lock has changed.

install: .venv/installed grants/static/govuk/VERSION

install-dev: .venv/installed-dev .venv/installed-s3 grants/static/govuk/VERSION

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed and '$(PYTHON)' is not: install it, or say PYTHON=python3.12, say." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: requirements.lock | .venv/made
	$(PIP_INSTALL) -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock | .venv/installed
	$(PIP_INSTALL) -r requirements-dev.lock
	@touch $@

# A server of its own for the tests of attachments in a bucket, in an environment of its own.
.venv/installed-s3: requirements-s3.lock | .venv/made
	$(PYTHON) -m venv .venv/s3
	.venv/s3/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-s3.lock
	@touch $@

grants/static/govuk/VERSION: package.json package-lock.json grants/kernel/assets.py | .venv/installed
	$(BIN)/python -m grants.kernel.assets
	@touch $@

# --- Serving

serve: install
	@$(BIN)/flask --app wsgi setup
	@exec $(BIN)/gunicorn -c grants/serving.py wsgi:app

# --- Checking

test: install-dev
	@$(MAKE) --no-print-directory lint test-sqlite test-postgres

check: lint test-sqlite

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict grants
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports --no-logo

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-sqlite:
	$(PYTEST) --database sqlite

# What touches no database was tried on SQLite already, and so were pages and papers, in a browser or not: here it is
# what is kept, counted and locked, and two long stories.
test-postgres:
	$(PYTEST) --database postgres -m "database and (not browser or both_engines)" \
		--ignore-glob='*_pages.py' --ignore=tests/reports/test_annex.py

bench: install-dev
	$(BIN)/python -m tests.bench

# --- Keeping

lock: | .venv/made
	@test -x .venv/uv/bin/uv || { $(PYTHON) -m venv .venv/uv && .venv/uv/bin/python -m pip install --quiet uv; }
	$(UV_COMPILE) pyproject.toml -o requirements.lock
	$(UV_COMPILE) pyproject.toml --extra dev --constraint requirements.lock -o requirements-dev.lock
	$(UV_COMPILE) --group assets -o requirements-assets.lock
	$(UV_COMPILE) --group s3 -o requirements-s3.lock
	npm install --package-lock-only

clean:
	rm -rf .venv node_modules grants/static/govuk .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
