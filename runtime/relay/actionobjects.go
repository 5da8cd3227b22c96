package relay

import (
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/qmqp"
)

// push returns an action to Lua.
func push(L *lua.LState, a Action) int {
	L.Push(actionClass.New(L, a))
	return 1
}

// m:discard() -> action
func (f *face) discard(L *lua.LState) int {
	f.mail.Check(L, 1)
	runtime.NArgs(L, 0, 0)
	return push(L, discard{})
}

// m:reject([text]) -> action
func (f *face) reject(L *lua.LState) int {
	f.mail.Check(L, 1)
	runtime.NArgs(L, 0, 1)
	return push(L, reject{runtime.OptString(L, 2, defaultRejection)})
}

// m:connect(address [, {timeout=S}]) -> action. Raises if the address is
// malformed or a host name.
func (f *face) connect(L *lua.LState) int {
	o := f.mail.Check(L, 1)
	runtime.NArgs(L, 1, 2)
	next := runtime.ToAddress(L, 2, qmqp.DefaultPort)
	options := runtime.Options(L, 3, "timeout")
	return push(L, &connect{next: next, timeout: timeoutOption(options), limits: &o.server.limits})
}

// m:exec(program, arg… [, options]) -> action
func (f *face) exec(L *lua.LState) int {
	return push(L, &exec{f.checkProgram(L)})
}

// m:exec_raw(program, arg… [, options]) -> action
func (f *face) execRaw(L *lua.LState) int {
	return push(L, &execRaw{f.checkProgram(L)})
}

// checkProgram reads program, arguments and options.
func (f *face) checkProgram(L *lua.LState) program {
	o := f.mail.Check(L, 1)
	runtime.NArgs(L, 1, -1)
	p := program{children: o.server.children, patience: o.server.limits.room}
	last := L.GetTop()
	if _, ok := L.Get(last).(*lua.LTable); ok && last > 2 {
		options := runtime.Options(L, last, "env", "timeout")
		p.env, p.timeout = envOption(options), timeoutOption(options)
		last--
	}
	if last-1 > maxArgs {
		runtime.ArgError(L, maxArgs+2, "too many arguments: at most %d, the program included", maxArgs)
	}
	p.path = programText(L, 2)
	for n := 3; n <= last; n++ {
		p.args = append(p.args, programText(L, n))
	}
	return p
}

// programText returns argument n, which must be representable in C.
func programText(L *lua.LState, n int) string {
	s := runtime.String(L, n)
	if strings.ContainsRune(s, 0) {
		runtime.ArgError(L, n, "a program's arguments cannot contain NUL")
	}
	return s
}

func timeoutOption(o *runtime.OptionsTable) time.Duration {
	if !o.Has("timeout") {
		return 0
	}
	seconds := o.Number("timeout", 0)
	if !(seconds > 0 && seconds <= maxTimeout.Seconds()) {
		o.Error("timeout", "seconds expected, more than 0 and at most 3600")
	}
	return max(time.Duration(seconds*float64(time.Second)), 1)
}

// envOption returns the variables as NAME=VALUE.
func envOption(o *runtime.OptionsTable) []string {
	table := o.Table("env")
	if table == nil {
		return nil
	}
	var env []string
	table.ForEach(func(key, value lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok || name == "" || strings.ContainsAny(string(name), "=\x00") {
			o.Error("env", "names must be non-empty strings without '=' and NUL")
		}
		text, ok := runtime.Text(value)
		if !ok {
			o.Error("env", string(name)+": string expected, got "+runtime.TypeName(value))
		}
		if strings.ContainsRune(text, 0) {
			o.Error("env", string(name)+": a variable cannot contain NUL")
		}
		env = append(env, string(name)+"="+text)
	})
	slices.Sort(env)
	if len(env) > maxEnv {
		o.Error("env", "at most 32 variables are allowed")
	}
	return env
}
