package main

import "runtime/debug"

// Set by the linker, see the Makefile.
var (
	version        = ""
	defaultAddress = ""
)

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
