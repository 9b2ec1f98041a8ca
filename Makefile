# Everything here runs in the project's own virtual environment, .venv; the README has the same as plain pip commands.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow setup build site clean

demo: setup ## build the course, grade a small class, show why points were lost
	@$(BIN)/autograder demo

test: setup ## the tests, in a few minutes
	@$(BIN)/python -m pytest -m "not slow"

test-slow: setup ## the long ones: hundreds of seeds, whole notebooks
	@$(BIN)/python -m pytest -m slow

build: setup ## bring stubs and notebooks up to date with solutions/
	@$(BIN)/autograder build

site: setup .venv/docs ## the course as a book, and in the browser, in build/site
	@$(BIN)/sphinx-build -q -W -d build/doctrees docs build/site
	@$(BIN)/python docs/lite.py build/site/lite
	@echo "Look at it: $(BIN)/python -m http.server --directory build/site"

.venv/docs: .venv/installed
	@echo "Setting up what builds the site (once, about a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]' || { \
	  echo "The packages could not be installed: is there a network, and space on the disk? Then run make site again."; exit 1; }
	@touch $@

setup: .venv/installed

.venv/installed: pyproject.toml requirements.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Missing: $(PYTHON). Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3 demo"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Missing: Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Missing: the venv module of $(PYTHON). On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once, a minute or two)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]' || { \
	  echo "The packages could not be installed: is there a network, and space on the disk? Then run make again."; exit 1; }
	@touch $@

clean: ## remove what set-up, demo and site made
	rm -rf .venv demo build docs/book
