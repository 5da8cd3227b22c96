package pg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// single makes a pool of one connection to a database of its own, so that
// consecutive queries meet the same session.
func single(t testing.TB, edit ...func(*poolOptions)) *pool {
	t.Helper()
	edit = append(edit, func(o *poolOptions) { o.maxConnections = 1 })
	return openPool(t, server.ConnString(server.NewDatabase(t)), edit...)
}

// all returns the rows of a result, values separated by "|".
func all(r *result) []string {
	var rows []string
	for {
		reader, ok := r.fetch()
		if !ok {
			return rows
		}
		var values []string
		for range r.columns {
			v := reader.value()
			if v.null {
				v.s = "<null>"
			}
			values = append(values, v.s)
		}
		rows = append(rows, strings.Join(values, "|"))
	}
}

func TestValuesAreText(t *testing.T) {
	p := single(t)
	const sql = `SELECT 42 AS i, -1::bigint AS b, 1.50::numeric AS n, 0.1::float8 AS f, true AS t, false AS u,
		'a b'::char(5) AS c, '\x00ff'::bytea AS y, '2024-02-29 12:34:56.789'::timestamp AS ts, '{1,2,NULL}'::int[] AS arr,
		'{"a": 1}'::json AS j, 'grün'::text AS g, '12:00'::time AS ti, interval '1 day' AS iv, NULL AS x, '' AS e`
	want := `42|-1|1.50|0.1|t|f|a b  |\x00ff|2024-02-29 12:34:56.789|{1,2,NULL}|{"a": 1}|grün|12:00:00|1 day|<null>|`
	columns := []string{"i", "b", "n", "f", "t", "u", "c", "y", "ts", "arr", "j", "g", "ti", "iv", "x", "e"}
	for i := range 4 { // plain, being prepared, prepared
		res := exec(t, p, sql)
		if !slices.Equal(res.columns, columns) {
			t.Errorf("use %d: columns %v", i, res.columns)
		}
		if got := all(res); !slices.Equal(got, []string{want}) {
			t.Errorf("use %d: got %q", i, got)
		}
	}
}

func TestParameters(t *testing.T) {
	p := single(t)
	for i := range 4 {
		n := strconv.Itoa(i)
		res := exec(t, p, "SELECT $1::int + 1, $2::text, $3::bytea, $4::bool", n, "it's", `\x00`, "1")
		if got, want := all(res), []string{strconv.Itoa(i+1) + `|it's|\x00|t`}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := cell(t, exec(t, p, "SELECT $1::text", "<null>")); got != "<null>" {
			t.Errorf("NULL became %q", got)
		}
	}
}

func TestAffected(t *testing.T) {
	p := single(t)
	for _, c := range []struct {
		sql  string
		want int64
	}{
		{"CREATE TABLE t (a int)", 0},
		{"INSERT INTO t VALUES (1), (2), (3)", 3},
		{"UPDATE t SET a = a + 1 WHERE a > 1", 2},
		{"SELECT * FROM t", 3},
		{"DELETE FROM t WHERE a = 4 RETURNING a", 1},
		{"", 0},
	} {
		if got := exec(t, p, c.sql).affected; got != c.want {
			t.Errorf("%s: %d, want %d", c.sql, got, c.want)
		}
	}
}

func TestSeveralStatements(t *testing.T) {
	p := single(t)
	for range 3 {
		res := exec(t, p, "SELECT 1 AS a; SELECT 2 AS b")
		if got := all(res); !slices.Equal(got, []string{"2"}) || res.columns[0] != "b" {
			t.Errorf("got %v %v", res.columns, got)
		}
		if text := execError(t, p, "SELECT 1 AS a; SELECT 1/0; SELECT 3 AS a"); !strings.Contains(text, "division by zero") {
			t.Errorf("got %s", text)
		}
		if text := execError(t, p, "SELECT $1::int; SELECT 2", "1"); !strings.Contains(text, "multiple commands") {
			t.Errorf("got %s", text)
		}
	}
	for _, sql := range []string{"", "-- comment", ";"} {
		if res := exec(t, p, sql); len(res.rows) != 0 {
			t.Errorf("%q gave rows", sql)
		}
	}
}

func TestErrorText(t *testing.T) {
	p := single(t)
	exec(t, p, "CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)")
	for _, c := range []struct{ sql, want string }{
		{"SELECT * FROM nosuch", "ERROR:  relation \"nosuch\" does not exist (SQLSTATE 42P01)\nLINE 1: SELECT * FROM nosuch\n                      ^"},
		{"SELECT 1,\n\tnosuch", "ERROR:  column \"nosuch\" does not exist (SQLSTATE 42703)\nLINE 2:  nosuch\n         ^"},
		{"SELECT 'grün', nosuch", "ERROR:  column \"nosuch\" does not exist (SQLSTATE 42703)\nLINE 1: SELECT 'grün', nosuch\n                       ^"},
		{"INSERT INTO u VALUES (1)", "ERROR:  duplicate key value violates unique constraint \"u_pkey\" (SQLSTATE 23505)\nDETAIL:  Key (id)=(1) already exists."},
		{"DO $$ BEGIN RAISE EXCEPTION 'mine' USING HINT = 'my hint'; END $$", "ERROR:  mine (SQLSTATE P0001)\nHINT:  my hint\nCONTEXT:  PL/pgSQL function inline_code_block line 1 at RAISE"},
		{"DO $$ BEGIN EXECUTE 'SELECT nosuch'; END $$", "ERROR:  column \"nosuch\" does not exist (SQLSTATE 42703)\nLINE 1: SELECT nosuch\n               ^\nQUERY:  SELECT nosuch\nCONTEXT:  PL/pgSQL function inline_code_block line 1 at EXECUTE"},
		{"SELECT '" + strings.Repeat("x", 80) + "', nosuch, '" + strings.Repeat("y", 80) + "'", "ERROR:  column \"nosuch\" does not exist (SQLSTATE 42703)\nLINE 1: ..." + strings.Repeat("x", 27) + "', nosuch, '" + strings.Repeat("y", 21) + "...\n" + strings.Repeat(" ", 41) + "^"},
	} {
		if got := execError(t, p, c.sql); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.sql, got, c.want)
		}
	}
	if got := cell(t, exec(t, p, "SELECT 1")); got != "1" {
		t.Errorf("after errors: %s", got)
	}
}

func TestParameterErrors(t *testing.T) {
	p := single(t)
	for range 3 {
		for _, c := range []struct {
			sql    string
			params []string
			want   string
		}{
			{"SELECT $1::text, $2::text", []string{"a"}, "08P01"},
			{"SELECT $1::text", []string{"a", "b"}, "08P01"},
			{"SELECT $1::text", []string{}, "08P01"},
			{"SELECT $1::text", nil, "42P02"},
			{"SELECT $1::int", []string{"abc"}, "22P02"},
			{"SELECT $1::int", []string{"1.5"}, "22P02"},
			{"SELECT $1::text", []string{"a\x00b"}, "parameter 1 holds a NUL byte"},
			{"SELECT '\x00'", nil, "the SQL text holds a NUL byte"},
			{"SELECT 1", make([]string, maxParameters+1), "at most 65535 are possible"},
		} {
			if got := execError(t, p, c.sql, c.params...); !strings.Contains(got, c.want) {
				t.Errorf("%q: %s, want %s", c.sql, got, c.want)
			}
		}
	}
}

// prepared returns how many statements the session has prepared.
func prepared(t testing.TB, p *pool) int {
	t.Helper()
	n, err := strconv.Atoi(cell(t, exec(t, p, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'qrelay%'")))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPreparing(t *testing.T) {
	p := single(t)
	const sql = "SELECT $1::int * 2"
	for i, want := range []int{0, 2, 2, 2} { // the count itself is prepared, too
		if got := cell(t, exec(t, p, sql, strconv.Itoa(i))); got != strconv.Itoa(2*i) {
			t.Errorf("got %s", got)
		}
		if got := prepared(t, p); got != want {
			t.Errorf("after use %d: %d prepared, want %d", i+1, got, want)
		}
	}

	p = single(t, func(o *poolOptions) { o.prepare = false })
	for range 3 {
		exec(t, p, sql, "1")
	}
	if got := prepared(t, p); got != 0 {
		t.Errorf("%d prepared though switched off", got)
	}
}

// Within a transaction statements are prepared on a direct connection only.
func TestPreparingInTransaction(t *testing.T) {
	p := single(t)
	const sql = "SELECT $1::int + 1"
	if got := inTransaction(t, p, sql, "41"); !slices.Equal(got, []string{"42", "42", "42"}) {
		t.Errorf("got %q", got)
	}
	if got := prepared(t, p); got != 1 {
		t.Errorf("%d statements are prepared", got)
	}
}

func TestForgottenStatementsAreClosed(t *testing.T) {
	p := single(t)
	for i := range maxStatements + 20 {
		sql := fmt.Sprintf("SELECT $1::int + %d", i)
		for range 2 {
			if got := cell(t, exec(t, p, sql, "1")); got != strconv.Itoa(i+1) {
				t.Fatalf("%s: %s", sql, got)
			}
		}
	}
	prepared(t, p)
	if got := prepared(t, p); got > maxStatements {
		t.Errorf("%d statements are still prepared", got)
	}
	long := "SELECT $1::int /* " + strings.Repeat("x", maxStatementLength) + " */"
	for range 3 {
		exec(t, p, long, "1")
	}
	if c := p.idle[0]; c.statements.bySQL[long] != nil || len(c.statements.bySQL) > maxStatements {
		t.Error("too much is remembered")
	}
}

func TestStatementsThatTheServerLost(t *testing.T) {
	p := single(t)
	exec(t, p, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
	const sql = "SELECT * FROM t WHERE a = $1"
	use := func(want string) {
		t.Helper()
		for range 3 {
			if got := all(exec(t, p, sql, "1")); !slices.Equal(got, []string{want}) {
				t.Errorf("got %v, want %s", got, want)
			}
		}
	}
	use("1")
	exec(t, p, "ALTER TABLE t ADD COLUMN b text DEFAULT 'x'")
	use("1|x")
	exec(t, p, "DEALLOCATE ALL")
	use("1|x")
	exec(t, p, "DISCARD ALL")
	use("1|x")
	if p.idle[0].lost != 2 {
		t.Errorf("statements lost %d times, want 2", p.idle[0].lost)
	}
	exec(t, p, "DISCARD ALL")
	use("1|x")
	use("1|x")
	if got := prepared(t, p); got != 0 {
		t.Errorf("%d prepared on a session that keeps losing them", got)
	}
}

// A statement of the same name that is there already has the same text: it
// comes from another client of a connection pooler.
func TestDuplicateStatement(t *testing.T) {
	p := single(t)
	const sql = "SELECT $1::int + 5"
	exec(t, p, "PREPARE "+statementName(sql)+" AS SELECT $1::int + 5")
	for range 4 {
		if got := cell(t, exec(t, p, sql, "1")); got != "6" {
			t.Errorf("got %s", got)
		}
	}
}

// Columns of these are known only when they are run.
func TestColumnsOfCursors(t *testing.T) {
	p := single(t)
	for i := range 4 {
		column := fmt.Sprintf("c%d", i)
		exec(t, p, fmt.Sprintf("DECLARE c CURSOR WITH HOLD FOR SELECT %d AS %s, 2 AS second", i, column))
		res := exec(t, p, "FETCH c")
		if res.columns[0] != column || cell(t, res) != strconv.Itoa(i) {
			t.Errorf("columns %v, want %s", res.columns, column)
		}
		exec(t, p, "CLOSE c")
	}
}

func TestCopyIsRefused(t *testing.T) {
	p := single(t)
	exec(t, p, "CREATE TABLE t (a int)")
	for i := range 3 {
		for _, sql := range []string{"COPY t FROM STDIN", "COPY (SELECT 1) TO STDOUT"} {
			if got := execError(t, p, sql); got != errCopy.Error() {
				t.Errorf("%s: %s", sql, got)
			}
			if got := execError(t, p, sql, []string{}...); got != errCopy.Error() {
				t.Errorf("%s with parameters: %s", sql, got)
			}
		}
		if got := cell(t, exec(t, p, "SELECT count(*) FROM t")); got != "0" {
			t.Errorf("round %d: %s", i, got)
		}
	}
	if _, _, err := p.execute(t.Context(), query{"COPY t FROM STDIN", nil, true}); err == nil || err.Error() != errCopy.Error() {
		t.Errorf("got %v", err)
	}
	exec(t, p, "SELECT 1")
	if p.open != 1 {
		t.Errorf("%d connections", p.open)
	}
}

func TestDeferredConstraint(t *testing.T) {
	p := single(t)
	exec(t, p, "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1)")
	for range 3 {
		if got := execError(t, p, "INSERT INTO t VALUES (1)"); !strings.Contains(got, "23505") {
			t.Errorf("got %s", got)
		}
	}
}

func TestLargeResults(t *testing.T) {
	p := single(t)
	res := exec(t, p, "SELECT n, n * 2 FROM generate_series(1, 1000000) AS n")
	sum := 0
	for {
		reader, ok := res.fetch()
		if !ok {
			break
		}
		n, err := strconv.Atoi(reader.value().s)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if sum != 500000500000 {
		t.Errorf("sum is %d", sum)
	}

	const size = 64 << 20
	if got := cell(t, exec(t, p, "SELECT repeat('x', $1::int)", strconv.Itoa(size))); len(got) != size || strings.Trim(got, "x") != "" {
		t.Errorf("got %d bytes", len(got))
	}
	value := strings.Repeat("y", size)
	if got := cell(t, exec(t, p, "SELECT length($1::text)", value)); got != strconv.Itoa(size) {
		t.Errorf("the server got %s bytes", got)
	}
}

func TestResultLimit(t *testing.T) {
	p := single(t, func(o *poolOptions) { o.limit = 1 << 20 })
	for _, sql := range []string{
		"SELECT repeat('x', 1000), generate_series(1, 100000000)",
		"SELECT repeat('x', 2000000)",
	} {
		if got := execError(t, p, sql); !strings.Contains(got, "larger than 1048576 bytes") {
			t.Errorf("got %s", got)
		}
	}
	exec(t, p, "SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
	eventually(t, "the server has stopped", func() bool { return running(t, p, "%repeat(%") == 0 })
}
