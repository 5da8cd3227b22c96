package docs

import (
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qrelay/runtime/await"
	"qrelay/runtime/pond"
	"qrelay/runtime/qmqp"
	"qrelay/tests/harness"
)

// A policyRun is a policy of the manual at work.
type policyRun struct {
	*harness.Policy
	db       func(sql string)
	listener int
	message  string
	relayed  qmqp.Request // the last mail that reached the next hop
	records  *net.UnixConn
}

var mailNote = regexp.MustCompile(`^<(.*)> to <(.*)>: (.*)$`)

// runPolicy runs a policy in a daemon and submits mails to it. The notes say
// what is to happen; "…" stands for any text:
//
//	listener N                      mails that follow go to the N-th listener
//	message TEXT                    mails that follow have this text, with \n
//	mail <FROM> to <TO, TO>: REPLY  submits a mail
//	eventually <FROM> to …          submits it again until the reply is that
//	sql STATEMENTS                  changes the database
//	header NAME: VALUE              the last relayed mail has this header
//	sender ADDRESS                  … and this sender
//	record SITE: MESSAGE            the next log record
//	prints TEXT                     the daemon prints or logs this, sooner or later
//	reload                          sends SIGHUP
func runPolicy(t *testing.T, b block, db *database) {
	env, notes := db.prepare(t, b)
	r := &policyRun{listener: 1, message: `Subject: hello\n\nHello!\n`}
	r.db = func(sql string) { db.server.SQL(t, db.name, sql) }
	log := &net.UnixAddr{Name: filepath.Join(t.TempDir(), "log"), Net: "unixgram"}
	records, err := net.ListenUnixgram("unixgram", log)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	r.records = records
	r.Policy = harness.StartPolicy(t, b.text, append(env, "T_LOG="+log.Name)...)
	for _, note := range notes {
		verb, rest, _ := strings.Cut(note, " ")
		r.do(t, verb, rest)
	}
}

func (r *policyRun) do(t *testing.T, verb, rest string) {
	t.Helper()
	switch verb {
	case "sql":
		r.db(rest)
	case "listener":
		r.listener = int(rest[0] - '0')
	case "message":
		r.message = rest
	case "mail":
		if got, ok := r.mail(t, rest); !ok {
			t.Errorf("%s: the answer is %q\n%s", rest, got, r.Output())
		}
	case "eventually":
		await.Until(t, rest, func() bool {
			_, ok := r.mail(t, rest)
			return ok
		})
	case "header":
		if !slices.ContainsFunc(strings.Split(string(r.relayed.Message), "\r\n"), func(line string) bool { return matches(rest, line) }) {
			t.Errorf("no header %q in %q", rest, r.relayed.Message)
		}
	case "sender":
		if r.relayed.Sender != rest {
			t.Errorf("relayed with sender %q, want %q", r.relayed.Sender, rest)
		}
	case "record":
		if got := r.record(t); !matches(rest, got) {
			t.Errorf("log record %q, want %q", got, rest)
		}
	case "prints":
		await.Until(t, "prints "+rest, func() bool {
			return slices.ContainsFunc(strings.Split(r.Output(), "\n"), func(line string) bool { return matches("…"+rest+"…", line) })
		})
	case "reload":
		if err := syscall.Kill(r.PID(), syscall.SIGHUP); err != nil {
			t.Error(err)
		}
	default:
		t.Errorf("nobody knows the note %q", verb)
	}
}

// mail submits one mail and tells whether the answer is as it should be.
func (r *policyRun) mail(t *testing.T, note string) (got string, ok bool) {
	t.Helper()
	parts := mailNote.FindStringSubmatch(note)
	if parts == nil {
		t.Fatalf("the note is not <FROM> to <TO>: REPLY: %q", note)
	}
	message := strings.ReplaceAll(r.message, `\n`, "\n")
	got = harness.Submit(t, r.Address(r.listener), message, parts[1], strings.Split(parts[2], ", ")...).String()
	if mails := r.NextHop.Take(); len(mails) > 0 {
		r.relayed = mails[len(mails)-1]
	}
	return got, matches(parts[3], got)
}

// record waits for a log record. Those of mails come before the reply.
func (r *policyRun) record(t *testing.T) string {
	t.Helper()
	if err := r.records.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	datagram := make([]byte, 1<<16)
	n, err := r.records.Read(datagram)
	if err != nil {
		t.Fatal(err)
	}
	record, err := pond.Decode(datagram[:n])
	if err != nil {
		t.Fatal(err)
	}
	return record.Site + ": " + record.Message
}
