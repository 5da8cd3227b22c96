// Package privilege gives up root's rights for good, for a daemon that needs
// them only while it starts: to listen on port 628 or in a folder of root's,
// and to read a configuration that holds secrets.
//
//	privilege.Drop("cm4all-qrelay")
//
// # When
//
// After the configuration script has run and all listeners are there, and
// before the first connection is accepted. So the script, which belongs to
// root, runs as root; handlers, the function reload, and the programs that get
// mails run as the user. What is open stays open: sockets that listen,
// connections, files.
//
// What the script has left for later happens as the user: reading a file at
// reload, connecting to a database anew. The file of a local socket can be
// removed at the end only if the user may write to its folder; one that is left
// behind is replaced at the next start.
//
// # What else stays
//
// The bounding set of capabilities is not emptied, and no_new_privs is not set:
// many a sendmail is setuid or setgid, and has to remain so for the programs
// that the daemon starts.
//
// Under a service manager this package is not needed: the setting User= of
// systemd, with sockets that systemd makes, never runs anything as root.
package privilege
