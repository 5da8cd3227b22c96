package relay

import "qrelay/runtime"

// A face is the Lua side of a server: the classes of the objects it makes.
type face struct {
	server *Server
	mail   *runtime.Class[*mailObject]
	cgroup *runtime.Class[*cgroupObject]
	xattrs *runtime.Class[*xattrs]
}

func newFace(s *Server) *face {
	f := &face{server: s}
	f.mail = f.mailClass()
	f.cgroup = f.cgroupClass()
	f.xattrs = f.xattrsClass()
	return f
}
