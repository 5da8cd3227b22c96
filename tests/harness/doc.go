// Package harness runs the real programs for tests: it builds them once, starts
// daemons and waits until they are ready, and records what a next hop gets.
package harness
