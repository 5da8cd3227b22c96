// Package torture does to the daemon what an operator hopes will never happen:
// kills it again and again under load, starves it of descriptors, processes and
// memory, floods it, and takes its next hop, its disk and its name server away.
//
// After each scenario the same is asked: has every mail whose client was told K
// arrived, once and undamaged; does the daemon hold no descriptor, no child and
// no goroutine of a mail any more; is the next mail served?
//
// "go test" runs each scenario in a small size. With QRELAY_TORTURE=full in the
// environment, as "make torture" sets it, they have the size that their names
// deserve.
package torture
