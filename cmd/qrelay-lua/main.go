// Command qrelay-lua is a Lua prompt and script runner with all modules of
// qrelay, for trying scripts and policies.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"qrelay/modules"
	"qrelay/runtime/repl"
)

// Set by the linker, see the Makefile.
var version = ""

func main() {
	os.Exit(repl.Main(context.Background(), repl.Options{
		Args:    os.Args[1:],
		Modules: modules.All(),
		Version: versionText(),
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Getenv:  os.Getenv,
	}))
}

// versionText falls back to what the go command knows about the source.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
