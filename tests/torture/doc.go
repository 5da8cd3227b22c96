// Package torture does to the daemon what an operator hopes will never happen:
// kills it again and again under load, starves it of descriptors, processes and
// memory, floods it, and takes its next hop, its disk and its name server away.
//
// The first scenarios are a matrix: each action, with each kind of next hop or
// program, with each kind of client, when there is enough of everything, and
// when the daemon is short of something. A client is told K if and only if its
// mail was accepted, gets one reply, and its mail has one log record.
//
// After each scenario the same is asked: has every mail whose client was told K
// arrived, once and undamaged; does the daemon hold no descriptor, no child and
// no goroutine of a mail any more; is the next mail served?
//
// "go test" runs each scenario in a small size. With QRELAY_TORTURE=full in the
// environment, as "make torture" sets it, they have the size that their names
// deserve.
package torture
