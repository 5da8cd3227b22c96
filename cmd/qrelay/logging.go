package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// logFormat is a flag value: "text" or "json".
type logFormat string

func (f *logFormat) Set(text string) error {
	if text != "text" && text != "json" {
		return fmt.Errorf("%q is no log format: text or json", text)
	}
	*f = logFormat(text)
	return nil
}

func (f *logFormat) String() string { return string(*f) }
func (f *logFormat) Type() string   { return "format" }

// logLevel is a flag value.
type logLevel struct{ slog.Level }

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

func (l *logLevel) Set(text string) error {
	level, ok := levels[text]
	if !ok {
		return fmt.Errorf("%q is no log level: debug, info, warn or error", text)
	}
	l.Level = level
	return nil
}

func (l *logLevel) String() string {
	for name, level := range levels {
		if level == l.Level {
			return name
		}
	}
	return l.Level.String()
}

func (l *logLevel) Type() string { return "level" }

// logFlags are the flags that say how to log.
type logFlags struct {
	format logFormat
	level  logLevel
}

func (f *logFlags) add(cmd *cobra.Command) {
	f.format = "text"
	cmd.Flags().Var(&f.format, "log-format", "text or json")
	cmd.Flags().Var(&f.level, "log-level", "debug (a line per mail), info, warn or error")
	completeWords(cmd, "log-format", "text", "json")
	completeWords(cmd, "log-level", "debug", "info", "warn", "error")
}

// completeWords tells shells the values of a flag.
func completeWords(cmd *cobra.Command, flag string, words ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // no such flag: a mistake in this package
	}
}

// logger logs to w. The journal adds the time itself; journal is the variable
// that systemd sets if w goes there (systemd.exec(5), JOURNAL_STREAM).
func (f *logFlags) logger(w io.Writer, journal string) *slog.Logger {
	options := slog.HandlerOptions{Level: f.level.Level}
	if journal != "" {
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	if f.format == "json" {
		return slog.New(slog.NewJSONHandler(w, &options))
	}
	return slog.New(slog.NewTextHandler(w, &options))
}
