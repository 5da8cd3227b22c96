package main

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"qrelay/runtime/bench"
)

func TestBench(t *testing.T) {
	sock := filepath.Join(t.TempDir(), "sock")
	ended := make(chan result, 1)
	go func() { ended <- run(t, "", "sink", sock, "--defer", "50%", "--count", "20") }()
	eventually(t, "the sink listens", func() bool {
		conn, err := net.Dial("unix", sock)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	got := run(t, "", "bench", "--to", sock, "--count", "10", "--size", "1KiB", "--json")
	var report bench.Report
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.status != 0 || got.stderr != "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if report.Mails != 10 || report.Size != 1024 || report.Replies["K"] != 5 || report.Replies["Z"] != 5 {
		t.Errorf("report: %+v", report)
	}
	env := map[string]string{"QRELAY_ADDRESS": sock}
	got = runEnv(t, "", env, "bench", "--rate", "10000", "--count", "10")
	if got.status != 0 || !strings.HasPrefix(got.stdout, sock+": 10000 mails/s from at most 1000 clients, 2 KiB, 1 recipient\nmails    10 in ") {
		t.Errorf("got %+v", got)
	}
	<-ended
}

func TestBenchFailures(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for args, stderr := range map[string]string{
		"--to " + none:                "no mail was answered: connect " + none + ": no such file or directory\n",
		"--to " + none + " --rate=-1": "rate -1: mails per second expected",
		"--clients 0":                 "--clients must be more than 0\n",
		"--recipients 0":              "--recipients must be more than 0\n",
	} {
		got := run(t, "", append([]string{"bench"}, strings.Fields(args)...)...)
		if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, "qrelay: "+stderr) {
			t.Errorf("%s: got %+v, want %q", args, got, stderr)
		}
	}
}
