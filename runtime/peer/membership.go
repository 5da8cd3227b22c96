package peer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Membership is the control groups of a process, one per hierarchy: the
// content of /proc/PID/cgroup (cgroups(7)).
type Membership []Hierarchy

// Hierarchy is one line of a Membership.
type Hierarchy struct {
	ID          int      // 0 for the unified hierarchy
	Controllers []string // none for the unified hierarchy; "name=NAME" for a named one
	Path        string   // begins with a slash
}

// ParseCgroup parses the content of a /proc/PID/cgroup file.
func ParseCgroup(text string) (Membership, error) {
	var m Membership
	for line := range strings.Lines(text) {
		h, err := parseHierarchy(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(m)+1, err)
		}
		m = append(m, h)
	}
	return m, nil
}

// parseHierarchy parses ID:CONTROLLERS:PATH. Only the path may hold colons.
func parseHierarchy(line string) (Hierarchy, error) {
	f := strings.SplitN(line, ":", 3)
	if len(f) != 3 {
		return Hierarchy{}, fmt.Errorf("want ID:CONTROLLERS:PATH, got %q", line)
	}
	id, err := strconv.ParseUint(f[0], 10, 31)
	if err != nil {
		return Hierarchy{}, fmt.Errorf("hierarchy %q is no number", f[0])
	}
	if !strings.HasPrefix(f[2], "/") {
		return Hierarchy{}, fmt.Errorf("path %q does not begin with a slash", f[2])
	}
	h := Hierarchy{ID: int(id), Path: f[2]}
	if f[1] != "" {
		h.Controllers = strings.Split(f[1], ",")
	}
	return h, nil
}

// Unified is the path in the unified hierarchy (version 2), if there is one.
func (m Membership) Unified() (path string, ok bool) {
	for _, h := range m {
		if h.ID == 0 && len(h.Controllers) == 0 {
			return h.Path, true
		}
	}
	return "", false
}

// Controller is the path in the version 1 hierarchy of a controller, which may
// be the name of a named hierarchy ("systemd" or "name=systemd"). Without one
// it is the unified path, where all other controllers are.
func (m Membership) Controller(name string) (path string, ok bool) {
	for _, h := range m {
		if slices.Contains(h.Controllers, name) || slices.Contains(h.Controllers, "name="+name) {
			return h.Path, true
		}
	}
	return m.Unified()
}
