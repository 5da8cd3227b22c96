package pg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A connectError says why no connection could be made: operation first, one
// line, each server once.
//
//	connect 127.0.0.1:5432: connection refused
type connectError struct {
	cfg *pgconn.Config
	err error // as pgconn returns it
}

// Unwrap returns pgconn's error.
func (e *connectError) Unwrap() error { return e.err }

// Error returns the reasons of all servers that were tried.
func (e *connectError) Error() string {
	var reasons []string
	for _, attempt := range attempts(e.err) {
		if reason := e.reason(attempt); !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	// With sslmode=prefer a server without TLS is asked again in plain text;
	// the first refusal explains nothing then.
	if len(reasons) > 1 {
		reasons = slices.DeleteFunc(reasons, func(r string) bool { return strings.Contains(r, "refused TLS") })
	}
	return strings.Join(reasons, "; ")
}

// attempts returns what pgconn's error consists of: one for each way to
// connect, or for each name that could not be resolved.
func attempts(err error) []error {
	var all *pgconn.ConnectError
	if !errors.As(err, &all) {
		return []error{err}
	}
	for inner := all.Unwrap(); inner != nil; inner = errors.Unwrap(inner) {
		if joined, ok := inner.(interface{ Unwrap() []error }); ok {
			return joined.Unwrap()
		}
	}
	return []error{all.Unwrap()}
}

func (e *connectError) reason(err error) string {
	// pgconn's text is "ADDRESS (HOST): DETAIL"; a failed look-up has no address.
	address, rest, _ := strings.Cut(err.Error(), " (")
	_, detail, ok := strings.Cut(rest, "): ")
	if !ok || strings.Contains(address, " ") {
		return "connect: " + err.Error()
	}
	var server *pgconn.PgError
	var dial *net.OpError
	switch {
	case errors.As(err, &server):
		detail = serverMessage(server)
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded):
		detail = fmt.Sprintf("no answer within %v", e.cfg.ConnectTimeout)
	case errors.As(err, &dial):
		detail = systemText(dial.Err)
	}
	return "connect " + address + ": " + detail
}

// systemText returns an error of the operating system without the name of the
// system call.
func systemText(err error) string {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err.Error()
	}
	return err.Error()
}
