// Package peer tells who a local client is: the process at the other end of a
// unix socket, its control group, and the mounts that it sees.
//
// # Process ids are reused
//
// What the kernel noted when the client connected (SO_PEERCRED) stays true:
// process id, user and group may always be read from a [Peer]. Everything else
// is found in /proc under that id, which may belong to somebody else once the
// client has exited.
//
// Guarantee: nothing that is read from /proc is ever attributed to the wrong
// process. A pidfd stands for the client itself, whatever becomes of the
// number. The client is checked before each read, and again after it: if it
// lives then, the number was its own all the time. Otherwise the read fails
// with [ErrExited].
//
// The pidfd comes from SO_PEERPIDFD. Kernels before Linux 6.5 have no such
// question; there the process is opened by number at accept. If in the short
// time between connect and accept the client exits and its number comes round
// to another process, then that process is taken for the client. With
// SO_PEERPIDFD this cannot happen.
package peer
