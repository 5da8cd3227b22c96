// Package metrics tells over HTTP what the daemon does, if the configuration
// asks for it:
//
//	metrics_listen('127.0.0.1:9628')
//	metrics_listen('/run/qrelay/metrics.sock', {pprof=true})
//
// Paths are /metrics in the format of Prometheus, /mails with the mails in
// flight as JSON, /healthz and /readyz. A daemon that is not asked for metrics
// measures nothing.
package metrics
