# All a newcomer needs. Each target first installs the system packages it lacks (tools/bootstrap.sh).
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
PREFIX ?= /usr/local
DEMO_SECONDS ?=
SEEDS ?= 5000
FROM ?=
export JOBS FUZZ_SECONDS DEMO_SECONDS SEEDS FROM

.DEFAULT_GOAL := help
.PHONY: help demo test bench format lint sanitize simulate fuzz test-kafka install clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
	  awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: ## tweets flow through an embedded broker, until Ctrl-C or for DEMO_SECONDS
	@tools/bootstrap.sh build
	@tools/build.sh release --target tweets
	@build/release/examples/tweets/tweets --rate 5000 --hashtags 5 $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS)) $(DEMO_ARGS)

test: ## build everything and run all tests that need no Kafka
	@tools/bootstrap.sh test
	@tools/test.sh dev

bench: ## compare speed, memory, latency and recovery; KAFKA=1 on real Kafka, STREAMS=1 with Kafka Streams
	@tools/bootstrap.sh bench
	@tools/build.sh release -- -DWEIR_BUILD_BENCH=ON
	@bench/run
	@bench/run --exactly-once
	@bench/run --words
	@build/release/bench/operators

format: ## format every source file as clang-format 16 does
	@tools/bootstrap.sh format
	@tools/format.sh

lint: ## check format, sources (clang-tidy; ALL=1 for every file) and the repository's own rules
	@tools/bootstrap.sh lint
	@tools/lint.sh

sanitize: ## run the tests under Address-, UndefinedBehavior- and ThreadSanitizer
	@tools/bootstrap.sh sanitize
	@tools/test.sh asan tsan

simulate: ## run SEEDS (5000) simulated worlds and random topologies, from seed FROM on
	@tools/bootstrap.sh test
	@tools/simulate.sh

fuzz: ## run every fuzzer for FUZZ_SECONDS (60)
	@tools/bootstrap.sh fuzz
	@tools/fuzz.sh

test-kafka: ## run the tests on a real Apache Kafka, which it fetches and starts
	@tools/bootstrap.sh test-kafka
	@tests/kafka/run $(if $(CI),--jobs 2 --patience 2.5)

install: ## install the library, its headers and tools below PREFIX (/usr/local)
	@tools/bootstrap.sh build
	@tools/build.sh release
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything that was built
	rm -rf build
