package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// A duration is a flag value such as "10s".
type duration time.Duration

// durationVar is pflag's, with errors that tell what is allowed.
func durationVar(flags *pflag.FlagSet, p *time.Duration, name string, value time.Duration, usage string) {
	*p = value
	flags.Var((*duration)(p), name, usage)
}

// Set reads a number with its unit.
func (d *duration) Set(text string) error {
	value, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration: it is written 500ms, 10s, 5m or 1h30m", text)
	}
	*d = duration(value)
	return nil
}

// String is "0" for nothing, which pflag does not take for a default worth telling.
func (d *duration) String() string {
	if *d == 0 {
		return "0"
	}
	return time.Duration(*d).String()
}

// Type names the kind of value in help texts.
func (d *duration) Type() string { return "duration" }
