# The workbook's commands; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RIVAL := .venv-bench/.ready

.DEFAULT_GOAL := help
.PHONY: help reports test check bench lab demo translate lock clean

help: ## list these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/jupyter labextension disable "@jupyterlab/apputils-extension:announcements"
	touch $(READY)

reports: $(READY) ## set up, run every notebook on the demo shop, and say where index.html is
	$(BIN)/shopcrm run demo

test: $(READY) ## set up and run the whole suite
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder --nbval-lax tests notebooks

check: $(READY) ## the one gate: lint, format, notebooks without outputs, and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb
	$(MAKE) --no-print-directory test

$(RIVAL): # an environment of its own: it needs an older pandas and a newer sqlglot
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check openretailscience==0.48.1
	touch $(RIVAL)

bench: $(READY) $(RIVAL) ## measure speed and memory beside hand-written DuckDB and openretailscience
	$(BIN)/python benchmarks/bench.py --openretailscience .venv-bench/bin/python
	$(BIN)/python benchmarks/segments.py
	$(BIN)/python benchmarks/health.py
	$(BIN)/python benchmarks/portrait.py
	$(BIN)/python benchmarks/messages.py
	$(BIN)/python benchmarks/campaigns.py
	$(BIN)/python benchmarks/pages.py
	SHOPCRM_SHOPS=200 $(BIN)/python -m pytest -q tests/test_health.py -k promised

lab: $(READY) ## open the notebooks in JupyterLab
	$(BIN)/shopcrm lab

demo: $(READY) ## write the demo shop anew
	$(BIN)/shopcrm demo data/demo

translate: $(READY) ## bring the catalogue of the Chinese texts up to date
	$(BIN)/pybabel -q extract -F babel.cfg -o .catalogue.pot --no-location --omit-header --sort-output .
	$(BIN)/pybabel -q update -i .catalogue.pot -d shopcrm_nb/locale -D shopcrm -l zh --no-fuzzy-matching --omit-header
	rm .catalogue.pot

lock: ## resolve the requirements anew (needs uv)
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock

clean: ## remove the environment, caches and reports
	rm -rf $(VENV) .venv-bench reports/* data/*/cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
