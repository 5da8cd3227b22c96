package dialect

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openTable(L *lua.LState) int {
	t := newLibrary(L, lua.TabLibName, map[string]lua.LGFunction{
		"concat":   tableConcat,
		"foreach":  tableForeach,
		"foreachi": tableForeachI,
		"getn":     func(L *lua.LState) int { return pushNumber(L, float64(checkTable(L, 1).Len())) },
		"insert":   tableInsert,
		"maxn":     tableMaxN,
		"move":     tableMove,
		"pack":     tablePack,
		"remove":   tableRemove,
		"sort":     tableSort,
	})
	t.RawSetString("unpack", unpackFunction)
	return 0
}

// table.concat(t [, sep [, i [, j]]])
func tableConcat(L *lua.LState) int {
	t, sep := checkTable(L, 1), optString(L, 2, "")
	i, j := optInt(L, 3, 1), 0
	if L.Get(4) == lua.LNil {
		j = t.Len()
	} else {
		j = checkInt(L, 4)
	}
	var b strings.Builder
	for ; i <= j; i++ {
		v := rawGetInt(t, i)
		s, ok := text(v)
		if !ok {
			raise(L, "invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		checkSize(L, b.Len()+len(s)+len(sep))
		b.WriteString(s)
		if i < j {
			b.WriteString(sep)
		}
	}
	return pushString(L, b.String())
}

// table.insert(t, [pos,] value)
func tableInsert(L *lua.LState) int {
	t := checkTable(L, 1)
	n := t.Len()
	switch L.GetTop() {
	case 2:
		t.RawSetInt(n+1, L.Get(2))
	case 3:
		pos := checkInt(L, 2)
		if pos < 1 || pos > n {
			t.RawSet(lua.LNumber(pos), L.Get(3))
			break
		}
		for i := n; i >= pos; i-- {
			t.RawSetInt(i+1, t.RawGetInt(i))
		}
		t.RawSetInt(pos, L.Get(3))
	default:
		raise(L, "wrong number of arguments to 'insert'")
	}
	return 0
}

// table.remove(t [, pos]) -> the removed element
func tableRemove(L *lua.LState) int {
	t := checkTable(L, 1)
	n := t.Len()
	pos := optInt(L, 2, n)
	if pos < 1 || pos > n {
		return 0
	}
	L.Push(t.RawGetInt(pos))
	if pos == n {
		t.Remove(n)
		return 1
	}
	t.Remove(pos)
	return 1
}

// table.maxn(t): the largest positive numeric key
func tableMaxN(L *lua.LState) int {
	best := lua.LNumber(0)
	checkTable(L, 1).ForEach(func(k, _ lua.LValue) {
		if n, ok := k.(lua.LNumber); ok && n > best {
			best = n
		}
	})
	L.Push(best)
	return 1
}

// table.move(a, f, e, t [, b]) -> b: copies a[f…e] to b[t…]
func tableMove(L *lua.LState) int {
	from := checkTable(L, 1)
	f, e, t := checkInt(L, 2), checkInt(L, 3), checkInt(L, 4)
	to := from
	if L.Get(5) != lua.LNil {
		to = checkTable(L, 5)
	}
	if e >= f {
		if n := e - f; n < 0 || n > 1<<31 {
			argError(L, 3, "too many elements to move")
		}
		moveElements(L, from, to, f, e, t)
	}
	L.Push(to)
	return 1
}

// moveElements honours metamethods, and overlapping ranges.
func moveElements(L *lua.LState, from, to *lua.LTable, f, e, t int) {
	set := func(i int) {
		L.SetTable(to, lua.LNumber(t+i-f), L.GetTable(from, lua.LNumber(i)))
	}
	if t > f && t <= e && from == to {
		for i := e; i >= f; i-- {
			set(i)
		}
		return
	}
	for i := f; i <= e; i++ {
		set(i)
	}
}

// table.pack(…) -> {…; n = count}
func tablePack(L *lua.LState) int {
	n := L.GetTop()
	t := L.CreateTable(n, 1)
	for i := 1; i <= n; i++ {
		t.RawSetInt(i, L.Get(i))
	}
	t.RawSetString("n", lua.LNumber(n))
	L.Push(t)
	return 1
}

// table.foreach(t, f) -> the first result that is not nil
func tableForeach(L *lua.LState) int {
	t, fn := checkTable(L, 1), checkFunction(L, 2)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		L.Push(k) // so that the table does not forget it meanwhile
		if r := call1(L, fn, k, v); r != lua.LNil {
			L.Push(r)
			return 1
		}
		L.Pop(1)
	}
	return 0
}

// table.foreachi(t, f) -> the first result that is not nil
func tableForeachI(L *lua.LState) int {
	t, fn := checkTable(L, 1), checkFunction(L, 2)
	for i := 1; i <= t.Len(); i++ {
		if r := call1(L, fn, lua.LNumber(i), t.RawGetInt(i)); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

func tableClear(L *lua.LState) int {
	t := checkTable(L, 1)
	metatable := t.Metatable
	*t = *L.CreateTable(0, 0)
	t.Metatable = metatable
	return 0
}
