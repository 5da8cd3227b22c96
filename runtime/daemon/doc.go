// Package daemon is the life of the qrelay daemon: it reads the configuration,
// starts the relay, obeys signals, tells the service manager what goes on, and
// ends in good order.
package daemon
