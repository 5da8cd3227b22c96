package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"qrelay/runtime"
)

// readings collects what modules tell.
type readings struct{ rt *runtime.Runtime }

// Describe tells nothing: which readings there are is known only when they are
// asked for, and Prometheus' registry takes that for an unchecked collector.
func (readings) Describe(chan<- *prometheus.Desc) {}

// Collect tells the values.
func (r readings) Collect(ch chan<- prometheus.Metric) {
	for _, reading := range r.rt.Readings() {
		kind := prometheus.GaugeValue
		if reading.Counter {
			kind = prometheus.CounterValue
		}
		var names, values []string
		for _, l := range reading.Labels {
			names, values = append(names, l.Name), append(values, l.Value)
		}
		desc := prometheus.NewDesc("qrelay_"+reading.Name, reading.Help, names, nil)
		ch <- prometheus.MustNewConstMetric(desc, kind, reading.Value, values...)
	}
}
