package daemon

import (
	"log/slog"
	"time"

	"qrelay/runtime"
)

// Defaults of [Options].
const (
	DefaultConfig = "/etc/cm4all/qrelay/config.lua"
	DefaultGrace  = 10 * time.Second
)

// Options say what to run.
type Options struct {
	// Config is the path of the configuration script.
	Config string
	// Grace is how long mails in flight may go on after SIGTERM. 0 means that
	// they are cut off at once.
	Grace time.Duration
	// MaxInflight caps the bytes of all messages in memory; 0 means the
	// relay's default.
	MaxInflight int64
	// MaxPrograms is how many programs may run at a time; 0 means the relay's
	// default.
	MaxPrograms int
	// TurnLimit is how long a handler may run without waiting; 0 means the
	// Lua engine's default.
	TurnLimit time.Duration
	// Logger gets the log; nil means slog.Default().
	Logger *slog.Logger
	// User is who the daemon becomes for good once its sockets are there; ""
	// means that it stays who it is. It must be started as root for that.
	User string
	// Modules are the Lua modules besides the relay's own.
	Modules []runtime.Module

	lastResort time.Duration // 0: the constant
}

// lastResort is how long after all grace Serve waits for a script that is stuck
// in a function written in Go. Such a script cannot be ended by itself.
const lastResort = 10 * time.Second
