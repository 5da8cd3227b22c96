package privilege

import (
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strconv"
)

// An account is the numbers of a user.
type account struct {
	uid, gid int
	groups   []int // with gid among them
}

// lookup finds a user, who must not be root.
func lookup(name string) (*account, error) {
	u, err := user.Lookup(name)
	if errors.As(err, new(user.UnknownUserError)) {
		return nil, fmt.Errorf("there is no user %q", name)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up user %q: %w", name, err)
	}
	groups, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("looking up the groups of user %q: %w", name, err)
	}
	ids, err := numbers(append([]string{u.Uid, u.Gid}, groups...))
	if err != nil {
		return nil, fmt.Errorf("user %q: %w", name, err)
	}
	a := &account{uid: ids[0], gid: ids[1], groups: ids[1:]}
	slices.Sort(a.groups)
	a.groups = slices.Compact(a.groups)
	if a.uid == 0 {
		return nil, fmt.Errorf("user %q has user id 0, which is root", name)
	}
	return a, nil
}

// numbers reads user and group ids. The largest one means "unchanged" to the
// kernel (setresuid(2)) and belongs to nobody.
func numbers(texts []string) ([]int, error) {
	ids := make([]int, len(texts))
	for i, text := range texts {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n == 1<<32-1 {
			return nil, fmt.Errorf("%q is no id of a user or group", text)
		}
		ids[i] = int(n)
	}
	return ids, nil
}
