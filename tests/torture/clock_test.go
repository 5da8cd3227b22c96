package torture

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// jumpingClock is a part of time.Now in a program whose clock is set forth and
// back by a year, ten times a second each. The monotonic clock goes on
// as it does when somebody sets that of the machine.
const jumpingClock = `	if mono/50_000_000%2 == 1 {
		sec += 365 * 24 * 3600
	}
`

// clockJumps has a daemon whose time of day jumps. To set the clock of the whole
// machine is not for a test, so this one is built with another package time.
func clockJumps(b *bed, p *plan) func(*daemon) func() {
	const afterReading = "\tmono -= startNano\n"
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src/time/time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		b.Fatal(err)
	}
	before, after, ok := strings.Cut(string(text), "func Now() Time {")
	if !ok || !strings.Contains(after, afterReading) {
		b.Fatalf("%s reads the clock in a way that this test does not know", source)
	}
	changed := b.write("time.go", before+"func Now() Time {"+strings.Replace(after, afterReading, jumpingClock+afterReading, 1))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		b.Fatal(err)
	}
	p.program = b.path("qrelay-jumps")
	build := exec.Command("go", "build", "-overlay", b.write("overlay.json", string(overlay)), "-o", p.program, "qrelay/cmd/qrelay")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	return func(d *daemon) func() {
		return func() {
			now := time.Now()
			for _, t := range []time.Time{now, now.AddDate(0, 0, 365)} {
				if log := d.log(); !strings.Contains(log, fmt.Sprintf("time=%d-", t.Year())) {
					b.Errorf("the clock has not jumped: it was never in %d: %.1000s", t.Year(), log)
				}
			}
		}
	}
}
