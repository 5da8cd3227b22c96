package pg

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/pgtest"
)

// What the benchmarks ask is what pgbench -S asks: one row by its key.
const (
	benchRows  = 100000
	benchQuery = "SELECT abalance FROM pgbench_accounts WHERE aid = $1"
	benchTasks = 32
)

// benchDatabase makes the table of pgbench.
func benchDatabase(b *testing.B) string {
	b.Helper()
	db := server.NewDatabase(b)
	server.SQL(b, db, "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84)); "+
		"INSERT INTO pgbench_accounts SELECT n, 1, 0, '' FROM generate_series(1, "+strconv.Itoa(benchRows)+") AS n")
	server.SQL(b, db, "VACUUM ANALYZE pgbench_accounts")
	return db
}

// benchLua runs the query through Lua in the given number of tasks.
func benchLua(b *testing.B, connString string, tasks int) {
	b.Helper()
	rt, err := runtime.New(runtime.Config{
		Modules: []runtime.Module{Module()}, Stdout: io.Discard, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	err = rt.DoString(b.Context(), "=bench", `
		local db = pg:new('`+connString+`')
		local random = math.random
		function lookup(row)
			local result = assert(db:execute('`+benchQuery+`', {random(`+strconv.Itoa(benchRows)+`)}))
			return result:fetch(row).abalance
		end
	`)
	if err != nil {
		b.Fatal(err)
	}
	var left atomic.Int64
	once := func(L *lua.LState) error { return L.DoString(`lookup({})`) }
	for range 8 { // open and prepare
		parallel(b, rt, tasks, once)
	}
	left.Store(int64(b.N))
	b.ResetTimer()
	parallel(b, rt, tasks, func(L *lua.LState) error {
		lookup := L.GetGlobal("lookup")
		row := L.NewTable()
		for left.Add(-1) >= 0 {
			if err := L.CallByParam(lua.P{Fn: lookup, NRet: 0, Protect: true}, row); err != nil {
				return err
			}
		}
		return nil
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}

func parallel(b *testing.B, rt *runtime.Runtime, tasks int, fn func(L *lua.LState) error) {
	b.Helper()
	var wg sync.WaitGroup
	for range tasks {
		wg.Go(func() {
			if err := rt.Run(b.Context(), "bench", fn); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkLuaQuery1(b *testing.B) { benchLua(b, server.ConnString(benchDatabase(b)), 1) }

func BenchmarkLuaQuery32(b *testing.B) { benchLua(b, server.ConnString(benchDatabase(b)), benchTasks) }

// BenchmarkLuaQueryFar has 2 ms to the server. The best that a pool of four
// can do is 4 / 2 ms = 2000 queries/s; the metric says which part of it.
func BenchmarkLuaQueryFar(b *testing.B) {
	const delay = 2 * time.Millisecond
	proxy := pgtest.NewProxy(b, server, delay)
	benchLua(b, server.TCPConnString(benchDatabase(b), proxy.Port), benchTasks)
	best := defaultMaxConnections / delay.Seconds()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/best, "of-best")
}

// BenchmarkPool leaves out Lua.
func BenchmarkPool32(b *testing.B) {
	p := openPool(b, server.ConnString(benchDatabase(b)))
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for range benchTasks {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				key := text{s: strconv.Itoa(1 + rand.IntN(benchRows))}
				res, _, err := p.execute(ctx, query{benchQuery, []text{key}, true})
				if err != nil {
					b.Error(err)
					return
				}
				row, _ := res.fetch()
				row.value()
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}

// BenchmarkPgx1 and 4 are pgx itself, one goroutine a connection.
func BenchmarkPgx1(b *testing.B) { benchPgx(b, 1) }

func BenchmarkPgx4(b *testing.B) { benchPgx(b, defaultMaxConnections) }

func benchPgx(b *testing.B, connections int) {
	db := benchDatabase(b)
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for range connections {
		conn, err := pgx.Connect(b.Context(), server.ConnString(db))
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close(context.Background())
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				var balance int
				if err := conn.QueryRow(b.Context(), benchQuery, 1+rand.IntN(benchRows)).Scan(&balance); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// BenchmarkPgbench is the yardstick: PostgreSQL's own client with as many
// connections as the pool has, and the statement of its option -S.
func BenchmarkPgbench(b *testing.B) {
	db := benchDatabase(b)
	script := filepath.Join(b.TempDir(), "select.sql")
	text := fmt.Sprintf("\\set aid random(1, %d)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n", benchRows)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	perClient := max(b.N/defaultMaxConnections, 1)
	b.ResetTimer()
	out, err := osexec.Command(server.Program("pgbench"), "-f", script, "-n", "-M", "prepared",
		"-c", strconv.Itoa(defaultMaxConnections), "-t", strconv.Itoa(perClient),
		"-h", server.Dir, "-p", strconv.Itoa(server.Port), "-U", "postgres", db).CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	m := tps.FindSubmatch(out)
	if m == nil {
		b.Fatalf("no figure in %s", out)
	}
	rate, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(rate, "queries/s")
}
