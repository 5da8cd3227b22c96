package docs

import (
	"strings"
	"testing"

	"qrelay/runtime/pgtest"
)

// A database is the PostgreSQL server that examples use, started for the first
// that needs it.
type database struct {
	server *pgtest.Server
	name   string
}

// prepare gives an example that uses PostgreSQL a server to connect to, by
// libpq's environment variables, and returns these. The first notes make what is
// in it; the others are returned:
//
//	database NAME         an empty database, in which the following is done
//	use NAME              one that an example before this has made
//	sql STATEMENTS
func (d *database) prepare(t *testing.T, b block) (env, notes []string) {
	t.Helper()
	if !strings.Contains(b.text, "pg:new") {
		return nil, b.notes
	}
	d.start(t)
	for name, value := range d.server.Env() {
		t.Setenv(name, value)
		env = append(env, name+"="+value)
	}
	d.name = "postgres"
	for i, note := range b.notes {
		switch verb, rest, _ := strings.Cut(note, " "); verb {
		case "database":
			d.create(t, rest, "")
		case "use":
			d.name = rest
		case "sql":
			d.server.SQL(t, d.name, rest)
		default:
			return env, b.notes[i:]
		}
	}
	return env, nil
}

// start starts the server if it does not run yet.
func (d *database) start(t *testing.T) {
	t.Helper()
	if d.server != nil {
		return
	}
	server, err := pgtest.Open(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.server = server
}

// create makes a database anew and runs statements in it.
func (d *database) create(t *testing.T, name, statements string) {
	t.Helper()
	d.start(t)
	d.name = name
	d.server.SQL(t, "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	d.server.SQL(t, "postgres", "CREATE DATABASE "+name)
	if statements != "" {
		d.server.SQL(t, name, statements)
	}
}

func (d *database) close(t *testing.T) {
	t.Helper()
	if d.server == nil {
		return
	}
	if err := d.server.Close(); err != nil {
		t.Error(err)
	}
}
