package metrics

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"qrelay/runtime/relay"
)

// registry returns everything that is measured.
func (e *exporter) registry(r *recorder) (*prometheus.Registry, error) {
	all := append(r.collectors(), newState(e), readings{e.rt},
		collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry := prometheus.NewRegistry()
	var errs []error
	for _, c := range all {
		errs = append(errs, registry.Register(c))
	}
	return registry, errors.Join(errs...)
}

// A state collects what is looked up when somebody asks, which costs nothing
// in between.
type state struct {
	exporter *exporter

	ready, mails, bytes, bytesLimit          *prometheus.Desc
	children, childrenLimit, childrenWaiting *prometheus.Desc
	drops, tasks, turns, held, failures      *prometheus.Desc
	memory                                   *prometheus.Desc
}

func newState(e *exporter) *state {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("qrelay_"+name, help, labels, nil)
	}
	return &state{
		exporter:        e,
		ready:           desc("ready", "1 if connections are accepted."),
		mails:           desc("in_flight_mails", "Connections that have not ended, by what they are at.", "stage"),
		bytes:           desc("in_flight_bytes", "Bytes of the requests in progress."),
		bytesLimit:      desc("in_flight_limit_bytes", "Cap on the bytes of all messages in memory (--max-inflight)."),
		children:        desc("children_running", "Programs that are running."),
		childrenLimit:   desc("children_limit", "How many programs may run at a time (--max-programs)."),
		childrenWaiting: desc("children_waiting", "Mails that wait for one of these programs to end."),
		drops:           desc("pond_drops_total", "Log records of mails that could not be sent."),
		tasks:           desc("lua_tasks", "Lua tasks that run or wait, handlers included."),
		turns:           desc("lua_turns_total", "How often a Lua task got its turn."),
		held:            desc("lua_turn_held_seconds", "For how long the task that runs has kept the turn."),
		memory:          desc("lua_memory_bytes", "Live heap at the last garbage collection: Lua's values, and the rest of the daemon besides large messages."),
		failures:        desc("task_errors_total", "Lua tasks besides handlers that ended with an error, such as reload."),
	}
}

// Describe tells the names.
func (s *state) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		s.ready, s.mails, s.bytes, s.bytesLimit, s.children, s.childrenLimit, s.childrenWaiting, s.drops, s.tasks, s.turns, s.held, s.memory, s.failures,
	} {
		ch <- d
	}
}

// Collect tells the values.
func (s *state) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value))
	}
	server := s.exporter.options.Server
	var ready float64
	if server.Ready() {
		ready = 1
	}
	gauge(s.ready, ready)
	var mails [relay.Stages]int
	var bytes uint64
	for _, m := range server.InFlightMails() {
		mails[m.Stage]++
		bytes += m.Size
	}
	for i, n := range mails {
		gauge(s.mails, float64(n), relay.Stage(i).String())
	}
	gauge(s.bytes, float64(bytes))
	gauge(s.bytesLimit, float64(server.InflightLimit()))
	gauge(s.children, float64(server.Children()))
	gauge(s.childrenLimit, float64(server.MaxPrograms()))
	gauge(s.childrenWaiting, float64(server.WaitingForPrograms()))
	counter(s.drops, server.PondDrops())

	lua := s.exporter.rt.Stats()
	gauge(s.tasks, float64(lua.Tasks))
	counter(s.turns, lua.Turns)
	gauge(s.held, s.exporter.rt.Held().Seconds())
	gauge(s.memory, float64(lua.Memory))
	counter(s.failures, lua.Failures)
}
