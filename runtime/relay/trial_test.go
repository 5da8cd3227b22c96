package relay

import (
	"context"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/peer"
)

// dryServer makes a server that listens nowhere and runs a configuration.
func dryServer(t *testing.T, config string) (*Server, *runtime.Runtime) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s := NewServer(Options{DryRun: true, Logger: log})
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{s.Module()}, Stdout: io.Discard, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := rt.DoString(t.Context(), "@config.lua", config); err != nil {
		t.Fatal(err)
	}
	if err := rt.Main(t.Context(), "configured", s.Configured); err != nil {
		t.Fatal(err)
	}
	return s, rt
}

// try runs the only handler over a mail.
func try(t *testing.T, config string, sub Submission) (d *Decision, err error) {
	t.Helper()
	s, rt := dryServer(t, config)
	err = rt.Run(t.Context(), "try", func(L *lua.LState) error {
		handler, err := s.Handler("")
		if err != nil {
			return err
		}
		m, err := s.NewMail(L, sub)
		if err != nil {
			return err
		}
		if err := runtime.Call(L, handler, 1, m); err != nil {
			return err
		}
		d, err = s.Decision(m, handler, L.Get(-1))
		return err
	})
	return d, err
}

func TestDecisionsOfHandlers(t *testing.T) {
	tests := []struct {
		result string
		want   Description
		text   string
	}{
		{`m:discard()`, Description{Kind: "discard"}, "discard"},
		{`m:reject()`, Description{Kind: "reject"}, "reject"},
		{`m:reject('no spam')`, Description{Kind: "reject", Text: "no spam"}, "reject no spam"},
		{`m:connect('192.168.1.99', {timeout = 2})`, Description{Kind: "connect", Target: "192.168.1.99:628", Timeout: 2 * time.Second}, "connect 192.168.1.99:628"},
		{`m:exec('/bin/x', 'a', 'b')`, Description{Kind: "exec", Target: "/bin/x", Args: []string{"a", "b"}}, "exec /bin/x a b"},
		{`m:exec_raw('/bin/x', {env = {A = '1'}})`, Description{Kind: "exec_raw", Target: "/bin/x", Env: []string{"A=1"}}, "exec_raw /bin/x"},
	}
	for _, test := range tests {
		d, err := try(t, "qmqp_listen('/x', function(m) return "+test.result+" end)", Submission{Recipients: []string{"a@b.example"}})
		if err != nil {
			t.Errorf("%s: %v", test.result, err)
			continue
		}
		if !reflect.DeepEqual(d.Action, test.want) || d.Action.String() != test.text {
			t.Errorf("%s: %+v, %q", test.result, d.Action, d.Action)
		}
	}
}

func TestDecisionTellsWhatChanged(t *testing.T) {
	d, err := try(t, `qmqp_listen('/x', function(m)
		assert(m.uid == 1000 and m.cgroup.path == '/a' and m.cgroup.xattr.owner == 'bob')
		m:insert_header('X-First', '1')
		m:insert_header('X-Second', 'a: b')
		m.sender, m.account = 'new@b.example', 'bob'
		return m:discard()
	end)`, Submission{
		Sender: "old@b.example", Recipients: []string{"a@b.example"},
		Peer: peer.Pretend(peer.Pretence{PID: 7, UID: 1000, Cgroup: "/a", Xattrs: map[string]map[string]string{"/a": {"user.owner": "bob"}}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &Decision{Action: Description{Kind: "discard"}, Sender: "new@b.example", Account: "bob",
		Headers: []Header{{"X-Second", "a: b"}, {"X-First", "1"}}}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v", d)
	}
}

func TestSubmissionOverIP(t *testing.T) {
	from, err := address.Parse("10.0.0.1:99", 0)
	if err != nil {
		t.Fatal(err)
	}
	config := "qmqp_listen('/x', function(m) assert(m.uid == nil and m.cgroup == nil) return m:reject(m.peer) end)"
	d, err := try(t, config, Submission{Recipients: []string{"a@b.example"}, From: from})
	if err != nil || d.Action.Text != "10.0.0.1:99" {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestTrialErrors(t *testing.T) {
	good := Submission{Recipients: []string{"a@b.example"}}
	tests := []struct {
		config string
		sub    Submission
		want   string
	}{
		{`qmqp_listen('/x', function(m) end)`, good, "returned nil instead of an action"},
		{`qmqp_listen('/x', function(m) error('oops') end)`, good, "oops"},
		{`qmqp_listen('/x', function(m) end) qmqp_listen('/y', function(m) end)`, good, "choose one: /x, /y"},
		{``, good, "No QMQP listeners"},
		{`qmqp_listen('/x', function(m) end)`, Submission{Recipients: []string{"a b@"}}, "a b@"},
	}
	for _, test := range tests {
		if d, err := try(t, test.config, test.sub); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v; want %q", test.config, d, err, test.want)
		}
	}
}

func TestListenersWithOneHandlerNeedNoName(t *testing.T) {
	s, _ := dryServer(t, "local function h(m) end qmqp_listen('/x', h) qmqp_listen('/y', h) log_server = '127.0.0.1'")
	if _, err := s.Handler(""); err != nil {
		t.Error(err)
	}
	if _, err := s.Handler("/y"); err != nil {
		t.Error(err)
	}
	if _, err := s.Handler("/z"); err == nil || !strings.Contains(err.Error(), "there are: /x, /y") {
		t.Errorf("got %v", err)
	}
	if a, ok := s.LogServer(); !ok || a.String() != "127.0.0.1:5479" || s.pond != nil {
		t.Errorf("log server %v, %v, sender %v", a, ok, s.pond)
	}
}

func TestDescribeForeignAction(t *testing.T) {
	if d := Describe(foreign{}); d.String() != "spool /var/spool" {
		t.Errorf("got %q", d)
	}
}

// A foreign action is one of a module.
type foreign struct{ discard }

func (foreign) String() string { return "spool /var/spool" }
