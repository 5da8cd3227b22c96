package trial

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"qrelay/runtime/relay"
)

// parse makes a Mail of a command line.
func parse(t *testing.T, args ...string) *Mail {
	t.Helper()
	var m Mail
	flags := pflag.NewFlagSet("mail", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	m.AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &m
}

func TestEnvelopeOfMessages(t *testing.T) {
	tests := []struct {
		title, message string
		args           []string
		sender         string
		recipients     []string
		fails          string
	}{
		{"as in the headers", letter, nil, "bounce@a.example", []string{"bob@b.example", "carol@c.example", "dave@d.example"}, ""},
		{"named", letter, []string{"-f", "x@y.example", "--to", "z@y.example"}, "x@y.example", []string{"z@y.example"}, ""},
		{"a bounce", letter, []string{"-f", "<>"}, "", []string{"bob@b.example", "carol@c.example", "dave@d.example"}, ""},
		{"a bounce, as sendmail has it", letter, []string{"-f", ""}, "", []string{"bob@b.example", "carol@c.example", "dave@d.example"}, ""},
		{"a delivered bounce", "Return-Path: <>\nDelivered-To: <a@b.example>\nTo: c@d.example\n\n", nil, "", []string{"a@b.example"}, ""},
		{"From", "From: A <a@b.example>\nTo: c@d.example\n\n", nil, "a@b.example", []string{"c@d.example"}, ""},
		{"no headers, no recipients", "Hello,\nworld.\n", nil, "", nil, "no header tells whom it is for"},
		{"no headers", "Hello,\nworld.\n", []string{"--to", "a@b.example"}, "", []string{"a@b.example"}, ""},
		{"nothing at all", "", []string{"--to", "a@b.example"}, "", []string{"a@b.example"}, ""},
		{"a bad To", "To: nobody at all\n\n", nil, "", nil, "name the recipients"},
		{"a bad From", "From: <\nTo: a@b.example\n\n", nil, "", nil, "name the sender"},
	}
	for _, test := range tests {
		t.Run(test.title, func(t *testing.T) {
			m := parse(t, test.args...)
			m.File = write(t, "mail.eml", test.message)
			s, err := m.submission()
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("got %v, want %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.Sender != test.sender || !slices.Equal(s.Recipients, test.recipients) || string(s.Message) != test.message {
				t.Errorf("got <%s> %q", s.Sender, s.Recipients)
			}
		})
	}
}

func TestClientIsThisProcessUnlessToldOtherwise(t *testing.T) {
	p, _, err := parse(t).peer()
	if err != nil || p.PID != os.Getpid() || p.UID != uint32(os.Getuid()) || p.GID != uint32(os.Getgid()) {
		t.Fatalf("got %+v, %v", p, err)
	}
	if m, err := p.MountInfo("/proc"); err != nil || m == nil || m.Filesystem != "proc" {
		t.Errorf("/proc is %+v, %v", m, err)
	}
}

func TestClientOfFlags(t *testing.T) {
	p, _, err := parse(t, "--uid", "5", "--gid", "6", "--pid", "7", "--cgroup", "/a/b",
		"--xattr", "owner=bob=bert", "--xattr", "/a:user.kind=c", "--mount", "/home:/:ext4:/dev/sda1").peer()
	if err != nil {
		t.Fatal(err)
	}
	group, err := p.Cgroup(nil)
	if err != nil || group.Path != "/a/b" || p.PID != 7 || p.UID != 5 || p.GID != 6 {
		t.Fatalf("got %+v in %v, %v", p, group, err)
	}
	own, _, _ := group.Xattr("owner")
	above, _, _ := group.Parent().Xattr("kind")
	if own != "bob=bert" || above != "c" {
		t.Errorf("attributes %q and %q", own, above)
	}
	if m, err := p.MountInfo("/home"); err != nil || m == nil || m.Source != "/dev/sda1" {
		t.Errorf("/home is %+v, %v", m, err)
	}
}

func TestClientOverIP(t *testing.T) {
	p, from, err := parse(t, "--peer", "[::1]:99").peer()
	if p != nil || from.String() != "[::1]:99" || err != nil {
		t.Errorf("got %v, %v, %v", p, from, err)
	}
	if _, _, err := parse(t, "--peer", "::1", "--uid", "1").peer(); err == nil || !strings.Contains(err.Error(), "--peer and --uid exclude") {
		t.Errorf("got %v", err)
	}
}

func TestMatches(t *testing.T) {
	next := relay.Description{Kind: "connect", Target: "10.0.0.1:628"}
	spam := relay.Description{Kind: "reject", Text: "no spam"}
	run := relay.Description{Kind: "exec", Target: "/bin/x", Args: []string{"a", "b"}}
	tests := []struct {
		expected string
		action   relay.Description
		want     bool
	}{
		{"connect 10.0.0.1", next, true},
		{" connect  10.0.0.1:628 ", next, true},
		{"connect", next, true},
		{"connect 10.0.0.1:629", next, false},
		{"connect 10.0.0.2", next, false},
		{"reject", spam, true},
		{"reject no spam", spam, true},
		{"reject no", spam, true},
		{"reject n", spam, false},
		{"discard", spam, false},
		{"exec", run, true},
		{"exec /bin/x", run, true},
		{"exec /bin/x a b", run, true},
		{"exec /bin/x b", run, false},
		{"exec /bin", run, false},
		{"exec_raw /bin/x", run, false},
	}
	for _, test := range tests {
		if got, err := Matches(test.expected, test.action); got != test.want || err != nil {
			t.Errorf("%q for %q: %v, %v", test.expected, test.action, got, err)
		}
	}
}

func FuzzEnvelopeOfMessages(f *testing.F) {
	for _, seed := range []string{letter, "", "To: <a@b>, \"x\" <c@d>\n\n", "Return-Path: <>\n", "Delivered-To: <\n", "Cc: =?x?q?y?= <a@b.c>;\r\n z\r\n\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if sender, err := senderOf(message); err != nil && sender != "" {
			t.Errorf("%q: sender %q in spite of %v", message, sender, err)
		}
		if recipients, err := recipientsOf(message); (err == nil) != (len(recipients) > 0) {
			t.Errorf("%q: recipients %q, %v", message, recipients, err)
		}
	})
}

func FuzzMatches(f *testing.F) {
	for _, seed := range []string{"connect 10.0.0.1", "reject", " discard ", "connect [::1]:5", "exec /bin/x a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expected string) {
		for _, kind := range []string{"connect", "reject", "discard"} {
			ok, err := Matches(expected, relay.Description{Kind: kind})
			if ok && (err != nil || !strings.HasPrefix(strings.TrimSpace(expected), kind)) {
				t.Errorf("%q is %s, %v", expected, kind, err)
			}
		}
	})
}
