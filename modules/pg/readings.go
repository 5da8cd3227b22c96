package pg

import (
	"maps"
	"slices"
	"strings"

	"qrelay/runtime"
)

// usage is what pools are doing.
type usage struct {
	idle, busy, limit, waiting int
	failures                   uint64
}

// usage returns what the pool is doing.
func (p *pool) usage() usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle := len(p.idle)
	return usage{idle, p.open - idle, p.opts.maxConnections, p.waiters.Len(), p.failures}
}

// usages returns what the pools are doing, by the names of their databases:
// several pools for one database count together.
func (m *module) usages() map[string]usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]usage{}
	for d := range m.open {
		if d.pool == nil {
			continue
		}
		name := strings.ToValidUTF8(d.pool.cfg.Database, "?")
		u, sum := d.pool.usage(), all[name]
		all[name] = usage{sum.idle + u.idle, sum.busy + u.busy, sum.limit + u.limit, sum.waiting + u.waiting, sum.failures + u.failures}
	}
	return all
}

// readings tells them for monitoring.
func (m *module) readings() (all []runtime.Reading) {
	usages := m.usages()
	for _, name := range slices.Sorted(maps.Keys(usages)) {
		u, database := usages[name], runtime.Label{Name: "database", Value: name}
		connections := func(state string, n int) runtime.Reading {
			return runtime.Reading{
				Name: "pg_connections", Help: "Connections of the pool, by what they are at.", Value: float64(n),
				Labels: []runtime.Label{database, {Name: "state", Value: state}},
			}
		}
		labels := []runtime.Label{database}
		all = append(all,
			connections("idle", u.idle), connections("busy", u.busy),
			runtime.Reading{Name: "pg_connections_limit", Help: "How many connections the pool may have.", Labels: labels, Value: float64(u.limit)},
			runtime.Reading{Name: "pg_waiting_tasks", Help: "Tasks that wait for a connection.", Labels: labels, Value: float64(u.waiting)},
			runtime.Reading{Name: "pg_connect_failures_total", Help: "Attempts to connect that failed.", Counter: true, Labels: labels, Value: float64(u.failures)})
	}
	return all
}
