package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"qrelay/runtime/bench"
)

// Policies that are compared.
const (
	connectAll = `qmqp_listen(SOCKET, function(m) return m:connect(HOP) end)`
	discardAll = `qmqp_listen(SOCKET, function(m) return m:discard() end)`
	execAll    = `qmqp_listen(SOCKET, function(m) return m:exec_raw('/bin/true') end)`
	// busyHandler does what larger policies do.
	busyHandler = `
qmqp_listen(SOCKET, function(m)
  local list = {}
  for _, recipient in ipairs(m.recipients) do
    local user, domain = recipient:match('^([^@]+)@(.+)$')
    list[#list + 1] = {user = user, domain = domain, bulk = user:find('%d$') ~= nil}
  end
  local text = json.dump({sender = m.sender, recipients = list})
  local sum = #text
  for i = 1, 200 do
    sum = sum + i * 2
  end
  if sum < 0 then
    return m:reject()
  end
  return m:connect(HOP)
end)`
)

// comparisons are the scenarios with yardsticks.
func comparisons(b *bed) []scenario {
	small, large := bench.Options{Clients: 32, Size: 2 << 10}, bench.Options{Clients: 32, Size: 64 << 10}
	crowd, alone := bench.Options{Clients: 256, Size: 2 << 10}, bench.Options{Clients: 1, Size: 2 << 10}
	huge, several := bench.Options{Clients: 8, Size: 8 << 20}, bench.Options{Clients: 32, Size: 2 << 10, Recipients: 5}
	programs := bench.Options{Clients: 16, Size: 2 << 10}
	list := []scenario{
		{name: "2 KiB × 32 clients",
			contenders: []contender{b.relay("qrelay", connectAll, small), b.floorWith(1, small), b.floorWith(32, small)},
			checks:     []check{{figure: rate, against: 2, least: 0.97}, {figure: cpu, against: 1, most: 1.2}, {figure: p50, against: 2}}},
		{name: "2 KiB × 256 clients",
			contenders: []contender{b.relay("qrelay", connectAll, crowd), b.floorWith(256, crowd)},
			checks:     []check{{figure: rate, against: 1, least: 0.95}, {figure: p99, against: 1, most: 1.2}}},
		{name: "2 KiB × 1 client",
			contenders: []contender{b.relay("qrelay", connectAll, alone), b.floorWith(1, alone)},
			checks:     []check{{figure: p50, against: 1, most: 1.25}}},
		{name: "64 KiB × 32 clients",
			contenders: []contender{b.relay("qrelay", connectAll, large), b.floorWith(32, large)},
			checks:     []check{{figure: rate, against: 1, least: 0.85}}},
		{name: "8 MiB × 8 clients",
			contenders: []contender{b.relay("qrelay", connectAll, huge), b.floorWith(8, huge)},
			checks:     []check{{figure: rate, against: 1, least: 0.85}, {figure: peak, most: 100}}},
		{name: "discard, 2 KiB × 32 clients",
			contenders: []contender{b.relay("discard", discardAll, small), b.relay("connect", connectAll, small)},
			checks:     []check{{figure: rate, against: 1, least: 1.6}}},
		{name: "exec_raw /bin/true × 16 clients",
			contenders: []contender{b.relay("exec_raw", execAll, programs), b.spawnLoop(programs)},
			checks:     []check{{figure: rate, against: 1, least: 0.8}}},
		{name: "busy handler, 5 recipients × 32 clients",
			contenders: []contender{b.relay("busy", busyHandler, several), b.relay("empty", connectAll, several)},
			checks:     []check{{figure: rate, against: 1, least: 0.7}}},
	}
	if _, err := exec.LookPath("qmqp-source"); err == nil {
		list = append(list, b.postfix())
	}
	return list
}

// relay is qrelay with a policy.
func (b *bed) relay(name, script string, load bench.Options) contender {
	return contender{name, func(ctx context.Context) (figures, error) {
		d, err := b.startRelay(ctx, script)
		if err != nil {
			return nil, err
		}
		defer d.stop()
		return b.load(ctx, d, load)
	}}
}

func (b *bed) startRelay(ctx context.Context, script string, flags ...string) (*daemon, error) {
	config, err := b.config(script)
	if err != nil {
		return nil, err
	}
	return start(ctx, b.socket(), append([]string{b.qrelay, "--config", config, "--grace", "1s"}, flags...)...)
}

// withRelay runs fn with a relay.
func (b *bed) withRelay(ctx context.Context, script string, fn func(*daemon) (figures, error), flags ...string) (figures, error) {
	d, err := b.startRelay(ctx, script, flags...)
	if err != nil {
		return nil, err
	}
	defer d.stop()
	f, err := fn(d)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, tail(d.log.String()))
	}
	return f, err
}

// tail returns the last lines of a log.
func tail(log string) string { return log[max(0, len(log)-2000):] }

// floorWith is the floor with some workers.
func (b *bed) floorWith(workers int, load bench.Options) contender {
	return contender{fmt.Sprintf("floor × %d", workers), func(ctx context.Context) (figures, error) {
		d, err := start(ctx, b.socket(), b.floor, b.socket(), b.hop.address, strconv.Itoa(workers))
		if err != nil {
			return nil, err
		}
		defer d.stop()
		return b.load(ctx, d, load)
	}}
}

// load warms a daemon up and measures it.
func (b *bed) load(ctx context.Context, d *daemon, o bench.Options) (figures, error) {
	o.Address, o.Duration = b.socket(), b.warmup
	if _, err := allAccepted(ctx, o); err != nil {
		return nil, err
	}
	before, err := d.cpu()
	if err != nil {
		return nil, err
	}
	o.Duration = b.measure
	r, err := allAccepted(ctx, o)
	if err != nil {
		return nil, err
	}
	after, err := d.cpu()
	if err != nil {
		return nil, err
	}
	most, err := d.memory("VmHWM")
	return figures{
		rate: r.Rate, p50: float64(r.Latency.P50), p99: float64(r.Latency.P99), peak: most,
		cpu: float64((after - before).Microseconds()) / float64(r.Mails),
	}, err
}

// allAccepted makes a load in which any other reply than K is an error.
func allAccepted(ctx context.Context, o bench.Options) (*bench.Report, error) {
	r, err := bench.Run(ctx, o)
	if err != nil {
		return nil, err
	}
	if r.Mails != r.Replies["K"] || len(r.Errors) > 0 {
		return nil, fmt.Errorf("not all mails were accepted: %v %v %v", r.Replies, r.Texts, r.Errors)
	}
	return r, ctx.Err()
}

// spawnLoop runs as many programs as a machine can.
func (b *bed) spawnLoop(load bench.Options) contender {
	return contender{"spawn loop", func(ctx context.Context) (figures, error) {
		cmd := exec.CommandContext(ctx, b.spawn, strconv.Itoa(load.Clients), strconv.FormatInt(b.measure.Milliseconds(), 10), strconv.Itoa(load.Size), "/bin/true")
		output, err := cmd.Output()
		if err != nil {
			return nil, err
		}
		perSecond, err := strconv.ParseFloat(strings.TrimSpace(string(output)), 64)
		return figures{rate: perSecond}, err
	}}
}

// postfix has Postfix's own load generator and next hop, for a look that does
// not depend on programs of this project.
func (b *bed) postfix() scenario {
	return scenario{
		name: "Postfix: qmqp-source, 2 KiB × 32",
		contenders: []contender{
			{"through qrelay", func(ctx context.Context) (figures, error) { return b.source(ctx, true) }},
			{"straight", func(ctx context.Context) (figures, error) { return b.source(ctx, false) }},
		},
		checks: []check{{figure: rate, against: 1}},
	}
}

var sourceRefused = regexp.MustCompile(`(?i)fatal|warning|error`)

// source times qmqp-source; its mails go to a qmqp-sink.
func (b *bed) source(ctx context.Context, relayed bool) (figures, error) {
	sink := b.path("postfix.sock")
	s, err := start(ctx, sink, "qmqp-sink", "unix:"+sink, "1000")
	if err != nil {
		return nil, err
	}
	defer s.stop()
	target := sink
	if relayed {
		d, err := b.startRelay(ctx, fmt.Sprintf("qmqp_listen(SOCKET, function(m) return m:connect(%q) end)", sink))
		if err != nil {
			return nil, err
		}
		defer d.stop()
		target = b.socket()
	}
	mails := int(b.measure.Seconds() * 5000)
	began := time.Now()
	output, err := exec.CommandContext(ctx, "qmqp-source", "-s", "32", "-m", strconv.Itoa(mails), "-l", "2048",
		"-f", "bench@bench.invalid", "-t", "recipient@bench.invalid", "unix:"+target).CombinedOutput()
	elapsed := time.Since(began)
	if err == nil && sourceRefused.Match(output) {
		err = errors.New("it complained")
	}
	if err != nil {
		return nil, fmt.Errorf("qmqp-source: %w\n%s", err, output)
	}
	if err := os.Remove(sink); err != nil {
		return nil, err
	}
	return figures{rate: float64(mails) / elapsed.Seconds()}, nil
}
