package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// warm serves some mails, one after the other and at once, and remembers which
// descriptors an idle daemon has after that.
func (d *daemon) warm() {
	d.b.Helper()
	d.serves()
	d.b.eventually("the daemon comes to rest", d.idle) // the mail's own are closed after its reply
	d.fds = d.descriptors()
}

// serves checks that the next mail is accepted.
func (d *daemon) serves() {
	d.b.Helper()
	id := d.b.ledger.next()
	if o := d.b.submit(d.socket, id, 2000); o != accepted {
		d.b.Fatalf("a mail in quiet times: outcome %d, want K\n%s", o, d.log())
	}
	d.b.passed()
}

// descriptors counts what the process has open.
func (d *daemon) descriptors() int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.pid()))
	if err != nil {
		d.b.Fatal(err)
	}
	return len(entries)
}

// children lists the processes that the daemon has started, or a test
// around it.
func children(pid int) string {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var all []string
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may have ended
		all = append(all, strings.Fields(string(text))...)
	}
	return strings.Join(all, " ")
}

// settled waits until nothing is left of past mails but what an idle daemon
// has, and the next one is served.
func (d *daemon) settled() {
	d.b.Helper()
	d.b.eventually("the daemon has no children", func() bool { return children(d.pid()) == "" })
	d.b.passed()
	d.b.eventually("the daemon closes its descriptors", func() bool { return d.fds == 0 || d.descriptors() <= d.fds })
	d.b.passed()
	d.serves()
	d.b.eventually("the daemon comes to rest", d.idle)
}

// idle tells whether all threads of the process sleep.
func (d *daemon) idle() bool {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", d.pid()))
	for _, file := range files {
		text, readErr := os.ReadFile(file)
		if _, rest, ok := strings.Cut(string(text), ") "); readErr != nil || !ok || rest[0] != 'S' {
			return false
		}
	}
	return err == nil && len(files) > 0
}

// ofMails are functions that no goroutine of an idle daemon is in.
var ofMails = regexp.MustCompile(`(?m)^qrelay/runtime/(relay\.\(\*exchange\)|process\.\(\*|sock\.\(\*Conn\)|buffer\.).*`)

var complaints = regexp.MustCompile(`(?m)^.*(DATA RACE|panic|fatal error|LEAK).*$`)

// finish settles the daemon, ends it and looks through what it has said. It
// asks the runtime for a trace of all goroutines (SIGABRT) to see that none is
// left of a mail.
func (d *daemon) finish() {
	d.b.Helper()
	d.settled()
	before := d.log()
	if found := complaints.FindString(before); found != "" {
		d.b.Errorf("the daemon complained: %s\n%.4000s", found, before[strings.Index(before, found):])
	}
	d.stop(syscall.SIGABRT)
	trace := strings.TrimPrefix(d.log(), before)
	if n := strings.Count(trace, "\ngoroutine "); n < 3 {
		d.b.Errorf("no trace of goroutines: %s", trace)
	}
	if found := ofMails.FindString(trace); found != "" {
		d.b.Errorf("a goroutine is left in %s:\n%.4000s", found, trace[strings.Index(trace, found):])
	}
	d.b.passed()
}
