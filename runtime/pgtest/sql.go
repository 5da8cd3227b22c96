package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// sqlTimeout bounds what tests do to the server on their own behalf.
const sqlTimeout = 30 * time.Second

// NewDatabase makes an empty database and returns its name. It goes away with
// the server.
func (s *Server) NewDatabase(tb testing.TB) string {
	tb.Helper()
	s.names++
	name := fmt.Sprintf("test%d", s.names)
	s.SQL(tb, "postgres", "CREATE DATABASE "+name)
	return name
}

// SQL runs statements in a database on a connection of its own, as the
// superuser. It returns the last result as text, columns separated by "|" and
// rows by newlines, and fails the test on errors.
func (s *Server) SQL(tb testing.TB, database, sql string) string {
	tb.Helper()
	text, err := s.Query(database, sql)
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return text
}

// Query is SQL for callers that are no test, or expect an error.
func (s *Server) Query(database, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), sqlTimeout)
	defer cancel()
	conn, err := pgconn.Connect(ctx, s.ConnString(database)+" application_name=pgtest")
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil || len(results) == 0 {
		return "", err
	}
	var lines []string
	for _, row := range results[len(results)-1].Rows {
		var values []string
		for _, v := range row {
			values = append(values, string(v))
		}
		lines = append(lines, strings.Join(values, "|"))
	}
	return strings.Join(lines, "\n"), nil
}

// Terminate cuts all connections to a database whose last query matches the
// SQL pattern, as an administrator would with pg_terminate_backend, and
// returns how many there were.
func (s *Server) Terminate(tb testing.TB, database, pattern string) int {
	tb.Helper()
	text := s.SQL(tb, "postgres", fmt.Sprintf(
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' AND query LIKE '%s' AND application_name <> 'pgtest'",
		database, pattern))
	if text == "" {
		return 0
	}
	return strings.Count(text, "\n") + 1
}
