// Package bench loads a QMQP server and measures how it answers: the command
// "qrelay bench", and the load of the project's own benchmarks.
//
// In a closed loop a number of clients submit one mail after the other; that
// finds out how much a server can do. In an open loop mails begin at a fixed
// rate, whatever the server does; that finds out how long people wait at a load
// which is given. There a mail's time counts from when it was due to begin, also
// if all clients were still busy then. To count from the true beginning would
// leave out exactly those mails that a stalled server keeps waiting (Gil Tene
// calls this coordinated omission).
//
// The server shares its machine with the load in most cases, so the load is
// light: one request is rendered once, and the sockets are those of package
// sock.
package bench
