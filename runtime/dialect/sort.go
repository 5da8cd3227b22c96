package dialect

import (
	lua "github.com/yuin/gopher-lua"
)

// table.sort(t [, before])
//
// It is the quicksort of Lua 5.1 on a copy of the elements, which a comparison
// function that waits, changes the table or raises cannot disturb; they are
// written back at the end.
func tableSort(L *lua.LState) int {
	t := checkTable(L, 1)
	s := sorter{L: L}
	if L.Get(2) != lua.LNil {
		s.before = checkFunction(L, 2)
	}
	s.values = make([]lua.LValue, t.Len())
	for i := range s.values {
		s.values[i] = t.RawGetInt(i + 1)
	}
	defer func() { // also after an error, as a sort in place would
		for i, v := range s.values {
			t.RawSetInt(i+1, v)
		}
	}()
	s.sort(0, len(s.values)-1)
	return 0
}

type sorter struct {
	L      *lua.LState
	before *lua.LFunction // nil: the operator <
	values []lua.LValue
}

func (s *sorter) less(a, b lua.LValue) bool {
	if s.before != nil {
		return lua.LVAsBool(call1(s.L, s.before, a, b))
	}
	switch a := a.(type) {
	case lua.LNumber:
		if b, ok := b.(lua.LNumber); ok {
			return a < b
		}
	case lua.LString:
		if b, ok := b.(lua.LString); ok {
			return a < b
		}
	}
	return s.L.LessThan(a, b)
}

func (s *sorter) swap(i, j int) { s.values[i], s.values[j] = s.values[j], s.values[i] }

// sort sorts values[lo…hi]. It recurses into the smaller part only, so its
// depth is logarithmic whatever the comparison function says.
func (s *sorter) sort(lo, hi int) {
	for lo < hi {
		v := s.values
		if s.less(v[hi], v[lo]) {
			s.swap(lo, hi)
		}
		if hi-lo == 1 {
			return
		}
		mid := lo + (hi-lo)/2
		if s.less(v[mid], v[lo]) {
			s.swap(mid, lo)
		} else if s.less(v[hi], v[mid]) {
			s.swap(mid, hi)
		}
		if hi-lo == 2 {
			return
		}
		at := s.partition(lo, mid, hi)
		if at-lo < hi-at {
			s.sort(lo, at-1)
			lo = at + 1
		} else {
			s.sort(at+1, hi)
			hi = at - 1
		}
	}
}

// partition moves what comes before the pivot values[mid] to its left.
func (s *sorter) partition(lo, mid, hi int) int {
	pivot := s.values[mid]
	s.swap(mid, hi-1)
	i, j := lo, hi-1
	for {
		for i++; s.less(s.values[i], pivot); i++ {
			if i >= hi {
				raise(s.L, "invalid order function for sorting")
			}
		}
		for j--; s.less(pivot, s.values[j]); j-- {
			if j <= lo {
				raise(s.L, "invalid order function for sorting")
			}
		}
		if j < i {
			break
		}
		s.swap(i, j)
	}
	s.swap(hi-1, i)
	return i
}
