# make demo   review an invented letter
# make test   everything that continuous integration runs, but for the wheel
# make web    bring in the SPARQL editor (needs npm); without it the page has a plain field
# make agree  let all engines and the reference decide the same cases, for hours
# make bench  measure speed on this machine
# make contract  try the contract of the service with many more requests
# make serve  start the service on port 8000

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
YASGUI := kb/browse/assets/served/yasgui

.PHONY: demo test lint web wheel bench serve build check agree contract clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

demo: $(VENV)/installed
	$(BIN)/mtus review tests/letters/massage_2014.txt

# the tests start many processes, which are quicker when they find the compiled files of those before;
# neighbours stay in one process, which so makes what a file shares once
test: $(VENV)/installed-test lint
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal -q

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

web: $(YASGUI)/yasgui.min.js

$(YASGUI)/yasgui.min.js: web/package-lock.json
	npm ci --prefix web --silent
	mkdir -p $(YASGUI)
	cp web/node_modules/@zazuko/yasgui/build/yasgui.min.js web/node_modules/@zazuko/yasgui/build/yasgui.min.css $(YASGUI)/
	touch $@

wheel: $(VENV)/installed-test
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

$(VENV)/installed-bench: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

bench: $(VENV)/installed-bench
	$(BIN)/python -m tests.bench
	-npm ci --prefix tests/bench/peers --silent
	$(BIN)/python -m tests.bench.peers

agree: $(VENV)/installed-test
	$(BIN)/python -m pytest -q tests/test_laws.py tests/test_agreement.py --hypothesis-profile=long
	$(BIN)/python -m tests.agree

contract: $(VENV)/installed-test
	$(BIN)/python -m pytest -q tests/test_schemathesis.py --hypothesis-profile=long

build: $(VENV)/installed-test
	$(BIN)/mtus build

check: $(VENV)/installed
	$(BIN)/mtus check

serve: $(VENV)/installed
	$(BIN)/mtus serve

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
