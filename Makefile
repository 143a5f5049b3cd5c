# Two commands do all the set-up: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
CONFIG ?= config/examples/one-domain.toml
STORY ?= main
READY := .venv/.ready
# Which commit is deployed: CloudFormation keeps a change set's name, and synthesis asks no git.
CHANGE_SET = staygreen-$(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)$(if \
  $(shell git status --porcelain 2>/dev/null),-changed)-$(shell date -u +%Y%m%dT%H%M%SZ)
BIN := .venv/bin
# The venv's own Node (from PyPI) runs jsii and the CDK CLI: nothing is asked of the machine.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export CDK_DISABLE_CLI_TELEMETRY := 1
# npm trusts the certificates that the machine trusts, as pip does: behind a company's proxy it needs them.
export NODE_USE_SYSTEM_CA := 1
export NPM_CONFIG_UPDATE_NOTIFIER := false
# What is compiled for one part of the tests is not compiled again for the next.
unexport PYTHONDONTWRITEBYTECODE
# jsii unpacks the CDK once for this checkout instead of once for each home directory.
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/build/jsii
PYTEST = $(BIN)/python -m pytest
# One worker a core on small machines; the tests of a file stay together, they share what they deployed. Files begin in
# the order of the directories given: what takes long first, so that both workers end together.
SIDE_BY_SIDE = -n 2 --dist loadfile --no-loadscope-reorder
WITHOUT_DEPLOYMENTS = tests/stacks tests/adapters tests/lambdas tests/cli tests/local tests/source tests/review tests/faults tests/fuzz tests/unit
LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade
# The linters say little: what they print may stand between the dots of the tests.
BESIDE_EACH_OTHER = --jobs=2

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Prepare .venv/ and the CDK CLI; does nothing when nothing changed

$(READY): requirements-dev.txt requirements-layer.txt package-lock.json pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("staygreen needs Python 3.11 or newer; this is %d.%d. Point PYTHON at one: make PYTHON=python3.12 setup" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot make virtual environments (no ensurepip). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "setup 1/5: virtual environment in .venv/"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setup 2/5: Python packages (about 50 s on first use)"
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@echo "setup 3/5: the staygreen command at $(BIN)/staygreen"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "setup 4/5: the CDK CLI (npm ci, with Node from PyPI)"
	@npm ci --no-audit --no-fund --loglevel=error
	@echo "setup 5/5: the functions' layer of libraries, and the CDK unpacked"
	@$(BIN)/python -m stacks.constructs.libraries >/dev/null
	@$(BIN)/python -c "import aws_cdk, cdk_nag"
	@command -v rbldnsd >/dev/null || echo "note: rbldnsd is not installed; the local cloud serves blocklists itself"
	@touch $@

demo: setup ## Deploy a sender into a local cloud, list one of its IPs, see the alert (KEEP=1, STORY=...)
	@$(BIN)/python -m local.demo $(STORY) $(if $(KEEP),--keep) || test $$? -eq 130 # Ctrl-C is no error

test: setup ## Everything that must hold; nothing but loopback
	@$(MAKE) --no-print-directory $(BESIDE_EACH_OTHER) every-test lint types

# System tests wait for what they deployed, half of their time: a third worker has a core meanwhile.
every-test:
	@$(PYTEST) $(SIDE_BY_SIDE) -n 3 tests/system $(WITHOUT_DEPLOYMENTS)

lint: setup ## Style, and which part may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache >build/imports.txt || { cat build/imports.txt; exit 1; }

types: setup ## mypy, strict
	@$(BIN)/mypy

unit: setup ## The core and the command, without network (under 15 s)
	@$(PYTEST) -n 2 tests/unit

shuffled: setup ## The tests that deploy nothing, in random order (SEED=...)
	@$(PYTEST) $(SIDE_BY_SIDE) -p randomly $(if $(SEED),--randomly-seed=$(SEED)) $(WITHOUT_DEPLOYMENTS)

thorough: setup ## The laws of the core with twenty times as many examples, and new ones each time
	@$(PYTEST) -n 2 --hypothesis-profile=thorough tests/unit

estates: setup ## 1,000 random estates written down, planned and synthesised, value by value (minutes)
	@ESTATES=1000 $(PYTEST) -n 2 --hypothesis-profile=thorough tests/stacks/test_takeover.py tests/unit/estate

fuzz-review: setup ## Damaged templates reviewed, thousands of them, and new ones each time
	@$(PYTEST) -n 2 --hypothesis-profile=thorough tests/review/test_fuzz.py

fuzz: setup ## Damaged inputs for every reader of what others wrote (READER=mail INPUTS=20000 SEED=1)
	@$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),20000) --seed $(or $(SEED),1) $(if $(READER),--reader $(READER))

faults: setup ## Runs, announcements, repairs and DNS with faults at every call: 100,000 of them (SEED=15; over an hour)
	@$(BIN)/python -m tests.faults --seed $(or $(SEED),15) --storms 300
	@$(BIN)/python -m tests.faults.resolver --seed $(or $(SEED),15) --plays 1000

review: setup ## The review of stack diffs, case by case
	@$(PYTEST) $(SIDE_BY_SIDE) tests/review

stacks: setup ## Templates: facts, intent, cdk-nag, cfn-lint
	@$(PYTEST) $(SIDE_BY_SIDE) tests/stacks

adapters: setup ## Adapters, functions, commands and the local cloud's parts, on loopback
	@$(PYTEST) $(SIDE_BY_SIDE) tests/adapters tests/lambdas tests/cli tests/local

system: setup ## Real deployments into the local cloud, IAM enforced
	@$(PYTEST) $(SIDE_BY_SIDE) tests/system

facts: setup ## Rewrite the facts of what the examples deploy; review the difference
	@UPDATE_FACTS=1 $(PYTEST) tests/stacks/test_facts.py

deploy: setup ## The same app to AWS: CONFIG=config/mine.toml, ADOPT=1 to import what exists, REVERT=1 to undo drift
	@protected=$$($(BIN)/staygreen protect --stacks $(CONFIG)); status=0; \
	cdk deploy --all --change-set-name "$(CHANGE_SET)" --context validate=true --context config=$(CONFIG) \
	  --context protected=$$protected $(if $(ADOPT),--import-existing-resources) $(if $(REVERT),--revert-drift) \
	  || status=$$?; \
	$(BIN)/staygreen protect $(CONFIG) || test $$status -ne 0 || status=$$?; \
	$(if $(ADOPT),$(BIN)/staygreen drift $(CONFIG) || test $$status -ne 0 || status=$$?;) exit $$status

adopt: setup ## Import what `staygreen adopt` switched on, then deploy: CONFIG=config/mine.toml
	@protected=$$($(BIN)/staygreen protect --stacks $(CONFIG)); status=0; \
	cdk synth --quiet --output build/adopt --context validate=true --context config=$(CONFIG) \
	  --context protected=$$protected; \
	stacks=$$($(BIN)/staygreen import-map build/adopt $(CONFIG)); \
	for stack in $$stacks; do \
	  cdk import --app build/adopt $$stack --resource-mapping build/adopt/$$stack.import.json --force; \
	done; \
	cdk deploy --app build/adopt --all --change-set-name "$(CHANGE_SET)" || status=$$?; \
	$(BIN)/staygreen protect $(CONFIG) || test $$status -ne 0 || status=$$?; exit $$status

destroy: setup ## Destroy what `deploy` made, saying how to keep the addresses: CONFIG=config/mine.toml
	@$(BIN)/staygreen addresses $(CONFIG)
	@cdk destroy --all --context config=$(CONFIG)
	@$(BIN)/staygreen addresses $(CONFIG)

schema: setup ## Rewrite config/schema.json from the definitions
	@$(BIN)/staygreen config schema > config/schema.json

cost: setup ## What a configuration costs in a month, by line: CONFIG=config/mine.toml
	@cdk synth --quiet --output build/cost --context config=$(CONFIG) >/dev/null
	@$(BIN)/staygreen cost build/cost

diff: setup ## What a deployment would change: CONFIG=config/mine.toml
	@cdk diff --all --context config=$(CONFIG)

decode-collections: setup ## Rates of the decoder on public collections of replies: CLONES=DIR
	@$(BIN)/python -m benchmarks.decode_collections $(CLONES)

lock: setup ## Pin requirements*.in again (needs uv)
	@$(LOCK) pyproject.toml requirements.in requirements-dev.in --output-file requirements-dev.txt
	@$(LOCK) --constraint requirements-dev.txt requirements.in --output-file requirements.txt

.PHONY: help setup demo test every-test lint types unit shuffled thorough estates fuzz fuzz-review faults review stacks adapters system facts deploy adopt destroy diff schema lock decode-collections
