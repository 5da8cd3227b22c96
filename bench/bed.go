package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A bed is what all scenarios need: programs, a directory, the next hop.
type bed struct {
	dir                  string
	qrelay, floor, spawn string
	hop                  *hop
	warmup, measure      time.Duration // of one run
	longRun              int64         // mails, of which a fifth is relayed
	crowd                int           // parallel large mails
}

// newBed builds the programs, except qrelay if its path is given.
func newBed(ctx context.Context, qrelay string, quick bool) (*bed, error) {
	dir, err := os.MkdirTemp("", "qrelay-bench-")
	if err != nil {
		return nil, err
	}
	b := &bed{
		dir: dir, qrelay: qrelay, floor: filepath.Join(dir, "floor"), spawn: filepath.Join(dir, "spawn"),
		warmup: time.Second, measure: 4 * time.Second, longRun: 1_000_000, crowd: 200,
	}
	if quick {
		b.warmup, b.measure, b.longRun, b.crowd = 200*time.Millisecond, 800*time.Millisecond, 100_000, 50
	}
	if err := b.build(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if b.hop, err = newHop(ctx, b.path("next.sock")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, nil
}

func (b *bed) build(ctx context.Context) error {
	for _, program := range []string{b.floor, b.spawn} {
		source := filepath.Join("bench", "yardstick", filepath.Base(program)+".c")
		if err := execute(ctx, "cc", "-O2", "-o", program, source); err != nil {
			return err
		}
	}
	if b.qrelay != "" {
		return nil
	}
	b.qrelay = b.path("qrelay")
	return execute(ctx, "go", "build", "-o", b.qrelay, "./cmd/qrelay")
}

func execute(ctx context.Context, name string, args ...string) error {
	if output, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, output)
	}
	return nil
}

func (b *bed) close() {
	b.hop.close()
	os.RemoveAll(b.dir)
}

func (b *bed) path(name string) string { return filepath.Join(b.dir, name) }

// config writes a configuration script and returns its path. In it, HOP is the
// next hop's address, and SOCKET where to listen.
func (b *bed) config(script string) (path string, err error) {
	script = fmt.Sprintf("local SOCKET, HOP = %q, %q\n%s\n", b.socket(), b.hop.address, script)
	path = b.path("config.lua")
	return path, os.WriteFile(path, []byte(script), 0o600)
}

// socket is where the daemon under measurement listens.
func (b *bed) socket() string { return b.path("mail.sock") }

// describe tells what the figures depend on.
func (b *bed) describe(rounds int) string {
	kernel := "unknown kernel"
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		kernel = "Linux " + unix.ByteSliceToString(u.Release[:])
	}
	return fmt.Sprintf("%d CPUs, %s, %s; %d rounds of %v", runtime.NumCPU(), kernel, runtime.Version(), rounds, b.measure)
}
