# On a bare Debian 12 with Python 3.11: `make demo`, `make test`. Nothing else is needed.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Tests start mailroom hundreds of times: compiled once, it starts in two thirds of the time.
export PYTHONDONTWRITEBYTECODE :=

# What WeasyPrint needs to lay out pages; the rest is for the tests: a real printer, a real
# browser (and libatomic1 for what drives it), judges of PDF that are not ours, a database.
APT_DEMO := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
            $(shell $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv)
APT_TEST := $(APT_DEMO) cups cups-client cups-ipp-utils cups-filters dbus-daemon \
            poppler-utils qpdf ghostscript chromium libatomic1 postgresql

# Lob's own document lies beside some checkouts; where it does, Prism checks the fake Lob by it.
PRISM := .prism/node_modules/.bin/prism
# Prism and those of its parts whose newest versions need a newer Node.js than Debian 12 has.
PRISM_PARTS := @stoplight/prism-cli@5.14.2 @stoplight/prism-http-server@5.12.2 \
               @stoplight/prism-http@5.12.0 @stoplight/prism-core@5.8.0
JUDGE := $(if $(wildcard ../shared/data/lob-api.yml),$(PRISM))

.PHONY: demo test check hunt lint docs clean help

help:
	@echo "make demo    install what is missing and run the main job on sample data"
	@echo "make test    install what is missing and run every test"
	@echo "make check   lint, types, imports, docs and the quick tests"
	@echo "make hunt    look for what breaks the property tests: 2000 examples of each, others every time"
	@echo "make docs    write the generated parts of the documents anew"

demo: $(STAMP)
	@BIN=$(BIN) sh .ci/demo

test: apt-test $(STAMP) $(JUDGE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PYTHONPATH=. $(BIN)/cog --check $(COGGED)
	CI=$(CI) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(STAMP) lint
	MAILROOM_HYPOTHESIS=quick $(BIN)/python -m pytest -n 2 --dist loadfile \
		--no-loadscope-reorder -m "not slow"

hunt: $(STAMP)
	MAILROOM_HYPOTHESIS=hunt $(BIN)/python -m pytest -n 2 -m hypothesis

COGGED := README.md docs/cli.md docs/settings.md docs/formats.md docs/preflight.md \
          docs/inspection.md docs/intake.md docs/outbox.md docs/providers.md docs/repairs.md \
          docs/sheets.md docs/suppression.md

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PYTHONPATH=. $(BIN)/cog --check $(COGGED)

docs: $(STAMP)
	PYTHONPATH=. $(BIN)/cog -r $(COGGED)

.PHONY: apt-demo apt-test
apt-demo:
	@sh .ci/apt $(APT_DEMO)
apt-test:
	@sh .ci/apt $(APT_TEST)

$(STAMP): pyproject.toml constraints.txt | apt-demo
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

$(PRISM): | apt-test
	@command -v npm >/dev/null || sh .ci/apt nodejs npm
	@npm install --no-audit --no-fund --no-save --loglevel=error --prefix .prism $(PRISM_PARTS)

clean:
	rm -rf $(VENV) .prism demo build dist .mypy_cache .ruff_cache .hypothesis
