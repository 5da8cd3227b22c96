// Package pond makes the log datagrams that Pond servers collect, and sends them without ever
// holding anybody up.
//
// One datagram is one record of the logging protocol that beng-proxy introduced, version 2:
//
//	BE32  magic 0x63046103
//	      attributes: one byte that says which, then its payload
//	BE32  CRC-32 (IEEE 802.3) of all attributes
//
// Integers are big-endian and strings end with NUL. An attribute has no length, so that a receiver
// can read only up to the first one that it does not know. See [Record.Append] for the order that
// follows from this.
package pond
