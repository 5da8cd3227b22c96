package dialect

import (
	"strings"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// openDebug corrects gopher-lua's debug library, of which getlocal, setlocal,
// getupvalue and setupvalue stay as they are.
func openDebug(L *lua.LState) {
	t := L.GetGlobal("debug").(*lua.LTable)
	setFunctions(L, t, map[string]lua.LGFunction{
		"getfenv":      debugGetfenv,
		"gethook":      func(L *lua.LState) int { return 0 },
		"getinfo":      debugGetinfo,
		"getmetatable": debugGetmetatable,
		"getregistry":  func(L *lua.LState) int { L.Push(L.G.Registry); return 1 },
		"setfenv":      debugSetfenv,
		"sethook":      debugSethook,
		"setmetatable": debugSetmetatable,
		"traceback":    debugTraceback,
	})
}

// debug.getinfo([thread,] level | function [, what]) -> table | nil
func debugGetinfo(L *lua.LState) int {
	state, arg := L, 1
	if th, ok := L.Get(1).(*lua.LState); ok {
		state, arg = th, 2
	}
	what := optString(L, arg+1, "nSluf")
	if strings.Trim(what, "nSlufL") != "" {
		argError(L, arg+1, "invalid option")
	}
	what = strings.ReplaceAll(what, "L", "")
	d := &lua.Debug{}
	var fn lua.LValue
	var err error
	if f, ok := L.Get(arg).(*lua.LFunction); ok {
		fn, err = state.GetInfo(">"+strings.ReplaceAll(what, "n", ""), d, f)
		if strings.Contains(what, "f") {
			fn = f
		}
		d.CurrentLine = -1
	} else {
		level := checkInt(L, arg)
		found := false
		if d, found = frameAt(state, level); !found {
			L.Push(lua.LNil)
			return 1
		}
		fn, err = state.GetInfo(what, d, lua.LNil)
	}
	if err != nil {
		raise(L, "%s", err)
	}
	L.Push(infoTable(L, what, d, fn))
	return 1
}

func infoTable(L *lua.LState, what string, d *lua.Debug, fn lua.LValue) *lua.LTable {
	t := L.NewTable()
	for _, c := range what {
		switch c {
		case 'n':
			t.RawSetString("namewhat", lua.LString(""))
			if d.Name != "" && d.Name[0] != '(' && d.Name[0] != '<' {
				t.RawSetString("name", lua.LString(d.Name))
			}
		case 'S':
			sourceInfo(t, d)
		case 'l':
			t.RawSetString("currentline", lua.LNumber(d.CurrentLine))
		case 'u':
			t.RawSetString("nups", lua.LNumber(d.NUpvalues))
		case 'f':
			t.RawSetString("func", fn)
		}
	}
	return t
}

func sourceInfo(t *lua.LTable, d *lua.Debug) {
	source, short := sourceName(d.Source), d.Source
	if d.What == "G" {
		d.What, source, short = "C", "=[C]", "[C]"
		d.LineDefined, d.LastLineDefined = -1, -1
	}
	t.RawSetString("what", lua.LString(d.What))
	t.RawSetString("source", lua.LString(source))
	t.RawSetString("short_src", lua.LString(short))
	t.RawSetString("linedefined", lua.LNumber(d.LineDefined))
	t.RawSetString("lastlinedefined", lua.LNumber(d.LastLineDefined))
}

// sourceName undoes ChunkName, as far as that is possible.
func sourceName(chunk string) string {
	if s, ok := strings.CutPrefix(chunk, `[string "`); ok {
		return strings.TrimSuffix(s, `"]`)
	}
	return "@" + chunk
}

// debug.traceback([thread,] [message [, level]]) -> string
//
// A message that is neither string nor nil comes back as it is.
func debugTraceback(L *lua.LState) int {
	state, arg, level := L, 1, 1
	if th, ok := L.Get(1).(*lua.LState); ok {
		state, arg, level = th, 2, 0
	}
	message := L.Get(arg)
	s, ok := text(message)
	if !ok && message != lua.LNil {
		L.Push(message)
		return 1
	}
	trace := Traceback(state, optInt(L, arg+1, level))
	if ok {
		trace = s + "\n" + trace
	}
	return pushString(L, trace)
}

// maxTraceback is how many levels a traceback shows.
const maxTraceback = 22

// Traceback describes the calls that are active in L from a level on; level 0
// is the running function.
func Traceback(L *lua.LState, level int) string {
	var b strings.Builder
	b.WriteString("stack traceback:")
	for last := level + maxTraceback; ; level++ {
		d, ok := frameAt(L, level)
		if !ok {
			return b.String()
		}
		b.WriteString("\n\t")
		if level == last {
			b.WriteString("...")
			return b.String()
		}
		b.WriteString(frameText(L, d))
	}
}

// frameAt is the call at a level of the stack; it does not count the calls of
// guard, of which scripts know nothing. Nor does it count the calls that have
// been replaced by a tail call: gopher-lua does, as Lua 5.1, LuaJIT does not.
func frameAt(L *lua.LState, level int) (*lua.Debug, bool) {
	counted := 0 // as GetStack counts
	frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetFrame))
	for ; frame != nil && level >= 0; frame = *(*unsafe.Pointer)(unsafe.Add(frame, offsetParent)) {
		fn := *(**lua.LFunction)(unsafe.Add(frame, offsetFn))
		if fn.Env != guardMark {
			if level == 0 {
				return L.GetStack(counted)
			}
			level--
		}
		counted++
		if !fn.IsG {
			counted += *(*int)(unsafe.Add(frame, offsetTailCall))
		}
	}
	return nil, false
}

// frameText is one line of a traceback.
func frameText(L *lua.LState, d *lua.Debug) string {
	fn, err := L.GetInfo("Slnf", d, lua.LNil)
	if err != nil {
		return "?"
	}
	place, what := "[C]:", "in function '"+d.Name+"'"
	if f, ok := fn.(*lua.LFunction); ok && !f.IsG {
		place = d.Source + ":" + FormatNumber(float64(d.CurrentLine)) + ":"
		if d.LineDefined == 0 {
			what = "in main chunk"
		}
	}
	if d.Name == "" || strings.IndexByte("(<?", d.Name[0]) >= 0 {
		what = strings.ReplaceAll(what, "'", "")
	}
	return place + " " + what
}

// debug.getmetatable(v)
func debugGetmetatable(L *lua.LState) int {
	switch v := checkAny(L, 1).(type) {
	case *lua.LTable:
		L.Push(v.Metatable)
	case *lua.LUserData:
		L.Push(v.Metatable)
	default:
		L.Push(L.GetMetatable(v))
	}
	return 1
}

// debug.setmetatable(v, metatable) -> true
func debugSetmetatable(L *lua.LState) int {
	v, mt := checkAny(L, 1), L.Get(2)
	if mt.Type() != lua.LTTable && mt.Type() != lua.LTNil {
		argError(L, 2, "nil or table expected")
	}
	L.SetMetatable(v, mt)
	return pushBool(L, true)
}

// debug.getfenv(v)
func debugGetfenv(L *lua.LState) int {
	switch v := checkAny(L, 1).(type) {
	case *lua.LFunction:
		if v.IsG {
			L.Push(L.G.Global)
		} else {
			L.Push(v.Env)
		}
	case *lua.LState:
		L.Push(v.Env)
	default:
		L.Push(lua.LNil)
	}
	return 1
}

// debug.setfenv(function | thread, table) -> the object
func debugSetfenv(L *lua.LState) int {
	env := checkTable(L, 2)
	switch v := L.Get(1).(type) {
	case *lua.LFunction:
		if v.IsG {
			raise(L, "'setfenv' cannot change environment of given object")
		}
		v.Env = env
	case *lua.LState:
		v.Env = env
	default:
		raise(L, "'setfenv' cannot change environment of given object")
	}
	L.Push(L.Get(1))
	return 1
}

func debugSethook(L *lua.LState) int {
	if L.Get(1) != lua.LNil {
		raise(L, "debug.sethook: there are no hooks here")
	}
	return 0
}
