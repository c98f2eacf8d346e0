# make demo: label the seed articles.  make test: the whole test suite.  make check: what CI checks beside the tests.
# make versions: every Python that is found with the newest dependencies, the oldest ones, and none of the extras.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check versions gazetteer model benchmark clean

demo: $(VENV)/.installed
	$(BIN)/communique predict seeds --format table

test: $(VENV)/.installed
	$(BIN)/python -m pytest

check: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/data tests/training/test_gazetteer.py

versions: $(VENV)/.installed
	$(BIN)/nox

gazetteer: $(VENV)/.installed
	$(BIN)/python -m communique.training.gazetteer data/gazetteer

model: $(VENV)/.installed
	$(BIN)/python train.py

benchmark: $(VENV)/.installed
	$(BIN)/python benchmarks/speed.py

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .nox
