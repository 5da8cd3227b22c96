package relay

import (
	"errors"
	"net/netip"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/mail"
	"qrelay/runtime/peer"
)

// A mailObject is the mail as the handler sees it. It goes stale when the
// handler ends.
type mailObject struct {
	*exchange
	stale bool
}

// Close makes every later use raise. It is called when the handler ends.
func (o *mailObject) Close() error {
	o.stale = true
	return nil
}

// checkStale raises if the handler has ended.
func (o *mailObject) checkStale(L *lua.LState) {
	if o.stale {
		L.RaiseError("Stale object")
	}
}

func (f *face) mailClass() *runtime.Class[*mailObject] {
	return &runtime.Class[*mailObject]{
		Name:  "mail",
		Doc:   "The mail that a handler decides about. After the handler has returned, any use raises \"Stale object\".",
		Phase: runtime.InHandler,
		Valid: func(L *lua.LState, o *mailObject) { o.checkStale(L) },
		Attrs: []runtime.Attr[*mailObject]{
			{Name: "sender", Type: "string", Get: getSender, Set: setSender, Doc: "The envelope sender, empty for bounces. It can be set; a malformed address raises."},
			{Name: "recipients", Type: "string[]", Get: getRecipients, Doc: "The envelope recipients: a fresh table at each read."},
			{Name: "pid", Type: "integer?", Get: getPID, Doc: "The client's process id, nil if it is not a process of this machine."},
			{Name: "uid", Type: "integer?", Get: getUID, Doc: "The client's user id, or nil."},
			{Name: "gid", Type: "integer?", Get: getGID, Doc: "The client's group id, or nil."},
			{Name: "account", Type: "string?", Get: getAccount, Set: setAccount, Doc: "The account that the mail is logged under. It can be set; nil clears it."},
			{Name: "cgroup", Type: "cgroup?", Get: f.clientCgroup, Doc: "The client's control group, or nil. Raises if the client has exited."},
			{Name: "peer", Type: "string?", Get: getPeer, Doc: "The address of a TCP client, nil for others."},
			{Name: "size", Type: "integer", Get: getSize, Doc: "The size of the message in bytes."},
		},
		Methods: []runtime.Func{
			{Name: "connect", Fn: f.connect, Sig: "m:connect(address [, {timeout=S}]) -> action", Doc: "Relays the mail to another QMQP server, whose reply the client gets. The address is numeric, a path, @name, or an address object."},
			{Name: "exec", Fn: f.exec, Sig: "m:exec(program, arg… [, {env={…}, timeout=S}]) -> action", Doc: "Runs a program that speaks QMQP on its standard input and output."},
			{Name: "exec_raw", Fn: f.execRaw, Sig: "m:exec_raw(program, arg… [, {env={…}, timeout=S}]) -> action", Doc: "Runs a program that reads the message, without envelope, on its standard input. Its exit status decides."},
			{Name: "discard", Fn: f.discard, Sig: "m:discard() -> action", Doc: "Drops the mail and tells the client that it was accepted."},
			{Name: "reject", Fn: f.reject, Sig: "m:reject([text]) -> action", Doc: "Refuses the mail for good."},
			{Name: "insert_header", Fn: f.insertHeader, Types: map[string]string{"value": "string|number|cgroup|address"}, Sig: "m:insert_header(name, value)", Doc: "Inserts a header in front of the message; at most 16."},
			{Name: "header", Fn: f.header, Sig: "m:header(name) -> string | nil", Doc: "Returns the first header of that name, unfolded."},
			{Name: "get_cgroup", Fn: f.getCgroup, Sig: "m:get_cgroup(controller) -> path | nil", Doc: "Returns the client's control group path for a cgroup-v1 controller, or the unified path."},
			{Name: "get_mount_info", Fn: f.getMountInfo, Sig: "m:get_mount_info(mountpoint) -> {root, filesystem, source} | nil", Doc: "Describes a mount point in the client's mount namespace."},
		},
	}
}

func getSender(_ *lua.LState, o *mailObject) lua.LValue { return lua.LString(o.mail.Sender()) }

func setSender(L *lua.LState, o *mailObject, value lua.LValue) {
	if err := o.mail.SetSender(attributeText(L, "sender", value)); err != nil {
		L.RaiseError("sender: %s", err)
	}
}

func getRecipients(L *lua.LState, o *mailObject) lua.LValue {
	recipients := o.mail.Recipients()
	t := L.CreateTable(len(recipients), 0)
	for _, r := range recipients {
		t.Append(lua.LString(r))
	}
	return t
}

func getPID(_ *lua.LState, o *mailObject) lua.LValue {
	if o.peer == nil || o.peer.PID == 0 {
		return lua.LNil
	}
	return lua.LNumber(o.peer.PID)
}

func getUID(_ *lua.LState, o *mailObject) lua.LValue {
	if o.peer == nil {
		return lua.LNil
	}
	return lua.LNumber(o.peer.UID)
}

func getGID(_ *lua.LState, o *mailObject) lua.LValue {
	if o.peer == nil {
		return lua.LNil
	}
	return lua.LNumber(o.peer.GID)
}

func getAccount(_ *lua.LState, o *mailObject) lua.LValue {
	if account, ok := o.mail.Account(); ok {
		return lua.LString(account)
	}
	return lua.LNil
}

func setAccount(L *lua.LState, o *mailObject, value lua.LValue) {
	if value == lua.LNil {
		o.mail.ClearAccount()
		return
	}
	if err := o.mail.SetAccount(attributeText(L, "account", value)); err != nil {
		L.RaiseError("account: %s", err)
	}
}

func getPeer(_ *lua.LState, o *mailObject) lua.LValue {
	if o.from.IP() == (netip.AddrPort{}) {
		return lua.LNil
	}
	return lua.LString(o.from.String())
}

func getSize(_ *lua.LState, o *mailObject) lua.LValue { return lua.LNumber(o.mail.Size()) }

// attributeText returns a string or number that an attribute is set to.
func attributeText(L *lua.LState, name string, value lua.LValue) string {
	text, ok := runtime.Text(value)
	if !ok {
		L.RaiseError("%s: string expected, got %s", name, runtime.TypeName(value))
	}
	return text
}

// m:insert_header(name, value) inserts a header; objects with __tostring are
// accepted as values. Raises if name or value are malformed, and for the 17th.
func (f *face) insertHeader(L *lua.LState) int {
	o := f.mail.Check(L, 1)
	runtime.NArgs(L, 2, 2)
	name, value := runtime.String(L, 2), textOf(L, 3)
	o.checkStale(L) // __tostring may have waited
	err := o.mail.InsertHeader(name, value)
	switch {
	case errors.Is(err, mail.ErrHeaderName):
		runtime.ArgError(L, 2, "%s", err)
	case errors.Is(err, mail.ErrHeaderValue):
		runtime.ArgError(L, 3, "%s", err)
	case err != nil:
		runtime.Raise(L, "%s", err)
	}
	return 0
}

// textOf returns argument n as a string: also objects that __tostring turns
// into one.
func textOf(L *lua.LState, n int) string {
	v := L.Get(n)
	if _, basic := v.(lua.LString); basic || L.GetMetaField(v, "__tostring") == lua.LNil {
		return runtime.String(L, n)
	}
	text, ok := L.ToStringMeta(v).(lua.LString)
	if !ok {
		runtime.ArgError(L, n, "its __tostring must return a string")
	}
	return string(text)
}

// m:header(name) -> the first header of that name, inserted ones first; nil if
// there is none
func (f *face) header(L *lua.LState) int {
	o := f.mail.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	value, ok := o.mail.Header(runtime.String(L, 2))
	return pushText(L, value, ok)
}

// pushText returns a string to Lua, or nil if there is none.
func pushText(L *lua.LState, text string, ok bool) int {
	if ok {
		L.Push(lua.LString(text))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// m:get_cgroup(controller) -> path of the client's control group for a
// cgroup-v1 controller, or the unified path; nil if there is neither
func (f *face) getCgroup(L *lua.LState) int {
	o := f.mail.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	controller := runtime.String(L, 2)
	if o.peer == nil {
		return pushText(L, "", false)
	}
	path, ok, err := o.peer.ControllerPath(controller)
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	return pushText(L, path, ok)
}

// m:get_mount_info(mountpoint) -> {root=…, filesystem=…, source=…}, nil if it
// is no mount point of the client
func (f *face) getMountInfo(L *lua.LState) int {
	o := f.mail.Check(L, 1)
	runtime.NArgs(L, 1, 1)
	mountpoint := runtime.String(L, 2)
	L.Push(clientMount(L, o.peer, mountpoint))
	return 1
}

func clientMount(L *lua.LState, client *peer.Peer, mountpoint string) lua.LValue {
	if client == nil {
		return lua.LNil
	}
	mount, err := client.MountInfo(mountpoint)
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	if mount == nil {
		return lua.LNil
	}
	t := L.CreateTable(0, 3)
	t.RawSetString("root", lua.LString(mount.Root))
	t.RawSetString("filesystem", lua.LString(mount.Filesystem))
	t.RawSetString("source", lua.LString(mount.Source))
	return t
}
