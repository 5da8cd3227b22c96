// Package pgtest starts throw-away PostgreSQL servers for tests.
//
// A [Server] is a cluster of its own in a temporary directory, made by initdb
// and removed by Close. It listens on a unix socket in that directory and on a
// TCP port of the loopback interface, trusts everybody who connects (except as
// told by [Options]), and can be stopped, killed and started again under the
// feet of the code under test. PostgreSQL must be installed: where it is not,
// tests fail and say what to install, because a skipped test proves nothing.
//
// [Bouncer] is a PgBouncer in front of a server. [Proxy] is a TCP relay to put
// between client and server that delays, freezes or cuts what passes.
package pgtest
