package trial

import (
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/address"
	"qrelay/runtime/peer"
	"qrelay/runtime/relay"
)

// The client and the envelope of mail{} without fields.
const (
	fakeSender    = "sender@example.com"
	fakeRecipient = "recipient@example.com"
	fakeBody      = "A test.\r\n"
	fakePID       = 4711
	fakeUID       = 1000
	fakeGID       = 1000
)

// maxID is the largest user or group id.
const maxID = 1<<32 - 1

// mail{…} -> mail
func (h *harness) mail(L *lua.LState) int {
	runtime.NArgs(L, 0, 1)
	o := runtime.Options(L, 1, "sender", "recipients", "headers", "body", "message",
		"uid", "gid", "pid", "cgroup", "xattr", "mounts", "peer")
	sub := relay.Submission{
		Sender:     o.String("sender", fakeSender),
		Recipients: recipientsOption(o),
		Message:    []byte(o.String("message", "")),
	}
	if !o.Has("message") {
		sub.Message = []byte(headersOption(L, o, sub) + "\r\n" + o.String("body", fakeBody))
	}
	if o.Has("peer") {
		sub.From = peerOption(o)
	} else {
		sub.Peer = clientOption(o)
	}
	object, err := h.trial.server.NewMail(L, sub)
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	L.Push(object)
	return 1
}

// recipientsOption takes one address or a table of them.
func recipientsOption(o *runtime.OptionsTable) []string {
	if _, ok := o.Value("recipients").(lua.LString); ok {
		return []string{o.String("recipients", "")}
	}
	table := o.Table("recipients")
	if table == nil {
		return []string{fakeRecipient}
	}
	var recipients []string
	for i := 1; i <= table.Len(); i++ {
		s, ok := table.RawGetInt(i).(lua.LString)
		if !ok {
			o.Error("recipients", "strings expected, got "+runtime.TypeName(table.RawGetInt(i)))
		}
		recipients = append(recipients, string(s))
	}
	return recipients
}

// headersOption writes the headers: From and To as in the envelope if they are
// not given, the others sorted by name.
func headersOption(L *lua.LState, o *runtime.OptionsTable, sub relay.Submission) string {
	values := map[string]string{"From": sub.Sender, "To": strings.Join(sub.Recipients, ", ")}
	if sub.Sender == "" {
		values["From"] = "MAILER-DAEMON"
	}
	if table := o.Table("headers"); table != nil {
		table.ForEach(func(k, v lua.LValue) { values[k.String()] = L.ToStringMeta(v).String() })
	}
	var lines []string
	for name, value := range values {
		lines = append(lines, fmt.Sprintf("%s: %s\r\n", name, value))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// peerOption is the address of a client over TCP.
func peerOption(o *runtime.OptionsTable) address.Address {
	for _, name := range []string{"uid", "gid", "pid", "cgroup", "xattr", "mounts"} {
		if o.Has(name) {
			o.Error("peer", "a client over TCP has no "+name)
		}
	}
	a, err := address.Parse(o.String("peer", ""), 0)
	if err == nil && !a.IP().IsValid() {
		err = fmt.Errorf("IP address expected")
	}
	if err != nil {
		o.Error("peer", err.Error())
	}
	return a
}

// clientOption is a client on this machine.
func clientOption(o *runtime.OptionsTable) *peer.Peer {
	p := peer.Pretence{
		PID:    int(idOption(o, "pid", fakePID)),
		UID:    idOption(o, "uid", fakeUID),
		GID:    idOption(o, "gid", fakeGID),
		Cgroup: o.String("cgroup", ""),
		Xattrs: map[string]map[string]string{},
	}
	if p.Cgroup != "" && !strings.HasPrefix(p.Cgroup, "/") {
		o.Error("cgroup", "a path that begins with / expected")
	}
	if table := o.Table("xattr"); table != nil {
		table.ForEach(func(k, v lua.LValue) { addXattr(o, p.Xattrs, p.Cgroup, k, v) })
	}
	if table := o.Table("mounts"); table != nil {
		table.ForEach(func(k, v lua.LValue) { p.Mounts = append(p.Mounts, mountOption(o, k, v)) })
	}
	return peer.Pretend(p)
}

func idOption(o *runtime.OptionsTable, name string, def float64) uint32 {
	n := o.Number(name, def)
	if n != float64(uint32(n)) || n < 0 || n > maxID {
		o.Error(name, fmt.Sprintf("whole number from 0 to %d expected", maxID))
	}
	return uint32(n)
}

// addXattr takes {NAME = VALUE} for the client's own control group, and
// {[PATH] = {NAME = VALUE}} for any.
func addXattr(o *runtime.OptionsTable, xattrs map[string]map[string]string, path string, key, value lua.LValue) {
	if group, ok := value.(*lua.LTable); ok {
		group.ForEach(func(k, v lua.LValue) { addXattr(o, xattrs, key.String(), k, v) })
		return
	}
	if path == "" {
		o.Error("xattr", "the client has no cgroup")
	}
	if xattrs[path] == nil {
		xattrs[path] = map[string]string{}
	}
	xattrs[path][peer.XattrName(key.String())] = value.String()
}

// mountOption takes [POINT] = {root = …, filesystem = …, source = …}.
func mountOption(o *runtime.OptionsTable, point, value lua.LValue) peer.Mount {
	fields, ok := value.(*lua.LTable)
	if !ok {
		o.Error("mounts", "{['/point'] = {root = …, filesystem = …, source = …}} expected")
	}
	get := func(name string) string {
		if s, ok := fields.RawGetString(name).(lua.LString); ok {
			return string(s)
		}
		return ""
	}
	return peer.Mount{Point: point.String(), Root: get("root"), Filesystem: get("filesystem"), Source: get("source")}
}
