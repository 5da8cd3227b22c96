package dialect_test

import (
	"iter"
	"runtime"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// newForgettingState returns a state of one thread whose tables forget keys.
func newForgettingState(t testing.TB) *lua.LState {
	var L *lua.LState
	L = newState(t, dialect.Options{Threads: func() iter.Seq[*lua.LState] {
		return func(yield func(*lua.LState) bool) { yield(L) }
	}})
	return L
}

// TestForget uses a table for hundreds of thousands of keys, but never for many
// at a time.
func TestForget(t *testing.T) {
	for name, src := range map[string]string{
		"strings": "for i = 1, 3e5 do local k = 'id' .. i seen[k] = true seen[k] = nil end",
		"numbers": "for i = 1, 3e5 do seen[-i] = true seen[-i] = nil end",
		"tables":  "for i = 1, 3e5 do local k = {} seen[k] = true seen[k] = i < 0 and 1 or nil end",
		"rawset":  "for i = 1, 3e5 do rawset(seen, 'id' .. i, 1) rawset(seen, 'id' .. i, nil) end",
		"peak":    "for i = 1, 3e5 do seen['id' .. i] = true end for i = 1, 3e5 do seen['id' .. i] = nil end",
	} {
		t.Run(name, func(t *testing.T) {
			L := newForgettingState(t)
			before := heap()
			if _, err := run(L, "=forget", "seen = {} "+src); err != nil {
				t.Fatal(err)
			}
			if grown := heap() - before; grown > 2<<20 {
				t.Errorf("the empty table takes %d KiB", grown>>10)
			}
		})
	}
}

// TestLargeKeys counts by numbers that are too large for an array.
func TestLargeKeys(t *testing.T) {
	L := newState(t, dialect.Options{})
	before := heap()
	src := `t = {} for i = 1, 100 do local uid = 2^22 + i * 1e6 t[uid] = (t[uid] or 0) + i end
		local n, sum = 0, 0 for uid, count in pairs(t) do assert(uid > 2^22) n, sum = n + 1, sum + count end
		assert(n == 100 and sum == 5050 and #t == 0)
		t[2^22] = 1 t[1], t[2] = 1, 2 assert(#t == 2 and next(t) == 1 and next(t, 2) == 2^22 + 1e6)`
	if _, err := run(L, "=large", src); err != nil {
		t.Fatal(err)
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("100 keys take %d KiB", grown>>10)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// forgetting removes keys from a table while loops run over it. Each finds what
// is there when it gets there, and nothing twice.
const forgetting = `
local function fill(n)
  local t = {}
  for i = 1, n do t['k' .. i] = i end
  return t
end
local function size(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end

-- each round of the loop removes its own key
local t, rounds = fill(5000), 0
for k, v in pairs(t) do t[k] = nil rounds = rounds + 1 end
assert(rounds == 5000 and next(t) == nil)
assert(not pcall(next, t, 'k1'), 'no key was forgotten')

-- the loop removes most of what comes, and what has been
for _, step in ipairs{2, 3, 7, 50} do
  local t, visited, removed = fill(6000), {}, {}
  for k, v in pairs(t) do
    assert(not visited[k] and not removed[k] and v == t[k])
    visited[k] = true
    for i = v + 1, v + step do
      local other = 'k' .. (i * 7919 % 6000 + 1)
      if t[other] then removed[other], t[other] = not visited[other], v < 0 and 1 or nil end
      t[other] = nil
    end
  end
  for i = 1, 6000 do assert(visited['k' .. i] or removed['k' .. i], i) end
  assert(size(t) < 6000)
end

-- loops within loops, over the array too, while another one empties the table
local t = fill(4000)
for i = 1, 10 do t[i] = i end
local outer, inner = 0, 0
for k in pairs(t) do
  outer = outer + 1
  if outer == 15 then
    for k2 in pairs(t) do
      inner = inner + 1
      if inner == 20 then
        for k3 in pairs(t) do t[k3] = nil end
        assert(not pcall(next, t, 'k100'), 'no key was forgotten')
        t.late, t.later = 1, 2
      end
    end
  end
end
assert(outer <= 17 and inner <= 22 and size(t) == 2)

-- iterators that have the key to themselves
local function values(t)
  local k, v
  return function() k, v = next(t, k) return v end
end
local function odd(step)
  return function() local v repeat v = step() until not v or v % 2 == 1 return v end
end
for size = 5000, 5006, 2 do
  local t, n = fill(size), 0
  local function drop(i) local key = 'k' .. i t[key] = nil end
  for v in odd(values(t)) do drop(v) drop(v + 1) n = n + 1 end
  assert(n == size / 2 and next(t) == nil and not pcall(next, t, 'k1'))
end

-- table.foreach
local t, n = fill(3000), 0
table.foreach(t, function(k) local key = k k = nil t[key] = nil n = n + 1 end)
assert(n == 3000 and next(t) == nil)

-- metamethods
local log = {}
local t = setmetatable({}, {__newindex = function(t, k, v) log[#log + 1] = k .. '=' .. tostring(v) end})
local key = 'a'
t[key] = nil
rawset(t, key, 1)
t[key] = nil
assert(table.concat(log, ' ') == 'a=nil' and rawget(t, key) == nil)
assert(not pcall(function() local nothing t[nothing] = nil end))
`

func TestForgetInLoops(t *testing.T) {
	if _, err := run(newForgettingState(t), "=forget", forgetting); err != nil {
		t.Fatal(err)
	}
}

// TestForgetNothing checks that a state whose host does not tell its threads
// keeps all keys.
func TestForgetNothing(t *testing.T) {
	src := "local t = {} for i = 1, 5000 do t['k' .. i] = 1 end for i = 1, 5000 do t['k' .. i] = nil end return next(t, 'k1')"
	if _, err := run(newState(t, dialect.Options{}), "=forget", src); err != nil {
		t.Fatal(err)
	}
}
