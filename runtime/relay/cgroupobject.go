package relay

import (
	"errors"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/peer"
)

// A cgroupObject is a control group as the handler sees it. It goes stale with
// the mail; only tostring gives its path for ever.
type cgroupObject struct {
	*peer.Cgroup
	mail *mailObject
}

func (f *face) cgroupClass() *runtime.Class[*cgroupObject] {
	return &runtime.Class[*cgroupObject]{
		Name:   "cgroup",
		Doc:    "A control group of the client. tostring() gives its path, also later.",
		Phase:  runtime.InHandler,
		String: func(c *cgroupObject) string { return c.Path },
		Valid:  func(L *lua.LState, c *cgroupObject) { c.mail.checkStale(L) },
		Attrs: []runtime.Attr[*cgroupObject]{
			{Name: "path", Type: "string", Get: func(_ *lua.LState, c *cgroupObject) lua.LValue { return lua.LString(c.Path) }, Doc: "The path as in /proc/PID/cgroup."},
			{Name: "xattr", Type: "table<string, string?>", Get: func(L *lua.LState, c *cgroupObject) lua.LValue { return f.xattrs.New(L, &xattrs{c}) }, Doc: "Extended attributes: xattr.NAME reads user.NAME, nil if there is none; a name with a dot is used as it is."},
			{Name: "parent", Type: "cgroup?", Get: f.parentCgroup, Doc: "The control group above, nil at the top."},
		},
	}
}

// xattrs is a control group as a table of its extended attributes: any key is
// one.
type xattrs struct{ *cgroupObject }

func (f *face) xattrsClass() *runtime.Class[*xattrs] {
	return &runtime.Class[*xattrs]{
		Name:  "cgroup.xattr",
		Valid: func(L *lua.LState, x *xattrs) { x.mail.checkStale(L) },
		Meta:  []runtime.Func{{Name: "__index", Fn: f.xattr}},
	}
}

func (f *face) xattr(L *lua.LState) int {
	x := f.xattrs.Check(L, 1)
	L.Push(x.read(L, runtime.String(L, 2)))
	return 1
}

func (x *xattrs) read(L *lua.LState, name string) lua.LValue {
	value, ok, err := x.Xattr(name)
	switch {
	case errors.Is(err, peer.ErrNoCgroupFS):
		return lua.LNil
	case err != nil:
		L.RaiseError("cgroup.xattr.%s: %s", name, err)
	case !ok:
		return lua.LNil
	}
	return lua.LString(value)
}

func (f *face) clientCgroup(L *lua.LState, o *mailObject) lua.LValue {
	if o.peer == nil {
		return lua.LNil
	}
	c, err := o.peer.Cgroup(&f.server.cgroups)
	if err != nil {
		L.RaiseError("cgroup: %s", err)
	}
	if c == nil {
		return lua.LNil
	}
	return f.cgroup.New(L, &cgroupObject{c, o})
}

func (f *face) parentCgroup(L *lua.LState, c *cgroupObject) lua.LValue {
	parent := c.Parent()
	if parent == nil {
		return lua.LNil
	}
	return f.cgroup.New(L, &cgroupObject{parent, c.mail})
}
