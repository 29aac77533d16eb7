# Two commands for a fresh machine: `make demo` and `make test`. Needs Python 3.10+ and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := codigo_binario_support/data/sample_requests.csv
# The sample ends in March 2026; reading its clocks then gives the same page every day.
SAMPLE_READ_AT := 2026-03-24T12:00

.PHONY: demo test lint lint-all coverage format mutate locale sweep bench clean

demo: $(VENV)/.installed
	$(BIN)/python -m codigo_binario_support replay $(SAMPLE) --hourly-rate 950 \
		--observe-at $(SAMPLE_READ_AT) --report demo-report.html
	@echo
	@echo "demo-report.html"

test: lint
	PYTHONHASHSEED=0 $(BIN)/python -m pytest -q -n $(or $(WORKERS),auto) --dist loadfile tests/unit tests/contract

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# Types, scripts, the project's own rules, workflows. What this machine lacks is named, and not passed.
lint-all: lint $(VENV)/.linted
	$(BIN)/python .ci/lint_all.py $(LINT_ALL)

# How much of each layer the unit tests run; with the site tests where a bench ran them with CODIGO_BINARIO_COVERAGE=1.
coverage: $(VENV)/.covered
	$(BIN)/python -m coverage run --data-file=.coverage.unit -m pytest -q -m "not measured" tests/unit \
		tests/contract/test_docstrings.py
	$(BIN)/python .ci/covered.py

# Changes the rules of time, policy and offers in every small way, and lists what no test noticed (docs/mutation.md).
mutate: $(VENV)/.mutated
	nice -n 15 $(BIN)/python -m mutmut run --max-children $(or $(WORKERS),1) $(MUTANTS)
	$(BIN)/python -m mutmut results

# locale/*.po from translations/es.csv: what Frappe 16 reads.
locale: $(VENV)/.tested
	$(BIN)/python tests/contract/locale_files.py

# Everything, before a release: hours, where two benches are found.
sweep:
	.ci/sweep

format: $(VENV)/.tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.benched
	$(BIN)/python tests/bench/run.py
	$(MAKE) triage-report

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache mutants demo-report.html .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

# Stamps: a second run installs nothing. A change of the dependencies installs again.
$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.tested: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@ $(VENV)/.installed

$(VENV)/.linted: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,lint]"
	@touch $@ $(VENV)/.tested $(VENV)/.installed

$(VENV)/.covered: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,coverage]"
	@touch $@ $(VENV)/.tested $(VENV)/.installed

$(VENV)/.mutated: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,mutation]"
	@touch $@ $(VENV)/.tested $(VENV)/.installed

$(VENV)/.benched: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,bench]"
	@touch $@ $(VENV)/.tested $(VENV)/.installed

-include triage.mk
