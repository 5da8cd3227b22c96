package metrics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qrelay/runtime/relay"
	"qrelay/runtime/status"
)

// handler returns what answers requests.
func (e *exporter) handler(registry *prometheus.Registry, profiler bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", serveIndex)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxConnections / 4}))
	mux.HandleFunc("GET "+status.Path, e.serveMails)
	mux.HandleFunc("GET /healthz", e.serveHealth)
	mux.HandleFunc("GET /readyz", e.serveReady)
	if profiler {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// serveHealth fails if Lua is stuck: a script that computes for too long is
// ended by the turn limit, but not a function in Go that does not return. Only
// a restart helps then.
func (e *exporter) serveHealth(w http.ResponseWriter, _ *http.Request) {
	limit := e.options.TurnLimit
	if held := e.rt.Held(); limit > 0 && held >= 2*limit {
		http.Error(w, fmt.Sprintf("Lua is stuck: a task has kept the turn for %s", held.Round(time.Second)), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// serveReady fails before the start and after the beginning of the end.
func (e *exporter) serveReady(w http.ResponseWriter, _ *http.Request) {
	if !e.options.Server.Ready() {
		http.Error(w, "no connections are accepted: the daemon is starting or stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// serveMails tells the mails in flight.
func (e *exporter) serveMails(w http.ResponseWriter, _ *http.Request) {
	report := newReport(e.options.Server.InFlightMails(), time.Now())
	report.Ready = e.options.Server.Ready()
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(report); err != nil {
		e.options.Logger.Debug("serving mails", "error", err.Error())
	}
}

func newReport(mails []relay.InFlight, now time.Time) status.Report {
	report := status.Report{Mails: make([]status.Mail, len(mails))}
	for i, m := range mails {
		report.Bytes += m.Size
		report.Mails[i] = status.Mail{
			Age: now.Sub(m.Began).Seconds(), Stage: m.Stage.String(), StageAge: now.Sub(m.StageBegan).Seconds(),
			Listener: m.Listener, PID: m.PID, From: m.From, Size: m.Size,
			Sender: m.Sender, Recipients: m.Recipients, Action: m.Action,
		}
		if m.HasPeer {
			report.Mails[i].UID = &m.UID
		}
	}
	return report
}
