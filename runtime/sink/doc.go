// Package sink is a QMQP server that keeps what it gets: the command
// "qrelay sink", a next hop for trying and testing policies, and a small
// delivery agent for Maildir and mbox.
//
// Guarantee: a mail is answered with K only after its bytes are safely on disk.
// The opposite does not hold: a client that goes away while its mail is being
// stored may see it delivered all the same, as with every mail server.
package sink
