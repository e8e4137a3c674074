# Two commands for a fresh machine: `make demo` and `make test`. Both make the environment first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORES := $(shell nproc)

.PHONY: demo test fast lint results clean

demo: $(READY)
	@echo "== demo: train on real digits, run the network in RTL, place it, write a report =="
	@$(BIN)/neuroloom demo --output out/demo

test: lint
	@echo "== tests: all of them, on $(CORES) cores =="
	@$(BIN)/python -m pytest -n $(CORES) --dist worksteal

fast: $(READY)
	@echo "== tests: the fast ones, on $(CORES) cores =="
	@$(BIN)/python -m pytest -n $(CORES) --dist worksteal -m "not regression and not flow"

lint: $(READY)
	@echo "== format, lint and types =="
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy -p neuroloom
	@$(BIN)/mypy --config-file tests/mypy.ini tests

# MNIST=folder of its IDX files; without it networks learn scikit-learn's digits
results: $(READY)
	@echo "== results: the reference designs, measured again into docs/results =="
	@$(BIN)/neuroloom results docs/results
	@$(BIN)/neuroloom reproduce --all $(if $(MNIST),--mnist $(MNIST)) --output docs/results

$(READY): pyproject.toml setup.py
	@echo "== environment: $(VENV), with neuroloom and its tools from PyPI (a minute the first time) =="
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "neuroloom needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 demo"; exit 3; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@# setuptools explains at length what an editable install is
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) out build dist *.egg-info
