# What you need: Debian (or a relative), Swift 6.2 or later. Everything else is installed by the targets that need it.

SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help

# Both builds, debug and release, need the C of packages.
export CC := $(CURDIR)/scripts/clang-once

RELEASE := swift build -c release --static-swift-stdlib
BIN := .build/release

# Three runs of one build. The pure tests keep both cores busy, and a TLS handshake must not wait behind twenty property
# tests: the test pool has one thread a core. And processes that tests start must not inherit another test's sockets.
# ControlTests are with the pure ones: their property tests are most of the work, and their few processes are waited for.
SOCKET_TESTS := ^(TransportTests|DashboardShellTests)\.
PROCESS_TESTS := ^(AgentTests|CommandDeskTests|ManagerTests|ProcFSTests)\.
# They read the programs, which may be in the making beside the pure ones.
PROGRAM_TESTS := ^TidyTests\.BuiltPrograms/
PURE := --skip '$(SOCKET_TESTS)' --skip '$(PROCESS_TESTS)' --skip '$(PROGRAM_TESTS)'

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 16

.PHONY: build-packages test-packages
build-packages:
	@scripts/install-packages libncurses-dev zlib1g-dev
test-packages: build-packages
	@scripts/install-packages python3 python3-pyte tmux openssl iproute2 util-linux openssh-client openssh-server
	@command -v node >/dev/null || scripts/install-packages nodejs
	@scripts/install-packages supervisor
	@scripts/install-packages prometheus || echo "what it scrapes is not tried" >&2
	@scripts/install-packages zsh fish || echo "what completes in them is not tried" >&2

.PHONY: demo
demo: build-packages ## three hosts with real workers and the dashboard; piped, it prints the fleet and ends
	@scripts/build-release
	@scripts/demo

.PHONY: release
release: build-packages ## the two programs in .build/release, stripped
	$(RELEASE)
	strip $(BIN)/looptop $(BIN)/looptop-agent
	@ls -l $(BIN)/looptop $(BIN)/looptop-agent

PREFIX := /usr/local
.PHONY: install
install: ## the two programs of `make release`, their manual pages and completions, below DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 0755 $(BIN)/looptop $(BIN)/looptop-agent $(DESTDIR)$(PREFIX)/bin
	for program in looptop looptop-agent; do \
	    share=$(DESTDIR)$(PREFIX)/share; \
	    $(BIN)/$$program man > $$share/man/man1/$$program.1 && \
	    $(BIN)/$$program completions bash > $$share/bash-completion/completions/$$program && \
	    $(BIN)/$$program completions zsh > $$share/zsh/site-functions/_$$program && \
	    $(BIN)/$$program completions fish > $$share/fish/vendor_completions.d/$$program.fish || exit 1; \
	done

# The end of the release build, the dashboard as one module, leaves a core to the tests that need no clock.
.PHONY: test
test: test-packages build-tests ## everything CI runs
	scripts/side-by-side scripts/build-release '$(MAKE) -s test-pure' '$(MAKE) -s lint'
	scripts/side-by-side '$(MAKE) -s test-others test-e2e test-faults' '$(MAKE) -s simulation'
	@$(MAKE) -s test-lag

# Of what runs beside it it takes only the time that is left over: they mostly wait.
.PHONY: simulation
simulation: build-packages ## 20,000 fault-hours of agents and dashboards under a virtual clock, in new worlds
	@scripts/build-release
	@command -v chrt >/dev/null || scripts/install-packages util-linux
	scripts/failures-last chrt --idle 0 Tests/Simulation/run 20000 400

.PHONY: test-unit
test-unit: build-tests test-pure test-others ## the unit tests: the pure ones side by side, then those with real sockets, then processes

.PHONY: build-tests test-pure test-others
build-tests: build-packages
	swift build --build-tests
test-pure:
	scripts/failures-last scripts/built-tests $(PURE)
test-others:
	scripts/failures-last scripts/built-tests --filter '$(PROGRAM_TESTS)'
	scripts/failures-last scripts/once-more '$(SOCKET_TESTS)'
	scripts/failures-last scripts/once-more '$(PROCESS_TESTS)'

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

.PHONY: chaos
chaos: test-packages ## bad links, full disks, stopped and killed programs, fork storms, clocks that jump; as root, 36 minutes
	@scripts/install-packages strace gcc libc6-dev || echo "what needs them is skipped" >&2
	@scripts/build-release
	scripts/failures-last /usr/bin/python3 Tests/Chaos/run

.PHONY: soak
soak: test-packages ## 20 agents and 3 dashboards, a fault every 30 s for LOOPTOP_SOAK_HOURS hours (6); as root
	@scripts/install-packages gcc libc6-dev nftables || echo "what needs them is left out" >&2
	@scripts/build-release
	scripts/failures-last /usr/bin/python3 Tests/Chaos/run soak

.PHONY: test-short test-faults test-lag
test-short: test-faults test-lag ## short forms of chaos, fuzz and the benches; bench fails on what is wrong, never on a time
test-faults: test-packages bench-lag-packages
	@scripts/install-packages strace gcc libc6-dev nftables || echo "what needs them is skipped" >&2
	@scripts/install-packages valgrind
	@scripts/build-release
	scripts/failures-last /usr/bin/python3 Tests/Chaos/run --short
	scripts/side-by-side 'Fuzz/run 10' 'Benchmarks/run --short' \
	    '/usr/bin/python3 Benchmarks/dashboard/run --short' Benchmarks/hot-paths/run \
	    'Benchmarks/scale/test && /usr/bin/python3 Benchmarks/scale/run --short'
# What is compared with the workers' own clocks has the machine to itself.
test-lag: bench-lag-packages
	@scripts/build-release
	Benchmarks/test
	Benchmarks/lag/test
	Benchmarks/lag/run --short

# Two debug builds of their own. Races are where threads are: in the tests with sockets and processes.
.PHONY: check-full
check-full: build-packages ## the unit tests under ThreadSanitizer, the pure ones also under AddressSanitizer; an hour
	scripts/failures-last scripts/sanitized-tests thread scripts/once-more '$(SOCKET_TESTS)'
	scripts/failures-last scripts/sanitized-tests thread scripts/once-more '$(PROCESS_TESTS)'
	scripts/failures-last scripts/sanitized-tests thread scripts/built-tests $(PURE)
	scripts/failures-last scripts/sanitized-tests address scripts/built-tests $(PURE)

.PHONY: lint
lint: ## the formatter's rules, as errors
	swift format lint --strict --recursive Sources Tests Fuzz Benchmarks Package.swift

.PHONY: sim
sim: build-packages ## looptop-sim, a fleet of simulated agents, in .build/release
	@scripts/build-release
	@$(BIN)/looptop-sim --help

.PHONY: fuzz
fuzz: build-packages ## what reads foreign bytes under libFuzzer, for SECONDS_TO_FUZZ seconds (60)
	@scripts/build-release
	Fuzz/run $${SECONDS_TO_FUZZ:-60}

# Who is measured beside the agent; what cannot be had is left out, and the run names it.
.PHONY: bench-packages
bench-packages:
	@scripts/install-packages python3 gcc libc6-dev util-linux
	@for package in procps htop btop atop sysstat glances python3-psutil collectd-core prometheus-process-exporter \
	    prometheus-node-exporter; do \
	    scripts/install-packages $$package || echo "left out: $$package" >&2; \
	done

.PHONY: bench
bench: build-packages bench-packages ## what the agent costs, beside C that reads the same and the usual monitors; 12 minutes
	@scripts/build-release
	Benchmarks/run

.PHONY: bench-check
bench-check: ## which targets the last `make bench` reached; exit 0 when all are
	@Benchmarks/check

.PHONY: bench-document
bench-document: ## writes the tables of docs/PERFORMANCE.md from the last `make bench`
	@Benchmarks/performance.py

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

.PHONY: bench-dashboard
bench-dashboard: test-packages ## the dashboard with 1,000 simulated hosts, beside htop, btop and glances; 5 minutes
	@scripts/build-release
	@for package in htop btop glances; do scripts/install-packages $$package || echo "left out: $$package" >&2; done
	/usr/bin/python3 Benchmarks/dashboard/run

.PHONY: bench-hot-paths
bench-hot-paths: build-packages ## instructions and allocations of one worker sample on the hot paths, against their bounds
	@scripts/install-packages python3 valgrind
	@scripts/build-release
	Benchmarks/hot-paths/run
.PHONY: bench-scale
bench-scale: test-packages ## how cost grows with hosts, workers, sweeps and viewers: writes docs/SCALE.md; 15 minutes
	@scripts/build-release
	@scripts/install-packages python3-matplotlib
	Benchmarks/scale/test
	/usr/bin/python3 Benchmarks/scale/run

.PHONY: clean
clean: ## removes what was built
	rm -rf .build
