# Two targets do everything on a fresh machine with Python 3.11+: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# the shell is the same browser without windows: half the work for the tests
APT := test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends fonts-noto-cjk
CHROMIUM := command -v chromium-headless-shell >/dev/null || { $(APT) chromium-headless-shell >/dev/null; } || \
    command -v chromium >/dev/null || { $(APT) chromium >/dev/null; }

.PHONY: run test pictures lint lock soak bench clean

run: $(VENV)/.run
	@test -f config.toml || $(BIN)/notifier init --example
	@$(BIN)/notifier run --with-board

test: $(VENV)/.dev
	@$(CHROMIUM) || echo "no Chromium here: the tests in a real browser are skipped (apt-get install chromium-headless-shell fonts-noto-cjk)" >&2
	$(BIN)/python -m pytest

# docs/images/ anew, from a real browser
pictures: $(VENV)/.dev
	@$(CHROMIUM)
	$(BIN)/python -m pytest -n 0 --screenshots -k pictures tests/browser

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

soak: $(VENV)/.dev
	$(BIN)/python -m pytest -m soak

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

lock: $(VENV)/.dev
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra build --extra web \
	    --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra build --extra web --extra postgres -c requirements.lock \
	    --custom-compile-command "make lock" pyproject.toml -o requirements-postgres.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra build --extra web --extra dev --extra ocr --extra postgres -c requirements.lock \
	    --custom-compile-command "make lock" pyproject.toml -o requirements-dev.lock

bench: $(VENV)/.dev
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
