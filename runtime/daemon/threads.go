package daemon

import (
	"runtime"
	"sync"
)

// spareThreads is how many threads the daemon has from the start. Go's runtime
// makes another one whenever more system calls than ever before take their time
// at once, and ends the program if it gets none (RLIMIT_NPROC, TasksMax=). Waits
// for sockets and programs take no thread, and one program is started at a time,
// so that 400 mails for programs at once have been seen to take 20. A thread in
// reserve takes some 20 KiB.
const spareThreads = 32

// reserveThreads makes the threads that may be needed at a time at which the
// daemon's user can have no more. They stay: Go ends no thread that has been
// given back unlocked.
func reserveThreads() {
	var all, ended sync.WaitGroup
	all.Add(spareThreads)
	for range spareThreads {
		ended.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			all.Done()
			all.Wait()
		})
	}
	ended.Wait()
}
