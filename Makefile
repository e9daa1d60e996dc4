# make demo    set up, then run the whole job on the sample scan, without a screen
# make test    set up, then lint, build the docs and run every test, those of napari under Xvfb where there is no screen
# make docs    set up, then build the site of the documentation in site/
# make napari  set up, then open napari on the sample, or on the demo's results where they are

SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/ready
export PYTHONUNBUFFERED := 1

.PHONY: help setup demo test lint docs napari screenshots benchmarks clean

help:
	@sed -n 's/^# make /make /p' Makefile

setup: $(READY)

# Run again only when what is to be installed has changed.
$(READY): pyproject.toml constraints.txt scripts/setup.sh scripts/system-libraries.sh
	@bash scripts/setup.sh
	@touch $@

demo: $(READY)
	@$(BIN)/crystalseg process sample_data/simulated_scan.h5 demo
	@echo "Open them in napari with: make napari"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npe2 validate napari-crystalseg
	$(BIN)/python scripts/docs/architecture.py --check
	$(BIN)/python scripts/check_docstrings.py
	$(MAKE) --no-print-directory docs

# The variable silences an advertisement of a successor.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

test: $(READY)
	bash scripts/test.sh $(BIN)/python make --no-print-directory lint

napari: $(READY)
	@if [ -f demo/volume.tif ] && [ -f demo/labels.tif ]; then \
	  $(BIN)/napari demo/volume.tif demo/labels.tif --with napari-crystalseg; \
	else \
	  $(BIN)/napari sample_data/simulated_volume.tif --with napari-crystalseg; \
	fi

screenshots: $(READY)
	bash scripts/with-screen.sh $(BIN)/python scripts/screenshots

benchmarks: $(READY)
	@for file in benchmarks/*.py; do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

clean:
	rm -rf .venv demo build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
