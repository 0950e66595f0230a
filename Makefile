# The one front door.  On a fresh Debian machine, as root, each target installs what it needs, once.

PORT ?= 8000
HOST ?= 127.0.0.1
SCENE ?= scenes/flow.py
VENV ?= .venv
BIN := $(VENV)/bin

# What VTK opens to draw without a screen.
GL := libegl1 libgl1-mesa-dri
# Chromium is driven through chromedriver, Firefox by itself; both need a font to write with.
BROWSERS := chromium:chromium chromedriver:chromium-driver firefox:firefox-esr fonts-dejavu-core
# A reader of QR codes, a reverse proxy and a TURN server, which tests talk to; each test starts its own.
PEERS := zbarimg:zbar-tools nginx:nginx-light turnserver:coturn
# make unit PYTEST_ARGS='-k ring -x'
PYTEST = $(WITH_NODE) $(BIN)/python -m pytest --no-skips $(PYTEST_ARGS)
# Node.js lies in the virtual environment where the machine has none.
WITH_NODE := PATH="$(abspath $(BIN)):$$PATH"

.DEFAULT_GOAL := help
.PHONY: help demo test lint types unit integration browser bench lines quality start viewers delivered clicks idle peers build clean setup setup-test setup-browser
.NOTPARALLEL:

help: ## Say what can be done here
	@awk -F ': ?.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Serve the flow scene; open the first printed URL (PORT=8000 HOST=127.0.0.1 SCENE=scenes/flow.py)
	@exec $(BIN)/vizstream serve $(SCENE) --host $(HOST) --port $(PORT)

test: setup-browser lint types unit integration browser ## Everything that CI checks

lint: setup-test ## Style and likely mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-test ## Types of the package (mypy) and of the client (tsc)
	$(BIN)/mypy
	$(WITH_NODE) npx --no-install tsc --noEmit

unit: setup-test ## Tests within one process, of Python and of the client
	$(PYTEST) tests/unit
	$(WITH_NODE) node --test tests/js/*.test.js

integration: setup-test ## Tests across processes
	$(PYTEST) tests/integration

browser: setup-browser setup-test ## Tests in real Chromium and Firefox
	$(PYTEST) tests/browser

bench: setup-test setup-browser ## Measure a drag in Chromium, then rest: frames, latency, each stage, CPU, bytes
	$(BIN)/python bench/drag.py --rest scenes/molecule.py

lines: setup-test setup-browser ## Measure what a viewer sees over bad lines (docs/low-bandwidth.md)
	$(BIN)/python bench/lines.py
	$(BIN)/python bench/rest.py
	$(BIN)/python bench/page.py

quality: setup-test ## Compare encoders, stock aiortc's among them: picture, bits, CPU (docs/codecs.md)
	$(BIN)/python bench/quality.py

start: setup-test setup-browser ## Measure how long it takes from the command to the first picture
	$(BIN)/python bench/start.py

viewers: setup-test ## Measure what 1 to 16 viewers cost the server, and the same with stock aiortc (docs/performance.md)
	$(BIN)/python bench/viewers.py
	$(BIN)/python bench/packet_cost.py

delivered: setup-test setup-browser ## Measure the frames that reach 1 and 3 browsers on this machine (docs/performance.md)
	$(BIN)/python bench/delivered.py

clicks: setup-test setup-browser ## Measure the way from a click to its picture, page load by page load (docs/performance.md)
	$(BIN)/python bench/clicks.py

idle: setup-test setup-browser ## Measure what a scene at rest costs in each codec (docs/performance.md)
	$(BIN)/python bench/idle.py

peers: setup-test setup-browser ## Compare with FURY, trame and stock aiortc in Chromium (docs/benchmarks.md)
	@tools/debian.sh libturbojpeg0
	$(BIN)/python bench/peers/run.py $(PEERS_ARGS)

build: setup-test ## Wheel and source archive into dist/
	$(BIN)/python -m hatchling build

clean: ## Remove all that was made here
	rm -rf $(VENV) node_modules .make build dist .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# All Debian packages in one go, so that whoever is not root is told all of them at once.
setup:
	@tools/debian.sh $$(tools/python.sh --needs $(VENV)) $(GL)
	@tools/python.sh $(VENV)

setup-test:
	@tools/debian.sh $$(tools/python.sh --needs $(VENV)) $(GL) $(PEERS)
	@tools/python.sh $(VENV) dev
	@tools/node.sh $(VENV)

setup-browser:
	@tools/debian.sh $$(tools/python.sh --needs $(VENV)) $(GL) $(BROWSERS)
