// Package process runs the programs that mail is handed to.
//
// A [Group] owns its children from start to reaping. [Group.Run] starts one
// program, feeds its standard input, keeps the first bytes of its output and
// returns its exit status:
//
//	g := process.NewGroup(process.Options{})
//	defer g.Close(ctx)
//	res, err := g.Run(ctx, process.Command{Path: "/usr/sbin/sendmail", OutputLimit: 255}, headers, body)
//
// # What a program finds
//
// Its arguments as given, exactly the given environment variables, / as working
// directory, a process group of its own, no signal blocked or ignored, and the
// descriptors 0, 1 and 2, all of them pipes. There is no shell and no PATH search. The umask is the daemon's.
// PR_SET_NO_NEW_PRIVS is not set, because many a sendmail is setgid.
//
// # What decides
//
// The exit status of the program itself, always. That it did not read its
// input, closed its output, or left a grandchild behind that still holds the
// pipes changes nothing.
//
// Guarantee: a program sees the end of its input only after the whole input,
// as long as the daemon lives. A program that must end early (timeout, hang-up
// of the client, shutdown) gets SIGTERM while its input stays open, so it can
// never take half a message for a whole one. If it does not go, SIGKILL follows
// after the kill delay.
//
// # If the daemon dies
//
// PR_SET_PDEATHSIG is deliberately not used. The kernel sends that signal when
// the thread that started the child ends, and the Go runtime decides when
// threads end; besides, executing a setuid or setgid program clears it, which
// is what the usual mailers are. A service manager that ends the whole control
// group with the daemon (the default of systemd) is the dependable way.
//
// # Kernel
//
// Children are awaited by pidfd in Go's network poller: a waiting child costs
// goroutines, never a thread. This needs Linux 5.4.
package process
