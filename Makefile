# Ripen's house keeping. `make help` lists what is here.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# Where a machine forbids bytecode, every start compiles the AWS libraries anew.
unexport PYTHONDONTWRITEBYTECODE

PORT ?= 4566
PYTHON ?= .venv/bin/python
# For what the layer is built: arm64 or x86_64 (Lambda's Python 3.13), or host (the local AWS).
LAYER_PLATFORM ?= arm64
STACK ?= ripen
SAM = SAM_CLI_TELEMETRY=0 PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.build/bin:$$PATH" $(PYTHON) -m samcli

# Python 3.13 is what Lambda runs; 3.12 and 3.11 do for everything local.
define FIND_PYTHON
for candidate in python3.13 $$HOME/.pyenv/versions/3.13*/bin/python python3.12 $$HOME/.pyenv/versions/3.12*/bin/python \
    python3.11 $$HOME/.pyenv/versions/3.11*/bin/python python3; do \
  if $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
    echo $$candidate; break; \
  fi; \
done
endef

##@ Every day

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z][a-z0-9-]*:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: install ## The whole of Ripen on a local AWS, in the foreground (PORT=4566, FRESH=1 starts empty)
	@exec $(PYTHON) -m infra.local run --port $(PORT) $(if $(FRESH),--fresh)

.PHONY: up
up: install ## The same in the background
	@$(PYTHON) -m infra.local up --port $(PORT) $(if $(FRESH),--fresh)

.PHONY: down
down: ## Stop it; the data stay
	@test ! -x $(PYTHON) || $(PYTHON) -m infra.local down --port $(PORT)

.PHONY: fresh
fresh: install ## make run, with nothing of before
	@exec $(PYTHON) -m infra.local run --port $(PORT) --fresh

.PHONY: rehearse
rehearse: install content ## Weeks in seconds: SCENARIO=file.yaml OUT=result.json
	@$(PYTHON) -m infra.rehearsal "$(or $(SCENARIO),$(error SCENARIO=file.yaml is missing))" "$(or $(OUT),$(error OUT=result.json is missing))"

.PHONY: crowd
crowd: install ## The seven journeys over 40 days with 200 people, with figures (PEOPLE=200 DAYS=40 SEED=1)
	@$(PYTHON) -m infra.rehearsal.crowd --people $(or $(PEOPLE),200) --days $(or $(DAYS),40) --seed $(or $(SEED),1)

.PHONY: morning
morning: install content ## A minute in which 10,000 waits end, and one in which 1,000 end in a mail, with figures (DUE=10000 MAILED=1000)
	RIPEN_DUE=$(or $(DUE),10000) RIPEN_MAILED=$(or $(MAILED),1000) $(PYTHON) -m pytest -q -s tests/integration/test_many_due.py

##@ Check

# The end-to-end tests come last and alone: they measure what a newcomer waits for.
.PHONY: test
test: lint lint-content types content sbom ## Everything: lint, types, all suites
	$(PYTHON) -m pytest -q -n 2 --dist loadfile tests --ignore tests/e2e
	$(PYTHON) -m pytest -q tests/e2e

.PHONY: fast
fast: install content ## unit and contract tests, in under a minute: run them while you write
	$(PYTHON) -m pytest -q -n 2 --dist loadfile tests/unit tests/contract

.PHONY: unit
unit: install content ## unit tests
	$(PYTHON) -m pytest -q tests/unit

.PHONY: integration
integration: install content ## Integration tests: functions and tables, in process on moto
	$(PYTHON) -m pytest -q -n 2 --dist loadfile tests/integration

.PHONY: rehearsal
rehearsal: install content ## Rehearsal tests
	$(PYTHON) -m pytest -q tests/rehearsal

.PHONY: e2e
e2e: install content ## End-to-end tests on a local AWS of their own, IAM enforced
	$(PYTHON) -m pytest -q tests/e2e

.PHONY: lint
lint: install ## ruff, the arrows between packages, cfn-lint with our own rules
	$(PYTHON) -m ruff check .
	.venv/bin/lint-imports
	PYTHONPATH=. .venv/bin/cfn-lint --append-rules infra/lint -- template.yaml infra/*.yaml

.PHONY: lint-content
lint-content: install ## Everything wrong in templates/: file, line, why, how to mend; and warnings (words that mail filters dislike)
	@$(PYTHON) -m infra.build.lint

.PHONY: types
types: install ## mypy, strict
	$(PYTHON) -m mypy

.PHONY: storm
storm: install content ## Faults at every AWS call, then invented storms (SEEDS=20, FROM=1; SEARCH="capture sales" or SEARCH= for none)
	@$(PYTHON) -m infra.storm --seeds $(or $(SEEDS),20) --from $(or $(FROM),1) $(if $(filter undefined,$(origin SEARCH)),,--search $(SEARCH))

.PHONY: import-truth
import-truth: install content ## A dirty file with known truth through the real import: precision, recall, units (ROWS=10000)
	@$(PYTHON) -m tests.rehearsal.dirty_import $(or $(ROWS),10000)

.PHONY: bench
bench: install content ## What a lead costs, how it grows, cold starts, throughput (ONLY="cost cpu"; FULL=1 stores 100,000 leads; ONLY=shapes: a million items in dynalite, needs node)
	@FULL=$(FULL) $(PYTHON) -m infra.bench $(ONLY)

.PHONY: audit
audit: install ## What is known against the pinned packages (OSV database; ALL=1 with those that build and test; OFFLINE_OK=1: no network is no failure)
	@OFFLINE_OK=$(OFFLINE_OK) $(PYTHON) -m infra.audit $(if $(ALL),--all)

##@ Build and deploy

.PHONY: content
content: install ## templates/ → .build/content, validated
	@$(PYTHON) -m infra.build.content --out .build/content

.PHONY: build
build: install content ## sam build, for AWS (arm64; LAYER_PLATFORM=x86_64 for the other), with its bill of materials beside it
	@$(PYTHON) -c "from infra.local.deploy import offer_python; offer_python()"
	PYTHON=$(abspath $(PYTHON)) LAYER_PLATFORM=$(LAYER_PLATFORM) $(SAM) build --build-in-source --parameter-overrides Architecture=$(LAYER_PLATFORM)
	@$(PYTHON) -m infra.bom --out .aws-sam/build/sbom.cdx.json

.PHONY: sbom
sbom: install ## The software bill of materials of what ships: .build/sbom.cdx.json (CycloneDX)
	@$(PYTHON) -m infra.bom --out .build/sbom.cdx.json

.PHONY: deploy
deploy: build sbom ## sam deploy --guided, to your AWS account
	$(SAM) deploy --guided --parameter-overrides Architecture=$(LAYER_PLATFORM)

.PHONY: deliverability
deliverability: install ## DOMAIN=company.example: the SPF, DKIM and DMARC records wanted, what DNS answers, what SES says
	@$(PYTHON) -m infra.deliverability "$(or $(DOMAIN),$(error DOMAIN=company.example is missing))"

.PHONY: redrive
redrive: install ## Replay what was set aside in the failed queue (STACK=ripen; on the local AWS: LOCAL=1)
	@$(PYTHON) -m infra.redrive --stack $(STACK) $(if $(LOCAL),--local .local)

# What SAM calls for each resource with `BuildMethod: makefile`. ARTIFACTS_DIR is where the resource's files go.
.PHONY: build-DependencyLayer
build-DependencyLayer:
	@$(PYTHON) -m infra.build.layer --out "$(ARTIFACTS_DIR)" --platform $(LAYER_PLATFORM)

# CaptureFunction → functions/capture. Everything that functions share is in the layer.
build-%Function:
	@name=$$(echo $* | tr '[:upper:]' '[:lower:]') && mkdir -p "$(ARTIFACTS_DIR)/functions" \
	  && cp functions/__init__.py "$(ARTIFACTS_DIR)/functions/" \
	  && cp -r "functions/$$name" "$(ARTIFACTS_DIR)/functions/" \
	  && find "$(ARTIFACTS_DIR)" -name __pycache__ -prune -exec rm -r {} + \
	  && $(PYTHON) -m infra.build.layer --bytecode "$(ARTIFACTS_DIR)/functions" --platform $(LAYER_PLATFORM)

##@ Dependencies

.PHONY: install
install: .venv/.installed ## The pinned dependencies, into .venv

# Every package is in the lock, with its hashes; --no-deps because Chalice is wanted without its command line.
.venv/.installed: requirements-dev.lock
	@python=$$($(FIND_PYTHON)); \
	  test -n "$$python" || { echo "Ripen needs Python 3.13 (3.11 and 3.12 do locally), with venv."; exit 1; }; \
	  echo "  Installing the pinned dependencies into .venv ($$($$python --version)); this takes a minute or two …"; \
	  $$python -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: locks
locks: ## Make the lock files anew from pyproject.toml (needs uv: pip install uv)
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --custom-compile-command "make locks" pyproject.toml -o requirements.lock
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --custom-compile-command "make locks" -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

.PHONY: clean
clean: ## Remove what was built; the local AWS's data stay
	rm -rf .build .aws-sam .venv .mypy_cache .ruff_cache .pytest_cache
