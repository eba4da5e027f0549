# What you need: Debian (or a relative), Swift 6.2 or later. Everything else is installed by the targets that need it.

SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help

RELEASE := swift build -c release --static-swift-stdlib
BIN := .build/release

# Three runs of one build. The pure tests keep both cores busy, and a TLS handshake must not wait behind twenty property
# tests: the test pool has one thread a core. And processes that tests start must not inherit another test's sockets.
# ControlTests are with the pure ones: their property tests are most of the work, and their few processes are waited for.
SOCKET_TESTS := ^(TransportTests|DashboardShellTests)\.
PROCESS_TESTS := ^(AgentTests|CommandDeskTests|ManagerTests|ProcFSTests)\.

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 16

.PHONY: build-packages test-packages
build-packages:
	@scripts/install-packages libncurses-dev
test-packages: build-packages
	@scripts/install-packages python3 python3-pyte tmux openssl iproute2 util-linux
	@command -v node >/dev/null || scripts/install-packages nodejs
	@scripts/install-packages supervisor

.PHONY: demo
demo: build-packages ## three hosts with real workers and the dashboard; piped, it prints the fleet and ends
	@scripts/build-release
	@scripts/demo

.PHONY: release
release: build-packages ## the two programs in .build/release, stripped
	$(RELEASE)
	strip $(BIN)/looptop $(BIN)/looptop-agent
	@ls -l $(BIN)/looptop $(BIN)/looptop-agent

.PHONY: test
test: test-packages lint test-unit test-e2e test-short ## everything CI runs

.PHONY: test-unit
test-unit: build-packages ## the unit tests: the pure ones side by side, then those with real sockets, then processes
	scripts/failures-last swift test --skip '$(SOCKET_TESTS)' --skip '$(PROCESS_TESTS)'
	scripts/failures-last swift test --skip-build --filter '$(SOCKET_TESTS)'
	scripts/failures-last swift test --skip-build --filter '$(PROCESS_TESTS)'

.PHONY: test-e2e
test-e2e: test-packages ## the real programs in a real terminal, with real workers and, as root, a few real masters
	@scripts/build-release
	scripts/failures-last /usr/bin/python3 Tests/EndToEnd/run
	@scripts/install-packages gunicorn nginx-light redis-tools || echo "what needs them is skipped" >&2
	scripts/failures-last Tests/Masters/run --short discover roll cuts kills stale

# One by one: a master that this system does not have is skipped, and says so.
.PHONY: test-masters-packages
test-masters-packages: test-packages
	@for packages in gunicorn python3-setproctitle "uvicorn python3-venv" puma unicorn nginx-light php-fpm redis-server \
	    postgresql wrk celery ruby-sidekiq "uwsgi-core uwsgi-plugin-python3" \
	    apache2 "libapache2-mod-passenger passenger" docker.io "podman runc" polkitd; do \
	    scripts/install-packages $$packages || echo "skipped: $$packages" >&2; \
	done
	@Tests/Masters/install-uvicorn
	@Tests/Masters/install-circus

.PHONY: test-masters
test-masters: test-masters-packages ## real masters: discovery, every restart under load, at most once; as root, 20 minutes
	@scripts/build-release
	scripts/failures-last Tests/Masters/run

.PHONY: test-short
test-short: build-packages bench-lag-packages ## short forms of fuzz and the benches; bench fails on what is wrong, never on a time
	Fuzz/run 10 2>&1 | tail -n 4
	@scripts/build-release
	Benchmarks/run --short
	Benchmarks/lag/test
	Benchmarks/lag/run --short

.PHONY: lint
lint: ## the formatter's rules, as errors
	swift format lint --strict --recursive Sources Tests Package.swift

.PHONY: sim
sim: build-packages ## looptop-sim, a fleet of simulated agents, in .build/release
	@scripts/build-release
	@$(BIN)/looptop-sim --help

.PHONY: fuzz
fuzz: ## the wire decoder under libFuzzer for SECONDS_TO_FUZZ seconds (60)
	Fuzz/run $${SECONDS_TO_FUZZ:-60}

.PHONY: bench
bench: build-packages ## what the agent costs, beside a C loop that reads the same
	@scripts/build-release
	Benchmarks/run

# redis-tools has the program of redis-server, without a service that would start. nginx is used where it is installed.
.PHONY: bench-lag-packages
bench-lag-packages:
	@command -v node >/dev/null || scripts/install-packages nodejs
	@scripts/install-packages python3 gcc libc6-dev
	@scripts/install-packages redis-tools python3-uvloop || echo "their workloads will be skipped" >&2

.PHONY: bench-lag
bench-lag: build-packages bench-lag-packages ## how true the lag is: workers that know theirs, all tiers; 20 minutes
	@scripts/build-release
	Benchmarks/lag/run

.PHONY: clean
clean: ## removes what was built
	rm -rf .build
