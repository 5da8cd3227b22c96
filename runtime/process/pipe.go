package process

import (
	"golang.org/x/sys/unix"
)

// pipe is the two ends of a pipe; -1 is none.
type pipe struct{ r, w int }

// pipes are the pipes of one child. Without a pipe of its own, standard error
// has the writing end of standard output.
type pipes struct {
	stdin, stdout, stderr pipe
	split                 bool
}

// openPipes makes the pipes, all ends close-on-exec, our ends non-blocking.
func openPipes(split bool) (*pipes, error) {
	none := pipe{-1, -1}
	p := &pipes{none, none, none, split}
	err := p.stdin.open()
	if err == nil {
		err = p.stdout.open()
	}
	if err == nil && split {
		err = p.stderr.open()
	}
	for _, fd := range p.ours() {
		if err == nil {
			err = unix.SetNonblock(fd, true)
		}
	}
	if err != nil {
		p.closeTheirs()
		p.closeOurs()
		return nil, err
	}
	if !split {
		p.stderr = pipe{-1, p.stdout.w}
	}
	return p, nil
}

func (p *pipe) open() error {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	p.r, p.w = fds[0], fds[1]
	return nil
}

func (p *pipes) ours() []int {
	if p.split {
		return []int{p.stdin.w, p.stdout.r, p.stderr.r}
	}
	return []int{p.stdin.w, p.stdout.r}
}

func (p *pipes) closeOurs() {
	for _, fd := range p.ours() {
		closeFD(fd)
	}
}

func (p *pipes) closeTheirs() {
	closeFD(p.stdin.r)
	closeFD(p.stdout.w)
	if p.split {
		closeFD(p.stderr.w)
	}
}

func closeFD(fd int) {
	if fd >= 0 {
		unix.Close(fd)
	}
}
