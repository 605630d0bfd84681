# What goes here: one short target for each thing one does with the project; what takes more than a
# few lines is a script that the target calls. Every target works on a clean clone and says what it
# does; 'make' alone lists them from the '##' notes. Packages are installed by name, only those that
# are missing, never removed or upgraded. A variable that a caller may set is listed in 'help'.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help deps deps-test deps-lab python tracefs build install uninstall demo test lint format \
	verdicts fuzz soak docs bench \
	bench-live lab lab-live clean

SWIFT ?= swift
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SUDO_ENV := $(if $(SUDO),sudo --preserve-env)
PMTRACE := .build/release/pmtrace
# The build that all tests share: optimised, as the model's tests take eight times as long without,
# with overflow checks and what tests may see of a module's inside. It has a folder of its own, so
# that neither `swift test` nor `make build` builds anew behind it.
TEST_BUILD := -c release -Xswiftc -enable-testing -Xswiftc -DPMTRACE_TESTS --scratch-path .build-tests
TEST_BIN := .build-tests/release
TEST_LOG := .build-tests/tests.log
STAGE := Tests/Tools/stage
RUN_TESTS = Tests/Tools/run-tests --log $(TEST_LOG) \
  $(SWIFT) test $(TEST_BUILD) --skip-build --disable-xctest --quiet
# What is installed, and where.
BINARY ?= $(PMTRACE)
PREFIX ?= /usr/local
DESTDIR ?=
LAB ?=
SEED ?= 10000
PLACES ?= all

BUILD_PACKAGES := pkg-config libtraceevent-dev libtracefs-dev libzstd-dev zlib1g-dev libsqlite3-dev
TEST_PACKAGES := trace-cmd libtracecmd-dev gcc libc6-dev python3 python3-venv libxml2-utils jq
LAB_PACKAGES := qemu-system-x86 debootstrap debian-archive-keyring cpio zstd xz-utils binutils python3

# $(call install,PACKAGES): those of them that are not installed yet
define install
missing=(); \
for package in $(1); do \
  [ "$$(dpkg-query -W -f='$${db:Status-Status}' "$$package" 2> /dev/null)" = installed ] \
    || missing+=("$$package"); \
done; \
if [ $${#missing[@]} -gt 0 ]; then \
  echo "installing: $${missing[*]}"; \
  $(SUDO) apt-get update -qq; \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    "$${missing[@]}" > /dev/null; \
fi
endef

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; \
	do printf '  make %-10s %s\n' "$$target" "$$text"; done
	@echo 'settings: SWIFT=swift  LAB="clean d_leak_page" (scenarios of make lab)'
	@echo '          SEED=10000 PLACES=all (first seed, places of each recording: make soak)'
	@echo '          PREFIX=/usr/local DESTDIR= BINARY=$(PMTRACE) (make install)'
	@echo "          and those of 'fixtures/lab/lab help', such as PROBES and KERNELS"

deps: ## install the libraries that the build needs
	@$(call install,$(BUILD_PACKAGES))

deps-test: deps
	@$(call install,$(TEST_PACKAGES))

deps-lab: deps
	@$(call install,$(LAB_PACKAGES))

python: ## a Python environment with what some tests check formats with
	@{ [ -x .build/python/bin/pip ] || python3 -m venv .build/python; } \
	  && .build/python/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt \
	  || echo 'the packages of Tests/requirements.txt are not there: what needs them is skipped'

tracefs:
	@grep -q ' /sys/kernel/tracing tracefs ' /proc/mounts \
	  || { [ "$$(id -u)" = 0 ] && mount -t tracefs nodev /sys/kernel/tracing; } \
	  || echo 'tracefs is not mounted and cannot be: tests on the running kernel are skipped'

build: deps ## build pmtrace, optimised
	$(SWIFT) build -c release --product pmtrace

install: $(if $(filter $(PMTRACE),$(BINARY)),build) ## install the binary, man pages and completions
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install '$(BINARY)'

uninstall: ## take them away again
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install --uninstall

demo: build ## analyse a leaking and a clean recording
	@verdict() { \
	  echo; echo "\$$ pmtrace analyze $$2"; \
	  code=0; $(PMTRACE) analyze "$$2" || code=$$?; \
	  [ "$$code" = "$$1" ] || { echo "demo: exit $$code, expected $$1" >&2; exit 1; }; \
	  echo "(exit $$code)"; \
	}; \
	verdict 1 fixtures/recordings/d_leak_pagemap.dat; \
	verdict 0 fixtures/recordings/clean.dat

# Its last line is the count of tests, as Tests/Tools/run-tests gives it.
test: deps-test python tracefs ## lint, build and run every test: what continuous integration runs
	@$(STAGE) lint $(MAKE) --no-print-directory lint
	@$(STAGE) tools Tests/Tools/selftest
	@$(STAGE) build $(SWIFT) build $(TEST_BUILD) --build-tests --quiet
	@$(STAGE) tests $(RUN_TESTS)
	@$(STAGE) soak $(TEST_BIN)/pmtrace-soak --count 10000 --recordings 4
	@BIN=$(TEST_BIN) $(STAGE) benchmark Benchmarks/run --smoke
	@PMTRACE=$(TEST_BIN)/pmtrace $(STAGE) 'live benchmark' Benchmarks/live --smoke
	@cat $(TEST_LOG).total

lint: ## check formatting and the length of files
	@$(SWIFT) format lint --strict --recursive Sources Tests
	@find Sources Tests fixtures/lab Makefile -type f \
	  -not -name '*.golden' \
	  -not -path 'fixtures/lab/work/*' -not -path 'fixtures/lab/out/*' -print0 \
	  | xargs -0 wc -l \
	  | awk '{ limit = $$2 ~ /^Sources\/.*\.swift$$/ ? 300 : 600 } \
	      $$2 != "total" && $$1 > limit { print $$2 ": " $$1 " lines, at most " limit; bad = 1 } \
	      END { exit bad }'

format: ## format the Swift sources
	$(SWIFT) format --in-place --recursive Sources Tests

verdicts: deps-test ## compare the verdicts on the stored recordings with their ground truth
	$(SWIFT) build $(TEST_BUILD) --product pmtrace --quiet
	@fixtures/lab/check --pmtrace $(TEST_BIN)/pmtrace fixtures/recordings

fuzz: deps-test ## cut recordings at every byte, and damage them: what CI does for some bytes
	$(SWIFT) build $(TEST_BUILD) --build-tests --quiet
	@PMTRACE_EVERY_CUT=1 $(RUN_TESTS) --filter 'TruncationTests|SalvageTests'

docs: deps ## make the documents anew that are made from the code: rules, rule table, model
	$(SWIFT) run --quiet pmtrace-docs --rules .
	$(SWIFT) run --quiet pmtrace-docs .

soak: deps-test ## random sequences from SEED on, without end; traces of failures go to soak/
	$(SWIFT) build $(TEST_BUILD) --product pmtrace-soak --quiet
	@mkdir -p soak
	$(TEST_BIN)/pmtrace-soak --from $(SEED) --recordings $(PLACES) --save soak --strict

bench: build deps-test ## measure speed and memory against libtracecmd, on files made on the spot
	@Benchmarks/run

bench-live: build deps-test tracefs ## measure a stream on the running kernel, ten minutes of it
	@PMTRACE=$(PMTRACE) $(SUDO_ENV) Benchmarks/live

lab: build deps-lab ## record real kernels in QEMU and compare the verdicts with the ground truth
	@$(SUDO) rm -rf fixtures/lab/out
	@$(SUDO_ENV) fixtures/lab/lab fetch
	@$(SUDO_ENV) fixtures/lab/lab build
	@$(SUDO_ENV) fixtures/lab/lab record $(LAB)
	@fixtures/lab/check --pmtrace $(PMTRACE) fixtures/lab/out

lab-live: export KERNELS ?= 7.3.4+deb13-amd64/trixie-backports 7.2.13+deb14-amd64/sid
lab-live: build deps-lab ## let pmtrace itself probe, record and stream in guests of two kernels
	@$(SUDO) rm -rf fixtures/lab/out
	@$(SUDO_ENV) fixtures/lab/lab fetch
	@$(SUDO_ENV) fixtures/lab/lab build
	@$(SUDO_ENV) fixtures/lab/lab probes
	@$(SUDO_ENV) fixtures/lab/lab live $(LAB)
	@$(SUDO_ENV) fixtures/lab/lab cost
	@fixtures/lab/check --pmtrace $(PMTRACE) fixtures/lab/out
	@fixtures/lab/check-live --pmtrace $(PMTRACE) fixtures/lab/out

clean: ## remove what was built; the lab's packages too
	rm -rf .build .build-tests
	$(SUDO) fixtures/lab/lab clean
	$(SUDO) rm -rf fixtures/lab/out
