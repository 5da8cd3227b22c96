// Package relay takes mails in over QMQP, asks a Lua handler about each, and
// does what the handler says.
//
// One mail is one goroutine and one straight line (see exchange.run):
//
//	accept, read, parse, mail, handler task, action, relay, Pond record, reply
//
// A client that hangs up cancels the context of its mail, and with it the
// handler, the connection to the next hop, or the program.
//
// Guarantee: the client gets K if and only if the action says so: the next hop
// said K, the program exited with 0, or the mail was discarded on purpose.
// Each mail gets at most one reply and exactly one Pond record.
//
// An action is whatever a handler returns that holds an [Action]. A module
// adds one by returning an object of a class of its own.
package relay
