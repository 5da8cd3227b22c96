// Package tests has the end-to-end tests: real programs, real sockets.
package tests
