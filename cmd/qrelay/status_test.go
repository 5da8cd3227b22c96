package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"qrelay/modules"
	"qrelay/runtime/daemon"
)

func TestStatusOfNobody(t *testing.T) {
	dir := t.TempDir()
	for _, address := range []string{dir + "/metrics.sock", "127.0.0.1:1", "@qrelay-nobody"} {
		got := run(t, "", "status", "--from", address)
		want := "qrelay: nobody listens on " + address + ": the daemon is not running, or its configuration has no metrics_listen('" + address + "')\n"
		if got.status != 1 || got.stdout != "" || got.stderr != want {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
	if got := run(t, "", "status", "--watch", "--from", dir+"/none"); got.status != 1 || !strings.Contains(got.stderr, "nobody listens on") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, "", "status", "--interval", "0s"); got.status != 1 || !strings.Contains(got.stderr, "--interval 0s: must be more than 0") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, "", "status", "--from", "a:b:c:d"); got.status != 1 || got.stderr == "" {
		t.Errorf("got %+v", got)
	}
}

// A real daemon tells what it is doing.
func TestStatusOfDaemon(t *testing.T) {
	dir := t.TempDir() // the working directory changes while the script runs
	socket := dir + "/m"
	path := config(t, fmt.Sprintf("metrics_listen(%q) qmqp_listen(%q, function(m) return m:discard() end)", socket, dir+"/q"))
	ctx, cancel := context.WithCancel(t.Context())
	var served error
	var daemons sync.WaitGroup
	daemons.Go(func() { served = daemon.Serve(ctx, daemon.Options{Config: path, Modules: modules.All()}) })
	defer daemons.Wait()
	defer cancel()
	deadline := time.Now().Add(10 * time.Second)
	for got := (result{}); got.stdout != "no mails in flight, 0 B, accepting connections\n"; {
		if got = run(t, "", "status", "--from", socket); time.Now().After(deadline) {
			t.Fatalf("got %+v", got)
		}
	}
	if got := run(t, "", "status", "--from", socket, "--json"); got.stdout != `{"ready":true,"bytes":0,"mails":[]}`+"\n" || got.status != 0 {
		t.Errorf("got %+v", got)
	}
	cancel()
	daemons.Wait()
	if served != nil {
		t.Error(served)
	}
	if _, err := os.Lstat(socket); err == nil {
		t.Error("the socket is left")
	}
}
