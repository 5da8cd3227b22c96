package pg

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		sql      string
		position int
		want     string
	}{
		{"SELECT x", 8, "\nLINE 1: SELECT x\n               ^"},
		{"a\nbc\r\nd", 4, "\nLINE 2: bc \n         ^"},
		{"\tx", 2, "\nLINE 1:  x\n         ^"},
		{"x", 99, "\nLINE 1: x\n         ^"},
		{"", 1, "\nLINE 1: \n        ^"},
		{strings.Repeat("é", 100), 51, "\nLINE 1: ..." + strings.Repeat("é", 60) + "...\n" + strings.Repeat(" ", 41) + "^"},
	} {
		if got := excerpt(c.sql, c.position); got != c.want {
			t.Errorf("excerpt(%q, %d) =%s\nwant%s", c.sql, c.position, got, c.want)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add("SELECT 1", 3)
	f.Add("a\nb\xffc\t", -1)
	f.Add(strings.Repeat("ü", 200), 150)
	f.Fuzz(func(t *testing.T, sql string, position int) {
		lines := strings.Split(excerpt(sql, position), "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[1], "LINE ") || strings.TrimLeft(lines[2], " ") != "^" {
			t.Errorf("got %q", lines)
		}
	})
}

func TestPermanent(t *testing.T) {
	for code, want := range map[string]bool{"28P01": true, "28000": true, "3D000": true, "42501": true, "57P03": false, "53300": false, "": false} {
		err := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code})
		if permanent(err) != want {
			t.Errorf("%s: permanent is %v", code, !want)
		}
	}
	if permanent(errors.New("refused")) {
		t.Error("a refused connection is permanent")
	}
}
