package pg

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// Failures of this side.
var (
	errClosed       = errors.New("the database object is closed")
	errQueryTimeout = errors.New("the query took longer than query_timeout")
	errNUL          = errors.New("a NUL byte, which PostgreSQL's text cannot hold")
)

// SQLSTATEs that decide what happens next.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	codeFeatureNotSupported = "0A000"
	codeQueryCanceled       = "57014"
	codeAdminShutdown       = "57P01"
	codeNoSuchStatement     = "26000"
	codeDuplicateStatement  = "42P05"
)

// errorText returns what scripts see of an error: that of a server in libpq's
// form, with the SQLSTATE in the first line, and without newline at the end.
//
//	ERROR:  relation "nosuch" does not exist (SQLSTATE 42P01)
//	LINE 1: SELECT * FROM nosuch
//	                      ^
func errorText(err error, sql string) string {
	var connecting *connectError
	var e *pgconn.PgError
	if errors.As(err, &connecting) || !errors.As(err, &e) {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString(serverMessage(e))
	if e.Position > 0 {
		b.WriteString(excerpt(sql, int(e.Position)))
	} else if e.InternalPosition > 0 {
		b.WriteString(excerpt(e.InternalQuery, int(e.InternalPosition)))
	}
	for _, part := range []struct{ title, text string }{
		{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"QUERY", e.InternalQuery}, {"CONTEXT", e.Where},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "\n%s:  %s", part.title, part.text)
		}
	}
	return b.String()
}

// serverMessage is the first line of errorText.
func serverMessage(e *pgconn.PgError) string {
	return fmt.Sprintf("%s:  %s (SQLSTATE %s)", e.Severity, e.Message, e.Code)
}

// excerptWidth is how many characters of a line an error shows, as in libpq.
const excerptWidth = 60

// excerpt shows the line of sql that an error points to, and the place below
// it. position counts characters from 1.
func excerpt(sql string, position int) string {
	at := byteOffset(sql, position-1)
	begin := strings.LastIndexByte(sql[:at], '\n') + 1
	end := len(sql)
	if i := strings.IndexByte(sql[at:], '\n'); i >= 0 {
		end = at + i
	}
	before, after := []rune(sql[begin:at]), []rune(sql[at:end])
	prefix, suffix := "", ""
	if len(before)+len(after) > excerptWidth {
		if room := excerptWidth / 2; len(before) > room {
			before, prefix = before[len(before)-room:], "..."
		}
		if room := excerptWidth - len(before); len(after) > room {
			after, suffix = after[:room], "..."
		}
	}
	label := fmt.Sprintf("LINE %d: ", strings.Count(sql[:at], "\n")+1)
	line := strings.NewReplacer("\t", " ", "\r", " ").Replace(prefix + string(before) + string(after) + suffix)
	indent := strings.Repeat(" ", len(label)+len(prefix)+len(before))
	return "\n" + label + line + "\n" + indent + "^"
}

// byteOffset returns where the nth character of s begins, or its end.
func byteOffset(s string, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// permanent reports whether connecting failed in a way that trying again will
// not mend: authentication, a database that does not exist, permissions.
func permanent(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) != 5 {
		return false
	}
	switch e.Code[:2] {
	case "28", "3D", "42":
		return true
	}
	return false
}
