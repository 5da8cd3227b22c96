# "make" lists what there is. CI runs the same targets.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS = -s -w -X main.version=$(VERSION)
# The address that "qrelay submit" and sendmail use by default can be built in:
# make build ADDRESS=/run/other.sock
ifdef ADDRESS
LDFLAGS += -X main.defaultAddress=$(ADDRESS)
endif

FUZZTIME ?= 1m
BENCH ?= .
PREFIX ?= /usr
PROGRAMS = $(patsubst cmd/%,bin/%,$(wildcard cmd/*))
GO ?= go

.PHONY: deb licenses vulncheck help run build install packages check test conformance fuzz torture bench microbench docs clean

help: ## this list
	@grep -hE '^[a-z ]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z ]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: build ## show qrelay at work: a policy, a daemon, three mails
	bin/qrelay demo

build: ## build the programs into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

# Whoever is root need not have Go: what is there is not built again.
bin/%:
	$(MAKE) build

install: $(PROGRAMS) ## install what "make build" built, man pages, units and a first configuration (DESTDIR, PREFIX)
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(PROGRAMS)
	for page in docs/man/*.[1-8]; do \
		install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man$${page##*.} "$$page" || exit 1; \
	done
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system contrib/systemd/cm4all-qrelay.*
	sed -i 's,=/usr/bin/,=$(PREFIX)/bin/,' $(DESTDIR)$(PREFIX)/lib/systemd/system/cm4all-qrelay.service
	install -D -m 0644 packaging/deb/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/cm4all-qrelay.conf
	test -e $(DESTDIR)/etc/cm4all/qrelay/config.lua || \
		install -D -m 0644 contrib/config.lua $(DESTDIR)/etc/cm4all/qrelay/config.lua

packages: ## install the Debian packages that the tests need (as root)
	tests/packages.sh

check: ## formatting, vet, staticcheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt wants: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(MAKE) -C packaging check

test: packages build ## run all tests, with the race detector
	$(GO) vet ./...
	$(GO) test -race -shuffle=on ./...
	$(MAKE) -C packaging test
	tests/conformance.sh

conformance: build ## run the recorded behaviour suite, if it is beside the checkout
	tests/conformance.sh

fuzz: ## run each fuzz target for FUZZTIME (1m)
	tests/fuzz.sh $(FUZZTIME)

torture: ## kill, flood and starve the daemon (5 minutes; "make test" has a minute of it)
	QRELAY_TORTURE=full $(GO) -C tests/torture test -count=1 -timeout 2h

bench: build ## measure qrelay against yardsticks (QUICK=1 ROUNDS=1: two minutes)
	$(GO) run ./bench -qrelay bin/qrelay $(if $(QUICK),-quick) $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(RUN),-run '$(RUN)')

microbench: ## run the benchmarks of the packages (BENCH=pattern)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

docs: ## write the generated pages anew, and run every example of the manual
	$(GO) generate ./docs
	cd docs && $(GO) test -count=1

deb: ## build a Debian package in dist/
licenses: ## write docs/licenses.md, the licenses of what is in the programs
vulncheck: ## look for known vulnerabilities (needs the network)
deb licenses vulncheck:
	$(MAKE) -C packaging $@

clean: ## remove what was built
	rm -rf bin dist
