# make demo: label the seed articles.  make test: the whole test suite.  make check: what CI checks beside the tests.
# make versions: every Python that is found with the newest dependencies, the oldest ones, and none of the extras.
# make audit: known faults in what is installed, by pip-audit; it needs the network.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check versions audit gazetteer model benchmark clean

demo: $(VENV)/.installed
	$(BIN)/communique predict seeds/*.txt --format table

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

audit: $(VENV)/.installed
	$(BIN)/uv pip freeze --quiet --python $(BIN)/python --exclude-editable > $(VENV)/frozen.txt
	$(BIN)/uv tool run pip-audit --strict --no-deps --disable-pip -r $(VENV)/frozen.txt

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
