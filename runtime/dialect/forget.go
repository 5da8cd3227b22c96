package dialect

import (
	"iter"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// Forgotten keys.
//
// A table of gopher-lua v1.1.2 lists its keys, other than small positive
// integers, in the order in which next returns them, and keeps in the list
// those whose value has become nil: "seen[id] = nil" frees the value but not
// the key. So an assignment that may remove a key, because nil is written in
// it, goes through storeValue, which now and then makes the list anew, without
// the dead keys.
//
// A loop that runs over the table meanwhile goes on from its last key, by the
// place that the key has in the list. The order stays, so that is no matter
// while the key lives; a dead one is kept if it is found on the stack of any
// thread, or in an upvalue of a function there, where iterators have it. (A
// script may also keep a key in a table, remove it, and go on from there later
// with next. That ends with "invalid key to 'next'" in LuaJIT if keys were added
// in between, and here also if a thousand were removed.)

// minForget is how many dead keys are worth the work.
const minForget = 1000

var (
	offsetArray   = offset[lua.LTable]("array")
	offsetDict    = offset[lua.LTable]("dict")
	offsetStrDict = offset[lua.LTable]("strdict")
	offsetKeys    = offset[lua.LTable]("keys")
	offsetPlaces  = offset[lua.LTable]("k2i")
	offsetReg     = offset[lua.LState]("reg")
	offsetValues  = innerOffset("reg", "array")
	offsetTop     = innerOffset("reg", "top")
)

// tableParts are the fields of a table.
type tableParts struct {
	array   *[]lua.LValue
	dict    *map[lua.LValue]lua.LValue
	strdict *map[string]lua.LValue
	keys    *[]lua.LValue       // of dict and strdict
	places  *map[lua.LValue]int // in keys
}

func partsOf(t *lua.LTable) tableParts {
	p := unsafe.Pointer(t)
	return tableParts{
		array:   (*[]lua.LValue)(unsafe.Add(p, offsetArray)),
		dict:    (*map[lua.LValue]lua.LValue)(unsafe.Add(p, offsetDict)),
		strdict: (*map[string]lua.LValue)(unsafe.Add(p, offsetStrDict)),
		keys:    (*[]lua.LValue)(unsafe.Add(p, offsetKeys)),
		places:  (*map[lua.LValue]int)(unsafe.Add(p, offsetPlaces)),
	}
}

// value is that of a key that is not in the array.
func (p tableParts) value(key lua.LValue) (v lua.LValue, ok bool) {
	if s, isString := key.(lua.LString); isString {
		v, ok = (*p.strdict)[string(s)]
	} else {
		v, ok = (*p.dict)[key]
	}
	return v, ok
}

// storeValue (t, k, v) is t[k] = v.
func storeValue(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	key, v := L.Get(2), L.Get(3)
	if !ok && L.GetMetaField(L.Get(1), "__newindex") == lua.LNil {
		raise(L, "attempt to index %s", describeArgument(L, 1))
	}
	L.SetTable(L.Get(1), key, v)
	if ok && v == lua.LNil {
		removed(L, t)
	}
	return 0
}

// removed is called when t may have lost a key.
func removed(L *lua.LState, t *lua.LTable) {
	p := partsOf(t)
	live := len(*p.dict) + len(*p.strdict)
	if len(*p.keys)-live > max(live, minForget) {
		p.forget(L)
	}
}

// forget removes the dead keys of a table that no loop may need.
func (p tableParts) forget(L *lua.LState) {
	ud, ok := L.G.Registry.RawGetString(libraryKey).(*lua.LUserData)
	if !ok || ud.Value.(*library).Threads == nil {
		return
	}
	needed := p.needed(ud.Value.(*library).Threads())
	live := len(*p.dict) + len(*p.strdict)
	keys := make([]lua.LValue, 0, live+len(needed))
	places := make(map[lua.LValue]int, live+len(needed))
	dict := make(map[lua.LValue]lua.LValue, len(*p.dict))
	strdict := make(map[string]lua.LValue, len(*p.strdict))
	for _, key := range *p.keys {
		v, alive := p.value(key)
		if !alive && !needed[key] {
			continue
		}
		places[key] = len(keys)
		keys = append(keys, key)
		switch s, isString := key.(lua.LString); {
		case !alive:
		case isString:
			strdict[string(s)] = v
		default:
			dict[key] = v
		}
	}
	*p.keys, *p.places, *p.dict, *p.strdict = keys, places, dict, strdict
}

// needed returns the dead keys that threads may go on from: those on their
// stacks, and in the upvalues of functions there, and of functions in these.
func (p tableParts) needed(threads iter.Seq[*lua.LState]) map[lua.LValue]bool {
	found := map[lua.LValue]bool{}
	known := map[*lua.LFunction]bool{}
	var open []lua.LValue
	for L := range threads {
		open = append(open, stackOf(L)...)
	}
	for len(open) > 0 {
		v := open[len(open)-1]
		open = open[:len(open)-1]
		if v == nil || v == lua.LNil {
			continue
		}
		if fn, ok := v.(*lua.LFunction); ok && !known[fn] {
			known[fn] = true
			for _, up := range fn.Upvalues {
				open = append(open, up.Value())
			}
		}
		if _, listed := (*p.places)[v]; !listed {
			continue
		}
		if _, alive := p.value(v); !alive {
			found[v] = true
		}
	}
	return found
}

// stackOf is the used part of a thread's registers.
func stackOf(L *lua.LState) []lua.LValue {
	reg := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetReg))
	values := *(*[]lua.LValue)(unsafe.Add(reg, offsetValues))
	return values[:*(*int)(unsafe.Add(reg, offsetTop))]
}

// next returns the entry after that of a key, nil at the end and for the first
// one. It returns false if there is no such key.
func (p tableParts) next(key lua.LValue) (k, v lua.LValue, ok bool) {
	i, inArray := p.place(key)
	if inArray {
		array := *p.array
		for ; i < len(array); i++ {
			if array[i] != lua.LNil {
				return lua.LNumber(i + 1), array[i], true
			}
		}
		i = 0
	} else if place, listed := (*p.places)[key]; listed {
		i = place + 1
	} else {
		return lua.LNil, lua.LNil, false
	}
	for _, k := range (*p.keys)[min(i, len(*p.keys)):] {
		if v, alive := p.value(k); alive {
			return k, v, true
		}
	}
	return lua.LNil, lua.LNil, true
}

// place reports whether the array may hold what follows a key, and from which
// index on.
func (p tableParts) place(key lua.LValue) (i int, inArray bool) {
	if key == lua.LNil {
		return 0, true
	}
	// table.remove may have shortened the array since.
	n, ok := key.(lua.LNumber)
	if !ok || n < 1 || n > lua.LNumber(cap(*p.array)) || n != lua.LNumber(int(n)) {
		return 0, false
	}
	return int(n), true
}
