package repl

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// newLogger makes a logger for people at a terminal: a message a line, without
// time, and tracebacks as they are.
func newLogger(w io.Writer, p palette) *slog.Logger {
	return slog.New(&logHandler{w: w, palette: p})
}

type logHandler struct {
	w       io.Writer
	palette palette
	attrs   []slog.Attr
	group   string
}

func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	line, rest, trace := r.Message, "", ""
	add := func(a slog.Attr) bool {
		switch value := a.Value.String(); a.Key[strings.LastIndex(a.Key, ".")+1:] {
		case "traceback", "stack":
			trace = traceback(value)
		case "error":
			line += ": " + value
		default:
			rest += fmt.Sprintf(" %s=%s", a.Key, value)
		}
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(func(a slog.Attr) bool {
		a.Key = h.group + a.Key
		return add(a)
	})
	line += rest
	if r.Level >= slog.LevelWarn {
		line = h.palette.failure(line)
	}
	if trace != "" {
		line += "\n" + h.palette.faint(trace)
	}
	_, err := io.WriteString(h.w, strings.TrimRight(line, "\n")+"\n")
	return err
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = append(append([]slog.Attr{}, h.attrs...), prefixed(h.group, attrs)...)
	return &with
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	with := *h
	with.group = h.group + name + "."
	return &with
}

func prefixed(group string, attrs []slog.Attr) []slog.Attr {
	var all []slog.Attr
	for _, a := range attrs {
		all = append(all, slog.Attr{Key: group + a.Key, Value: a.Value})
	}
	return all
}
