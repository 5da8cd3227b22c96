package torture

import (
	"fmt"
	"os"
	"testing"

	"qrelay/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// full tells whether the scenarios shall have their full size.
func full() bool { return os.Getenv("QRELAY_TORTURE") == "full" }

// pick returns how much of something a scenario takes.
func pick[T any](small, large T) T {
	if full() {
		return large
	}
	return small
}

// scenarios are all there are, in the order of the table.
var scenarios = []struct {
	name string
	run  func(*bed)
}{
	{"all faults", matrixOf(shortage{})},
	{"and few descriptors", matrixOf(shortage{prepare: fewDescriptors})},
	{"and few processes", matrixOf(shortage{prepare: fewProcesses})},
	{"and two programs", matrixOf(shortage{args: []string{"--max-programs", "2"}})},
	{"and little memory", matrixOf(shortage{size: 100 << 10, args: []string{"--max-inflight", "350KiB"}, prepare: smallMails})},
	{"and a full disk", matrixOf(shortage{prepare: logDiskFull})},
	{"and no names", matrixOf(shortage{prepare: noNames})},
	{"and clock jumps", matrixOf(shortage{prepare: clockJumps})},
	{"SIGKILL under load", killUnderLoad},
	{"SIGKILL with programs", killWithPrograms},
	{"SIGTERM under load", termUnderLoad},
	{"next hop killed", killNextHop},
	{"silent connections", floodOfSilence},
	{"no descriptors", noDescriptors},
	{"no processes", noProcesses},
	{"too many programs", tooManyPrograms},
	{"programs in turn", programsInTurn},
	{"no memory", noMemory},
	{"disk full", diskFull},
	{"name server silent", silentNameServer},
}

// TestTorture runs the scenarios one after the other: most of them want the
// whole machine.
func TestTorture(t *testing.T) {
	r := newReport()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			b := newBed(t, s.name, r)
			defer b.end()
			s.run(b)
		})
	}
	if full() {
		fmt.Println("\n" + r.table())
	} else {
		t.Log("\n" + r.table())
	}
}
