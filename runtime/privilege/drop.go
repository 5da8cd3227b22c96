package privilege

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Drop makes the process run as a user, with the user's groups and without any
// capability, in all its threads, and so that it cannot go back. It needs
// root's rights, unless the process is the user already.
//
// The user is looked up in /etc/passwd and /etc/group alone if the program was
// built without cgo.
//
// After an error the process must end at once: it may be anything between
// the old and the new.
func Drop(user string) error {
	a, err := lookup(user)
	if err != nil {
		return err
	}
	if err := a.become(); err != nil {
		return fmt.Errorf("becoming user %s: %w", user, err)
	}
	if err := a.verify(); err != nil {
		return fmt.Errorf("after becoming user %s: %w", user, err)
	}
	return nil
}

// become changes the identity. The functions of package syscall do so in all
// threads, also in those to come. With the user id the kernel clears the
// capabilities, but for the inheritable ones (capabilities(7), "Effect of user
// ID changes on capabilities").
func (a *account) become() error {
	if a.isCurrent() {
		return clearCapabilities()
	}
	if err := syscall.Setgroups(a.groups); err != nil {
		return fmt.Errorf("setgroups: %w", explain(err))
	}
	if err := syscall.Setresgid(a.gid, a.gid, a.gid); err != nil {
		return fmt.Errorf("setresgid: %w", explain(err))
	}
	if err := syscall.Setresuid(a.uid, a.uid, a.uid); err != nil {
		return fmt.Errorf("setresuid: %w", explain(err))
	}
	return clearCapabilities()
}

// isCurrent tells whether there is nothing to change.
func (a *account) isCurrent() bool {
	return a.checkIDs() == nil
}

// explain says what EPERM means here.
func explain(err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w (only root may change users and groups)", err)
	}
	return err
}

// verify checks what the kernel says about the calling thread. The kernel is
// asked and not /proc, which may not be there.
func (a *account) verify() error {
	if err := a.checkIDs(); err != nil {
		return err
	}
	c, err := capabilities()
	if err != nil {
		return err
	}
	if c != (capabilitySets{}) {
		return fmt.Errorf("the process has capabilities left: %s", c)
	}
	return nil
}

// checkIDs compares the ids of the calling thread. It may have fewer groups than
// the account, but no others.
func (a *account) checkIDs() error {
	ruid, euid, suid := unix.Getresuid()
	if ruid != a.uid || euid != a.uid || suid != a.uid {
		return fmt.Errorf("the user ids are %d, %d, %d instead of %d", ruid, euid, suid, a.uid)
	}
	rgid, egid, sgid := unix.Getresgid()
	if rgid != a.gid || egid != a.gid || sgid != a.gid {
		return fmt.Errorf("the group ids are %d, %d, %d instead of %d", rgid, egid, sgid, a.gid)
	}
	groups, err := unix.Getgroups()
	if err != nil {
		return fmt.Errorf("getgroups: %w", err)
	}
	for _, group := range groups {
		if !slices.Contains(a.groups, group) {
			return fmt.Errorf("the groups are %v instead of %v", groups, a.groups)
		}
	}
	return nil
}
