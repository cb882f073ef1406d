# Every target sets up what it needs, on a machine with only python3, venv and pip.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Two processes, each test file in one: most tests compute on one core.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: help demo demo-app test test-all test-torch test-web test-kotlin test-arm check clean
.DEFAULT_GOAL := help

help:
	@echo "make demo       train, export, verify and benchmark on the embedded emoji"
	@echo "make demo-app   make the web apps of the trained examples, and open them (needs Node.js)"
	@echo "make test       run the tests, without the slow ones"
	@echo "make test-all   run all tests"
	@echo "make test-torch compare training and imports with PyTorch, which it installs"
	@echo "make test-web   try the web app in Chromium (install it, and Node.js)"
	@echo "make test-kotlin compile the Android app's Kotlin (install Java, and Node.js)"
	@echo "make test-arm   run artifacts and the C program on ARM64, emulated (on Debian)"
	@echo "make check      check format, style, types and layers"
	@echo "make clean      remove the environment and caches; keep runs/ and demo/"

demo: $(READY)
	$(BIN)/edgegan demo

demo-app: $(READY)
	@command -v npm >/dev/null || { echo "make demo-app needs Node.js (npm)." >&2; exit 1; }
	$(BIN)/python scripts/demo_app.py

test: $(READY)
	$(PYTEST) -m "not slow"

test-all: $(READY)
	$(PYTEST)

test-torch: $(READY)
	@echo "Installing PyTorch in $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
	  -e '.[test-torch]' -c constraints.txt || \
	  { echo "The installation failed; pip tells why above." >&2; exit 1; }
	$(BIN)/python -m pytest tests/train/test_torch_*.py

test-web: $(READY)
	@command -v npm >/dev/null || { echo "make test-web needs Node.js (npm)." >&2; exit 1; }
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { echo "make test-web needs Chromium (chromium or google-chrome)." >&2; exit 1; }
	npm install --prefix $(VENV)/web --no-save --no-audit --no-fund playwright-core@1 axe-core@4
	PLAYWRIGHT=$(CURDIR)/$(VENV)/web $(BIN)/python -m pytest tests/web

test-kotlin: $(READY)
	@command -v npm >/dev/null || { echo "make test-kotlin needs Node.js (npm)." >&2; exit 1; }
	@command -v java >/dev/null || { echo "make test-kotlin needs Java 17 or newer." >&2; exit 1; }
	npm install --prefix $(VENV)/kotlin --no-save --no-audit --no-fund kotlin-compiler@2
	KOTLIN=$(CURDIR)/$(VENV)/kotlin $(BIN)/python -m pytest tests/export/test_kotlin.py

test-arm: $(READY)
	@bash scripts/arm_root.sh $(BIN)/python $(VENV)/arm
	ARM_ROOT=$(CURDIR)/$(VENV)/arm $(BIN)/python -m pytest -s tests/arm

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The stamp is touched last: an environment without it is half-finished, and made anew.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "EdgeGAN needs Python 3.10 or newer, and $(PYTHON) is not." \
         "Choose another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) lacks venv or pip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing EdgeGAN and its packages in $(VENV); this takes about 2 minutes ..."
	@test -e $@ || $(PYTHON) -m venv --clear $(VENV)
	@rm -f $@
	@$(BIN)/python -m pip install -qq --disable-pip-version-check \
	  -e '.[all,dev]' -c constraints.txt || \
	  { echo "The installation failed; pip tells why above." >&2; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) build dist edgegan.egg-info \
	  .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
