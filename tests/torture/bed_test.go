package torture

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"qrelay/runtime/await"
)

// patience is how long anything may take that must happen.
const patience = 90 * time.Second

// A bed is what one scenario has: a folder, the books of its mails, and its row
// of the report.
type bed struct {
	*testing.T
	dir    string
	ledger *ledger
	report *report
	row    *row
}

func newBed(t *testing.T, name string, r *report) *bed {
	// Paths of sockets may have 107 bytes.
	dir, err := os.MkdirTemp("", "qt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &bed{T: t, dir: dir, report: r, row: r.begin(name)}
	b.ledger = newLedger(b.row)
	return b
}

func (b *bed) path(name string) string { return filepath.Join(b.dir, name) }

// write makes a file.
func (b *bed) write(name, text string) string {
	b.Helper()
	path := b.path(name)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		b.Fatal(err)
	}
	return path
}

// planned says how many faults the scenario will have, for the progress line.
func (b *bed) planned(faults int) { b.report.plan(b.row, faults) }

// fault counts something bad that has been done.
func (b *bed) fault() { b.report.update(func() { b.row.faults++ }) }

// passed counts a case: something that was looked at and found good.
func (b *bed) passed() { b.report.update(func() { b.row.cases++ }) }

// eventually waits until ok returns true.
func (b *bed) eventually(what string, ok func() bool) {
	b.Helper()
	await.Within(b, patience, what, ok)
}

// end closes the row.
func (b *bed) end() { b.report.end(b.row, b.Failed()) }
