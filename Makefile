# `make demo` makes a demo shop and serves it; `make test` sets up and runs every check. Both make .venv from the lock themselves.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.locked
PORT ?= 8000
KILLS ?= 200
SIZE ?= full

.PHONY: setup spark demo test test-quick test-spark lint crash mutants bench docs pictures clean

setup: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lohko needs Python 3.11 or later; name it with PYTHON=python3.x"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "python3-venv is missing: apt install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

# The distributed engine, for its tests alone: half a gigabyte, so only where there is a Java runtime to run it with. Without, those tests say so.
SPARK := .venv/.spark
spark: $(SPARK)

$(SPARK): requirements/spark.txt $(STAMP)
	@if command -v java >/dev/null 2>&1; then \
	    echo "Installing PySpark for the tests of the distributed engine ..."; \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/spark.txt && touch $(SPARK); \
	else \
	    echo "No Java runtime: the tests of the distributed engine are skipped; install one with: apt install openjdk-17-jre-headless"; \
	fi

# Ctrl-C ends the server; that is no failure.
demo: setup
	@$(BIN)/python -m compileall -q src
	@PORT=$(PORT) exec $(BIN)/lohko demo demo-shop

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint spark
	@sh tests/needs.sh
	$(BIN)/python -m compileall -q src tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --durations=25

# The tests of the distributed engine alone, a part of `make test`: the same people on a real cluster of processes. Java is installed where it is missing.
test-spark: setup
	@sh tests/needs.sh spark
	@$(MAKE) --no-print-directory spark
	$(BIN)/python -m pytest tests/spark --durations=10

# The inner loop, under a minute: meaning, language, engines, steps. Files, command line, browser and crashes are in `make test`.
QUICK := base model maths spec engines steps destinations
test-quick: setup
	$(BIN)/python -m pytest -x -m "not slow" $(QUICK:%=tests/%)

# Kills imports and refreshes at random points and counts what was lost.
crash: setup
	PYTHONPATH=tests $(BIN)/python -m crash.run --kills $(KILLS)

# Plants faults in the compiler and the planner, one at a time, and says which test noticed: docs/mutants.md.
mutants: setup
	$(BIN)/python tests/mutants/run.py

# Against the hand-written alternative, ratios in one run.
bench: setup
	$(BIN)/python -m benchmarks.run all --size $(SIZE)

docs: setup
	$(BIN)/python docs/build.py

# One picture of every page, in light and in dark: docs/guide/pages.md shows them.
pictures: setup
	$(BIN)/python -m pytest tests/look/test_every_page.py -q --pictures -k pictures

clean:
	rm -rf .venv build dist
