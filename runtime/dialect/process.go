package dialect

import (
	"context"
	"os"
	"os/exec"
)

// process is a child of io.popen. A goroutine waits for it from the start, so
// that it leaves no zombie if the script forgets to close; it ends with the
// child, which sees the end of its pipe when the handle is collected.
type process struct {
	cmd    *exec.Cmd
	done   chan struct{}
	status int // as of wait(2), valid when done is closed
}

// startProcess runs a shell command with one end of a pipe as its standard
// input or output; it returns the other end.
func (lib *library) startProcess(command string, read bool) (*process, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := w, r
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, fileOf(lib.Stdout, os.Stdout), fileOf(lib.Stderr, os.Stderr)
	if read {
		ours, theirs = r, w
		cmd.Stdout = theirs
	} else {
		cmd.Stdin = theirs
	}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.status = waitStatus(cmd.Wait())
		close(p.done)
	}()
	return p, ours, nil
}

// wait waits for the end of the process, which the end of ctx brings about.
func (p *process) wait(ctx context.Context) {
	select {
	case <-p.done:
	case <-ctx.Done():
		p.cmd.Process.Kill()
		<-p.done
	}
}

// outcome tells how the process ended: "exit" and its status, or "signal" and
// its number.
func (p *process) outcome() (how string, code int) {
	if signal := p.status & 0x7f; signal != 0 {
		return "signal", signal
	}
	return "exit", p.status >> 8
}
