package torture

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"qrelay/runtime/qmqp"
	"qrelay/runtime/sink"
)

// diskFull has a next hop whose disk is full for a while. Its store is a
// Maildir on a small file system where that can be made; elsewhere one that
// gets the same error from /dev/full.
func diskFull(b *bed) {
	rounds := pick(3, 20)
	b.planned(rounds)
	next, disk := b.path("next"), b.newDisk()
	endHop := b.hop(next, sink.Options{Store: disk})
	d := b.start(plan{handler: "return m:connect('" + next + "')"})
	d.warm()
	load := b.load(d.socket, 8, always(4000))
	for range rounds {
		disk.fill(b)
		b.fault()
		failed := b.ledger.counted(deferred)
		b.eventually("mails are deferred", func() bool { return b.ledger.counted(deferred) >= failed+20 })
		disk.empty(b)
		goal := b.ledger.counted(accepted) + 20
		b.eventually("mails are accepted again", func() bool { return b.ledger.counted(accepted) >= goal })
		b.passed()
	}
	load.stop()
	d.finish()
	endHop()
	disk.collect(b)
	b.audit(mayArrive)
	for text := range b.ledger.texts {
		if !strings.Contains(text, "no space left on device") {
			b.Errorf("deferred because of %q", text)
		}
	}
}

// A disk is a store that can be full.
type disk struct {
	dir  string      // the Maildir on a file system of its own; "": none
	full atomic.Bool // without such a file system
	next sink.Store
}

// newDisk mounts a small file system for a Maildir. Who may not mount gets a
// store that knows only its ledger.
func (b *bed) newDisk() *disk {
	b.Helper()
	dir := b.path("disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		b.Logf("mount: %v; using /dev/full instead", err)
		return &disk{next: b.ledger}
	}
	b.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			b.Errorf("unmount: %v", err)
		}
	})
	maildir := filepath.Join(dir, "mails")
	store, err := sink.OpenMaildir(maildir, false)
	if err != nil {
		b.Fatal(err)
	}
	return &disk{dir: maildir, next: store}
}

// Store keeps a mail, if there is room.
func (d *disk) Store(ctx context.Context, r qmqp.Request) (string, error) {
	if d.full.Load() {
		device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			return "", err
		}
		_, err = device.Write(r.Message)
		return "", errors.Join(err, device.Close())
	}
	return d.next.Store(ctx, r)
}

// fill leaves no room.
func (d *disk) fill(b *bed) {
	b.Helper()
	if d.dir == "" {
		d.full.Store(true)
		return
	}
	file, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, zeros{}); !errors.Is(err, unix.ENOSPC) {
		b.Fatalf("filling the disk: %v", err)
	}
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// empty makes room again, also of the mails that have arrived.
func (d *disk) empty(b *bed) {
	b.Helper()
	if d.dir == "" {
		d.full.Store(false)
		return
	}
	b.collect(d.dir)
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		b.Fatal(err)
	}
}

// collect notes what is on the disk as arrived. Nothing may be left of mails
// for which there was no room.
func (d *disk) collect(b *bed) {
	b.Helper()
	if d.dir == "" {
		return
	}
	b.collect(d.dir)
	if left, err := os.ReadDir(filepath.Join(d.dir, "tmp")); err != nil || len(left) > 0 {
		b.Errorf("left in tmp: %v, %v", left, err)
	}
}
