# Fitting and judging the triage model. What runs at filing needs none of this (docs/triage.md).

.PHONY: triage-fit triage-report

triage-fit: $(VENV)/.lab
	$(BIN)/python -m tests.triage_lab.fit

triage-report: $(VENV)/.lab
	$(BIN)/python -m tests.triage_lab.report

$(VENV)/.lab: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[lab]"
	@touch $@ $(VENV)/.installed
