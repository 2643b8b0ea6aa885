# Targets are listed by `make help` from the comments behind them.

GO          ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
HELM        ?= helm.sh/helm/v3/cmd/helm@v3.22.0
PROMTOOL    ?= github.com/prometheus/prometheus/cmd/promtool@v0.316.0
# A number of inputs, as a time has Go below 1.27 fail at its end now and then
# with a bare "context deadline exceeded" (go.dev/issue/75804).
FUZZTIME    ?= 50000x
SEEDS       ?= 200
CASES       ?= 10000
ORDERS      ?= ../shared/data/completejourney.orders.dev.jsonl.gz

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## bin/beckon, static
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/beckon ./cmd/beckon

.PHONY: demo
demo: ## a small shop on an embedded broker, an hour a second
	$(GO) run ./cmd/beckon demo

.PHONY: test
test: ## all tests that need Go alone
	$(GO) test ./...

.PHONY: scenarios
scenarios: ## what the language and the policy do, sentence by sentence, in virtual time
	$(GO) run ./cmd/beckon test docs/scenarios -v

.PHONY: race
race: ## the same under the race detector, with the costly checks and shorter days
	CGO_ENABLED=1 $(GO) test -race -tags invariants,pebblegozstd -short -timeout 30m ./...

.PHONY: lint
lint: ## gofmt, go vet, staticcheck (settings: staticcheck.conf)
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags kafka ./processor/...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run $(STATICCHECK) -tags kafka ./processor/...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME, inputs or a time (default 50000x; release: 10m)
	@for f in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
	  for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$f); do \
	    echo "== $$t in $$(dirname $$f)"; \
	    $(GO) test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$(dirname $$f) || exit 1; \
	  done; done

.PHONY: oracle
oracle: ## CASES random cases on which the engine and the naive oracle must agree (default 10000)
	$(GO) test ./triggers/oracle -run '^TestEngineAgreesWithOracle$$' -count 1 -timeout 60m -v -rapid.checks $(CASES)

.PHONY: simulate
simulate: ## SEEDS runs of the simulation: crashes, lost answers, rebalances (default 200)
	$(GO) test ./processor -run '^TestSimulation$$' -count 1 -timeout 60m -seeds $(SEEDS)

.PHONY: kafka-test
kafka-test: ## exactly once on a real Apache Kafka, with kills, about 6 minutes; needs Java 17 and Maven
	$(GO) test -tags kafka -count 1 -timeout 20m -v ./processor/kafkatest

.PHONY: bench
bench: ## CPU time per event beside a bare consume and produce; real Kafka, about 10 minutes
	$(GO) run ./cmd/bench events

.PHONY: bench-latency
bench-latency: ## event to command at 5,000 events a second; real Kafka
	$(GO) run ./cmd/bench latency

.PHONY: bench-timers
bench-timers: ## 10 million waiting timers: memory, and 100,000 due at once; real Kafka
	$(GO) run ./cmd/bench timers

.PHONY: bench-triggers
bench-triggers: ## CPU time of an event with 200 triggers beside 10, and of loading 500
	$(GO) test ./triggers/engine -run '^$$' -bench '^BenchmarkManyTriggers$$' -benchtime 8x -cpu 1
	$(GO) test ./triggers/rule -run '^$$' -bench '^BenchmarkLoad500$$' -benchtime 5x -cpu 1

.PHONY: replenishment-report
replenishment-report: ## how well cycle(sku) guesses the next purchase, on the last quarter of ORDERS
	$(GO) run ./cmd/bench replenishment --events $(ORDERS)

.PHONY: images
images: ## the contents of the images: static binaries for amd64 and arm64
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 $(GO) build -trimpath -ldflags '-s -w' -o bin/linux-amd64/beckon ./cmd/beckon
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build -trimpath -ldflags '-s -w' -o bin/linux-arm64/beckon ./cmd/beckon

.PHONY: deploy-check
deploy-check: ## the chart by Helm, the alerts by promtool; builds both, some minutes the first time
	@mkdir -p bin
	$(GO) run $(HELM) lint --strict deploy/helm/beckon -f deploy/helm/beckon/ci/full-values.yaml
	$(GO) run $(HELM) template shop deploy/helm/beckon -f deploy/helm/beckon/ci/full-values.yaml --kube-version 1.33.0 > bin/chart.yaml
	$(GO) run $(PROMTOOL) check rules deploy/prometheus/alerts.yaml
	$(GO) run $(PROMTOOL) test rules deploy/prometheus/alerts_test.yaml

.PHONY: verify
verify: test lint race fuzz simulate kafka-test images ## what CI runs
