# make recipes   install what is needed, run the recipes and show the comparison
# make test      install what is needed, run the tests
# make test-guide  run every command of docs/guide.md, over half an hour
# make test-cluster  install Slurm (Debian, as root), run a reduced demo on two nodes of it
# make test-all  the same under each of Python 3.11 and 3.12 that is at hand
# make check     format, lint, types, import directions
# make bench     the timings, over an hour: `make bench > docs/benchmarks.md`
# make comet     an environment of its own for the metrics comet and cometkiwi
# make clean     remove the environment and the caches (runs/ stays)

RECIPES ?= demo adaptive
CORES ?= $(shell nproc 2>/dev/null || echo 2)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMET ?= .venv-comet

# The first interpreter that is 3.11 or 3.12; `make PYTHON=...` chooses another.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for p in python3 python3.11 python3.12; do \
	$$p -c "$(SUPPORTED)" 2>/dev/null && { echo $$p; break; }; done)

.PHONY: recipes test test-all test-guide test-cluster check bench comet clean install
.DELETE_ON_ERROR:

recipes: $(STAMP)
	@set -e; for recipe in $(RECIPES); do $(BIN)/python -m kdaudit run $$recipe --cores $(CORES); done

test: $(STAMP)
	$(BIN)/python -m pytest $(TESTS)

test-all:
	@set -e; for python in python3.11 python3.12; do \
		if $$python -c "" 2>/dev/null; then $(MAKE) test PYTHON=$$python VENV=.venv-$$python; \
		else echo "$$python is not at hand: not tested" >&2; fi; done

test-guide: $(STAMP)
	$(BIN)/python -m tests.guide $(if $(FROM),--from "$(FROM)")

# Slurm's daemons are not started by their installation, but by the tests, which stop them.
test-cluster: $(STAMP)
	@command -v slurmctld munged >/dev/null || { apt-get update -qq && RUNLEVEL=1 \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge; }
	$(BIN)/pip install -q -c constraints.txt --no-build-isolation -e '.[slurm]'
	$(BIN)/python -m pytest -m cluster tests/cluster

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	@$(BIN)/python -m benchmarks

# unbabel-comet wants older versions than the other parts do, and of setuptools one that still has
# pkg_resources. kdaudit finds this environment by its name.
comet:
	$(PYTHON) -m venv $(COMET)
	$(COMET)/bin/pip install -q "$$(grep '^torch==' constraints.txt)" 'unbabel-comet>=2.2.7' 'setuptools<81'
	$(COMET)/bin/pip check
	$(COMET)/bin/python -W ignore -c "import comet"

clean:
	rm -rf $(VENV) $(COMET) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(STAMP)

# fairseq has no wheel for Python 3.11. Its build takes as long as everything else, so both go on
# side by side; the extensions that this project never calls are compiled without optimization
# (those of its data loader set their own level).
$(STAMP): setup.cfg pyproject.toml constraints.txt
	@[ -n "$(PYTHON)" ] || { echo "kdaudit needs Python 3.11 or 3.12: none was found; name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c "$(SUPPORTED)" || { echo "kdaudit needs Python 3.11 or 3.12: $(PYTHON) is $$($(PYTHON) -V 2>&1)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt pip torch numpy cython setuptools wheel
	CFLAGS="$$CFLAGS -O0" $(BIN)/pip wheel -q --no-deps --no-build-isolation -c constraints.txt \
		-w $(VENV)/wheels fairseq-fixed > $(VENV)/fairseq-build.log 2>&1 & build=$$!; \
	grep -v '^fairseq' constraints.txt > $(VENV)/others.txt; \
	$(BIN)/pip install -q -r $(VENV)/others.txt || { kill $$build; exit 1; }; \
	wait $$build || { tail -20 $(VENV)/fairseq-build.log >&2; \
		echo "kdaudit: fairseq could not be built: is a C++ compiler (g++) installed? log: $(VENV)/fairseq-build.log" >&2; exit 1; }
	$(BIN)/pip install -q --no-deps $(VENV)/wheels/fairseq_fixed-*.whl
	$(BIN)/pip install -q -c constraints.txt --no-build-isolation -e '.[test,check]'
	$(BIN)/pip check
	@touch $@
