package pg

import (
	"fmt"
	"strings"
	"testing"

	"qrelay/runtime"
)

// told returns the readings of a runtime in one line each.
func told(rt *runtime.Runtime) string {
	var lines strings.Builder
	for _, r := range rt.Readings() {
		fmt.Fprint(&lines, r.Name)
		for _, l := range r.Labels {
			fmt.Fprint(&lines, " ", l.Name, "=", l.Value)
		}
		fmt.Fprintln(&lines, " ", r.Value)
	}
	return lines.String()
}

func TestReadings(t *testing.T) {
	db := server.NewDatabase(t)
	rt, _ := newRuntime(t, db)
	if got := told(rt); got != "" {
		t.Errorf("without a database: %s", got)
	}
	want := func(idle, busy, limit, waiting int) {
		t.Helper()
		text := fmt.Sprintf("pg_connections database=%[1]s state=idle  %[2]d\npg_connections database=%[1]s state=busy  %[3]d\n"+
			"pg_connections_limit database=%[1]s  %[4]d\npg_waiting_tasks database=%[1]s  %[5]d\npg_connect_failures_total database=%[1]s  0\n",
			db, idle, busy, limit, waiting)
		eventually(t, "the readings are\n"+text, func() bool { return told(rt) == text })
	}
	run(t, rt, `bad, a = pg:new('nonsense'), pg:new(conninfo, nil, {max_connections=1})`)
	want(0, 0, 1, 0)
	run(t, rt, `
		for i = 1, 3 do spawn(function() a:execute('SELECT pg_sleep(68)') end) end
		b = pg:new(conninfo, nil, {max_connections=2})
		b:execute('SELECT 1')
	`)
	want(1, 1, 3, 2)
	eventually(t, "the server runs the query that is to be cut off", func() bool {
		return server.SQL(t, db, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(68)'") == "1"
	})
	run(t, rt, `a:close() b:close() terminate('SELECT pg_sleep(68)')`)
	eventually(t, "nothing is told of closed databases", func() bool { return told(rt) == "" })
}

func TestReadingOfFailures(t *testing.T) {
	rt, _ := newRuntime(t, "postgres")
	run(t, rt, `assert(not pg:new('host=/nowhere dbname=gone\xff'):execute('SELECT 1'))`)
	if got := told(rt); !strings.Contains(got, "pg_connect_failures_total database=gone?  1\n") {
		t.Errorf("got %s", got)
	}
}
