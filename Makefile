# Gridcase 格案. `make run` on a fresh Debian 12 does everything; see README.md.

PYTHON ?= python3
PORT   ?= 8000
ARGS   ?=

BIN := .venv/bin
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test check bench setup frontend messages pins clean

help:
	@echo "make run      set up what is missing and serve at http://127.0.0.1:$(PORT) (PORT=…, DATABASE_URL=…, GRIDCASE_DEMO=0)"
	@echo "make test     every test on SpatiaLite and on PostGIS, front end, real browser"
	@echo "make check    lint, types, layers, migrations, API schema"
	@echo "make bench    measures (ARGS='http' or the name of another one)"
	@echo "make setup    what run and test need, without running anything"
	@echo "make frontend build the front end     make messages  collect and compile translations"
	@echo "make pins     requirements/*.txt from *.in (ARGS=--upgrade)"
	@echo "make clean    forget builds and caches; the data in var/ stays"

run:
	@$(PYTHON) -m scripts.setup run && exec $(BIN)/python -m scripts.serve

test:
	@$(PYTHON) -m scripts.setup test && exec $(BIN)/python -m scripts.run_tests $(ARGS)

check:
	@$(PYTHON) -m scripts.setup test && exec $(BIN)/python -m scripts.check $(ARGS)

bench:
	@$(PYTHON) -m scripts.setup bench && exec $(BIN)/python -m bench $(ARGS)

setup:
	@$(PYTHON) -m scripts.setup test

frontend:
	@$(PYTHON) -m scripts.setup run

messages:
	@$(PYTHON) -m scripts.setup messages && exec $(BIN)/python -m scripts.messages extract

pins:
	@$(PYTHON) -m scripts.setup run && exec scripts/pins.sh $(ARGS)

clean:
	rm -rf .stamps .venv maps/frontend/node_modules maps/static/maps/build .pytest_cache .mypy_cache .ruff_cache
