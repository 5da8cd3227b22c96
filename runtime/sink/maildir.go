package sink

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"qrelay/runtime/qmqp"
)

// A Maildir is a folder with one file per mail
// (http://cr.yp.to/proto/maildir.html).
type Maildir struct {
	dir      string
	host     string
	trace    bool
	sequence atomic.Uint64
}

// OpenMaildir makes the folder and its three subfolders if they are missing.
// trace says that mails get header fields with their envelope on top; without
// them the files are the messages, byte for byte.
func OpenMaildir(dir string, trace bool) (*Maildir, error) {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("maildir: %w", err)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("maildir: %w", err)
	}
	// The replacements that the Maildir document prescribes.
	host = strings.NewReplacer("/", `\057`, ":", `\072`).Replace(host)
	return &Maildir{dir: dir, host: host, trace: trace}, nil
}

// Store writes the mail to tmp and moves it to new when it is complete and
// synced, so that readers never see half of a mail.
func (m *Maildir) Store(_ context.Context, r qmqp.Request) (string, error) {
	name := m.uniqueName()
	tmp := filepath.Join(m.dir, "tmp", name)
	var trace []byte
	if m.trace {
		trace = appendTrace(nil, r)
	}
	if err := writeSynced(tmp, trace, r.Message); err != nil {
		return "", fmt.Errorf("maildir: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(m.dir, "new", name)); err != nil {
		os.Remove(tmp)
		return "", fmt.Errorf("maildir: %w", err)
	}
	if err := syncDir(filepath.Join(m.dir, "new")); err != nil {
		return "", fmt.Errorf("maildir: %w", err)
	}
	return "stored as " + name, nil
}

// uniqueName names time, process and number, which no two mails of a host share.
func (m *Maildir) uniqueName() string {
	now := time.Now()
	return fmt.Sprintf("%d.M%06dP%dQ%d.%s", now.Unix(), now.Nanosecond()/1000, os.Getpid(), m.sequence.Add(1), m.host)
}

// writeSynced writes a new file that survives a crash, or leaves none.
func writeSynced(path string, parts ...[]byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			os.Remove(path)
		}
	}()
	for _, part := range parts {
		if _, err := file.Write(part); err != nil {
			return err
		}
	}
	return file.Sync()
}

// syncDir makes the entries of a folder survive a crash.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
