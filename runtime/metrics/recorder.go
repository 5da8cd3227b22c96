package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"qrelay/runtime/relay"
)

// durations are the upper bounds of the histograms in seconds: from a handler
// that only decides to a next hop that takes its time.
var durations = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// A recorder counts what becomes of connections.
type recorder struct {
	mails    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	received prometheus.Counter
	sent     prometheus.Counter
	scripts  prometheus.Counter
	total    prometheus.Histogram
	stages   [relay.Stages]prometheus.Observer
	stageVec *prometheus.HistogramVec
}

func newRecorder(listeners []string) *recorder {
	r := &recorder{
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qrelay_mails_total", Help: "Mails that have ended.",
		}, []string{"listener", "action", "status"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qrelay_refused_connections_total", Help: "Connections that brought no mail.",
		}, []string{"listener", "reason"}),
		received: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "qrelay_received_bytes_total", Help: "Bytes of mails from clients, envelopes included.",
		}),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "qrelay_sent_bytes_total", Help: "Bytes of mails for next hops and programs, envelopes and inserted headers included.",
		}),
		scripts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "qrelay_handler_errors_total", Help: "Handlers that ended with an error or returned no action.",
		}),
		total: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "qrelay_mail_duration_seconds", Help: "Time from accepting a connection to the end of its mail.", Buckets: durations,
		}),
		stageVec: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qrelay_stage_duration_seconds", Help: "Time that mails spent in each stage that they reached.", Buckets: durations,
		}, []string{"stage"}),
	}
	for i := range r.stages {
		r.stages[i] = r.stageVec.WithLabelValues(relay.Stage(i).String())
	}
	for _, l := range listeners { // series that begin at 0 show the first increase
		for _, reason := range relay.Refusals() {
			r.refused.WithLabelValues(l, reason)
		}
	}
	return r
}

// collectors are what a registry needs to know.
func (r *recorder) collectors() []prometheus.Collector {
	return []prometheus.Collector{r.mails, r.refused, r.received, r.sent, r.scripts, r.total, r.stageVec}
}

// Ended counts a connection.
func (r *recorder) Ended(o *relay.Outcome) {
	if o.Refusal != "" {
		r.refused.WithLabelValues(o.Listener, o.Refusal).Inc()
		return
	}
	result := "none"
	if o.Replied {
		result = o.Reply.String()
	}
	r.mails.WithLabelValues(o.Listener, o.Action, result).Inc()
	r.received.Add(float64(o.Received))
	r.sent.Add(float64(o.Sent))
	if o.ScriptFailed {
		r.scripts.Inc()
	}
	r.total.Observe(o.Total.Seconds())
	for i, took := range o.Took {
		if took > 0 {
			r.stages[i].Observe(took.Seconds())
		}
	}
}
